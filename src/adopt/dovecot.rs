//! What `doveconf -n` prints, of Dovecot 2.3 and 2.4: who logs in against what, and where mail is.

use std::path::PathBuf;

use super::{FoundMail, Left};
use crate::spec::Mailbox;

/// A block of settings; the whole is one without a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// "passdb", "namespace".
    pub kind: String,
    /// What stands behind it.
    pub label: String,
    /// Its settings in order.
    pub settings: Vec<(String, String)>,
    /// The blocks in it.
    pub blocks: Vec<Block>,
}

impl Block {
    /// Reads the text. What is neither a setting nor a block is passed over.
    pub(super) fn parse(text: &str) -> Self {
        let mut open = vec![Self::default()];
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(head) = line.strip_suffix('{') {
                let (kind, label) = head.trim().split_once(' ').unwrap_or((head.trim(), ""));
                open.push(Self { kind: kind.into(), label: label.trim().into(), ..Self::default() });
            } else if line == "}" {
                if let (true, Some(done)) = (open.len() > 1, open.pop())
                    && let Some(outer) = open.last_mut()
                {
                    outer.blocks.push(done);
                }
            } else if let Some((name, value)) = line.split_once('=')
                && let Some(block) = open.last_mut()
            {
                block.settings.push((name.trim().into(), value.trim().trim_matches('"').trim().into()));
            }
        }
        open.into_iter().next().unwrap_or_default()
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }

    fn named<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

/// A file of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PasswdFile {
    /// Where it is.
    pub path: PathBuf,
    /// The scheme of a hash that names none.
    pub scheme: String,
}

/// The files of accounts that logins are checked against, and what else they are checked against.
pub(super) fn passwd_files(configuration: &Block) -> (Vec<PasswdFile>, Vec<Left>) {
    let (mut files, mut left) = (Vec::new(), Vec::new());
    for passdb in configuration.named("passdb") {
        // In 2.4 a block without a driver of its own is called like its driver.
        let driver = passdb.get("driver").unwrap_or(&passdb.label);
        match driver {
            "passwd-file" => match passwd_file(passdb) {
                Some(file) if !file.path.to_string_lossy().contains('%') => files.push(file),
                _ => left.push(Left::stop(
                    format!("passdb passwd-file '{}'", passdb.get("args").unwrap_or(&passdb.label)),
                    "Its path depends on the user: put all accounts into one file first.",
                )),
            },
            "pam" | "passwd" | "shadow" | "bsdauth" => left.push(Left::note(
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

/// Where mail is, with variables for the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MailLayout {
    home: Option<String>,
    path: Option<String>,
}

/// The layout, or why mail in it cannot be taken over.
pub(super) fn mail_layout(configuration: &Block) -> (MailLayout, Vec<Left>) {
    let mut left = Vec::new();
    let statics: Vec<&Block> = configuration
        .named("userdb")
        .filter(|userdb| userdb.get("driver").unwrap_or(&userdb.label) == "static")
        .collect();
    let static_home = statics.iter().find_map(|userdb| {
        let in_args =
            userdb.get("args").and_then(|args| args.split_whitespace().find_map(|word| word.strip_prefix("home=")));
        in_args.or_else(|| userdb.named("fields").find_map(|fields| fields.get("home")))
    });
    let home = static_home.or_else(|| configuration.get("mail_home")).map(str::to_owned);
    let (driver, path) = match (configuration.get("mail_location"), configuration.get("mail_driver")) {
        (Some(location), _) => {
            let (driver, rest) = location.split_once(':').unwrap_or((location, ""));
            let mut parts = rest.split(':');
            let path = parts.next().filter(|path| !path.is_empty()).map(str::to_owned);
            if parts.any(|part| part.eq_ignore_ascii_case("LAYOUT=fs")) {
                left.push(other_format("LAYOUT=fs"));
            }
            (driver.to_owned(), path)
        }
        (None, Some(driver)) => {
            if configuration.get("mailbox_list_layout").is_some_and(|layout| layout != "maildir++") {
                left.push(other_format("mailbox_list_layout"));
            }
            (driver.to_owned(), configuration.get("mail_path").map(str::to_owned))
        }
        (None, None) => (String::new(), None),
    };
    if driver != "maildir" {
        let named = if driver.is_empty() { "no mail_location" } else { &driver };
        left.push(other_format(named));
        return (MailLayout { home, path: None }, left);
    }
    for namespace in configuration.named("namespace").filter(|n| n.get("inbox") == Some("yes")) {
        if let Some(prefix) = namespace.get("prefix") {
            left.push(Left::note(
                format!("the folder prefix '{prefix}'"),
                "Here folders have no prefix: mail programs find theirs again when they list them anew.",
            ));
        }
    }
    (MailLayout { home, path }, left)
}

fn other_format(found: &str) -> Left {
    Left::stop(
        format!("mail in the format '{found}'"),
        "Only Maildirs with Dovecot's usual layout are taken over. Convert the mail first, with `doveadm sync` (doveadm-sync(1)), \
         and set mail_location.",
    )
}

impl MailLayout {
    /// The account's mail; `own_home` is what its line in the passwd-file names.
    pub(super) fn of(&self, address: &Mailbox, own_home: Option<&str>) -> Option<FoundMail> {
        let home = own_home.or(self.home.as_deref()).and_then(|home| expanded(home, address, None)).map(PathBuf::from);
        let shown = home.as_ref().map(|home| home.display().to_string());
        let maildir = match &self.path {
            Some(path) => PathBuf::from(expanded(path, address, shown.as_deref())?),
            None => home.as_ref()?.join("Maildir"),
        };
        let home = home.filter(|home| maildir != *home && maildir.starts_with(home));
        maildir.is_absolute().then_some(FoundMail { home, maildir })
    }
}

/// Dovecot's variables, of 2.3 and 2.4, for this account; `None` where there is another.
fn expanded(template: &str, address: &Mailbox, home: Option<&str>) -> Option<String> {
    let template = match (template.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => format!("{home}/{rest}"),
        (Some(_), None) => return None,
        (None, _) => template.to_owned(),
    };
    let mut text = String::new();
    let mut rest = template.as_str();
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (name, tail) = match after.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => {
                let letters = if after.starts_with('L') { 2 } else { 1 };
                (after.get(..letters)?, after.get(letters..)?)
            }
        };
        let name: String = name.chars().filter(|c| !c.is_whitespace()).collect();
        match name.as_str() {
            "d" | "Ld" | "domain" | "user|domain" | "user|domain|lower" => text.push_str(address.domain().as_str()),
            "n" | "Ln" | "username" | "user|username" | "user|username|lower" => text.push_str(address.local()),
            "u" | "Lu" | "user" | "user|lower" => text.push_str(&address.to_string()),
            "h" | "home" => text.push_str(home?),
            _ => return None,
        }
        rest = tail;
    }
    text.push_str(rest);
    Some(text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_HAND_2_3: &str = include_str!("../../tests/adopt/doveconf-2.3.txt");
    const BY_HAND_2_4: &str = include_str!("../../tests/adopt/doveconf-2.4.txt");

    fn alice() -> Mailbox {
        Mailbox::parse("alice@example.lab").unwrap()
    }

    #[test]
    fn both_languages_say_the_same_server() {
        for text in [BY_HAND_2_3, BY_HAND_2_4] {
            let block = Block::parse(text);
            let (files, left) = passwd_files(&block);
            assert_eq!(files.len(), 1, "{files:?}");
            assert_eq!(files[0].path, PathBuf::from("/etc/dovecot/users"));
            assert_eq!(left, []);
            let (layout, left) = mail_layout(&block);
            assert_eq!(left, []);
            let mail = layout.of(&alice(), None).unwrap();
            assert_eq!(mail.home, Some("/var/vmail/example.lab/alice".into()));
            assert_eq!(mail.maildir, PathBuf::from("/var/vmail/example.lab/alice/Maildir"));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let text = "mail_location = mdbox:~/mdbox\npassdb {\n  driver = pam\n}\npassdb {\n  args = /etc/dovecot/sql.conf\n  driver = sql\n}\n";
        let block = Block::parse(text);
        let (files, left) = passwd_files(&block);
        assert_eq!(files, []);
        assert_eq!(left.iter().map(|l| l.stops).collect::<Vec<_>>(), [false, true]);
        assert!(left[1].what.contains("sql"));
        let (_, left) = mail_layout(&block);
        assert!(left[0].stops && left[0].what.contains("mdbox"), "{left:?}");
    }

    #[test]
    fn paths_are_expanded_as_dovecot_does() {
        for (template, home, wanted) in [
            ("/srv/mail/%d/%n", None, Some("/srv/mail/example.lab/alice")),
            ("/srv/%{domain}/%{username}/", None, Some("/srv/example.lab/alice")),
            ("/srv/%{user | domain}/%{user | username | lower}", None, Some("/srv/example.lab/alice")),
            ("/srv/%Lu", None, Some("/srv/alice@example.lab")),
            ("~/Maildir", Some("/home/alice"), Some("/home/alice/Maildir")),
            ("~/Maildir", None, None),
            ("/srv/%2.256Nu/%u", None, None),
        ] {
            assert_eq!(expanded(template, &alice(), home).as_deref(), wanted, "{template}");
        }
    }
}
