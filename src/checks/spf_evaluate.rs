//! `spf-our-ips` and `spf-helo`: the verdict that receivers come to, by a real evaluator.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use mail_auth::common::cache::NoCache;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{MX, MessageAuthenticator, Parameters, RecordSet, ResolverCache, SpfResult, Txt};

use super::asked::{ask, domain, host};
use super::spf_record::advised;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding, Outcome};
use crate::probe::dns::{DnsClient, RecordType};
use crate::records::spf::is_spf;

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
type Verdict = (IpAddr, SpfResult);

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
    let verdicts = evaluate(&context, &context.senders(), domain.as_str(), &sender, &asked.answer.data).await;
    let finding = match verdicts {
        Ok(verdicts) => {
            let lines = evidence(&verdicts, domain.as_str(), &sender);
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
    let finding = match evaluate(&context, &addresses, name, "", &asked.answer.data).await {
        Ok(verdicts) => {
            let lines = evidence(&verdicts, name, "<>");
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
    let named = |of: &[SpfResult]| -> Option<String> {
        let those: Vec<String> =
            verdicts.iter().filter(|(_, v)| of.contains(v)).map(|(a, v)| format!("{} for {a}", word(*v))).collect();
        (!those.is_empty()).then(|| those.join(", "))
    };
    if let Some(failed) = named(&[SpfResult::Fail, SpfResult::None, SpfResult::PermError]) {
        return Finding::fail(failed, expected).instructions(fix);
    }
    if let Some(weak) = named(&[SpfResult::SoftFail, SpfResult::Neutral]) {
        return Finding::warn(weak, expected).instructions(fix);
    }
    if let Some(unknown) = named(&[SpfResult::TempError]) {
        return Finding::unknown(format!("{unknown}: a look-up got no answer"));
    }
    Finding::pass(named(&[SpfResult::Pass]).unwrap_or_default())
}

fn evidence(verdicts: &[Verdict], domain: &str, sender: &str) -> Vec<String> {
    verdicts.iter().map(|(address, v)| format!("check_host({address}, {domain}, {sender}) = {}", word(*v))).collect()
}

/// The result as RFC 7208 section 2.6 names it.
fn word(result: SpfResult) -> &'static str {
    match result {
        SpfResult::Pass => "pass",
        SpfResult::Fail => "fail",
        SpfResult::SoftFail => "softfail",
        SpfResult::Neutral => "neutral",
        SpfResult::TempError => "temperror",
        SpfResult::PermError => "permerror",
        SpfResult::None => "none",
    }
}

/// Evaluates for these addresses. The record at `domain` itself is taken from `txt`, as its authoritative
/// servers have it; everything else is asked of the resolver. An empty sender stands for the HELO identity.
async fn evaluate(
    context: &Context,
    addresses: &[IpAddr],
    domain: &str,
    sender: &str,
    txt: &[String],
) -> Result<Vec<Verdict>, String> {
    if addresses.is_empty() {
        return Err("the addresses that mail leaves from are not known".into());
    }
    let evaluator = evaluator(&context.dns)?;
    let truth = Truth::of(domain, txt);
    let verdicts = addresses.iter().copied().map(|address| {
        let host = context.host_at(address).map_or(domain, |h| h.as_str());
        let question = match sender {
            "" => SpfParameters::verify_ehlo(address, host, host),
            _ => SpfParameters::verify_mail_from(address, host, host, sender),
        };
        let parameters = Parameters {
            params: question,
            cache_txt: Some(&truth),
            cache_mx: None::<&NoCache<Box<str>, RecordSet<MX>>>,
            cache_ptr: None::<&NoCache<IpAddr, RecordSet<Box<str>>>>,
            cache_ipv4: None::<&NoCache<Box<str>, RecordSet<Ipv4Addr>>>,
            cache_ipv6: None::<&NoCache<Box<str>, RecordSet<Ipv6Addr>>>,
        };
        let evaluator = &evaluator;
        async move { (address, evaluator.check_host(parameters).await.result()) }
    });
    Ok(join_all(verdicts).await)
}

/// An evaluator that asks the resolvers that the checks ask.
fn evaluator(dns: &DnsClient) -> Result<MessageAuthenticator, String> {
    let servers = dns.resolvers().iter().map(|at| {
        let mut server = NameServerConfig::udp_and_tcp(at.ip());
        for connection in &mut server.connections {
            connection.port = at.port();
        }
        server
    });
    let mut options = ResolverOpts::default();
    options.timeout = Duration::from_secs(2);
    options.attempts = 2;
    MessageAuthenticator::new(ResolverConfig::from_parts(None, Vec::new(), servers.collect()), options)
        .map_err(|e| format!("the evaluator could not be set up: {e}"))
}

/// The record of one domain as its authoritative servers have it, in the place of a cache.
struct Truth(HashMap<Box<str>, Txt>);

impl Truth {
    fn of(domain: &str, txt: &[String]) -> Self {
        let records: Vec<&String> = txt.iter().filter(|t| is_spf(t)).collect();
        let found = match records.as_slice() {
            [] => Txt::Error(mail_auth::Error::Dns(mail_auth::DnsError::InvalidRecordType)),
            [one] => match mail_auth::spf::Spf::parse(one.as_bytes()) {
                Ok(spf) => Txt::Spf(Arc::new(spf)),
                Err(error) => Txt::Error(error),
            },
            // Two records are a permanent error (RFC 7208 section 4.5).
            _ => Txt::Error(mail_auth::Error::ParseError),
        };
        Self(HashMap::from([(format!("{domain}.").into_boxed_str(), found)]))
    }
}

impl ResolverCache<Box<str>, Txt> for Truth {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(name).cloned()
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: std::time::Instant) {}
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
    }

    #[tokio::test]
    async fn a_look_up_that_fails_is_no_verdict() {
        let world = example("example.org. 60 TXT \"v=spf1 include:down.example.org -all\"")
            .cached("down.example.org.", RecordType::TXT, &[])
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
}
