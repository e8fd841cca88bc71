//! Packages that could be brought up to date, as far as the package lists on this machine know.

use std::path::Path;
use std::time::Duration;

use crate::front::overview::Updates;
use crate::front::wizard::WizardError;
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// There while an update waits for a restart of the machine (update-notifier-common, unattended-upgrades).
const NEEDS_RESTART: &str = "/run/reboot-required";

pub(super) fn look(host: &dyn Host) -> Result<Updates, WizardError> {
    let mut updates = Updates { needs_restart: host.read(Path::new(NEEDS_RESTART))?.is_some(), ..Updates::default() };
    // Without the lock, so that nobody who installs meanwhile is disturbed.
    let words = ["--simulate", "--option=Debug::NoLocking=true", "upgrade"];
    let command = CommandLine::new("apt-get", &words).timeout(Duration::from_secs(60));
    let output = host.run(&command, &mut |line| count(line, &mut updates))?;
    if !output.succeeded() {
        let reason = crate::printable::excerpt(output.stderr.trim(), 120);
        return Err(HostError::Unexpected { what: "apt-get".into(), reason }.into());
    }
    Ok(updates)
}

/// "Inst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])".
fn count(line: &str, updates: &mut Updates) {
    if line.starts_with("Inst ") {
        updates.packages += 1;
        updates.security += usize::from(line.to_ascii_lowercase().contains("-security"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::{printed, root_file};

    #[test]
    fn updates_for_security_are_counted_apart() {
        let host = FakeHost::default();
        host.script("apt-get", |_, _| {
            printed(
                "Reading package lists...\nInst openssl [3.5.1-1] (3.5.1-1+deb13u1 Debian-Security:13/stable-security [amd64])\n\
                 Inst tzdata [2026a-0] (2026b-0 Debian:13/stable [all])\nConf openssl (3.5.1-1+deb13u1)\n",
            )
        });
        assert_eq!(look(&host).unwrap(), Updates { packages: 2, security: 1, needs_restart: false });
        host.machine().files.insert(NEEDS_RESTART.into(), root_file("", 0o644));
        assert!(look(&host).unwrap().needs_restart);
    }
}
