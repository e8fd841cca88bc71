//! What `doveconf -n` says of logins, and which of its settings go along.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Left;
use super::doveconf::Block;
use super::mail_layout;
use crate::spec::Domain;

/// Settings that were understood, are rendered here, or are a distribution's own.
const UNDERSTOOD: [&str; 36] = [
    "auth_allow_cleartext",
    "auth_allow_weak_schemes",
    "auth_mechanisms",
    "auth_username_format",
    "auth_verbose",
    "disable_plaintext_auth",
    "dovecot_config_version",
    "dovecot_storage_version",
    "first_valid_gid",
    "first_valid_uid",
    "fts_autoindex",
    "fts_autoindex_max_recent_msgs",
    "fts_search_add_missing",
    "import_environment",
    "last_valid_uid",
    "listen",
    "log_path",
    "mail_driver",
    "mail_gid",
    "mail_home",
    "mail_inbox_path",
    "mail_location",
    "mail_path",
    "mail_privileged_group",
    "mail_uid",
    "managesieve_notify_capability",
    "managesieve_sieve_capability",
    "passdb",
    "postmaster_address",
    "protocols",
    "recipient_delimiter",
    "service",
    "sieve_script",
    "ssl_server",
    "userdb",
    "verbose_proctitle",
];
/// The place of the scripts that this is about is the same here.
const SIEVE_PLACES: [&str; 3] = ["file:~/sieve;active=~/.dovecot.sieve", "~/.dovecot.sieve", "~/sieve"];

/// A file of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PasswdFile {
    /// Where it is; may hold variables.
    pub path: PathBuf,
    /// The scheme of a hash that names none.
    pub scheme: String,
}

impl PasswdFile {
    /// Where it is, and for which domains; `None` where it depends on the user.
    pub(super) fn places(&self, domains: &[Domain]) -> Option<Vec<(PathBuf, Vec<Domain>)>> {
        if !self.path.to_string_lossy().contains('%') {
            return Some(vec![(self.path.clone(), domains.to_vec())]);
        }
        let each = mail_layout::for_each_domain(&self.path, domains)?;
        Some(each.into_iter().map(|(path, domain)| (path, vec![domain])).collect())
    }
}

/// The files of accounts that logins are checked against, and what else they are checked against.
pub(super) fn passwd_files(configuration: &Block) -> (Vec<PasswdFile>, Vec<Left>) {
    let (mut files, mut left) = (Vec::new(), Vec::new());
    for passdb in configuration.named("passdb") {
        match passdb.driver() {
            "passwd-file" => match passwd_file(passdb) {
                Some(file) => files.push(file),
                None => left.push(Left::stop("a passdb passwd-file", "It names no file.")),
            },
            driver @ ("pam" | "passwd" | "shadow" | "bsdauth") => left.push(Left::note(
                format!("logins of this machine's own users (passdb {driver})"),
                "Their passwords cannot be read. Who gets mail that way needs an account in a passwd-file first, or a new \
                 password afterwards.",
            )),
            other => left.push(Left::stop(
                format!("passdb {other}"),
                "Accounts are read from passwd-files only: export them (user:{SCHEME}hash) and let Dovecot read that file \
                 first.",
            )),
        }
    }
    (files, left)
}

fn passwd_file(passdb: &Block) -> Option<PasswdFile> {
    if let Some(path) = passdb.get("passwd_file_path") {
        let scheme = passdb.get("default_password_scheme").unwrap_or("CRYPT");
        return Some(PasswdFile { path: path.into(), scheme: scheme.to_owned() });
    }
    let words: Vec<&str> = passdb.get("args")?.split_whitespace().collect();
    let scheme = words.iter().find_map(|word| word.strip_prefix("scheme=")).unwrap_or("CRYPT");
    let path = words.iter().find(|word| word.starts_with('/'))?;
    Some(PasswdFile { path: path.into(), scheme: scheme.to_owned() })
}

/// Lines for the operator's own folder, without which a mail program or a script would not find what it knows, or a hash
/// would not be taken.
pub(super) fn own_lines(configuration: &Block) -> String {
    let mut lines = String::new();
    if configuration.get("auth_allow_weak_schemes") == Some("yes") {
        lines.push_str("auth_allow_weak_schemes = yes\n");
    }
    // A Maildir's own separator, where none is set (Dovecot, "Namespaces").
    let inbox = configuration.named("namespace").find(|namespace| namespace.get("inbox") == Some("yes"));
    let separator = inbox.and_then(|inbox| inbox.get("separator")).unwrap_or(".");
    if separator.len() == 1 && separator != "/" {
        // Writing to a String cannot fail.
        let _ = write!(
            lines,
            "# Folders as mail programs and Sieve scripts know them.\nnamespace inbox {{\n  separator = {separator}\n}}\n"
        );
    }
    lines
}

/// What is set beyond what was understood.
pub(super) fn other_settings(configuration: &Block) -> Vec<Left> {
    let known = |name: &str| UNDERSTOOD.contains(&name) || name.starts_with("ssl_") || name == "ssl";
    let mut others: Vec<String> =
        configuration.settings.iter().map(|(name, _)| name.clone()).filter(|name| !known(name)).collect();
    let mut left = Vec::new();
    for block in &configuration.blocks {
        match block.kind.as_str() {
            "namespace" if block.get("inbox") == Some("yes") => {
                left.extend(block.get("prefix").map(|prefix| {
                    Left::note(
                        format!("the folder prefix '{prefix}'"),
                        "Here folders have no prefix: mail programs find theirs again when they list them anew.",
                    )
                }));
            }
            "plugin" => {
                let own = block.settings.iter().filter(|(_, value)| !SIEVE_PLACES.contains(&value.as_str()));
                others.extend(own.map(|(name, _)| format!("plugin/{name}")));
            }
            // Delivery by LMTP takes whole addresses here.
            "protocol" => {
                let own = block.settings.iter().filter(|(name, _)| name != "auth_username_format");
                others.extend(own.map(|(name, _)| format!("protocol {}/{name}", block.label)));
            }
            kind if known(kind) => {}
            kind => others.push(format!("{kind} {}", block.label).trim_end().to_owned()),
        }
    }
    let protocols = configuration.everywhere("protocols");
    let serves = |name: &str| protocols.iter().any(|list| list.split_whitespace().any(|word| word == name));
    if serves("pop3") {
        left.push(Left::note(
            "POP3",
            "It is not offered here: who fetches mail by it needs IMAP (port 993) from now on.",
        ));
    }
    if serves("sieve") {
        left.push(Left::note("ManageSieve", "It is not offered here: the scripts that there are run on."));
    }
    if !others.is_empty() {
        left.push(Left::note(
            others.join(", "),
            "These settings of Dovecot are not carried over: what you still need of them belongs into /etc/dovecot/local.d/*.conf.",
        ));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_server() {
        for text in
            [include_str!("../../tests/adopt/doveconf-2.3.txt"), include_str!("../../tests/adopt/doveconf-2.4.txt")]
        {
            let block = Block::parse(text);
            let (files, left) = passwd_files(&block);
            assert_eq!(files.len(), 1, "{files:?}");
            assert_eq!(files[0].path, PathBuf::from("/etc/dovecot/users"));
            assert_eq!(left, []);
            let others: Vec<String> = other_settings(&block).into_iter().map(|l| l.what).collect();
            assert_eq!(others, ["ManageSieve"]);
            assert!(own_lines(&block).contains("separator = ."), "a Maildir's own separator");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let text = "passdb {\n  driver = pam\n}\npassdb {\n  args = /etc/dovecot/sql.conf\n  driver = sql\n}\n";
        let (files, left) = passwd_files(&Block::parse(text));
        assert_eq!(files, []);
        assert_eq!(left.iter().map(|l| l.stops).collect::<Vec<_>>(), [false, true]);
        assert!(left[1].what.contains("sql"));
    }

    #[test]
    fn what_is_set_beyond_is_named_and_little_of_it_goes_along() {
        let text = "auth_allow_weak_schemes = yes\nmail_debug = yes\nprotocols = imap pop3\nnamespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = /\n}\n\
                    namespace public {\n  prefix = public/\n}\nplugin {\n  sieve = file:~/sieve;active=~/.dovecot.sieve\n  acl = vfile\n}\n";
        let block = Block::parse(text);
        let left: Vec<String> = other_settings(&block).into_iter().map(|l| l.what).collect();
        assert_eq!(left, ["the folder prefix 'INBOX.'", "POP3", "mail_debug, namespace public, plugin/acl"]);
        assert_eq!(own_lines(&block), "auth_allow_weak_schemes = yes\n");
    }

    #[test]
    fn a_file_for_each_domain_is_found_and_one_for_each_user_is_not() {
        let domains = ["a.org", "b.org"].map(|name| Domain::parse(name).unwrap());
        let file = |path: &str| PasswdFile { path: path.into(), scheme: "CRYPT".into() };
        let places = file("/etc/mail/%d/passwd").places(&domains).unwrap();
        assert_eq!(places[1], ("/etc/mail/b.org/passwd".into(), vec![domains[1].clone()]));
        assert_eq!(file("/etc/mail/%u").places(&domains), None);
        assert_eq!(file("/etc/users").places(&domains).unwrap()[0].1.len(), 2);
    }
}
