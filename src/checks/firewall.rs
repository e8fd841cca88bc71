//! `firewall-local` and `firewall-outbound-25`: what gets in and what gets out.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::{Check, Context, Own, Reach, Subject};
use crate::facts::FirewallFacts;
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError, firewall};
use crate::probe::smtp::Smtp;
use crate::probe::{Target, Transcript};
use crate::spec::Fqdn;

/// A firewall on this machine lets our ports in.
pub static FIREWALL_LOCAL: Check = Check {
    id: "firewall-local",
    area: Area::Firewall,
    why: "A port that the firewall closes looks like a server that is down.",
    rfc: "ufw(8), firewall-cmd(1), nft(8)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(20),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(local)),
};

/// Mail can leave: port 25 of others answers, over each family that we send over.
pub static FIREWALL_OUTBOUND_25: Check = Check {
    id: "firewall-outbound-25",
    area: Area::Firewall,
    why: "Many hosters block port 25 until they are asked; your mail then never leaves.",
    rfc: "RFC 5321 section 4.5.4.2",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(45),
    subjects: Context::this_host,
    run: |context, _| Box::pin(outbound(context)),
};

fn local(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let active = firewall::look(host)?;
    let name = match &active {
        FirewallFacts::None => {
            return Ok(Finding::info("no firewall is active on this machine: nothing is closed here"));
        }
        FirewallFacts::Ufw { .. } => "ufw",
        FirewallFacts::Firewalld { .. } => "firewalld",
        FirewallFacts::Nftables { .. } => "nftables",
    };
    let wanted: BTreeSet<u16> = own.desired.ports.iter().map(|p| p.port).collect();
    let closed = firewall::blocked(host, &active, &wanted)?;
    let listed = |ports: &BTreeSet<u16>| ports.iter().map(u16::to_string).collect::<Vec<_>>().join(" ");
    Ok(match closed.is_empty() {
        true => Finding::pass(format!("{name} lets in {}", listed(&wanted))),
        false => Finding::fail(format!("{name} closes {}", listed(&closed)), "open").automatic("mailwizard apply"),
    })
}

/// How long a connection that is let through may take; one that is blocked takes all of it.
const CONNECT: Duration = Duration::from_secs(8);

async fn outbound(context: Arc<Context>) -> Finding {
    let Ok(own) = context.own() else { return not_ours() };
    let targets = &own.spec.checks.port25_targets;
    if targets.is_empty() {
        return Finding::skipped("checks.port25_targets names no host");
    }
    let transcript = Transcript::new();
    let families = join_all([false, true].map(|ipv6| family(&context, own, ipv6, &transcript))).await;
    let [v4, v6] = families.as_slice() else { return Finding::unknown("no family was asked") };
    judge(v4, v6, own.spec.network.relay.is_some()).evidence(transcript.evidence())
}

/// What became of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Family {
    /// We do not send over it, or no target has an address in it.
    NotAsked,
    /// This one answered with 220.
    Open(String),
    /// None of so many answered.
    Closed(usize),
}

async fn family(context: &Context, own: &Own, ipv6: bool, transcript: &Transcript) -> Family {
    let Some(from) = own.egress().into_iter().find(|a| a.is_ipv6() == ipv6) else { return Family::NotAsked };
    let from = Some(from).filter(|a| own.facts.addresses.interfaces.contains(a));
    let tried = own.spec.checks.port25_targets.iter().map(|target| async move {
        let (addresses, _) = context.dns.addresses(target.as_str()).await;
        let address = addresses.into_iter().find(|a| a.is_ipv6() == ipv6)?;
        Some(answers(context, target, address, from, transcript).await)
    });
    let results: Vec<Result<String, ()>> = join_all(tried).await.into_iter().flatten().collect();
    match results.iter().find_map(|r| r.as_ref().ok()) {
        _ if results.is_empty() => Family::NotAsked,
        Some(name) => Family::Open(name.clone()),
        None => Family::Closed(results.len()),
    }
}

/// A connection alone proves nothing, because transparent proxies take any: the greeting counts.
async fn answers(
    context: &Context,
    name: &Fqdn,
    address: IpAddr,
    from: Option<IpAddr>,
    transcript: &Transcript,
) -> Result<String, ()> {
    let target = Target { connect_timeout: CONNECT, from, ..Target::new(SocketAddr::new(address, 25)) };
    let own = Transcript::new();
    let result = Smtp::connect(&target, own.clone()).await;
    let greeted = match result {
        Ok(mut smtp) => {
            let code = smtp.greeting.code;
            // EHLO before QUIT: a connection without it looks like a scan.
            let _ = smtp.ehlo(context.ehlo_name()).await;
            smtp.quit().await;
            code == 220
        }
        Err(_) => false,
    };
    transcript.note(&format!("{name}: {}", if greeted { "answers with 220" } else { "does not answer" }));
    for line in own.lines().iter().take(3) {
        transcript.note(&line.text);
    }
    if greeted { Ok(name.to_string()) } else { Err(()) }
}

fn judge(v4: &Family, v6: &Family, has_relay: bool) -> Finding {
    let ask = "Ask your hoster to open port 25 outwards, or send through a relay (network.relay).";
    match (v4, v6) {
        (Family::NotAsked, Family::NotAsked) => {
            Finding::unknown("no host to try has an address: is the resolver working")
        }
        (Family::Closed(n), Family::Closed(_) | Family::NotAsked) | (Family::NotAsked, Family::Closed(n)) => {
            let found = format!("none of {n} mail servers could be reached on port 25");
            if has_relay {
                return Finding::info(format!("{found}; mail goes through the relay"));
            }
            Finding::fail(found, "a greeting from at least one").instructions(ask)
        }
        (Family::Open(name), Family::Closed(_)) => {
            Finding::warn(format!("IPv4 works ({name} answers), IPv6 does not"), "both").instructions(
                "Set network.outbound = \"ipv4\", so that no mail waits for a way that is closed; or ask your hoster.",
            )
        }
        (Family::Closed(_), Family::Open(name)) => {
            Finding::warn(format!("IPv6 works ({name} answers), IPv4 does not"), "both").instructions(ask)
        }
        (Family::Open(name), Family::Open(_)) => Finding::pass(format!("{name} answers, over IPv4 and IPv6")),
        (Family::Open(name), Family::NotAsked) => Finding::pass(format!("{name} answers, over IPv4")),
        (Family::NotAsked, Family::Open(name)) => Finding::pass(format!("{name} answers, over IPv6")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn one_family_is_a_warning_and_none_is_a_failure_unless_a_relay_helps() {
        let open = || Family::Open("mx.example".into());
        assert_eq!(judge(&open(), &open(), false).outcome, Outcome::Pass);
        assert_eq!(judge(&open(), &Family::NotAsked, false).outcome, Outcome::Pass);
        assert_eq!(judge(&open(), &Family::Closed(3), false).outcome, Outcome::Warn);
        assert_eq!(judge(&Family::Closed(3), &Family::Closed(2), false).outcome, Outcome::Fail);
        assert_eq!(judge(&Family::Closed(3), &Family::NotAsked, true).outcome, Outcome::Info);
        assert_eq!(judge(&Family::NotAsked, &Family::NotAsked, false).outcome, Outcome::Unknown);
    }
}
