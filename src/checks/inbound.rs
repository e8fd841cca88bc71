//! `inbound-port-open` and `container-client-ip`: what can be known from here of how others reach us.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::probe::{ProbeError, Target, Transcript, Wire};
use crate::spec::Fqdn;

/// The ports answer at the public addresses.
pub static INBOUND_PORT_OPEN: Check = Check {
    id: "inbound-port-open",
    area: Area::Firewall,
    why: "A hoster's firewall in front of the machine keeps everybody out while all looks well inside.",
    rfc: "RFC 5321 section 4.5.4.2",
    needs: &["dns-host-a"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: Context::hosts,
    run: |context, subject| Box::pin(open(context, subject)),
};

/// Senders are seen by their own addresses.
pub static CONTAINER_CLIENT_IP: Check = Check {
    id: "container-client-ip",
    area: Area::Service,
    why: "A container that sees every sender as its gateway takes all of them for friends, and relays for them.",
    rfc: "Docker documentation, 'userland-proxy' and IPv6",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: Context::this_host,
    run: |context, _| Box::pin(context.on_host(client_addresses)),
};

/// Ports that others use, and the ones that only mail programs use.
const PORTS: [u16; 4] = [25, 465, 587, 993];

async fn open(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Host(host) = &subject else { return not_ours() };
    let (addresses, certain) = context.dns.addresses(host.as_str()).await;
    if addresses.is_empty() {
        return match certain {
            true => Finding::skipped(format!("{host} has no address")),
            false => Finding::unknown(format!("the addresses of {host} could not be looked up")),
        };
    }
    let given = context.looked_at().host(host).is_some_and(|h| h.is_given);
    let ports = PORTS.iter().filter(|p| given || **p == 25);
    let sockets = ports.flat_map(|port| addresses.iter().map(|a| SocketAddr::new(*a, *port))).collect::<Vec<_>>();
    let transcript = Transcript::new();
    let tried = join_all(sockets.iter().map(|socket| reached(&context, host, *socket, &transcript))).await;
    let results: Vec<(SocketAddr, Result<(), ProbeError>)> = sockets.into_iter().zip(tried).collect();
    judge(&results, context.own().is_ok()).evidence(transcript.evidence())
}

async fn reached(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<(), ProbeError> {
    let _turn = context.turn(host).await;
    let mut wire = Wire::connect(&Target::new(socket), transcript.clone()).await?;
    wire.close().await;
    Ok(())
}

/// A server cannot see itself from outside: what fails from here may be a router that does not send packets back
/// (hairpin NAT), and what works here passed no hoster's firewall.
fn judge(results: &[(SocketAddr, Result<(), ProbeError>)], ourselves: bool) -> Finding {
    let failed: Vec<String> = results.iter().filter_map(|(_, r)| r.as_ref().err()).map(ToString::to_string).collect();
    let outside = "seen from this host only; https://www.checktls.com/ and https://internet.nl/ look from outside";
    match (ourselves, failed.is_empty()) {
        (true, true) => Finding::info(format!("every port answers at the public addresses, {outside}")),
        (true, false) => Finding::unknown(format!("{}; {outside}", failed.join("; "))),
        (false, _) => {
            let open: Vec<String> = results.iter().filter(|(_, r)| r.is_ok()).map(|(s, _)| s.to_string()).collect();
            match open.is_empty() {
                true => Finding::unknown(format!("no port answers from here: {}", failed.join("; "))),
                false => Finding::pass(format!("reached from here: {}", open.join(", "))),
            }
        }
    }
}

fn client_addresses(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let listeners = host.listeners()?;
    let proxied: Vec<String> = listeners
        .iter()
        .filter(|l| {
            l.port == 25 && l.process.as_deref().is_some_and(|p| p.starts_with("docker-pr") || p == "rootlessport")
        })
        .map(|l| format!("{} listens at {} port {}", l.process.as_deref().unwrap_or_default(), l.address, l.port))
        .collect();
    Ok(judge_proxy(&proxied, listeners.iter().any(|l| l.port == 25 && l.address.is_ipv6())).evidence(proxied))
}

/// Docker hands IPv4 on with its source address; IPv6 into a network without it goes through the proxy, and so do
/// rootless containers altogether.
fn judge_proxy(proxied: &[String], over_ipv6: bool) -> Finding {
    if proxied.is_empty() {
        return Finding::skipped("mail is not taken by a container here");
    }
    if proxied.iter().any(|p| p.starts_with("rootlessport")) || over_ipv6 {
        return Finding::warn(
            "a proxy takes port 25 for a container: senders over IPv6 are seen as the gateway",
            "each sender's own address",
        )
        .instructions(
            "Give the container's network IPv6 (enable_ipv6: true), or bind port 25 to the IPv4 address only.",
        );
    }
    Finding::pass("port 25 of the container is published over IPv4 only, with each sender's own address")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn from_the_host_itself_nothing_is_proven_either_way() {
        let socket: SocketAddr = "192.0.2.1:25".parse().unwrap();
        let refused = || vec![(socket, Err(ProbeError::Refused(socket)))];
        assert_eq!(judge(&[(socket, Ok(()))], true).outcome, Outcome::Info);
        assert_eq!(judge(&refused(), true).outcome, Outcome::Unknown);
        assert_eq!(judge(&[(socket, Ok(()))], false).outcome, Outcome::Pass);
        assert_eq!(judge(&refused(), false).outcome, Outcome::Unknown);
    }

    #[test]
    fn the_trap_is_in_ipv6_though_ipv4_logs_look_right() {
        let proxy = ["docker-proxy listens at :: port 25".to_owned()];
        assert_eq!(judge_proxy(&[], true).outcome, Outcome::Skipped);
        assert_eq!(judge_proxy(&proxy, true).outcome, Outcome::Warn);
        assert_eq!(judge_proxy(&proxy, false).outcome, Outcome::Pass);
    }
}
