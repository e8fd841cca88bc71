//! The certificate files that the daemons read, and how a new pair takes the place of the old one.
//!
//! Postfix opens chain and key anew in every process it starts, at any moment, so there must be none at which the chain
//! of one certificate stands beside the key of another. Two renames cannot give that; one link can:
//!
//! ```text
//! fullchain.pem -> current/fullchain.pem      privkey.pem -> current/privkey.pem
//! current -> a                                a/ and b/: the pair in use and the one before
//! ```
//!
//! A new pair goes into the folder that is not in use, then `current` is exchanged in one step.

use std::path::{Path, PathBuf};

use super::{CertificatePair, KeyError, self_signed};
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::stacks::WantedCertificate;

const CURRENT: &str = "current";
const CHAIN: &str = "fullchain.pem";
const KEY: &str = "privkey.pem";

/// Makes the self-signed stand-in, unless there is a pair in place that belongs together, whoever it is from.
pub fn stand_in(host: &dyn Host, wanted: &WantedCertificate) -> Result<CertificatePair, KeyError> {
    // A pair that cannot be read is worth no more than none: the daemons would refuse it too.
    if let Ok(Some(pair)) = CertificatePair::read(host, &wanted.chain_file, &wanted.key_file) {
        return Ok(pair);
    }
    let pair = self_signed::make(&wanted.names, host.now(), self_signed::STAND_IN_DAYS)?;
    install(host, wanted, &pair)?;
    Ok(pair)
}

/// Puts a pair in place; daemons that are told to reload afterwards serve it.
pub fn install(host: &dyn Host, wanted: &WantedCertificate, pair: &CertificatePair) -> Result<(), KeyError> {
    let folder = folder(wanted)?;
    let in_use = host.link_target(&folder.join(CURRENT))?;
    let slot = if in_use.as_deref() == Some(Path::new("a")) { "b" } else { "a" };
    host.make_directory(folder, 0o755, "root", "root")?;
    host.make_directory(&folder.join(slot), 0o755, "root", "root")?;
    let file = |content: &[u8], mode| ObservedFile {
        content: content.to_vec(),
        mode,
        owner: "root".into(),
        group: "root".into(),
    };
    host.write(&folder.join(slot).join(KEY), &file(pair.key.expose().as_bytes(), 0o600))?;
    host.write(&folder.join(slot).join(CHAIN), &file(&pair.chain, 0o644))?;
    host.link(&folder.join(CURRENT), Path::new(slot))?;
    for (path, name) in [(&wanted.chain_file, CHAIN), (&wanted.key_file, KEY)] {
        let target: PathBuf = [CURRENT, name].iter().collect();
        host.link(path, &target)?;
    }
    Ok(())
}

/// The folder of chain and key; the scheme needs both in one.
fn folder(wanted: &WantedCertificate) -> Result<&Path, KeyError> {
    match (wanted.chain_file.parent(), wanted.key_file.parent()) {
        (Some(chain), Some(key)) if chain == key => Ok(chain),
        _ => Err(KeyError::CertificateFile {
            path: wanted.key_file.clone(),
            reason: format!("it is not in the folder of '{}'", wanted.chain_file.display()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::Fqdn;

    fn wanted() -> WantedCertificate {
        WantedCertificate {
            names: vec![Fqdn::parse("mail.example.org").unwrap()],
            chain_file: "/etc/ssl/mailwizard/mail.example.org/fullchain.pem".into(),
            key_file: "/etc/ssl/mailwizard/mail.example.org/privkey.pem".into(),
            used_by: vec![],
        }
    }

    #[test]
    fn a_stand_in_is_made_once() {
        let host = FakeHost::default();
        let first = stand_in(&host, &wanted()).unwrap();
        assert_eq!(stand_in(&host, &wanted()).unwrap(), first);
        assert_eq!(host.read(&wanted().key_file).unwrap().unwrap().mode, 0o600);
    }

    #[test]
    fn a_new_pair_takes_the_place_of_the_old_in_one_step_and_the_old_stays_beside_it() {
        let host = FakeHost::default();
        let wanted = wanted();
        let first = stand_in(&host, &wanted).unwrap();
        for _ in 0..3 {
            let next = self_signed::make(&wanted.names, host.now(), 90).unwrap();
            install(&host, &wanted, &next).unwrap();
            assert_eq!(CertificatePair::read(&host, &wanted.chain_file, &wanted.key_file).unwrap(), Some(next));
        }
        let folder = wanted.chain_file.parent().unwrap();
        assert_ne!(host.read(&folder.join("a/fullchain.pem")).unwrap().unwrap().content, first.chain);
    }

    /// Killed after any number of changes, the chain and key that daemons see belong together.
    #[test]
    fn a_kill_at_any_point_leaves_a_pair() {
        for changes in 0..12 {
            let host = FakeHost::default();
            let wanted = wanted();
            let old = stand_in(&host, &wanted).unwrap();
            let new = self_signed::make(&wanted.names, host.now(), 90).unwrap();
            let before = host.machine().changes;
            host.machine().changes_until_kill = Some(changes);
            let ended = install(&host, &wanted, &new).is_ok();
            let done = host.machine().changes - before;
            host.machine().revive();
            let seen = CertificatePair::read(&host, &wanted.chain_file, &wanted.key_file).unwrap().unwrap();
            assert!(seen == old || seen == new, "after {done} changes");
            assert!(!ended || seen == new);
        }
    }
}
