//! The machine itself.

use std::path::Path;

use crate::facts::FirewallFacts;
use crate::front::overview::System;
use crate::front::wizard::WizardError;
use crate::host::{Host, distribution, firewall};

pub(super) fn look(host: &dyn Host) -> Result<System, WizardError> {
    let release = distribution(host)?;
    let disk = host.disk(Path::new("/var"))?;
    let used = disk.total.saturating_sub(disk.available);
    let percent = used.saturating_mul(100).div_ceil(disk.total.max(1));
    let firewall = match firewall::look(host)? {
        FirewallFacts::None => None,
        FirewallFacts::Ufw { .. } => Some("ufw"),
        FirewallFacts::Firewalld { .. } => Some("firewalld"),
        FirewallFacts::Nftables { .. } => Some("nftables"),
    };
    // "Debian GNU/Linux 13 (trixie)" in two words.
    let name = release.pretty_name.split([' ', '/']).next().unwrap_or(&release.id).to_owned();
    Ok(System {
        distribution: format!("{name} {}", release.version),
        disk_used: u8::try_from(percent).unwrap_or(100),
        disk_free: disk.available,
        firewall,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::root_file;

    #[test]
    fn a_release_is_said_in_two_words() {
        let host = FakeHost::default();
        let release = "ID=debian\nVERSION_ID=\"13\"\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n";
        host.machine().files.insert("/etc/os-release".into(), root_file(release, 0o644));
        host.machine().disk_available = 1 << 30;
        let found = look(&host).unwrap();
        assert_eq!((found.distribution.as_str(), found.disk_used, found.firewall), ("Debian 13", 50, None));
    }
}
