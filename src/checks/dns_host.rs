//! `dns-host-a` and `dns-host-cname`: the host name leads to this machine, and is no alias.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, hostname, joined, judge_wanted};
use super::{Check, Context};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::RecordKind;

/// A and AAAA of the host name are this machine's addresses and no others.
pub static DNS_HOST_A: Check = Check {
    id: "dns-host-a",
    area: Area::Dns,
    why: "Other servers and mail programs find this machine by its name.",
    rfc: "RFC 5321 sections 2.3.5 and 5.1",
    needs: &[],
    intrusive: false,
    timeout: Duration::from_secs(15),
    subjects: hostname,
    run: |context, _| Box::pin(addresses(context)),
};

/// The host name has addresses of its own and is no CNAME.
pub static DNS_HOST_CNAME: Check = Check {
    id: "dns-host-cname",
    area: Area::Dns,
    why: "The name in an MX record must have addresses of its own; some servers refuse an alias.",
    rfc: "RFC 2181 section 10.3, RFC 5321 section 5.1",
    needs: &[],
    intrusive: false,
    timeout: Duration::from_secs(15),
    subjects: hostname,
    run: |context, _| Box::pin(alias(context)),
};

async fn addresses(context: Arc<Context>) -> Finding {
    let name = context.spec.hostname.absolute();
    let (v4, v6) =
        tokio::join!(judge_wanted(&context, &name, RecordKind::A), judge_wanted(&context, &name, RecordKind::Aaaa));
    let mut findings: Vec<Finding> = [v4, v6].into_iter().flatten().collect();
    if findings.is_empty() {
        return Finding::unknown("the public addresses of this machine are not known");
    }
    // An address of a family that this machine does not have: senders try IPv6 first.
    for (kind, own) in [(RecordType::A, context.known.ipv4.is_some()), (RecordType::AAAA, context.known.ipv6.is_some())]
    {
        if own {
            continue;
        }
        match ask(&context, &name, kind).await {
            Ok(asked) if !asked.answer.data.is_empty() => findings.push(
                Finding::fail(
                    format!("{kind} {}, and this machine has no such address", asked.answer.data.join(" ")),
                    format!("no {kind} record"),
                )
                .instructions(format!("Remove the {kind} record of {}", context.spec.hostname))
                .evidence(asked.evidence),
            ),
            Ok(asked) => findings.push(Finding::pass(format!("no {kind}")).evidence(asked.evidence)),
            Err(unknown) => findings.push(unknown),
        }
    }
    joined(findings)
}

async fn alias(context: Arc<Context>) -> Finding {
    let name = context.spec.hostname.absolute();
    match ask(&context, &name, RecordType::CNAME).await {
        Ok(asked) if asked.answer.data.is_empty() => Finding::pass("no CNAME").evidence(asked.evidence),
        Ok(asked) => Finding::fail(
            format!("{} is an alias of {}", context.spec.hostname, asked.answer.data.join(" ")),
            "A and AAAA records, no CNAME",
        )
        .instructions(format!("Replace the CNAME of {} with A and AAAA records", context.spec.hostname))
        .evidence(asked.evidence),
        Err(unknown) => unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, example};
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
        ] {
            let world = example(lines).run().await;
            let finding = addresses(context(&world)).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn an_alias_is_found_though_the_resolver_follows_it() {
        let world =
            example("mail.example.org. 60 CNAME host.example.org.\nhost.example.org. 60 A 198.51.100.10").run().await;
        assert_eq!(alias(context(&world)).await.outcome, Outcome::Fail);
        assert_eq!(addresses(context(&world)).await.outcome, Outcome::Fail);
        let world = example("mail.example.org. 60 A 198.51.100.10").run().await;
        assert_eq!(alias(context(&world)).await.outcome, Outcome::Pass);
    }
}
