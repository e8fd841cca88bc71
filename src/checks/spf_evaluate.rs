//! `spf-our-ips` and `spf-helo`: the verdict that receivers come to, by a real evaluator.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, domain, host};
use super::spf_record::advised;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding, Outcome};
use crate::probe::dns::RecordType;
use crate::probe::spf::{Evaluation, MOST_VOID, Question, SpfVerdict, check_host};
use crate::records::spf::{MOST_LOOKUPS, is_spf};

/// Mail of the domain passes SPF from every address we send from.
pub static SPF_OUR_IPS: Check = Check {
    id: "spf-our-ips",
    area: Area::Spf,
    why: "Receivers evaluate the record for the address that the mail comes from.",
    rfc: "RFC 7208 section 4",
    needs: &["spf-syntax"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(40),
    subjects: Context::domains,
    run: |context, subject| Box::pin(our_ips(context, subject)),
};

/// The host name passes SPF by itself, for mail without a sender.
pub static SPF_HELO: Check = Check {
    id: "spf-helo",
    area: Area::Spf,
    why: "Delivery reports have no sender: receivers then judge the name that the server greets with.",
    rfc: "RFC 7208 sections 2.3 and 2.4",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(40),
    subjects: Context::hosts,
    run: |context, subject| Box::pin(helo(context, subject)),
};

/// An address with what receivers make of mail from it.
pub(super) type Verdict = (IpAddr, Evaluation);

async fn our_ips(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let asked = match ask(&context, domain.as_str(), RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let sender = format!("postmaster@{domain}");
    let finding = match evaluate(&context, &context.senders(), &sender).await {
        Ok(verdicts) => {
            let lines = evidence(&verdicts);
            let advised = advised(&context, domain, asked.answer.data).await;
            let fix = format!("Change the TXT record of {domain} to\n{advised}");
            judge(&verdicts, &fix).evidence(lines)
        }
        Err(reason) => Finding::unknown(reason),
    };
    finding.evidence(asked.evidence)
}

async fn helo(context: Arc<Context>, subject: Subject) -> Finding {
    let (host, addresses) = match (host(&subject), context.own()) {
        (Err(finding), _) => return finding,
        (Ok(host), Ok(own)) => (host, own.egress()),
        (Ok(host), Err(_)) => (host, context.looked_at().host(host).map(|h| h.addresses.clone()).unwrap_or_default()),
    };
    let name = host.as_str();
    let asked = match ask(&context, name, RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let fix = format!("Publish the TXT record at {name}\nv=spf1 a -all");
    if !asked.answer.data.iter().any(|t| is_spf(t)) {
        let found = format!("{name} has no SPF record of its own");
        let finding = match context.own() {
            Ok(_) => Finding::warn(found, "v=spf1 a -all").instructions(fix),
            // Whether another's host sends, and greets by this name, is not known.
            Err(_) => Finding::info(found).expected("v=spf1 a -all, if it sends"),
        };
        return finding.evidence(asked.evidence);
    }
    let finding = match evaluate_as(&context, &addresses, name, "").await {
        Ok(verdicts) => {
            let lines = evidence(&verdicts);
            let finding = match (context.own(), judge(&verdicts, &fix)) {
                (Err(_), finding) if finding.outcome == Outcome::Fail => Finding {
                    outcome: Outcome::Warn,
                    expected: "pass, if it sends and greets by this name".into(),
                    ..finding
                },
                (_, finding) => finding,
            };
            finding.evidence(lines)
        }
        Err(reason) => Finding::unknown(reason),
    };
    finding.evidence(asked.evidence)
}

/// The worst verdict decides; only a pass from every address is good.
fn judge(verdicts: &[Verdict], fix: &str) -> Finding {
    let expected = "pass from every address that mail leaves from";
    let named = |of: &[SpfVerdict]| -> Option<String> {
        let those: Vec<String> =
            verdicts.iter().filter(|(_, seen)| of.contains(&seen.verdict)).map(|(a, seen)| words(*a, seen)).collect();
        (!those.is_empty()).then(|| those.join(", "))
    };
    if let Some(failed) = named(&[SpfVerdict::Fail, SpfVerdict::None, SpfVerdict::PermError]) {
        return Finding::fail(failed, expected).instructions(fix);
    }
    if let Some(weak) = named(&[SpfVerdict::SoftFail, SpfVerdict::Neutral]) {
        return Finding::warn(weak, expected).instructions(fix);
    }
    if let Some(unknown) = named(&[SpfVerdict::TempError]) {
        return Finding::unknown(unknown);
    }
    Finding::pass(named(&[SpfVerdict::Pass]).unwrap_or_default())
}

fn words(address: IpAddr, seen: &Evaluation) -> String {
    let reason = seen.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    format!("{} for {address}{reason}", seen.verdict.as_str())
}

/// What it cost, then every step.
fn evidence(verdicts: &[Verdict]) -> Vec<String> {
    verdicts.iter().flat_map(|(address, seen)| [cost(*address, seen)].into_iter().chain(seen.trace.clone())).collect()
}

/// "mail from 192.0.2.1: pass by 'mx', 1 of 10 look-ups, 0 of 2 without an answer".
pub(super) fn cost(address: IpAddr, seen: &Evaluation) -> String {
    let by = seen.mechanism.as_ref().map(|m| format!(" by '{m}'")).unwrap_or_default();
    format!(
        "mail from {address}: {}{by}, {} of {MOST_LOOKUPS} look-ups, {} of {MOST_VOID} without an answer",
        seen.verdict.as_str(),
        seen.lookups,
        seen.void_lookups
    )
}

/// Evaluates mail of this sender for these addresses, each greeting by the name of its host.
pub(super) async fn evaluate(context: &Context, addresses: &[IpAddr], sender: &str) -> Result<Vec<Verdict>, String> {
    let by_host = addresses.iter().map(|address| {
        let helo = context.host_at(*address).map(|host| host.as_str()).unwrap_or_default();
        async move { evaluate_as(context, std::slice::from_ref(address), helo, sender).await }
    });
    let verdicts = join_all(by_host).await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    known(verdicts)
}

/// What is below the judged domain and the host's name is asked of their authoritative servers, everything else of the
/// resolver; all of it once for all checks. An empty sender stands for the HELO identity.
async fn evaluate_as(
    context: &Context,
    addresses: &[IpAddr],
    helo: &str,
    sender: &str,
) -> Result<Vec<Verdict>, String> {
    let own = [helo, sender.rsplit('@').next().unwrap_or_default()];
    let own: Vec<&str> = own.into_iter().filter(|name| !name.is_empty()).collect();
    let own = own.as_slice();
    let verdicts = addresses
        .iter()
        .copied()
        .map(|ip| async move { (ip, check_host(&context.dns, Question { ip, helo, sender, own }).await) });
    known(join_all(verdicts).await)
}

fn known(verdicts: Vec<Verdict>) -> Result<Vec<Verdict>, String> {
    match verdicts.is_empty() {
        true => Err("the addresses that mail leaves from are not known".into()),
        false => Ok(verdicts),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example, host_subject};
    use super::*;
    use crate::finding::Outcome;

    const HOST: &str = "mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:db8:100::10";

    #[tokio::test]
    async fn the_evaluator_decides_and_not_the_text() {
        for (record, outcome, part) in [
            ("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8:100::/48 -all", Outcome::Pass, "pass for 198.51.100.10"),
            ("v=spf1 a:mail.example.org -all", Outcome::Pass, "pass for 2001:db8:100::10"),
            ("v=spf1 mx -all", Outcome::Pass, "pass"),
            ("v=spf1 include:other.example.org -all", Outcome::Pass, "pass"),
            // The text of the address is in it, the address is not.
            ("v=spf1 ip4:198.51.100.100 ip6:2001:db8:100::10 -all", Outcome::Fail, "fail for 198.51.100.10"),
            ("v=spf1 ip4:198.51.100.10 -all", Outcome::Fail, "fail for 2001:db8:100::10"),
            ("v=spf1 ip4:198.51.100.10 ~all", Outcome::Warn, "softfail for 2001:db8:100::10"),
            ("v=spf1 include:gone.example.org -all", Outcome::Fail, "permerror"),
        ] {
            let lines = format!(
                "example.org. 60 TXT \"{record}\"\nexample.org. 60 MX 10 mail.example.org.\nother.example.org. 60 TXT \"v=spf1 a:mail.example.org -all\"\n{HOST}"
            );
            let world = example(&lines).run().await;
            let finding = our_ips(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{record}: {finding:?}");
            assert!(finding.found.contains(part), "{record}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn the_truth_counts_though_the_resolver_is_behind() {
        let world = example("example.org. 60 TXT \"v=spf1 ip4:198.51.100.10 ip6:2001:db8:100::10 -all\"")
            .cached("example.org.", RecordType::TXT, &["example.org. 600 TXT \"v=spf1 -all\""])
            .run()
            .await;
        assert_eq!(our_ips(context(&world), domain()).await.outcome, Outcome::Pass);
        // And what it leads to.
        let world = example("mail.example.org. 60 TXT \"v=spf1 a -all\"\nmail.example.org. 60 A 192.0.2.1")
            .cached("mail.example.org.", RecordType::A, &["mail.example.org. 600 A 198.51.100.10"])
            .run()
            .await;
        assert_eq!(helo(context(&world), host_subject()).await.outcome, Outcome::Fail);
    }

    #[tokio::test]
    async fn a_look_up_that_fails_is_no_verdict() {
        let world = example("example.org. 60 TXT \"v=spf1 include:down.other.net -all\"")
            .cached("down.other.net.", RecordType::TXT, &[])
            .run()
            .await;
        let finding = our_ips(context(&world), domain()).await;
        assert_eq!(finding.outcome, Outcome::Unknown, "{finding:?}");
    }

    #[tokio::test]
    async fn the_name_greeted_with_passes_by_itself() {
        for (line, outcome) in [
            ("mail.example.org. 60 TXT \"v=spf1 a -all\"", Outcome::Pass),
            ("mail.example.org. 60 TXT \"v=spf1 -all\"", Outcome::Fail),
            ("", Outcome::Warn),
        ] {
            let world = example(&format!("{line}\n{HOST}")).run().await;
            let finding = helo(context(&world), host_subject()).await;
            assert_eq!(finding.outcome, outcome, "{line}: {finding:?}");
        }
    }

    /// Each address greets by its own name, and all checks of a run ask through one client.
    #[tokio::test]
    async fn the_checks_of_our_own_server_ask_nothing_twice() {
        use crate::checks::{Selection, run};
        let lines =
            "example.org. 60 TXT \"v=spf1 mx a include:x.example.org -all\"\nexample.org. 60 MX 10 mail.example.org.
            x.example.org. 60 TXT \"v=spf1 exists:%{i}.example.org ?all\"\nmail.example.org. 60 TXT \"v=spf1 a -all\"";
        let world = example(&format!("{lines}\n{HOST}")).run().await;
        let selection = Selection::of_areas([Area::Dns, Area::Spf, Area::Dmarc, Area::Tlsrpt, Area::MtaSts]);
        let results = run(context(&world), &selection, None, tokio_util::sync::CancellationToken::new()).await;
        let passed = |id: &str| results.iter().any(|r| r.id == id && r.finding.outcome == Outcome::Pass);
        assert!(passed("spf-our-ips") && passed("spf-helo"), "{results:?}");
        // 'com.' is asked about for the resolver's own sake, by a client of its own.
        assert_eq!(world.repeated(), Vec::<String>::new());
    }
}
