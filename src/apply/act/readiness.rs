//! Waits until a service really answers: "active" may come long before.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::Acted;
use crate::apply::{ApplyError, Network};
use crate::host::Host;
use crate::stacks::Readiness;

/// How long a service may take: Rspamd compiles its patterns before it listens, on a small and busy machine for minutes.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long a resolver may take to answer its first question.
const RESOLVER: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(100);
const CONNECT: Duration = Duration::from_secs(1);

pub(super) fn wait(
    host: &dyn Host,
    network: &dyn Network,
    unit: &str,
    ready: &Readiness,
    on_line: &mut dyn FnMut(&str),
) -> Result<Acted, ApplyError> {
    let begun = host.now();
    loop {
        let refusal = match ready {
            Readiness::Resolver(address) => match network.resolver_answers(*address) {
                Ok(()) => return Ok(Acted::Done),
                Err(reason) => format!("the resolver at {address} does not answer: {reason}"),
            },
            _ if answers(host, ready) => return Ok(Acted::Done),
            _ => format!("nothing answers at {ready}"),
        };
        on_line(&format!("waiting: {refusal}"));
        let waited = host.now().duration_since(begun);
        let patience = if matches!(ready, Readiness::Resolver(_)) { RESOLVER } else { PATIENCE };
        if waited.unsigned_abs() >= patience {
            return match ready {
                // The resolver of before serves on: nothing is broken, but block lists and DANE do not work as planned.
                Readiness::Resolver(_) => Ok(Acted::OperatorMustAct(format!(
                    "{unit}: {refusal}. /etc/resolv.conf stays as it is. Outgoing port 53 may be blocked: ask your hoster, or choose resolver mode keep."
                ))),
                _ => Err(ApplyError::Step(format!(
                    "{unit} runs, but {refusal} after {} s. Look at 'journalctl --unit {unit}'.",
                    patience.as_secs()
                ))),
            };
        }
        host.sleep(PAUSE);
    }
}

/// Whether a port or socket accepts a connection now; a resolver's answer is not looked for.
pub(super) fn answers(host: &dyn Host, ready: &Readiness) -> bool {
    match ready {
        Readiness::TcpPort(port) => accepts(host, *port),
        Readiness::UnixSocket(path) => host.accepts_unix(path),
        Readiness::Resolver(_) => false,
    }
}

/// Waits until all of `before` answer again, and gives the first that does not in time.
pub(in crate::apply) fn wait_again<'r>(
    host: &dyn Host,
    before: &'r [Readiness],
    on_line: &mut dyn FnMut(&str),
) -> Option<&'r Readiness> {
    let begun = host.now();
    before.iter().find(|ready| {
        while !answers(host, ready) {
            if host.now().duration_since(begun).unsigned_abs() >= PATIENCE {
                return true;
            }
            on_line(&format!("waiting: nothing answers at {ready}"));
            host.sleep(PAUSE);
        }
        false
    })
}

fn accepts(host: &dyn Host, port: u16) -> bool {
    [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
        .into_iter()
        .any(|address| host.accepts_tcp(SocketAddr::new(address, port), CONNECT))
}
