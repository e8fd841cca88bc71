//! `backup-present`: whether somebody keeps copies.

use std::time::Duration;

use super::{Check, Context, Own, Reach};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// A program for backups is there; never a fault, because copies are often made from outside.
pub static BACKUP_PRESENT: Check = Check {
    id: "backup-present",
    area: Area::Host,
    why: "A disk dies once, and nobody else has your mail.",
    rfc: "systemd.timer(5)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: Context::this_host,
    run: |context, _| Box::pin(context.on_host(looked_for)),
};

const PROGRAMS: [&str; 9] =
    ["restic", "borg", "borgmatic", "duplicity", "rsnapshot", "rdiff-backup", "kopia", "rclone", "bacula-fd"];

fn looked_for(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let programs: Vec<&str> = PROGRAMS.into_iter().filter(|p| host.which(p).is_some()).collect();
    let timers =
        host.run(&CommandLine::new("systemctl", &["list-timers", "--all", "--no-legend", "--plain"]), &mut |_| {})?;
    let planned: Vec<String> = timers
        .stdout
        .lines()
        // Debian's own copy of the package list is none of mail.
        .filter(|line| {
            line.contains("backup") && !line.contains("dpkg-db-backup") || PROGRAMS.iter().any(|p| line.contains(p))
        })
        .map(|line| crate::printable::excerpt(line, 120))
        .collect();
    Ok(judge(&programs, &planned).evidence(planned))
}

fn judge(programs: &[&str], planned: &[String]) -> Finding {
    match (planned.first(), programs.is_empty()) {
        (Some(_), _) => Finding::pass("a timer makes backups"),
        (None, false) => Finding::info(format!("{} is installed, and no timer starts it", programs.join(", "))),
        (None, true) => Finding::info("no program for backups was found here; copies made from outside cannot be seen"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn it_is_never_a_fault() {
        assert_eq!(judge(&[], &[]).outcome, Outcome::Info);
        assert_eq!(judge(&["restic"], &[]).outcome, Outcome::Info);
        assert_eq!(judge(&[], &["restic-backup.timer".into()]).outcome, Outcome::Pass);
    }
}
