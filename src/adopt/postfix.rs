//! What Postfix says of itself: `postconf -x`, `postconf -n`, and its tables.

use std::collections::BTreeMap;

use super::Left;
use crate::spec::Fqdn;

/// Parameters with their values, variables opened.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `postconf -x`: one `name = value` a line.
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Self(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The words of a list.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        words(self.get(name).unwrap_or_default())
    }

    /// The host's name.
    pub(super) fn hostname(&self) -> Option<Fqdn> {
        Fqdn::parse(self.get("myhostname")?).ok()
    }
}

pub(super) fn words(text: &str) -> Vec<&str> {
    text.split([',', ' ', '\t']).filter(|word| !word.is_empty()).collect()
}

/// A lookup table: its type and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// "hash:/etc/postfix/virtual", as `postmap -s` takes it.
    pub name: String,
}

/// The tables in a list, and what in it is no table (a domain, a path). `proxy:` is only the way to a table.
pub(super) fn tables<'v>(list: &[&'v str], parameter: &str) -> (Vec<Table>, Vec<&'v str>, Vec<Left>) {
    let (mut tables, mut plain, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for word in list {
        let word = word.strip_prefix("proxy:").unwrap_or(word);
        match word.split_once(':') {
            Some(("hash" | "btree" | "lmdb" | "cdb" | "dbm" | "texthash", path)) if path.starts_with('/') => {
                tables.push(Table { name: word.to_owned() });
            }
            Some(("static", _)) | None => plain.push(word),
            Some((kind, _)) => left.push(Left::stop(
                format!("{parameter} = {word}"),
                format!(
                    "A table of the type '{kind}' cannot be listed: write what it answers into a hash table first."
                ),
            )),
        }
    }
    (tables, plain, left)
}

/// Reads `postmap -s`: a key, a tab, a value.
pub(super) fn rows(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
}

/// The rows of a table's source, which `postmap -s` does not list for `texthash:`; a line that begins with white space
/// continues the one before (postmap(1)).
pub(super) fn text_rows(text: &str) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), rows.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((key, value)) = line.trim().split_once(char::is_whitespace) {
            rows.push((key.to_owned(), value.trim().to_owned()));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_made_by_hand_is_read() {
        for text in [
            include_str!("../../tests/adopt/postconf-x-bookworm.txt"),
            include_str!("../../tests/adopt/postconf-x-trixie.txt"),
        ] {
            let parameters = Parameters::parse(text);
            assert_eq!(parameters.hostname().unwrap().as_str(), "mail.example.lab");
            let (tables, plain, left) = tables(&parameters.list("virtual_mailbox_domains"), "virtual_mailbox_domains");
            assert_eq!((tables, plain, left), (vec![], vec!["example.lab"], vec![]));
        }
    }

    #[test]
    fn tables_that_can_be_listed_are_and_others_stop() {
        let list =
            ["hash:/etc/postfix/virtual", "proxy:hash:/etc/more", "proxy:mysql:/etc/postfix/sql.cf", "example.org"];
        let (tables, plain, left) = tables(&list, "virtual_alias_maps");
        assert_eq!(
            tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
            ["hash:/etc/postfix/virtual", "hash:/etc/more"]
        );
        assert_eq!(plain, ["example.org"]);
        assert!(left.len() == 1 && left[0].stops && left[0].why.contains("'mysql'"), "{left:?}");
    }

    #[test]
    fn a_source_is_read_with_its_continued_lines() {
        let text = "# table\n\ninfo@x.org alice@x.org,\n  bob@x.org\nx.org anything\n";
        assert_eq!(text_rows(text), [pair("info@x.org", "alice@x.org, bob@x.org"), pair("x.org", "anything")]);
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.into(), value.into())
    }
}
