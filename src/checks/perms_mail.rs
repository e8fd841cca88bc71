//! `perms-mail`: nobody but those who must can read mail and keys.

use std::path::PathBuf;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};

/// Modes and owners of the mail store and of every file that holds a secret.
pub static PERMS_MAIL: Check = Check {
    id: "perms-mail",
    area: Area::Config,
    why: "Whoever reads a key can sign in our name; whoever reads the store reads everybody's mail.",
    rfc: "RFC 6376 section 8.3",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(permissions)),
};

fn permissions(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let desired = &own.desired;
    let mut seen = Vec::new();
    for wanted in &desired.directories {
        if let Some((mode, owner, _)) = host.directory(&wanted.path)? {
            seen.push((wanted.path.clone(), mode, wanted.mode, owner, wanted.owner.clone()));
        }
    }
    let certificate_keys = desired.certificate.iter().map(|c| (c.key_file.clone(), 0o600, "root".to_owned()));
    let secrets = desired.files.iter().filter(|f| f.content.is_secret());
    let files = secrets.map(|f| (f.path.clone(), f.mode, f.owner.clone())).chain(certificate_keys);
    for (path, wanted_mode, wanted_owner) in files {
        if let Some(file) = host.read(&path)? {
            seen.push((path, file.mode, wanted_mode, file.owner, wanted_owner));
        }
    }
    Ok(judge(&seen))
}

/// Path, mode, wanted mode, owner, wanted owner.
type Seen = (PathBuf, u32, u32, String, String);

fn judge(seen: &[Seen]) -> Finding {
    let evidence: Vec<String> = seen
        .iter()
        .map(|(path, mode, _, owner, _)| format!("{:04o} {owner} {}", mode & 0o7777, path.display()))
        .collect();
    let too_open = seen.iter().find(|(_, mode, wanted, _, _)| mode & !wanted & 0o077 != 0);
    let foreign = seen.iter().find(|(_, _, _, owner, wanted)| owner != wanted);
    let finding = match (too_open, foreign) {
        (Some((path, mode, wanted, ..)), _) => {
            let found = format!("{} has mode {:04o}", path.display(), mode & 0o7777);
            let expected = format!("{wanted:04o}");
            // Group access is a slip; access for everybody is a leak.
            match mode & !wanted & 0o007 {
                0 => Finding::warn(found, expected).automatic("mailwizard apply"),
                _ => Finding::fail(found, expected).automatic("mailwizard apply"),
            }
        }
        (None, Some((path, _, _, owner, wanted))) => {
            Finding::fail(format!("{} belongs to {owner}", path.display()), wanted).automatic("mailwizard apply")
        }
        (None, None) => Finding::pass(format!("{} files and folders are closed to others", seen.len())),
    };
    finding.evidence(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn outcome(mode: u32, wanted: u32, owner: &str) -> Outcome {
        judge(&[("/k".into(), mode, wanted, owner.into(), "root".into())]).outcome
    }

    #[test]
    fn more_open_than_wanted_is_named_and_tighter_is_fine() {
        assert_eq!(outcome(0o600, 0o640, "root"), Outcome::Pass);
        assert_eq!(outcome(0o640, 0o640, "root"), Outcome::Pass);
        assert_eq!(outcome(0o640, 0o600, "root"), Outcome::Warn);
        assert_eq!(outcome(0o644, 0o640, "root"), Outcome::Fail);
        assert_eq!(outcome(0o600, 0o600, "vmail"), Outcome::Fail);
    }
}
