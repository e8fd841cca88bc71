//! `dns-mx`, `dns-mx-target-valid` and `dns-mx-null`: where a domain's mail goes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, domain, judge_wanted, not_ours};
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::{AnswerState, RecordKind};
use crate::spec::{Domain, Fqdn};

/// The MX records lead to hosts; of our own domains, the one with the lowest number to this server.
pub static DNS_MX: Check = Check {
    id: "dns-mx",
    area: Area::Dns,
    why: "The MX record brings the domain's mail to its server.",
    rfc: "RFC 5321 section 5.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(mx(context, subject)),
};

/// Every MX names a host.
pub static DNS_MX_TARGET_VALID: Check = Check {
    id: "dns-mx-target-valid",
    area: Area::Dns,
    why: "An MX record that names no host leads nowhere.",
    rfc: "RFC 1035 section 3.3.9, RFC 5321 section 5.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(targets(context, subject)),
};

/// A domain that takes mail has no null MX.
pub static DNS_MX_NULL: Check = Check {
    id: "dns-mx-null",
    area: Area::Dns,
    why: "A null MX tells everybody that the domain takes no mail.",
    rfc: "RFC 7505 section 3",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(null(context, subject)),
};

async fn mx(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    match context.own() {
        Ok(own) => our_mx(&context, own, domain).await,
        Err(_) => any_mx(&context, domain).await,
    }
}

/// Mail of another's domain finds a host.
async fn any_mx(context: &Context, domain: &Domain) -> Finding {
    let asked = match ask(context, domain.as_str(), RecordType::MX).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let expected = "an MX record that leads to a host";
    let finding = match (asked.answer.state, asked.answer.data.as_slice()) {
        (AnswerState::NxDomain, _) => Finding::fail(format!("{domain} does not exist (NXDOMAIN)"), expected),
        (_, [one]) if is_null(one) => Finding::info("a null MX: the domain takes no mail, and says so"),
        (_, []) => match context.dns.addresses(domain.as_str()).await {
            (addresses, _) if !addresses.is_empty() => {
                Finding::warn("no MX record: senders try the domain's own address", expected)
                    .instructions(format!("Publish an MX record for {domain}"))
            }
            (_, true) => Finding::fail("neither an MX record nor an address", expected)
                .instructions(format!("Publish an MX record for {domain}, or '0 .' where it takes no mail")),
            (_, false) => Finding::unknown("no MX record, and the resolver does not say whether there is an address"),
        },
        (_, records) => {
            let targets: Vec<&str> = records.iter().filter_map(|d| d.split(' ').nth(1)).filter(|t| *t != ".").collect();
            let looked_up = join_all(targets.iter().map(|t| context.dns.addresses(t))).await;
            let dead: Vec<&str> = targets
                .iter()
                .zip(&looked_up)
                .filter(|(_, (addresses, certain))| addresses.is_empty() && *certain)
                .map(|(target, _)| target.trim_end_matches('.'))
                .collect();
            match dead.len() {
                0 => Finding::pass(records.join(", ")),
                n if n == targets.len() => Finding::fail(format!("no address: {}", dead.join(", ")), expected),
                _ => Finding::warn(format!("no address: {}", dead.join(", ")), "every MX leads to a host")
                    .instructions(format!("Remove these MX records of {domain}, or give the hosts addresses")),
            }
        }
    };
    finding.evidence(asked.evidence)
}

async fn our_mx(context: &Context, own: &Own, name: &Domain) -> Finding {
    let Some(domain) = own.spec.domain(name) else { return not_ours() };
    let name = name.absolute();
    if domain.moving_from_another_server {
        return match ask(context, &name, RecordType::MX).await {
            Ok(asked) => Finding::info(format!(
                "Mail still goes to {}: the cut-over is still to come",
                crate::printable::excerpt(&asked.answer.data.join(", ").replace(".,", ","), 120).trim_end_matches('.')
            ))
            .evidence(asked.evidence),
            Err(unknown) => unknown,
        };
    }
    judge_wanted(context, &name, RecordKind::Mx).await.unwrap_or_else(not_ours)
}

async fn targets(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let asked = match ask(&context, domain.as_str(), RecordType::MX).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let named: Vec<&str> = asked.answer.data.iter().filter_map(|d| d.split(' ').nth(1)).filter(|t| *t != ".").collect();
    if named.is_empty() {
        return Finding::skipped("there is no MX record").evidence(asked.evidence);
    }
    let wrong: Vec<String> = named.iter().filter_map(|t| fault(t, &domain.absolute())).collect();
    let finding = match wrong.is_empty() {
        true => Finding::pass(named.join(" ")),
        false => Finding::fail(wrong.join("; "), "names of hosts").instructions(format!(
            "Correct the MX of {}: it takes a host's name, written with a dot at its end where the provider adds none",
            domain
        )),
    };
    finding.evidence(asked.evidence)
}

/// Whether an MX record is the null MX (RFC 7505).
fn is_null(record: &str) -> bool {
    record.split(' ').nth(1) == Some(".")
}

/// What is wrong with an MX target.
fn fault(target: &str, zone: &str) -> Option<String> {
    let bare = target.trim_end_matches('.');
    let shown = crate::printable::excerpt(bare, 80);
    if bare.parse::<std::net::IpAddr>().is_ok() || bare.strip_suffix(zone.trim_end_matches('.')).is_some_and(is_address)
    {
        return Some(format!("'{shown}' is an address; an MX takes a name"));
    }
    if bare.eq_ignore_ascii_case("localhost") {
        return Some("'localhost' is every machine's name for itself".into());
    }
    let doubled = format!("{zone}{zone}");
    if format!(".{target}").ends_with(&format!(".{doubled}")) {
        return Some(format!("'{shown}' holds the domain twice: its final dot was lost"));
    }
    Fqdn::parse(bare).err().map(|e| e.to_string())
}

/// "192.0.2.1." before the zone: an address that was completed like a name.
fn is_address(head: &str) -> bool {
    head.trim_end_matches('.').parse::<std::net::Ipv4Addr>().is_ok()
}

async fn null(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    match ask(&context, domain.as_str(), RecordType::MX).await {
        Ok(asked) if context.own().is_err() && asked.answer.data.len() == 1 && is_null(&asked.answer.data[0]) => {
            Finding::info("the domain takes no mail, and says so").evidence(asked.evidence)
        }
        Ok(asked) if asked.answer.data.iter().any(|d| is_null(d)) => {
            let beside = if asked.answer.data.len() > 1 { " beside others" } else { "" };
            Finding::fail(format!("a null MX{beside}: {}", asked.answer.data.join(", ")), "no '0 .'")
                .instructions(format!("Remove the MX record '0 .' of {domain}"))
                .evidence(asked.evidence)
        }
        Ok(asked) => Finding::pass("no null MX").evidence(asked.evidence),
        Err(unknown) => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example, moving, others};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::Manner;

    #[tokio::test]
    async fn preferences_are_numbers() {
        for (lines, outcome) in [
            ("example.org. 60 MX 10 mail.example.org.", Outcome::Pass),
            // Sorted as text the ten would come first.
            ("example.org. 60 MX 10 mail.example.org.\nexample.org. 60 MX 5 old.net.", Outcome::Fail),
            ("example.org. 60 MX 10 mail.example.org.\nexample.org. 60 MX 20 backup.net.", Outcome::Warn),
            ("example.org. 60 MX 10 other.net.", Outcome::Fail),
            ("", Outcome::Fail),
        ] {
            let world = example(lines).run().await;
            let finding = mx(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn silence_is_unknown_and_disagreement_a_warning() {
        let silent = example("example.org. 60 MX 10 mail.example.org.")
            .manner("127.9.0.10", Manner::ServFail)
            .manner("127.9.0.11", Manner::Refused)
            .run()
            .await;
        assert_eq!(mx(context(&silent), domain()).await.outcome, Outcome::Unknown);
        let lagging = example("example.org. 60 MX 10 mail.example.org.")
            .lagging("127.9.0.11", "example.org.", "example.org. 60 MX 10 old.net.")
            .run()
            .await;
        let finding = mx(context(&lagging), domain()).await;
        assert_eq!(finding.outcome, Outcome::Warn, "{finding:?}");
        assert!(finding.evidence.iter().any(|l| l.contains("serial 6")), "{finding:?}");
    }

    #[tokio::test]
    async fn a_move_before_its_cut_over_is_no_fault() {
        let world = example("example.org. 60 MX 10 old.net.").run().await;
        assert_eq!(mx(moving(&world), domain()).await.outcome, Outcome::Info);
    }

    #[tokio::test]
    async fn targets_that_are_no_hosts_are_named() {
        for (target, part) in [
            ("192.0.2.1.", "'192.0.2.1' is an address"),
            ("192.0.2.1.example.org.", "'192.0.2.1.example.org' is an address"),
            ("localhost.", "every machine's name"),
            ("mail.example.org.example.org.", "holds the domain twice"),
            ("mail.", "only one part"),
        ] {
            let world = example(&format!("example.org. 60 MX 10 {target}")).run().await;
            let finding = targets(context(&world), domain()).await;
            assert_eq!(finding.outcome, Outcome::Fail, "{target}: {finding:?}");
            assert!(finding.found.contains(part), "{target}: {finding:?}");
        }
        assert!(fault("mail_1.example.org.", "example.org.").unwrap().contains("'_' is not allowed"));
        assert_eq!(fault("mail.example.org.", "example.org."), None);
    }

    #[tokio::test]
    async fn a_null_mx_is_not_taken_for_a_host() {
        let world = example("example.org. 60 MX 0 .").run().await;
        assert_eq!(null(context(&world), domain()).await.outcome, Outcome::Fail);
        assert_eq!(targets(context(&world), domain()).await.outcome, Outcome::Skipped);
        let world = example("example.org. 60 MX 10 mail.example.org.").run().await;
        assert_eq!(null(context(&world), domain()).await.outcome, Outcome::Pass);
    }

    #[tokio::test]
    async fn without_an_mx_the_domains_own_address_counts() {
        for (lines, outcome) in [
            ("example.org. 60 A 192.0.2.1", Outcome::Warn),
            ("", Outcome::Fail),
            ("example.org. 60 MX 0 .", Outcome::Info),
            ("example.org. 60 MX 10 gone.example.org.", Outcome::Fail),
            (
                "example.org. 60 MX 10 gone.example.org.\nexample.org. 60 MX 5 mail.example.org.\nmail.example.org. 60 A 192.0.2.1",
                Outcome::Warn,
            ),
        ] {
            let world = example(lines).run().await;
            let finding = mx(others(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
        let world = example("").run().await;
        let nowhere = Subject::Domain(Domain::parse("nowhere.example.org").unwrap());
        assert!(mx(others(&world), nowhere).await.found.contains("NXDOMAIN"));
    }
}
