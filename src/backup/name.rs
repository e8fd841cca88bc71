//! The names of members: which there are, and what each is for.

use std::path::{Component, Path};

pub(super) const ABOUT: &str = "mailwizard-backup.json";
pub(super) const END: &str = "end.json";
pub(super) const WISH: &str = "etc/mailwizard/spec.toml";
pub(super) const HASHES: &str = "var/lib/mailwizard/password-hashes.toml";
pub(super) const ETC: &str = "etc/mailwizard/";
pub(super) const VAR: &str = "var/lib/mailwizard/";
pub(super) const HISTORY: &str = "var/lib/mailwizard/history/";
pub(super) const CERTIFICATE: &str = "etc/ssl/mailwizard/";
pub(super) const NAMED: &str = "files/";
pub(super) const OWN: &str = "own/";
pub(super) const MAIL: &str = "var/vmail/";
pub(super) const MANIFEST: &str = "manifest/";

/// What a member is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The wish and the operator's own lines.
    Configuration,
    /// DKIM keys, the ACME account, the certificate, our own logins.
    Keys,
    /// Hashes of the accounts' passwords.
    PasswordHashes,
    /// What was applied and undone.
    History,
    /// Mail.
    Mail,
    /// The backup's own papers.
    Papers,
}

impl Kind {
    /// As people say it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Keys => "keys and certificate",
            Self::PasswordHashes => "password hashes",
            Self::History => "history",
            Self::Mail => "mail",
            Self::Papers => "manifest",
        }
    }
}

/// What the member of this name is for, or why no backup of ours has one. Names never lead out of the folder they are
/// unpacked in.
pub(super) fn kind(name: &str) -> Result<Kind, String> {
    let plain = !name.is_empty()
        && !name.ends_with('/')
        && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
        && !name.contains("//")
        && !name.chars().any(char::is_control);
    let unknown = || format!("it holds '{}', which no backup has", crate::printable::excerpt(name, 120));
    if !plain {
        return Err(unknown());
    }
    match name {
        ABOUT | END => Ok(Kind::Papers),
        HASHES => Ok(Kind::PasswordHashes),
        _ if name.starts_with(MANIFEST) => Ok(Kind::Papers),
        _ if name.starts_with(HISTORY) => Ok(Kind::History),
        _ if name.starts_with(VAR) || name.starts_with(CERTIFICATE) => Ok(Kind::Keys),
        _ if [ETC, NAMED, OWN].iter().any(|folder| name.starts_with(folder)) => Ok(Kind::Configuration),
        _ if name.starts_with(MAIL) => Ok(Kind::Mail),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_refused() {
        for name in [
            "/etc/passwd",
            "../x",
            "var/vmail/../../etc/passwd",
            "etc/passwd",
            "",
            "var/vmail/",
            "var/vmail//x",
            "var/vmail/a\nb",
        ] {
            assert!(kind(name).is_err(), "{name}");
        }
    }

    #[test]
    fn every_member_has_its_kind() {
        for (name, wanted) in [
            (WISH, Kind::Configuration),
            ("etc/mailwizard/local/main.cf", Kind::Configuration),
            (HASHES, Kind::PasswordHashes),
            ("var/lib/mailwizard/dkim/example.org/r2026a.key", Kind::Keys),
            ("var/lib/mailwizard/history/20261121T061902Z/journal.jsonl", Kind::History),
            ("var/vmail/example.org/alice/Maildir/cur/1.host:2,S", Kind::Mail),
            ("manifest/0001.sha256", Kind::Papers),
        ] {
            assert_eq!(kind(name), Ok(wanted), "{name}");
        }
    }
}
