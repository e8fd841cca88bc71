//! For which releases the configuration was written, and whether the machine was upgraded to others since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ApplyError;
use crate::facts::Facts;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::store::{Paths, StoreError};

/// Packages whose configuration is another with another version, as people call them.
const NAMED: [(&str, &str); 2] = [("dovecot-core", "Dovecot"), ("postfix", "Postfix")];

/// What the configuration was written for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct RenderedFor {
    /// `ID` and `VERSION_ID` ("debian 12").
    release: String,
    /// As people say it.
    distribution: String,
    /// Major and minor numbers by package.
    packages: BTreeMap<String, (u32, u32)>,
}

impl RenderedFor {
    fn of(facts: &Facts) -> Self {
        // Not only installed ones: what is written is for the version that counts, and it is half configured where Debian
        // restarted a new Dovecot with the settings of the old one.
        let named = facts.packages.iter().filter(|(name, _)| NAMED.iter().any(|(known, _)| known == name));
        Self {
            release: format!("{} {}", facts.distribution.id, facts.distribution.version),
            distribution: facts.distribution.pretty_name.clone(),
            packages: named.filter_map(|(name, version)| Some((name.clone(), version.major_minor()?))).collect(),
        }
    }

    /// What is another now; `None` when nothing is.
    fn against(&self, now: &Self) -> Option<String> {
        let mut changes = Vec::new();
        if self.release != now.release {
            changes.push(format!("{} is {} now", self.distribution, now.distribution));
        }
        for (package, name) in NAMED {
            if let (Some(before), Some(after)) = (self.packages.get(package), now.packages.get(package))
                && before != after
            {
                changes.push(format!("{name} {}.{} is {}.{}", before.0, before.1, after.0, after.1));
            }
        }
        let changes = crate::printable::printable(&changes.join(", "));
        (!changes.is_empty()).then(|| {
            format!("This machine was upgraded since its settings were written: {changes}. They are written anew for what is here now.")
        })
    }
}

fn load(host: &dyn Host, paths: &Paths) -> Result<Option<RenderedFor>, ApplyError> {
    let path = paths.rendered_for();
    let Some(file) = host.read(&path)? else { return Ok(None) };
    let damaged =
        |e: serde_json::Error| StoreError::Damaged { path: path.display().to_string(), reason: e.to_string() };
    Ok(Some(serde_json::from_slice(&file.content).map_err(damaged)?))
}

/// One sentence where the machine was upgraded since the last apply. Such a server may be down until the next one:
/// Dovecot 2.4 does not read what was written for 2.3.
pub fn upgraded(host: &dyn Host, paths: &Paths, facts: &Facts) -> Result<Option<String>, ApplyError> {
    Ok(load(host, paths)?.and_then(|before| before.against(&RenderedFor::of(facts))))
}

/// Remembers the releases of an apply that went through; writes nothing when they are the same.
pub(super) fn remember(host: &dyn Host, paths: &Paths, facts: &Facts) -> Result<(), ApplyError> {
    let now = RenderedFor::of(facts);
    if load(host, paths)?.as_ref() == Some(&now) {
        return Ok(());
    }
    let path = paths.rendered_for();
    let content = serde_json::to_vec_pretty(&now)
        .map_err(|e| StoreError::Damaged { path: path.display().to_string(), reason: e.to_string() })?;
    Ok(host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Distribution, PackageVersion};
    use crate::host::FakeHost;

    fn facts(version: &str, dovecot: &str) -> Facts {
        let package = |version: &str| PackageVersion { version: version.into(), installed: true };
        Facts {
            distribution: Distribution {
                id: "debian".into(),
                version: version.into(),
                codename: String::new(),
                pretty_name: format!("Debian GNU/Linux {version}"),
            },
            packages: [("dovecot-core".into(), package(dovecot)), ("rspamd".into(), package("3.4"))].into(),
            ..Facts::default()
        }
    }

    #[test]
    fn an_upgrade_is_noticed_until_the_next_apply() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        let (before, after) = (facts("12", "1:2.3.19.1+dfsg1-2.1"), facts("13", "1:2.4.1+dfsg1-6"));
        assert_eq!(upgraded(&host, &paths, &before).unwrap(), None, "nothing was applied yet");
        remember(&host, &paths, &before).unwrap();
        assert_eq!(upgraded(&host, &paths, &before).unwrap(), None);
        let said = upgraded(&host, &paths, &after).unwrap().unwrap();
        assert!(said.contains("Debian GNU/Linux 12 is Debian GNU/Linux 13 now, Dovecot 2.3 is 2.4"), "{said}");
        let mut half_configured = after.clone();
        half_configured.packages.get_mut("dovecot-core").unwrap().installed = false;
        assert_eq!(upgraded(&host, &paths, &half_configured).unwrap(), Some(said));
        remember(&host, &paths, &after).unwrap();
        assert_eq!(upgraded(&host, &paths, &after).unwrap(), None);
    }

    #[test]
    fn the_same_releases_are_written_once() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        let now = facts("12", "1:2.3.19.1");
        remember(&host, &paths, &now).unwrap();
        let changes = host.machine().changes;
        remember(&host, &paths, &facts("12", "1:2.3.21")).unwrap();
        assert_eq!(host.machine().changes, changes);
    }
}
