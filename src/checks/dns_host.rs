//! `dns-host-a` and `dns-host-cname`: the host name leads to this machine, and is no alias.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, host, joined, judge_wanted};
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::RecordKind;
use crate::spec::Fqdn;

/// A and AAAA of the host name are this machine's addresses and no others.
pub static DNS_HOST_A: Check = Check {
    id: "dns-host-a",
    area: Area::Dns,
    why: "Other servers and mail programs find this machine by its name.",
    rfc: "RFC 5321 sections 2.3.5 and 5.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::hosts,
    run: |context, subject| Box::pin(addresses(context, subject)),
};

/// The host name has addresses of its own and is no CNAME.
pub static DNS_HOST_CNAME: Check = Check {
    id: "dns-host-cname",
    area: Area::Dns,
    why: "The name in an MX record must have addresses of its own; some servers refuse an alias.",
    rfc: "RFC 2181 section 10.3, RFC 5321 section 5.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::hosts,
    run: |context, subject| Box::pin(alias(context, subject)),
};

async fn addresses(context: Arc<Context>, subject: Subject) -> Finding {
    let host = match host(&subject) {
        Ok(host) => host,
        Err(finding) => return finding,
    };
    match context.own() {
        Ok(own) => our_addresses(&context, own).await,
        Err(_) => any_addresses(&context, host).await,
    }
}

/// Another's host has addresses, and its name servers agree on them.
async fn any_addresses(context: &Context, host: &Fqdn) -> Finding {
    let name = host.absolute();
    let kinds = [RecordType::A, RecordType::AAAA];
    let seen = join_all(kinds.map(|kind| context.dns.observe(&name, kind))).await;
    let mut evidence = Vec::new();
    let mut addresses = Vec::new();
    let mut trouble = None;
    let mut disagreeing = Vec::new();
    for (kind, seen) in kinds.iter().zip(&seen) {
        evidence.extend(seen.evidence(&format!("{kind} {host}")));
        match seen.settled() {
            Some(answer) => addresses.extend(answer.data.iter().cloned()),
            None => trouble = Some(seen.trouble()),
        }
        disagreeing.extend(seen.disagreeing().iter().map(|a| a.server.clone()));
    }
    let finding = match (addresses.is_empty(), trouble) {
        (true, Some(trouble)) => Finding::unknown(trouble),
        (true, None) => Finding::fail(format!("{host} has no address"), "an A or AAAA record")
            .instructions(format!("Publish an A record for {host}")),
        (false, _) if !disagreeing.is_empty() => Finding::warn(
            format!("the name servers disagree: {} say otherwise than the first", disagreeing.join(", ")),
            "the same addresses everywhere",
        ),
        (false, _) => Finding::pass(addresses.join(" ")),
    };
    finding.evidence(evidence)
}

async fn our_addresses(context: &Context, own: &Own) -> Finding {
    let name = own.spec.hostname.absolute();
    let (v4, v6) =
        tokio::join!(judge_wanted(context, &name, RecordKind::A), judge_wanted(context, &name, RecordKind::Aaaa));
    let mut findings: Vec<Finding> = [v4, v6].into_iter().flatten().collect();
    if findings.is_empty() {
        return Finding::unknown("the public addresses of this machine are not known");
    }
    // An address of a family that this machine does not have: senders try IPv6 first.
    for (kind, ours) in [(RecordType::A, own.known.ipv4.is_some()), (RecordType::AAAA, own.known.ipv6.is_some())] {
        if ours {
            continue;
        }
        match ask(context, &name, kind).await {
            Ok(asked) if !asked.answer.data.is_empty() => findings.push(
                Finding::fail(
                    format!("{kind} {}, and this machine has no such address", asked.answer.data.join(" ")),
                    format!("no {kind} record"),
                )
                .instructions(format!("Remove the {kind} record of {}", own.spec.hostname))
                .evidence(asked.evidence),
            ),
            Ok(asked) => findings.push(Finding::pass(format!("no {kind}")).evidence(asked.evidence)),
            Err(unknown) => findings.push(unknown),
        }
    }
    joined(findings)
}

async fn alias(context: Arc<Context>, subject: Subject) -> Finding {
    let host = match host(&subject) {
        Ok(host) => host,
        Err(finding) => return finding,
    };
    let name = host.absolute();
    match ask(&context, &name, RecordType::CNAME).await {
        Ok(asked) if asked.answer.data.is_empty() => Finding::pass("no CNAME").evidence(asked.evidence),
        Ok(asked) => Finding::fail(
            format!("{host} is an alias of {}", asked.answer.data.join(" ")),
            "A and AAAA records, no CNAME",
        )
        .instructions(format!("Replace the CNAME of {host} with A and AAAA records"))
        .evidence(asked.evidence),
        Err(unknown) => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, example, host_subject};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn addresses_are_compared_as_sets_and_as_numbers() {
        for (lines, outcome) in [
            ("mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:0db8:100:0::10", Outcome::Pass),
            ("mail.example.org. 60 A 198.51.100.10", Outcome::Fail),
            (
                "mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 A 192.0.2.1\nmail.example.org. 60 AAAA 2001:db8:100::10",
                Outcome::Warn,
            ),
            ("mail.example.org. 60 A 192.0.2.1\nmail.example.org. 60 AAAA 2001:db8:100::10", Outcome::Fail),
            // An IPv4 address in IPv6 clothes leads nowhere.
            ("mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA ::ffff:198.51.100.10", Outcome::Fail),
        ] {
            let world = example(lines).run().await;
            let finding = addresses(context(&world), host_subject()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn an_alias_is_found_though_the_resolver_follows_it() {
        let world =
            example("mail.example.org. 60 CNAME host.example.org.\nhost.example.org. 60 A 198.51.100.10").run().await;
        assert_eq!(alias(context(&world), host_subject()).await.outcome, Outcome::Fail);
        assert_eq!(addresses(context(&world), host_subject()).await.outcome, Outcome::Fail);
        let world = example("mail.example.org. 60 A 198.51.100.10").run().await;
        assert_eq!(alias(context(&world), host_subject()).await.outcome, Outcome::Pass);
    }
}
