//! Finds out everything about the machine that needs no question: several looks at once, each bounded in time, none
//! of which changes anything or asks the network.

mod certificates;
mod network;
mod packages;
mod system;

pub(super) use packages::installed;
pub use system::distribution;

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::{Host, HostError, firewall};
use crate::facts::Facts;
use crate::stacks::CommandLine;

/// The longest that any one program may take.
const LOOK: Duration = Duration::from_secs(8);

/// Looks at the machine. `version_packages` are those whose versions decide how a stack is rendered.
pub fn gather(host: &dyn Host, version_packages: &[&str]) -> Result<Facts, HostError> {
    thread::scope(|scope| {
        let packages = scope.spawn(|| packages::look(host, version_packages));
        let firewall = scope.spawn(|| firewall::look(host));
        let clock_synchronised = scope.spawn(|| system::clock_synchronised(host));
        let virtualisation = scope.spawn(|| system::virtualisation(host));
        let ssh_ports = scope.spawn(|| network::sshd_ports(host));
        let listeners = host.listeners()?;
        let facts = Facts {
            distribution: system::distribution(host)?,
            host_name: system::host_name(host)?,
            etc_hosts: text(host, "/etc/hosts")?.unwrap_or_default(),
            is_root: host.is_root(),
            has_systemd: host.directory(Path::new("/run/systemd/system"))?.is_some(),
            has_cloud_init: host.which("cloud-init").is_some()
                && text(host, "/etc/cloud/cloud-init.disabled")?.is_none(),
            addresses: network::addresses(host)?,
            memory: system::memory(host)?,
            disks: vec![host.disk(Path::new("/"))?, host.disk(Path::new("/var"))?],
            resolver: network::resolver(host)?,
            certificates: certificates::found(host)?,
            vmail_ids: system::vmail_ids(host)?,
            program: host.program(),
            ..Facts::default()
        };
        let (packages, foreign_mta) = joined(packages)?;
        Ok(Facts {
            packages,
            foreign_mta,
            firewall: joined(firewall)?,
            clock_synchronised: joined(clock_synchronised)?,
            virtualisation: joined(virtualisation)?,
            ssh_ports: network::ssh_ports(host, joined(ssh_ports)?, &listeners),
            listeners,
            ..facts
        })
    })
}

fn joined<T>(look: thread::ScopedJoinHandle<'_, Result<T, HostError>>) -> Result<T, HostError> {
    look.join().unwrap_or_else(|_| {
        Err(HostError::Unexpected { what: "a look at the machine".into(), reason: "it ended early".into() })
    })
}

/// A file as text; `None` when it does not exist.
fn text(host: &dyn Host, path: &str) -> Result<Option<String>, HostError> {
    Ok(host.read(Path::new(path))?.map(|file| String::from_utf8_lossy(&file.content).into_owned()))
}

/// What a program printed; `None` when it is not installed or did not answer in time: not to know is no reason to stop.
fn answer(host: &dyn Host, program: &str, args: &[&str]) -> Result<Option<String>, HostError> {
    match host.run(&CommandLine::new(program, args).timeout(LOOK), &mut |_| ()) {
        Ok(output) => Ok(Some(output.stdout)),
        Err(HostError::NoProgram(_) | HostError::TimedOut { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests;
