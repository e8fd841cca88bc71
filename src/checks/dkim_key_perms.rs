//! `dkim-key-perms`: the private keys can be read by their signer and by nobody else.

use std::path::PathBuf;
use std::time::Duration;

use super::{Check, Own, Reach};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::spec::Secret;
use crate::stacks::{DkimKey, Materials, stack};
use crate::store::Paths;

/// Owner and mode of every DKIM key, ours and the signer's copies.
pub static DKIM_KEY_PERMS: Check = Check {
    id: "dkim-key-perms",
    area: Area::Dkim,
    why: "Whoever reads the key can sign mail in our name; a signer that cannot read it sends mail unsigned.",
    rfc: "RFC 6376 section 8.3",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: |context| match context.dkim_keys().is_empty() {
        true => Vec::new(),
        false => context.this_host(),
    },
    run: |context, _| Box::pin(context.on_host(permissions)),
};

/// A key file as it should be, and as it is.
#[derive(Debug)]
struct Seen {
    path: PathBuf,
    wanted: (u32, String, String),
    found: Option<(u32, String, String)>,
}

fn permissions(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let mut wanted: Vec<(PathBuf, (u32, String, String))> = Vec::new();
    let root = || "root".to_owned();
    for key in &own.known.dkim {
        let folder = Paths::default().dkim().join(key.domain.as_str());
        wanted.push((folder.join(format!("{}.key", key.selector)), (0o600, root(), root())));
    }
    for file in copies(own) {
        wanted.push(file);
    }
    let mut seen = Vec::new();
    for (path, wanted) in wanted {
        let found = host.read(&path)?.map(|f| (f.mode & 0o7777, f.owner, f.group));
        seen.push(Seen { path, wanted, found });
    }
    Ok(judge(&seen))
}

/// Where the stack puts copies for its signer. The keys themselves do not matter for that.
fn copies(own: &Own) -> Vec<(PathBuf, (u32, String, String))> {
    let key = |k: &crate::records::DkimPublic| DkimKey {
        domain: k.domain.clone(),
        selector: k.selector.clone(),
        algorithm: k.algorithm,
        private: Secret::new(String::new()),
        public: k.public.clone(),
    };
    let materials = Materials { dkim_keys: own.known.dkim.iter().map(key).collect(), ..Materials::default() };
    let Ok(desired) = stack(own.spec.stack).render(&own.spec, &own.facts, &materials) else {
        return Vec::new();
    };
    let is_key = |path: &std::path::Path| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        own.known.dkim.iter().any(|k| name.starts_with(&format!("{}.{}.", k.domain, k.selector)))
    };
    let keys = desired.files.iter().filter(|f| f.content.is_secret() && is_key(&f.path));
    keys.map(|f| (f.path.clone(), (f.mode, f.owner.clone(), f.group.clone()))).collect()
}

fn judge(seen: &[Seen]) -> Finding {
    let shown = |(mode, owner, group): &(u32, String, String)| format!("{mode:04o} {owner}:{group}");
    let evidence: Vec<String> = seen
        .iter()
        .map(|s| format!("{} {}", s.found.as_ref().map_or("missing".to_owned(), shown), s.path.display()))
        .collect();
    let mut open = Vec::new();
    let mut other = Vec::new();
    for key in seen {
        match &key.found {
            None => other.push(format!("{} is not there", key.path.display())),
            Some(found) if found.0 & 0o007 != 0 => open.push(format!("{} has {}", key.path.display(), shown(found))),
            Some(found) if *found != key.wanted => other.push(format!("{} has {}", key.path.display(), shown(found))),
            Some(_) => {}
        }
    }
    let expected: Vec<String> = seen
        .iter()
        .filter(|s| s.found.as_ref() != Some(&s.wanted))
        .map(|s| format!("{} {}", shown(&s.wanted), s.path.display()))
        .collect();
    let finding = match (open.is_empty(), other.is_empty()) {
        (true, true) => Finding::pass(format!("{} key files, readable by their signer only", seen.len())),
        (true, false) => Finding::fail(other.join("; "), expected.join("; ")).automatic("mailwizard apply"),
        (false, _) => {
            Finding::fail(format!("everybody on this machine can read a key: {}", open.join("; ")), expected.join("; "))
                .automatic("mailwizard apply; and make new keys under new selectors if others use this machine")
        }
    };
    finding.evidence(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn key(found: Option<(u32, &str, &str)>) -> Seen {
        Seen {
            path: "/var/lib/rspamd/dkim/example.org.r2026a.key".into(),
            wanted: (0o640, "root".into(), "_rspamd".into()),
            found: found.map(|(mode, owner, group)| (mode, owner.to_owned(), group.to_owned())),
        }
    }

    #[test]
    fn owner_and_mode_both_count() {
        for (found, outcome) in [
            (Some((0o640, "root", "_rspamd")), Outcome::Pass),
            (Some((0o644, "root", "_rspamd")), Outcome::Fail),
            (Some((0o600, "root", "root")), Outcome::Fail),
            (None, Outcome::Fail),
        ] {
            assert_eq!(judge(&[key(found)]).outcome, outcome, "{found:?}");
        }
    }
}
