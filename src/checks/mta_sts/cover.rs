//! `mtasts-mx-cover`: every MX is one of the policy's hosts and shows a certificate that senders take.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::fetch::explained;
use crate::checks::asked::{ask, domain};
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::probe::tls::Distrust;
use crate::records::mta_sts::{Mode, Policy};
use crate::spec::Fqdn;

/// Every MX is covered by the policy.
pub static MTASTS_MX_COVER: Check = Check {
    id: "mtasts-mx-cover",
    area: Area::MtaSts,
    why: "Under an enforced policy senders keep mail back from a host that it does not name.",
    rfc: "RFC 8461 sections 4.1 and 4.2",
    needs: &["mtasts-policy-parse"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: Context::domains,
    run: |context, subject| Box::pin(covered(context, subject)),
};

async fn covered(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let look = context.policy_look(domain).await;
    let policy = match &look.fetched {
        Ok(seen) if seen.status == 200 => match Policy::parse(&seen.body) {
            Ok(policy) => policy,
            Err(_) => return Finding::skipped("the policy cannot be read"),
        },
        Ok(_) => return Finding::skipped("there is no policy to read"),
        Err(trouble) => return explained(trouble, domain),
    };
    let asked = match ask(&context, domain.as_str(), RecordType::MX).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let mut hosts: Vec<String> =
        asked.answer.data.iter().filter_map(|d| Some(d.split_once(' ')?.1.to_owned())).collect();
    if hosts.is_empty() {
        // The implicit MX (RFC 5321 section 5.1).
        hosts.push(domain.absolute());
    }
    let certificates = join_all(hosts.iter().map(|host| objection(&context, host))).await;
    let objections: Vec<(String, String)> =
        hosts.iter().zip(certificates).filter_map(|(host, wrong)| Some((host.clone(), wrong?))).collect();
    judge(&policy, &hosts, &objections).evidence(asked.evidence).evidence(&look.evidence)
}

/// What senders would say against the certificate of a host that is looked at.
async fn objection(context: &Context, host: &str) -> Option<String> {
    let host = Fqdn::parse(host.trim_end_matches('.')).ok()?;
    for look in context.port_looks(&host, 25).await {
        // A port that does not answer is another check's.
        let Ok(seen) = look.tls() else { continue };
        if matches!(seen.trust, Err(Distrust::NoRoots)) {
            return None;
        }
        if seen.trust.is_err() || seen.name.is_err() {
            return Some(seen.objection());
        }
    }
    None
}

fn judge(policy: &Policy, hosts: &[String], objections: &[(String, String)]) -> Finding {
    let bare = |host: &String| host.trim_end_matches('.').to_owned();
    let uncovered: Vec<String> = hosts.iter().filter(|h| !policy.covers(h)).map(bare).collect();
    let grave = |found: String, expected: &str| match policy.mode {
        Mode::Enforce => Finding::fail(found, expected),
        Mode::Testing => Finding::warn(found, expected),
        Mode::None => Finding::info(found),
    };
    if !uncovered.is_empty() {
        let lines: Vec<String> = uncovered.iter().map(|h| format!("mx: {h}")).collect();
        return grave(format!("the policy does not name {}", uncovered.join(", ")), "every MX in the policy")
            .instructions(format!("Add to the policy, and set a new id in the TXT record:\n{}", lines.join("\n")));
    }
    if let Some((host, wrong)) = objections.first() {
        return grave(format!("{}: {wrong}", bare(host)), "a trusted certificate for the name in the MX record");
    }
    let unused =
        policy.mx.iter().filter(|p| !hosts.iter().any(|h| crate::records::mta_sts::matches(p, &bare(h)))).count();
    match unused {
        0 => Finding::pass(format!("every MX is covered: {}", hosts.iter().map(bare).collect::<Vec<_>>().join(", "))),
        // A new host stands in the policy before it stands in the MX: that is the right order.
        _ => Finding::info(format!("every MX is covered; the policy names {unused} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn policy(mode: &str, mx: &[&str]) -> Policy {
        let mx: Vec<String> = mx.iter().map(|m| format!("mx: {m}")).collect();
        Policy::parse(format!("version: STSv1\nmode: {mode}\n{}\nmax_age: 604800\n", mx.join("\n")).as_bytes()).unwrap()
    }

    #[test]
    fn testing_and_several_hosts_are_healthy_too() {
        let hosts = ["a.example.org.".to_owned(), "b.example.org.".to_owned()];
        let judged = |mode: &str, mx: &[&str]| judge(&policy(mode, mx), &hosts, &[]).outcome;
        assert_eq!(judged("enforce", &["*.example.org"]), Outcome::Pass);
        assert_eq!(judged("testing", &["a.example.org", "b.example.org"]), Outcome::Pass);
        assert_eq!(judged("enforce", &["a.example.org", "b.example.org", "new.example.net"]), Outcome::Info);
        assert_eq!(judged("enforce", &["a.example.org"]), Outcome::Fail);
        assert_eq!(judged("testing", &["a.example.org"]), Outcome::Warn);
        assert_eq!(judged("none", &["a.example.org"]), Outcome::Info);
    }

    #[test]
    fn a_certificate_that_senders_refuse_counts_as_not_covered() {
        let wrong = [("a.example.org.".to_owned(), "it has expired".to_owned())];
        let hosts = ["a.example.org.".to_owned()];
        assert_eq!(judge(&policy("enforce", &["a.example.org"]), &hosts, &wrong).outcome, Outcome::Fail);
        assert_eq!(judge(&policy("testing", &["a.example.org"]), &hosts, &wrong).outcome, Outcome::Warn);
    }
}
