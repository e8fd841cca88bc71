//! Where Dovecot keeps mail, as `doveconf -n` says it.

use std::path::{Path, PathBuf};

use super::doveconf::Block;
use super::passwd_file::Entry;
use super::{FoundMail, Left};
use crate::spec::{Domain, Mailbox};

/// Parts of `mail_location` behind the path that are only about what Dovecot can make anew.
const ONLY_CACHES: [&str; 4] = ["INDEX", "INDEXCACHE", "ITERINDEX", "VOLATILEDIR"];
/// Settings of 2.4 that put a part of the mail elsewhere.
const ELSEWHERE: [&str; 3] = ["mail_control_path", "mail_alt_path", "mailbox_subscriptions_filename"];

/// The layout, with variables for the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MailLayout {
    /// The home that is the same rule for all.
    home: Option<String>,
    path: Option<String>,
    /// Whether the home in the file of accounts counts.
    own_homes: bool,
    /// Whether an extra field `userdb_home` counts.
    prefetched: bool,
}

/// The layout, and why mail in it cannot be taken over.
pub(super) fn mail_layout(configuration: &Block) -> (MailLayout, Vec<Left>) {
    let mut layout = MailLayout { home: configuration.get("mail_home").map(str::to_owned), ..MailLayout::default() };
    for userdb in configuration.named("userdb") {
        match userdb.driver() {
            "static" => {
                let words = || userdb.get("args").into_iter().flat_map(str::split_whitespace);
                let home = words().find_map(|word| word.strip_prefix("home="));
                let home = home.or_else(|| userdb.named("fields").find_map(|fields| fields.get("home")));
                layout.home = home.map(str::to_owned).or(layout.home);
            }
            "passwd-file" => layout.own_homes = true,
            "prefetch" => layout.prefetched = true,
            _ => {}
        }
    }
    let mut left = Vec::new();
    let (driver, path) = location(configuration, &mut left);
    if driver == "maildir" {
        layout.path = path;
    } else {
        left.push(other_format(if driver.is_empty() { "no mail_location" } else { &driver }));
    }
    left.extend(unreadable_without_a_plugin(configuration));
    (layout, left)
}

/// Format and path, in the words of 2.3 or of 2.4.
fn location(configuration: &Block, left: &mut Vec<Left>) -> (String, Option<String>) {
    if let Some(location) = configuration.get("mail_location") {
        let (driver, rest) = location.split_once(':').unwrap_or((location, ""));
        let mut parts = rest.split(':');
        let path = parts.next().filter(|path| !path.is_empty()).map(str::to_owned);
        let others = parts.filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            !ONLY_CACHES.contains(&name) && !part.eq_ignore_ascii_case("LAYOUT=maildir++")
        });
        left.extend(others.map(other_format));
        return (driver.to_owned(), path);
    }
    let path = configuration.get("mail_path");
    let inbox = configuration.get("mail_inbox_path").filter(|inbox| Some(*inbox) != path);
    left.extend(inbox.map(|_| other_format("mail_inbox_path")));
    let layout = configuration.get("mailbox_list_layout").filter(|layout| *layout != "maildir++");
    left.extend(layout.map(|_| other_format("mailbox_list_layout")));
    left.extend(ELSEWHERE.into_iter().filter(|name| configuration.get(name).is_some()).map(other_format));
    (configuration.get("mail_driver").unwrap_or_default().to_owned(), path.map(str::to_owned))
}

fn other_format(found: &str) -> Left {
    Left::stop(
        format!("mail in the format '{found}'"),
        "Only Maildirs with Dovecot's usual layout are taken over. Convert the mail first, with `doveadm sync` (doveadm-sync(1)), \
         and set mail_location.",
    )
}

fn unreadable_without_a_plugin(configuration: &Block) -> Option<Left> {
    let lists = configuration.everywhere("mail_plugins");
    let plugin = ["mail_crypt", "zlib", "mail_compress"]
        .into_iter()
        .find(|plugin| lists.iter().any(|list| list.split_whitespace().any(|word| word == *plugin)))?;
    Some(Left::stop(
        format!("mail that the plugin {plugin} wrote"),
        "Nothing else can read it. Store it plainly first: switch writing off, and copy the mail with `doveadm sync` (doveadm-sync(1)).",
    ))
}

impl MailLayout {
    /// The account's mail; `entry` is its line in the file of accounts.
    pub(super) fn of(&self, address: &Mailbox, entry: &Entry) -> Option<FoundMail> {
        let prefetched = entry.prefetched_home.as_deref().filter(|_| self.prefetched);
        let own = prefetched.or_else(|| entry.home.as_deref().filter(|_| self.own_homes));
        let home = own.or(self.home.as_deref()).and_then(|home| expanded(home, address, None)).map(PathBuf::from);
        let shown = home.as_ref().map(|home| home.display().to_string());
        let maildir = match &self.path {
            Some(path) => PathBuf::from(expanded(path, address, shown.as_deref())?),
            None => home.as_ref()?.join("Maildir"),
        };
        maildir.is_absolute().then_some(FoundMail { home, maildir })
    }
}

/// A path for each domain, where it depends on the domain only; `None` where it depends on the user too.
pub(super) fn for_each_domain(template: &Path, domains: &[Domain]) -> Option<Vec<(PathBuf, Domain)>> {
    let template = template.to_str()?;
    let of = |local: &str, domain: &Domain| expanded(template, &Mailbox::at(local, domain).ok()?, None);
    let paths = domains.iter().map(|domain| {
        let path = of("a", domain)?;
        (Some(&path) == of("b", domain).as_ref()).then(|| (path.into(), domain.clone()))
    });
    paths.collect()
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
    use super::super::passwd_file;
    use super::*;
    use crate::spec::Secret;

    fn alice() -> Mailbox {
        Mailbox::parse("alice@example.lab").unwrap()
    }

    fn entry(line: &str) -> Entry {
        passwd_file::parse(&Secret::new(line.into())).remove(0)
    }

    #[test]
    fn both_languages_say_the_same_place() {
        for text in
            [include_str!("../../tests/adopt/doveconf-2.3.txt"), include_str!("../../tests/adopt/doveconf-2.4.txt")]
        {
            let (layout, left) = mail_layout(&Block::parse(text));
            assert_eq!(left, []);
            let mail = layout.of(&alice(), &entry("alice@example.lab:x::::/srv/not-asked")).unwrap();
            assert_eq!(mail.home, Some("/var/vmail/example.lab/alice".into()));
            assert_eq!(mail.maildir, PathBuf::from("/var/vmail/example.lab/alice/Maildir"));
        }
    }

    #[test]
    fn a_home_of_its_own_counts_where_dovecot_asks_for_it() {
        let of = |userdb: &str, line: &str| {
            let text = format!("mail_location = maildir:~/mail\nuserdb {{\n  driver = {userdb}\n}}\n");
            mail_layout(&Block::parse(&text))
                .0
                .of(&alice(), &entry(line))
                .map(|mail| mail.maildir.display().to_string())
        };
        let own = "alice@example.lab:x:5:5::/srv/a::userdb_home=/srv/b";
        assert_eq!(of("passwd-file", own).as_deref(), Some("/srv/a/mail"));
        assert_eq!(of("prefetch", own).as_deref(), Some("/srv/b/mail"));
        assert_eq!(of("static", own), None, "no rule says where it is");
        assert_eq!(of("passwd-file", "alice@example.lab:x"), None);
    }

    #[test]
    fn mail_that_could_not_be_read_stops() {
        for (text, wanted) in [
            ("mail_location = mdbox:~/mdbox\n", "mdbox"),
            ("mail_location = maildir:~/Maildir:LAYOUT=fs\n", "LAYOUT=fs"),
            ("mail_location = maildir:~/Maildir:CONTROL=/srv/%u\n", "CONTROL"),
            ("mail_driver = maildir\nmail_path = ~/Maildir\nmail_inbox_path = ~/inbox\n", "mail_inbox_path"),
            ("mail_location = maildir:~/Maildir\nmail_plugins = quota zlib\n", "zlib"),
            ("mail_driver = maildir\nprotocol imap {\n  mail_plugins {\n    mail_crypt = yes\n  }\n}\n", "mail_crypt"),
            ("first_valid_uid = 5\n", "no mail_location"),
        ] {
            let (_, left) = mail_layout(&Block::parse(text));
            assert!(left.len() == 1 && left[0].stops && left[0].what.contains(wanted), "{text}: {left:?}");
        }
        let (_, left) = mail_layout(&Block::parse("mail_location = maildir:~/Maildir:INDEX=/var/index/%u\n"));
        assert_eq!(left, []);
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
        let domains = [Domain::parse("example.lab").unwrap()];
        let of = |path: &str| for_each_domain(Path::new(path), &domains);
        assert_eq!(of("/etc/vmail/%d/passwd").unwrap()[0].0, PathBuf::from("/etc/vmail/example.lab/passwd"));
        assert_eq!(of("/etc/vmail/%d/%n"), None);
    }
}
