//! `host-mta-conflict`: no foreign program holds a port that the server needs.

use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::facts::Listener;
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};

/// Who listens on the mail ports.
pub static HOST_MTA_CONFLICT: Check = Check {
    id: "host-mta-conflict",
    area: Area::Host,
    why: "A port that another program holds cannot be served by the mail server, even when it holds it on loopback only.",
    rfc: "ip(7), SO_REUSEADDR",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(conflict)),
};

const PORTS: [u16; 8] = [25, 110, 143, 465, 587, 993, 995, 4190];
/// Names of processes; systemd holds a port for a daemon that is started by its first connection.
const OURS: [&str; 6] = ["master", "dovecot", "imap-login", "pop3-login", "managesieve-login", "systemd"];

fn conflict(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    Ok(judge(&host.listeners()?))
}

fn judge(listeners: &[Listener]) -> Finding {
    let on_mail_ports: Vec<&Listener> = listeners.iter().filter(|l| PORTS.contains(&l.port)).collect();
    let evidence: Vec<String> = on_mail_ports
        .iter()
        .map(|l| format!("{} port {}: {}", l.address, l.port, l.process.as_deref().unwrap_or("(not seen)")))
        .collect();
    let foreign = on_mail_ports.iter().find(|l| l.process.as_deref().is_some_and(|p| !OURS.contains(&p)));
    let finding = match foreign {
        Some(listener) => {
            let name = listener.process.as_deref().unwrap_or_default();
            Finding::fail(format!("{name} holds port {}", listener.port), "Postfix and Dovecot, or nothing")
                .instructions(format!("Stop and remove it: systemctl disable --now {name}"))
        }
        None if on_mail_ports.iter().any(|l| l.process.is_none()) => {
            Finding::unknown("the program behind a mail port cannot be seen; run as root")
        }
        None => Finding::pass("only our own programs hold mail ports"),
    };
    finding.evidence(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn listener(address: &str, port: u16, process: Option<&str>) -> Listener {
        Listener { address: address.parse().unwrap(), port, pid: None, process: process.map(Into::into) }
    }

    #[test]
    fn exim_on_loopback_is_a_conflict_and_is_named() {
        let finding = judge(&[listener("127.0.0.1", 25, Some("exim4")), listener("0.0.0.0", 22, Some("sshd"))]);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Fail, "exim4 holds port 25"));
        assert_eq!(judge(&[listener("0.0.0.0", 25, Some("master"))]).outcome, Outcome::Pass);
        let sieve = judge(&[listener("0.0.0.0", 4190, Some("docker-proxy"))]);
        assert_eq!((sieve.outcome, sieve.found.as_str()), (Outcome::Fail, "docker-proxy holds port 4190"));
        assert_eq!(judge(&[listener("0.0.0.0", 25, None)]).outcome, Outcome::Unknown);
    }
}
