//! What differs between two wishes, setting by setting: told in words, and carried over onto a third wish, forwards or
//! backwards. That is how one apply is taken out from among others, and how an undone one is done again.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{Mailbox, Secret, Spec};

/// Password hashes by address.
pub type Hashes = BTreeMap<Mailbox, Secret>;

/// The lists of a wish whose entries have a name: the list, the key that names an entry, what an entry is called.
const LISTS: [(&str, &str, &str); 3] =
    [("domains", "name", "domain"), ("accounts", "address", "account"), ("aliases", "address", "alias")];

/// Entries of one kind that are named one by one; more are counted.
const NAMED: usize = 3;

/// What is different from one wish to another.
#[derive(Clone, Default)]
pub struct Difference {
    settings: Vec<Setting>,
    passwords: Vec<Password>,
}

/// Where a setting stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// "protection", "message_size_mb".
    Key(Vec<String>),
    /// A key of an entry in one of [`LISTS`].
    Entry { list: usize, name: String, key: String },
}

#[derive(Clone)]
struct Setting {
    place: Place,
    from: Option<Value>,
    to: Option<Value>,
}

#[derive(Clone)]
struct Password {
    address: Mailbox,
    from: Option<Secret>,
    to: Option<Secret>,
}

/// Why changes cannot be carried over onto a wish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// What they changed was changed again; what that is, in words.
    #[error("{} changed again since", list(.0))]
    ChangedSince(Vec<String>),
    /// The wish without them contradicts itself, a sentence each.
    #[error("{}", .0.join(" "))]
    Contradiction(Vec<String>),
    /// All is there already.
    #[error("nothing of it is left to change")]
    NothingLeft,
    /// The wish cannot be put into words; a defect.
    #[error("the settings could not be compared: {0}")]
    Words(String),
}

fn list(words: &[String]) -> String {
    let verb = if words.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", few(words))
}

impl Difference {
    /// From `before`, or from nothing, to `after`.
    pub fn between(before: Option<(&Spec, &Hashes)>, after: (&Spec, &Hashes)) -> Result<Self, Obstacle> {
        let none = Hashes::new();
        let (spec, hashes) = before.map_or((None, &none), |(spec, hashes)| (Some(spec), hashes));
        let from = spec.map(leaves).transpose()?.unwrap_or_default();
        let to = leaves(after.0)?;
        let places: BTreeSet<&Place> = from.keys().chain(to.keys()).collect();
        let settings = places
            .into_iter()
            .filter(|place| from.get(*place) != to.get(*place))
            .map(|place| Setting { place: place.clone(), from: from.get(place).cloned(), to: to.get(place).cloned() })
            .collect();
        let addresses: BTreeSet<&Mailbox> = hashes.keys().chain(after.1.keys()).collect();
        let passwords = addresses
            .into_iter()
            .filter(|address| hashes.get(*address) != after.1.get(*address))
            .map(|address| Password {
                address: address.clone(),
                from: hashes.get(address).cloned(),
                to: after.1.get(address).cloned(),
            })
            .collect();
        Ok(Self { settings, passwords })
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.passwords.is_empty()
    }

    /// The way back.
    pub fn reversed(mut self) -> Self {
        for setting in &mut self.settings {
            std::mem::swap(&mut setting.from, &mut setting.to);
        }
        for password in &mut self.passwords {
            std::mem::swap(&mut password.from, &mut password.to);
        }
        self
    }

    /// `wish` with these changes, and nothing else, made to it.
    pub fn carried_over(&self, wish: (&Spec, &Hashes)) -> Result<(Spec, Hashes), Obstacle> {
        let present = leaves(wish.0)?;
        let mut changed_since = Vec::new();
        let mut table = whole(wish.0)?;
        let mut hashes = wish.1.clone();
        // What names an entry goes last: by then nothing else may be left in it.
        let names = |setting: &&Setting| setting.to.is_none() && setting.place.names_its_entry();
        let ordered = self.settings.iter().filter(|s| !names(s)).chain(self.settings.iter().filter(names));
        let mut made = 0;
        for setting in ordered {
            let now = present.get(&setting.place);
            if now == setting.to.as_ref() {
                continue;
            }
            let is_free = now == setting.from.as_ref() && change(&mut table, setting);
            if is_free { made += 1 } else { changed_since.push(setting.place.words()) }
        }
        for password in &self.passwords {
            let now = hashes.get(&password.address);
            if now == password.to.as_ref() {
                continue;
            }
            if now != password.from.as_ref() {
                changed_since.push(format!("the password of {}", password.address));
                continue;
            }
            made += 1;
            match &password.to {
                Some(hash) => drop(hashes.insert(password.address.clone(), hash.clone())),
                None => drop(hashes.remove(&password.address)),
            }
        }
        changed_since.dedup();
        if !changed_since.is_empty() {
            return Err(Obstacle::ChangedSince(changed_since));
        }
        if made == 0 {
            return Err(Obstacle::NothingLeft);
        }
        let spec: Spec = Value::Table(table)
            .try_into()
            .map_err(|e: toml::de::Error| Obstacle::Contradiction(vec![crate::printable::excerpt(e.message(), 200)]))?;
        let known = wish.0.problems();
        let problems: Vec<String> = spec.problems().into_iter().filter(|problem| !known.contains(problem)).collect();
        if problems.is_empty() { Ok((spec, hashes)) } else { Err(Obstacle::Contradiction(problems)) }
    }

    /// Whether both change something at the same place.
    pub fn meets(&self, other: &Self) -> bool {
        let places: BTreeSet<&Place> = self.settings.iter().map(|setting| &setting.place).collect();
        let addresses: BTreeSet<&Mailbox> = self.passwords.iter().map(|password| &password.address).collect();
        other.settings.iter().any(|setting| places.contains(&setting.place))
            || other.passwords.iter().any(|password| addresses.contains(&password.address))
    }

    /// For people: a few words for each change, many of one kind together.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        let host_name = self.settings.iter().find(|s| s.place == Place::Key(vec!["hostname".into()]));
        if let Some(Setting { from: None, to: Some(name), .. }) = host_name {
            words.push(format!("first set-up of {}", shown(name)));
        }
        let is_first = !words.is_empty();
        for (list, (_, _, kind)) in LISTS.iter().enumerate() {
            let named = |is_new: bool| -> Vec<String> {
                let whole = self.settings.iter().filter(|s| s.place.names_its_entry() && s.from.is_none() == is_new);
                let entries = whole.filter_map(|s| s.place.entry());
                entries.filter(|(of, _)| *of == list).map(|(_, name)| name.to_owned()).collect()
            };
            words.extend(counted(kind, &named(true), "added"));
            words.extend(counted(kind, &named(false), "removed"));
        }
        let whole_entries: BTreeSet<(usize, &str)> =
            self.settings.iter().filter(|s| s.place.names_its_entry()).filter_map(|s| s.place.entry()).collect();
        let mut changed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for setting in &self.settings {
            match &setting.place {
                Place::Key(_) if is_first => {}
                Place::Key(path) => words.push(format!("{} {}", path.join("."), from_to(setting))),
                Place::Entry { list, name, key } if !whole_entries.contains(&(*list, name.as_str())) => {
                    let head = LISTS.get(*list).map_or("", |(_, _, kind)| kind);
                    changed.entry(format!("{head} {name}")).or_default().push(format!("{key} {}", from_to(setting)));
                }
                Place::Entry { .. } => {}
            }
        }
        words.extend(summed(changed.into_iter().map(|(head, keys)| format!("{head}: {}", keys.join(", "))), "entries"));
        let passwords = self.passwords.iter().filter(|p| p.from.is_some() && p.to.is_some());
        words.extend(summed(passwords.map(|p| format!("password of {} changed", p.address)), "passwords"));
        words
    }
}

impl Place {
    /// Whether it is the key that an entry is known by.
    fn names_its_entry(&self) -> bool {
        matches!(self, Self::Entry { list, key, .. } if LISTS.get(*list).is_some_and(|(_, name, _)| name == key))
    }

    /// The list and the name of the entry that it is in.
    fn entry(&self) -> Option<(usize, &str)> {
        match self {
            Self::Entry { list, name, .. } => Some((*list, name)),
            Self::Key(_) => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Key(path) => path.join("."),
            Self::Entry { list, name, .. } => {
                format!("the {} {name}", LISTS.get(*list).map_or("entry", |(_, _, kind)| kind))
            }
        }
    }
}

/// The wish as a table with every section in it, also those that have their defaults.
fn whole(spec: &Spec) -> Result<Table, Obstacle> {
    let unspeakable = |error: toml::ser::Error| Obstacle::Words(error.to_string());
    let mut table = Table::try_from(spec).map_err(unspeakable)?;
    let Spec { network, resolver, protection, firewall, signer, checks, reports, certificate, .. } = spec;
    let sections = [
        ("network", Value::try_from(network)),
        ("resolver", Value::try_from(resolver)),
        ("protection", Value::try_from(protection)),
        ("firewall", Value::try_from(firewall)),
        ("signer", Value::try_from(signer)),
        ("checks", Value::try_from(checks)),
        ("reports", Value::try_from(reports)),
        ("certificate", Value::try_from(certificate)),
    ];
    for (name, section) in sections {
        table.insert(name.to_owned(), section.map_err(unspeakable)?);
    }
    Ok(table)
}

fn leaves(spec: &Spec) -> Result<BTreeMap<Place, Value>, Obstacle> {
    let mut found = BTreeMap::new();
    collect(&mut Vec::new(), whole(spec)?, &mut found);
    Ok(found)
}

fn collect(path: &mut Vec<String>, table: Table, found: &mut BTreeMap<Place, Value>) {
    for (key, value) in table {
        let list = LISTS.iter().position(|(list, _, _)| path.is_empty() && *list == key);
        path.push(key);
        match (value, list) {
            (Value::Array(entries), Some(list)) => {
                entries.into_iter().for_each(|entry| collect_entry(list, entry, found))
            }
            (Value::Table(table), _) => collect(path, table, found),
            (value, _) => drop(found.insert(Place::Key(path.clone()), value)),
        }
        path.pop();
    }
}

fn collect_entry(list: usize, entry: Value, found: &mut BTreeMap<Place, Value>) {
    let Value::Table(entry) = entry else { return };
    let Some(name) = name_of(list, &entry).map(str::to_owned) else { return };
    for (key, value) in entry {
        found.insert(Place::Entry { list, name: name.clone(), key }, value);
    }
}

fn name_of(list: usize, entry: &Table) -> Option<&str> {
    entry.get(LISTS.get(list)?.1)?.as_str()
}

/// Makes one change; `false` where something else stands in its way.
fn change(table: &mut Table, setting: &Setting) -> bool {
    match (&setting.place, &setting.to) {
        (Place::Key(path), Some(value)) => set(table, path, value),
        (Place::Key(path), None) => {
            remove(table, path);
            true
        }
        (Place::Entry { list, name, key }, to) => change_entry(table, *list, name, key, to.as_ref()),
    }
}

fn set(table: &mut Table, path: &[String], value: &Value) -> bool {
    match path {
        [] => false,
        [key] => {
            table.insert(key.clone(), value.clone());
            true
        }
        [key, rest @ ..] => match table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new())) {
            Value::Table(inner) => set(inner, rest, value),
            _ => false,
        },
    }
}

/// Tables that end up empty go too: one that is there must hold what it demands.
fn remove(table: &mut Table, path: &[String]) {
    match path {
        [] => {}
        [key] => drop(table.remove(key)),
        [key, rest @ ..] => {
            if let Some(Value::Table(inner)) = table.get_mut(key) {
                remove(inner, rest);
                if inner.is_empty() {
                    table.remove(key);
                }
            }
        }
    }
}

fn change_entry(table: &mut Table, list: usize, name: &str, key: &str, to: Option<&Value>) -> bool {
    let Some((list_key, name_key, _)) = LISTS.get(list) else { return false };
    let Value::Array(entries) = table.entry(*list_key).or_insert_with(|| Value::Array(Vec::new())) else {
        return false;
    };
    let is_it = |entry: &Value| entry.as_table().and_then(|entry| name_of(list, entry)) == Some(name);
    let at = entries.iter().position(is_it);
    match (at, to) {
        (None, None) => true,
        (None, Some(value)) => {
            let mut entry = Table::new();
            entry.insert((*name_key).to_owned(), Value::String(name.to_owned()));
            entry.insert(key.to_owned(), value.clone());
            entries.push(Value::Table(entry));
            true
        }
        (Some(at), None) if key == *name_key => {
            let is_bare = entries.get(at).and_then(Value::as_table).is_some_and(|entry| entry.len() == 1);
            if is_bare {
                entries.remove(at);
            }
            is_bare
        }
        (Some(at), to) => {
            let Some(Value::Table(entry)) = entries.get_mut(at) else { return false };
            match to {
                Some(value) => drop(entry.insert(key.to_owned(), value.clone())),
                None => drop(entry.remove(key)),
            }
            true
        }
    }
}

fn from_to(setting: &Setting) -> String {
    let word = |value: &Option<Value>| value.as_ref().map_or_else(|| "(not set)".to_owned(), shown);
    format!("{} -> {}", word(&setting.from), word(&setting.to))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    crate::printable::excerpt(&text, 60)
}

fn counted(kind: &str, names: &[String], verb: &str) -> Option<String> {
    let plural = if kind.ends_with('s') { "es" } else { "s" };
    match names {
        [] => None,
        [name] => Some(format!("{kind} {name} {verb}")),
        names => Some(format!("{} {kind}{plural} {verb}: {}", names.len(), few(names))),
    }
}

/// The first few, and how many more there are.
fn few(names: &[String]) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn summed(words: impl Iterator<Item = String>, kind: &str) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    if words.len() > NAMED {
        let more = words.len() - NAMED;
        words.truncate(NAMED);
        words.push(format!("{more} more {kind} changed"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::answers;
    use super::*;

    const BASE: &str = "version = 1\nhostname = \"mail.example.org\"\n\
                        [[domains]]\nname = \"example.org\"\n\
                        [[accounts]]\naddress = \"alice@example.org\"\n";

    fn spec(added: &str) -> Spec {
        answers::parse(&format!("{BASE}{added}")).unwrap().spec
    }

    fn hashes(all: &[(&str, &str)]) -> Hashes {
        all.iter().map(|(a, h)| (Mailbox::parse(a).unwrap(), Secret::new((*h).to_owned()))).collect()
    }

    fn difference(before: &Spec, after: &Spec) -> Difference {
        Difference::between(Some((before, &Hashes::new())), (after, &Hashes::new())).unwrap()
    }

    const NET: &str = "[[domains]]\nname = \"example.net\"\n";
    const BOB: &str = "[[accounts]]\naddress = \"bob@example.net\"\n";

    #[test]
    fn one_change_is_taken_out_from_among_others() {
        let (first, second) = (spec(""), spec(NET));
        let third = spec(&format!("{NET}[[accounts]]\naddress = \"carol@example.org\"\n"));
        let back = difference(&first, &second).reversed();
        let (without, _) = back.carried_over((&third, &Hashes::new())).unwrap();
        assert_eq!(without, spec("[[accounts]]\naddress = \"carol@example.org\"\n"));
        let (again, _) = difference(&first, &second).carried_over((&without, &Hashes::new())).unwrap();
        assert_eq!(again, third);
    }

    #[test]
    fn a_setting_with_its_default_is_one_change_and_not_its_whole_section() {
        let (first, second) = (spec(""), spec("[protection]\nmessage_size_mb = 77\n"));
        assert_eq!(difference(&first, &second).words(), ["protection.message_size_mb 50 -> 77"]);
        let later = spec("[protection]\nmessage_size_mb = 77\ngreylisting = true\n");
        let (without, _) = difference(&first, &second).reversed().carried_over((&later, &Hashes::new())).unwrap();
        assert_eq!((without.protection.message_size_mb, without.protection.greylisting), (50, true));
    }

    #[test]
    fn what_was_changed_again_or_is_needed_stands_in_the_way() {
        let back = difference(&spec(""), &spec(NET)).reversed();
        let used = spec(&format!("{NET}{BOB}"));
        let refusal = back.carried_over((&used, &Hashes::new())).unwrap_err().to_string();
        assert!(refusal.contains("bob@example.net") && refusal.contains("example.net"), "{refusal}");
        let stricter = spec("[[domains]]\nname = \"example.net\"\ndmarc = \"reject\"\n");
        let refusal = back.carried_over((&stricter, &Hashes::new())).unwrap_err().to_string();
        assert_eq!(refusal, "the domain example.net was changed again since");
        let gone = back.carried_over((&spec(""), &Hashes::new()));
        assert_eq!(gone.unwrap_err(), Obstacle::NothingLeft);
    }

    #[test]
    fn an_entry_that_got_something_new_is_not_removed_with_it() {
        let back = difference(&spec(""), &spec("[[accounts]]\naddress = \"bob@example.org\"\n")).reversed();
        let named = spec("[[accounts]]\naddress = \"bob@example.org\"\nname = \"Bob\"\n");
        let refusal = back.carried_over((&named, &Hashes::new())).unwrap_err();
        assert_eq!(refusal, Obstacle::ChangedSince(vec!["the account bob@example.org".into()]));
    }

    #[test]
    fn passwords_are_changed_and_never_shown() {
        let wish = spec("");
        let (old, new) = (hashes(&[("alice@example.org", "canary-1")]), hashes(&[("alice@example.org", "canary-2")]));
        let difference = Difference::between(Some((&wish, &old)), (&wish, &new)).unwrap();
        assert_eq!(difference.words(), ["password of alice@example.org changed"]);
        let (_, back) = difference.clone().reversed().carried_over((&wish, &new)).unwrap();
        assert!(back == old);
        let third = hashes(&[("alice@example.org", "canary-3")]);
        let refusal = difference.reversed().carried_over((&wish, &third)).unwrap_err();
        assert_eq!(refusal.to_string(), "the password of alice@example.org was changed again since");
    }

    #[test]
    fn many_of_one_kind_are_counted() {
        let many: String = (0..200).map(|n| format!("[[accounts]]\naddress = \"u{n}@example.org\"\n")).collect();
        let words = difference(&spec(""), &spec(&many)).words();
        assert_eq!(words.len(), 1);
        assert!(words[0].starts_with("200 accounts added: u0@example.org, ") && words[0].ends_with("and 197 more"));
        let first = Difference::between(None, (&spec(""), &Hashes::new())).unwrap();
        assert_eq!(
            first.words(),
            ["first set-up of mail.example.org", "domain example.org added", "account alice@example.org added"]
        );
        let stricter = difference(&spec(NET), &spec("[[domains]]\nname = \"example.net\"\ndmarc = \"reject\"\n"));
        assert_eq!(stricter.words(), ["domain example.net: dmarc none -> reject"]);
    }

    #[test]
    fn a_table_that_must_not_be_half_there_goes_whole() {
        let relay = spec("[network.relay]\nhost = \"relay.example.net\"\n");
        let (without, _) = difference(&spec(""), &relay).reversed().carried_over((&relay, &Hashes::new())).unwrap();
        assert_eq!(without, spec(""));
    }
}
