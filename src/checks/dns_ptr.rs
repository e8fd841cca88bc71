//! `dns-ptr-v4`, `dns-ptr-v6`, `dns-fcrdns` and `dns-helo-name`: the way back from an address to a name.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, judge_wanted, not_ours};
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::{RecordKind, reverse_name};
use crate::spec::Fqdn;
use crate::stacks::CommandLine;

/// More names of one address than this are not followed (RFC 7208 section 4.6.4 has the same limit).
const MOST_NAMES: usize = 10;

/// The IPv4 address's reverse name is the host name.
pub static DNS_PTR_V4: Check = Check {
    id: "dns-ptr-v4",
    area: Area::Dns,
    why: "Large receivers refuse mail from an address without a reverse name of its own.",
    rfc: "RFC 1912 section 2.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: |context| egress(context, IpAddr::is_ipv4),
    run: |context, subject| Box::pin(pointer(context, subject)),
};

/// The IPv6 address's reverse name is the host name.
pub static DNS_PTR_V6: Check = Check {
    id: "dns-ptr-v6",
    area: Area::Dns,
    why: "Large receivers refuse mail over IPv6 without a reverse name more strictly than over IPv4.",
    rfc: "RFC 1912 section 2.1, RFC 3596 section 2.5",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: |context| egress(context, IpAddr::is_ipv6),
    run: |context, subject| Box::pin(pointer(context, subject)),
};

/// A reverse name leads back to the address.
pub static DNS_FCRDNS: Check = Check {
    id: "dns-fcrdns",
    area: Area::Dns,
    why: "Receivers believe a reverse name only when it leads back to the address.",
    rfc: "RFC 8601 section 3 (iprev)",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(20),
    subjects: |context| egress(context, |_| true),
    run: |context, subject| Box::pin(confirmed(context, subject)),
};

/// The name that the MTA greets with leads to the addresses that it sends from.
pub static DNS_HELO_NAME: Check = Check {
    id: "dns-helo-name",
    area: Area::Dns,
    why: "Receivers look up the name that this server greets them with.",
    rfc: "RFC 5321 sections 2.3.5 and 4.1.1.1",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(20),
    subjects: Context::this_host_name,
    run: |context, _| Box::pin(helo(context)),
};

fn egress(context: &Context, family: fn(&IpAddr) -> bool) -> Vec<Subject> {
    context.senders().into_iter().filter(family).map(Subject::Address).collect()
}

async fn pointer(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Address(address) = subject else { return not_ours() };
    match context.own() {
        Ok(_) => judge_wanted(&context, &reverse_name(address), RecordKind::Ptr).await.unwrap_or_else(not_ours),
        Err(_) => any_pointer(&context, address).await,
    }
}

/// Whether another's host sends mail is not known: only if it does it needs a reverse name.
async fn any_pointer(context: &Context, address: IpAddr) -> Finding {
    let asked = match ask(context, &reverse_name(address), RecordType::PTR).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let finding = match asked.answer.data.as_slice() {
        [] => Finding::warn(format!("{address} has no reverse name"), "one, if mail is sent from there")
            .instructions(format!("Set the reverse name of {address} where the machine is rented")),
        names => Finding::pass(names.join(" ")),
    };
    finding.evidence(asked.evidence)
}

async fn confirmed(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Address(address) = subject else { return not_ours() };
    let asked = match ask(&context, &reverse_name(address), RecordType::PTR).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let names: Vec<String> = asked.answer.data.iter().take(MOST_NAMES).cloned().collect();
    let Some(host) = context.host_at(address).map(Fqdn::as_str) else { return not_ours() };
    let fix = format!("Set the reverse name of {address} to {host} where the machine is rented");
    if names.is_empty() {
        let finding = match context.own() {
            Ok(_) => Finding::fail(format!("{address} has no reverse name"), host),
            Err(_) => Finding::warn(format!("{address} has no reverse name"), "one, if mail is sent from there"),
        };
        return finding.instructions(fix).evidence(asked.evidence);
    }
    let looked_up = join_all(names.iter().map(|name| async {
        let kind = if address.is_ipv4() { RecordType::A } else { RecordType::AAAA };
        (name.clone(), ask(&context, name, kind).await)
    }));
    let mut evidence = asked.evidence;
    let (mut confirming, mut uncertain) = (BTreeSet::new(), false);
    for (name, forward) in looked_up.await {
        match forward {
            Ok(forward) => {
                evidence.extend(forward.evidence);
                if forward.answer.data.iter().any(|d| d.parse() == Ok(address)) {
                    confirming.insert(name.trim_end_matches('.').to_owned());
                }
            }
            Err(unknown) => {
                uncertain = true;
                evidence.extend(unknown.evidence);
            }
        }
    }
    let finding = if confirming.contains(host) {
        Finding::pass(format!("{address} is {host}, and {host} is {address}"))
    } else if let (Some(other), Err(_)) = (confirming.first(), context.own()) {
        Finding::pass(format!("{address} is {other}, and {other} is {address}"))
    } else if let Some(other) = confirming.first() {
        Finding::warn(format!("{address} and {other} lead to one another, but this server is {host}"), host)
            .instructions(fix)
    } else if uncertain {
        Finding::unknown(format!("the addresses of {} could not be looked up", names.join(" ")))
    } else {
        Finding::fail(format!("{} does not lead back to {address}", names.join(" ").trim_end_matches('.')), host)
            .instructions(fix)
    };
    finding.evidence(evidence)
}

async fn helo(context: Arc<Context>) -> Finding {
    let Ok(own) = context.own() else { return not_ours() };
    let reading = own.clone();
    let name = tokio::task::spawn_blocking(move || helo_name(&reading)).await.unwrap_or(Ok(None));
    let name = match name {
        Ok(Some(name)) => name,
        Ok(None) => own.spec.hostname.as_str().to_owned(),
        Err(reason) => return Finding::unknown(reason),
    };
    if crate::spec::Fqdn::parse(&name).is_err() {
        let shown = crate::printable::excerpt(&name, 80);
        return Finding::fail(
            format!("it greets as '{shown}', which is no full host name"),
            own.spec.hostname.as_str(),
        )
        .automatic("mailwizard apply");
    }
    let mut evidence = vec![format!("the MTA greets as {name}")];
    for address in own.egress() {
        let kind = if address.is_ipv4() { RecordType::A } else { RecordType::AAAA };
        match ask(&context, &name, kind).await {
            Ok(asked) => {
                let leads_here = asked.answer.data.iter().any(|d| d.parse() == Ok(address));
                evidence.extend(asked.evidence);
                if !leads_here {
                    return Finding::fail(
                        format!("it greets as {name}, which does not lead to {address}"),
                        format!("{name} {kind} {address}"),
                    )
                    .instructions(format!("Publish {name}. {kind} {address}"))
                    .evidence(evidence);
                }
            }
            Err(unknown) => return unknown.evidence(evidence),
        }
    }
    Finding::pass(format!("it greets as {name}")).evidence(evidence)
}

/// The name that Postfix greets with; `None` where the machine is not the server or has no Postfix.
fn helo_name(own: &Own) -> Result<Option<String>, String> {
    let Some(host) = &own.host else { return Ok(None) };
    if host.which("postconf").is_none() || host.read(Path::new("/etc/postfix/main.cf")).ok().flatten().is_none() {
        return Ok(None);
    }
    let command = CommandLine::new("postconf", &["-hx", "smtp_helo_name"]);
    let output = host.run(&command, &mut |_| {}).map_err(|e| e.to_string())?;
    Ok(Some(output.stdout.trim().to_owned()).filter(|n| !n.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, example};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::World;

    const V6: &str = "2001:db8:100::10";

    fn reversed(world: World, v4: &str) -> World {
        let six = reverse_name(V6.parse().unwrap());
        world.zone("100.51.198.in-addr.arpa.", &["127.9.0.12"], v4).zone(
            "0.0.1.0.8.b.d.0.1.0.0.2.ip6.arpa.",
            &["127.9.0.13"],
            &format!("{six} 60 PTR mail.example.org."),
        )
    }

    fn four() -> Subject {
        Subject::Address("198.51.100.10".parse().unwrap())
    }

    #[tokio::test]
    async fn every_name_counts_and_each_family_by_itself() {
        let forward = "mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:db8:100::10\nvps.example.org. 60 A 198.51.100.10\nlie.example.org. 60 A 192.0.2.1";
        let ptr = |name: &str| format!("10.100.51.198.in-addr.arpa. 60 PTR {name}.");
        for (v4, pointer_is, confirmed_is) in [
            (ptr("mail.example.org"), Outcome::Pass, Outcome::Pass),
            // The second of two: accepted by whoever looks at all of them.
            (format!("{}\n{}", ptr("lie.example.org"), ptr("mail.example.org")), Outcome::Warn, Outcome::Pass),
            (ptr("vps.example.org"), Outcome::Fail, Outcome::Warn),
            (ptr("lie.example.org"), Outcome::Fail, Outcome::Fail),
            (String::new(), Outcome::Fail, Outcome::Fail),
        ] {
            let world = reversed(example(forward), &v4).run().await;
            let context = context(&world);
            let finding = pointer(Arc::clone(&context), four()).await;
            assert_eq!(finding.outcome, pointer_is, "{v4}: {finding:?}");
            let finding = confirmed(Arc::clone(&context), four()).await;
            assert_eq!(finding.outcome, confirmed_is, "{v4}: {finding:?}");
            let six = Subject::Address(V6.parse().unwrap());
            assert_eq!(pointer(context, six).await.outcome, Outcome::Pass, "all 32 nibbles are asked for");
        }
    }

    #[tokio::test]
    async fn the_name_greeted_with_has_to_lead_to_every_address() {
        let world =
            example("mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:db8:100::10").run().await;
        assert_eq!(helo(context(&world)).await.outcome, Outcome::Pass);
        let world = example("mail.example.org. 60 A 198.51.100.10").run().await;
        let finding = helo(context(&world)).await;
        assert_eq!(finding.outcome, Outcome::Fail);
        assert!(finding.found.contains("does not lead to 2001:db8:100::10"), "{finding:?}");
    }

    #[tokio::test]
    async fn the_name_is_the_one_that_is_sent_and_not_the_one_in_myhostname() {
        use crate::checks::Own;
        use crate::checks::dns_world::{known, spec};
        use crate::host::fake::{FakeHost, printed};
        use crate::probe::dns::DnsClient;
        let world =
            example("mail.example.org. 60 A 198.51.100.10\nmail.example.org. 60 AAAA 2001:db8:100::10").run().await;
        for (sent, outcome) in [
            ("mail.example.org", Outcome::Pass),
            ("gone.example.org", Outcome::Fail),
            // A container's id, a provider's name without a dot.
            ("3f2a9c1b7d10", Outcome::Fail),
        ] {
            let host = FakeHost::default();
            host.machine().put("/etc/postfix/main.cf", "");
            host.script("postconf", move |command, _| match command.args.last().map(String::as_str) {
                Some("smtp_helo_name") => printed(sent),
                _ => printed("mail.example.org"),
            });
            let own = Own { host: Some(Arc::new(host)), known: known(), ..Own::wished(spec()) };
            let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
            let finding = helo(Arc::new(Context::of_own(own, dns))).await;
            assert_eq!(finding.outcome, outcome, "{sent}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn a_hundred_names_of_one_address_are_not_followed() {
        let names: Vec<String> =
            (0..40).map(|n| format!("10.100.51.198.in-addr.arpa. 60 PTR h{n:02}.example.org.")).collect();
        let world = reversed(example(""), &names.join("\n")).run().await;
        let finding = confirmed(context(&world), four()).await;
        assert_eq!(finding.outcome, Outcome::Fail);
        let asked = finding.evidence.iter().filter(|l| l.starts_with("A h")).count();
        assert!(asked > 0 && !finding.evidence.iter().any(|l| l.contains("A h10.")), "{finding:?}");
    }
}
