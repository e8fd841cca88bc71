//! Who signs with which DKIM key: OpenDKIM's tables and Rspamd's dkim_signing.

use std::path::PathBuf;

use serde_json::Value;

use super::{FoundKey, Left};
use crate::spec::{Domain, Selector};

/// OpenDKIM's `KeyTable`: `name domain:selector:path`. `%` stands for the sender's domain and cannot be opened here.
pub(super) fn key_table(text: &str) -> (Vec<FoundKey>, Vec<Left>) {
    let (mut keys, mut left) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let value = line.split_whitespace().nth(1).unwrap_or_default();
        let mut parts = value.splitn(3, ':');
        let (domain, selector, path) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match key(domain, selector, path) {
            Ok(key) => keys.push(key),
            Err(why) => left.push(Left::note(format!("the line '{line}' of OpenDKIM's KeyTable"), why)),
        }
    }
    (keys, left)
}

/// `opendkim.conf` with one key for all: `Domain`, `Selector`, `KeyFile`. With a `KeyTable` its path is given instead.
pub(super) fn opendkim_conf(text: &str) -> (Option<PathBuf>, Option<FoundKey>) {
    let value = |name: &str| {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.find_map(|line| {
            let (key, value) = line.split_once(char::is_whitespace)?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let table =
        value("KeyTable").map(|path| PathBuf::from(path.trim_start_matches("refile:").trim_start_matches("file:")));
    let one = value("Domain").zip(value("Selector")).zip(value("KeyFile"));
    (table, one.and_then(|((domain, selector), path)| key(domain, selector, path).ok()))
}

/// Rspamd's `dkim_signing`, as `rspamadm configdump -j` prints it, for the served domains. Whether a file is there is not
/// looked at.
pub(super) fn rspamd(json: &str, domains: &[Domain]) -> Vec<FoundKey> {
    // What it has to say about other things may stand before it.
    let json = json.find('{').map_or("", |at| &json[at..]);
    let Ok(whole) = serde_json::from_str::<Value>(json) else { return Vec::new() };
    // Printed with its name around it, or without.
    let settings = whole.get("dkim_signing").unwrap_or(&whole);
    if settings.get("enabled") == Some(&Value::Bool(false)) {
        return Vec::new();
    }
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (path, selector) = (text(settings, "path"), text(settings, "selector"));
    let mut keys = Vec::new();
    for domain in domains {
        let own = settings.get("domain").and_then(|all| all.get(domain.as_str()));
        let several = own.and_then(|own| own.get("selectors")).and_then(Value::as_array);
        let entries: Vec<&Value> = match (several, own) {
            (Some(several), _) => several.iter().collect(),
            (None, Some(own)) => vec![own],
            (None, None) => vec![settings],
        };
        for entry in entries {
            let selector = text(entry, "selector").or_else(|| selector.clone());
            let path = text(entry, "path").or_else(|| path.clone());
            if let (Some(selector), Some(path)) = (selector, path) {
                let path = path.replace("$domain", domain.as_str()).replace("$selector", &selector);
                keys.extend(key(domain.as_str(), &selector, &path));
            }
        }
    }
    keys
}

fn key(domain: &str, selector: &str, path: &str) -> Result<FoundKey, String> {
    if !path.starts_with('/') || path.contains('%') {
        return Err("It names no file.".into());
    }
    Ok(FoundKey {
        domain: Domain::parse(domain).map_err(|e| e.to_string())?,
        selector: Selector::parse(selector).map_err(|e| e.to_string())?,
        path: path.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(keys: &[FoundKey]) -> Vec<String> {
        keys.iter().map(|k| format!("{} {} {}", k.domain, k.selector, k.path.display())).collect()
    }

    #[test]
    fn opendkim_is_read_by_table_or_by_one_key() {
        let table = "# keys\nmail._domainkey.example.org example.org:mail:/etc/opendkim/keys/example.org/mail.private\nx %:mail:/etc/x\n";
        let (keys, left) = key_table(table);
        assert_eq!(shown(&keys), ["example.org mail /etc/opendkim/keys/example.org/mail.private"]);
        assert_eq!(left.len(), 1);
        let (table, key) = opendkim_conf("Syslog yes\nKeyTable refile:/etc/opendkim/KeyTable\n");
        assert_eq!((table, key), (Some("/etc/opendkim/KeyTable".into()), None));
        let (_, key) =
            opendkim_conf("Domain example.org\n#KeyFile /x\nKeyFile\t/etc/dkimkeys/2020.private\nSelector 2020\n");
        assert_eq!(shown(&key.into_iter().collect::<Vec<_>>()), ["example.org 2020 /etc/dkimkeys/2020.private"]);
    }

    #[test]
    fn rspamd_is_read_as_it_dumps_itself() {
        let domains = [Domain::parse("example.lab").unwrap()];
        for json in [
            include_str!("../../tests/adopt/rspamd-dkim-bookworm.json"),
            include_str!("../../tests/adopt/rspamd-dkim-trixie.json"),
        ] {
            assert_eq!(shown(&rspamd(json, &domains)), ["example.lab mail /var/lib/rspamd/dkim/example.lab.mail.key"]);
        }
        let json = r#"{"domain": {"example.lab": {"selectors": [{"selector": "a", "path": "/k/a"}, {"selector": "b", "path": "/k/$domain.b"}]}}}"#;
        assert_eq!(shown(&rspamd(json, &domains)), ["example.lab a /k/a", "example.lab b /k/example.lab.b"]);
    }
}
