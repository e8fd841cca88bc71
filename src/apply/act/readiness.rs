//! Waits until a service really answers: "active" may come long before.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;

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
    let look = || match ready {
        Readiness::Resolver(address) => network
            .resolver_answers(*address)
            .map_err(|reason| format!("the resolver at {address} does not answer: {reason}")),
        _ => answers(host, ready),
    };
    let patience = if matches!(ready, Readiness::Resolver(_)) { RESOLVER } else { PATIENCE };
    match (until(host, host.now(), patience, on_line, look), ready) {
        (Ok(()), _) => Ok(Acted::Done),
        // The resolver of before serves on: nothing is broken, but block lists and DANE do not work as planned.
        (Err(refusal), Readiness::Resolver(_)) => Ok(Acted::OperatorMustAct(format!(
            "{unit}: {refusal}. /etc/resolv.conf stays as it is. Outgoing port 53 may be blocked: ask your hoster, or choose resolver mode keep."
        ))),
        (Err(refusal), _) => Err(ApplyError::Step(format!(
            "{unit} runs, but {refusal} after {} s. Look at 'journalctl --unit {unit}'.",
            patience.as_secs()
        ))),
    }
}

/// Waits until all of `before` answer again, and says which does not in time.
pub(in crate::apply) fn wait_again(
    host: &dyn Host,
    before: &[Readiness],
    on_line: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let begun = host.now();
    before.iter().try_for_each(|ready| until(host, begun, PATIENCE, on_line, || answers(host, ready)))
}

/// Looks until all is well, or `patience` is over since `begun`: then the last refusal is the error.
fn until(
    host: &dyn Host,
    begun: Timestamp,
    patience: Duration,
    on_line: &mut dyn FnMut(&str),
    look: impl Fn() -> Result<(), String>,
) -> Result<(), String> {
    loop {
        let Err(refusal) = look() else { return Ok(()) };
        on_line(&format!("waiting: {refusal}"));
        if host.now().duration_since(begun).unsigned_abs() >= patience {
            return Err(refusal);
        }
        host.sleep(PAUSE);
    }
}

/// Whether a port or socket accepts a connection now; a resolver's answer is not looked for.
pub(super) fn answers(host: &dyn Host, ready: &Readiness) -> Result<(), String> {
    let accepts = match ready {
        Readiness::TcpPort(port) => accepts(host, *port),
        Readiness::UnixSocket(path) => host.accepts_unix(path),
        Readiness::Resolver(_) => false,
    };
    accepts.then_some(()).ok_or_else(|| format!("nothing answers at {ready}"))
}

fn accepts(host: &dyn Host, port: u16) -> bool {
    [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]
        .into_iter()
        .any(|address| host.accepts_tcp(SocketAddr::new(address, port), CONNECT))
}
