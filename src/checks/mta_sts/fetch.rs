//! `mtasts-policy-fetch` and `mtasts-policy-parse`: the policy, as senders fetch it: no redirect is followed, and the
//! certificate has to be right.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::record::look;
use crate::checks::asked::domain;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::http::{HttpSeen, get_tls};
use crate::probe::tls::Distrust;
use crate::probe::{ProbeError, Target, Transcript};
use crate::records::mta_sts::{Mode, Policy};
use crate::spec::{Domain, Fqdn};

/// The policy can be fetched.
pub static MTASTS_POLICY_FETCH: Check = Check {
    id: "mtasts-policy-fetch",
    area: Area::MtaSts,
    why: "A policy that cannot be fetched protects nothing, and senders that have an old one go by that.",
    rfc: "RFC 8461 section 3.3",
    needs: &["mtasts-record"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: Context::domains,
    run: |context, subject| Box::pin(judged(context, subject, fetched)),
};

/// The policy can be read, and asks for what it is there for.
pub static MTASTS_POLICY_PARSE: Check = Check {
    id: "mtasts-policy-parse",
    area: Area::MtaSts,
    why: "Senders throw a policy away that has an error in it.",
    rfc: "RFC 8461 section 3.2",
    needs: &["mtasts-policy-fetch"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: Context::domains,
    run: |context, subject| Box::pin(judged(context, subject, parsed)),
};

/// What was fetched, and how.
pub struct PolicyLook {
    pub(super) evidence: Vec<String>,
    pub(super) fetched: Result<HttpSeen, Trouble>,
}

/// Why nothing was fetched.
pub(super) enum Trouble {
    /// There is no record, so nobody fetches.
    NoRecord,
    /// The host of the policy has no address.
    NoAddress(Fqdn),
    /// Nothing certain is known of its address or of the record.
    Unknown(String),
    /// No address could be asked.
    Probe(ProbeError),
}

impl Context {
    /// The domain's policy as it is served.
    pub(super) async fn policy_look(&self, domain: &Domain) -> Arc<PolicyLook> {
        self.shared.policies.once(domain.clone(), || self.fetch(domain)).await
    }

    async fn fetch(&self, domain: &Domain) -> PolicyLook {
        let nothing = |trouble| PolicyLook { evidence: Vec::new(), fetched: Err(trouble) };
        match look(self, domain).await {
            Ok((_, records)) if records.is_empty() => return nothing(Trouble::NoRecord),
            Ok(_) => {}
            Err(unknown) => return nothing(Trouble::Unknown(unknown.found)),
        }
        let Ok(host) = Fqdn::parse(&format!("mta-sts.{domain}")) else {
            return nothing(Trouble::Unknown(format!("'mta-sts.{domain}' is too long for a host name")));
        };
        let (addresses, certain) = self.dns.addresses(host.as_str()).await;
        if addresses.is_empty() {
            return nothing(match certain {
                true => Trouble::NoAddress(host),
                false => Trouble::Unknown(format!("the addresses of {host} could not be looked up")),
            });
        }
        let transcript = Transcript::new();
        let mut last = None;
        // IPv4 first: this machine may have no IPv6, and the answer is the same.
        for address in addresses {
            let target = Target::new(SocketAddr::new(address, 443));
            let _turn = self.turn(&host).await;
            match get_tls(&target, &host, "/.well-known/mta-sts.txt", &self.trust, transcript.clone()).await {
                Ok(seen) => return PolicyLook { evidence: transcript.evidence(), fetched: Ok(seen) },
                Err(error) => last = Some(error),
            }
        }
        let error = last.unwrap_or_else(|| ProbeError::Broken("it has no address".into()));
        PolicyLook { evidence: transcript.evidence(), fetched: Err(Trouble::Probe(error)) }
    }
}

async fn judged(context: Arc<Context>, subject: Subject, judge: fn(&HttpSeen, &Domain) -> Finding) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let look = context.policy_look(domain).await;
    match &look.fetched {
        Ok(seen) => judge(seen, domain),
        Err(trouble) => explained(trouble, domain),
    }
    .evidence(&look.evidence)
}

pub(super) fn explained(trouble: &Trouble, domain: &Domain) -> Finding {
    let expected = format!("the policy at https://mta-sts.{domain}/.well-known/mta-sts.txt");
    match trouble {
        Trouble::NoRecord => Finding::skipped("the domain has no MTA-STS record"),
        Trouble::Unknown(reason) => Finding::unknown(reason),
        Trouble::NoAddress(host) => Finding::fail(format!("{host} has no address"), &expected)
            .instructions(format!("Publish A and AAAA records for {host} and serve the policy there, or remove the TXT record at _mta-sts.{domain}")),
        // A machine need not reach its own public address, and this one may have no way there at all.
        Trouble::Probe(error) if error.is_out_of_reach() => Finding::unknown(format!("from here: {error}")),
        Trouble::Probe(error) => Finding::fail(error.to_string(), &expected)
            .instructions(format!("Serve the policy over HTTPS, or remove the TXT record at _mta-sts.{domain}")),
    }
}

fn fetched(seen: &HttpSeen, domain: &Domain) -> Finding {
    let url = format!("https://mta-sts.{domain}/.well-known/mta-sts.txt");
    let expected = format!("200 and the policy at {url}");
    if let Some(tls) = &seen.tls {
        match (&tls.trust, &tls.name) {
            (Err(Distrust::NoRoots), _) => return Finding::unknown(Distrust::NoRoots.to_string()),
            (Ok(()), Ok(())) => {}
            _ => {
                return Finding::fail(tls.objection(), format!("a trusted certificate for mta-sts.{domain}"))
                    .instructions(format!("Get a certificate for mta-sts.{domain} from a public CA."));
            }
        }
    }
    if let Some(location) = seen.redirect() {
        return Finding::fail(
            format!("{}: it leads on to {}, and senders must not follow", seen.status, excerpt(location, 100)),
            expected,
        )
        .instructions(format!("Answer {url} itself, without a redirect."));
    }
    if seen.status != 200 {
        return Finding::fail(format!("the web server answers {}", seen.status), expected)
            .instructions(format!("Put the policy where {url} leads."));
    }
    if seen.is_cut {
        return Finding::warn("the answer is longer than 64 KB: many senders stop there", "a short text");
    }
    let kind = seen.header("content-type").unwrap_or_default();
    let is_text = kind.split(';').next().is_some_and(|k| k.trim().eq_ignore_ascii_case("text/plain"));
    match is_text {
        true => Finding::pass(format!("{} bytes", seen.body.len())),
        false => Finding::warn(format!("Content-Type is '{}'", excerpt(kind, 60)), "text/plain")
            .instructions(format!("Serve {url} with 'Content-Type: text/plain'.")),
    }
}

fn parsed(seen: &HttpSeen, domain: &Domain) -> Finding {
    if seen.status != 200 {
        return Finding::skipped("there is no policy to read");
    }
    let policy = match Policy::parse(&seen.body) {
        Ok(policy) => policy,
        Err(faults) => {
            return Finding::fail(faults.join("; "), "version, mode, mx and max_age").instructions(format!(
                "Serve this at https://mta-sts.{domain}/.well-known/mta-sts.txt\nversion: STSv1\nmode: enforce\n\
                 mx: (each host of the MX records)\nmax_age: 604800"
            ));
        }
    };
    const DAY: u64 = 86_400;
    if let Some(odd) = policy.oddities.first() {
        return Finding::warn(odd, "each key once");
    }
    match (policy.mode, policy.max_age) {
        (Mode::Enforce, age) if age <= DAY => {
            Finding::warn(format!("senders forget it after {age} s"), "max_age of a week or more")
                .instructions("Set max_age: 604800, and a new id in the TXT record.")
        }
        (Mode::Enforce, age) if age < 7 * DAY => {
            Finding::info(format!("enforced; senders forget it after {} days", age / DAY))
        }
        (Mode::Enforce, age) => Finding::pass(format!("enforced, kept for {} days", age / DAY)),
        (Mode::Testing, _) => Finding::warn("senders only test and report", "mode: enforce")
            .instructions("Once reports show no failures, set mode: enforce, and a new id in the TXT record."),
        (Mode::None, _) => Finding::info("the policy says that it is withdrawn"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::dns_world::{context, domain as subject, example};
    use crate::finding::Outcome;
    use crate::probe::tls::TlsSeen;

    fn seen(status: u16, headers: &[(&str, &str)], body: &str) -> HttpSeen {
        let tls = TlsSeen {
            version: "TLS 1.3".into(),
            cipher: "x".into(),
            chain: Vec::new(),
            trust: Ok(()),
            name: Ok(()),
            is_own: false,
            faults: Vec::new(),
            stapled: 0,
        };
        HttpSeen {
            status,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            is_cut: false,
            tls: Some(tls),
        }
    }

    fn example_org() -> Domain {
        Domain::parse("example.org").unwrap()
    }

    #[test]
    fn a_redirect_is_a_failure_though_every_http_client_would_follow_it() {
        let text = [("content-type", "text/plain; charset=utf-8")];
        let judge = |seen: &HttpSeen| fetched(seen, &example_org()).outcome;
        assert_eq!(judge(&seen(200, &text, "x")), Outcome::Pass);
        assert_eq!(judge(&seen(200, &[("content-type", "Text/Plain")], "x")), Outcome::Pass);
        assert_eq!(judge(&seen(200, &[], "x")), Outcome::Warn);
        assert_eq!(judge(&seen(301, &[("location", "https://www.example.org/")], "")), Outcome::Fail);
        assert_eq!(judge(&seen(404, &text, "")), Outcome::Fail);
    }

    #[test]
    fn a_certificate_for_another_name_is_a_failure() {
        let mut wrong = seen(200, &[("content-type", "text/plain")], "x");
        wrong.tls.as_mut().unwrap().name = Err("the certificate is for www.example.org".into());
        assert_eq!(fetched(&wrong, &example_org()).outcome, Outcome::Fail);
        wrong.tls.as_mut().unwrap().trust = Err(Distrust::NoRoots);
        assert_eq!(fetched(&wrong, &example_org()).outcome, Outcome::Unknown);
    }

    #[test]
    fn a_policy_is_judged_by_mode_and_age() {
        let judge = |mode: &str, age: u32| {
            let body = format!("version: STSv1\nmode: {mode}\nmx: mail.example.org\nmax_age: {age}\n");
            parsed(&seen(200, &[], &body), &example_org()).outcome
        };
        assert_eq!(judge("enforce", 604_800), Outcome::Pass);
        assert_eq!(judge("enforce", 31_557_600), Outcome::Pass);
        assert_eq!(judge("enforce", 31_557_601), Outcome::Fail);
        assert_eq!(judge("enforce", 172_800), Outcome::Info);
        assert_eq!(judge("enforce", 86_400), Outcome::Warn);
        assert_eq!(judge("testing", 604_800), Outcome::Warn);
        assert_eq!(judge("none", 604_800), Outcome::Info);
        assert_eq!(parsed(&seen(404, &[], "x"), &example_org()).outcome, Outcome::Skipped);
    }

    #[tokio::test]
    async fn without_a_record_nothing_is_fetched_and_without_an_address_it_fails() {
        let world = example("mta-sts.example.org. 60 A 192.0.2.1").run().await;
        assert_eq!(judged(context(&world), subject(), fetched).await.outcome, Outcome::Skipped);
        let world = example("_mta-sts.example.org. 60 TXT \"v=STSv1; id=1\"").run().await;
        let finding = judged(context(&world), subject(), fetched).await;
        assert_eq!(finding.outcome, Outcome::Fail, "{finding:?}");
    }
}
