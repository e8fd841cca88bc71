//! The answers file: TOML text to a [`Spec`] and back. Refusals are sentences with the line and the key.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{SPEC_VERSION, Spec};
use crate::printable::{excerpt, printable};

/// What an answers file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The wish; rules between fields are not looked at yet ([`Spec::problems`]). Relative paths are still relative.
    pub spec: Spec,
    /// Paths of the keys that the file holds ("hostname", "domains.dmarc"), without positions in lists.
    pub given: BTreeSet<String>,
}

/// Why a text is no answers file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{sentence}", line.map(|l| format!("line {l}: ")).unwrap_or_default())]
pub struct AnswersError {
    /// The line, counted from 1, where there is one.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub sentence: String,
}

/// Reads the text of an answers file.
pub fn parse(text: &str) -> Result<Answers, AnswersError> {
    let table = DeTable::parse(text).map_err(|e| AnswersError {
        line: e.span().map(|s| line_of(text, s.start)),
        sentence: format!("this is not TOML: {}.", printable(e.message())),
    })?;
    check_version(text, table.get_ref())?;
    let mut given = BTreeSet::new();
    collect_keys("", table.get_ref(), &mut given);
    match toml::from_str::<Spec>(text) {
        Ok(spec) => Ok(Answers { spec, given }),
        Err(e) => Err(explain(text, table.get_ref(), &e)),
    }
}

/// Makes the relative paths of a wish whole: they are meant from the folder of the file they were written in. A single
/// "-" is standard input and stays.
pub fn resolve_paths(spec: &mut Spec, folder: &Path) {
    let certificate = &mut spec.certificate;
    let optional = [
        &mut spec.resolver.root_hints,
        &mut spec.resolver.trust_anchor,
        &mut certificate.root_file,
        &mut certificate.webroot,
        &mut certificate.chain_file,
        &mut certificate.key_file,
    ];
    let accounts = spec.accounts.iter_mut().map(|a| &mut a.password_file);
    let relay = spec.network.relay.iter_mut().map(|r| &mut r.password_file);
    for path in optional.into_iter().chain(accounts).chain(relay).flatten() {
        if path.as_os_str() != "-" {
            // join() leaves an absolute path as it is; the collecting drops "./".
            *path = folder.join(&*path).components().collect::<PathBuf>();
        }
    }
}

/// The text of an answers file that gives `spec`, with comments for the one who edits it.
pub fn to_toml(spec: &Spec) -> Result<String, toml::ser::Error> {
    let plain = toml::to_string(spec)?;
    let mut text = String::from(
        "# The answers of a mailwizard set-up. Use it again with: mailwizard setup --answers FILE --yes\n\
         # Passwords are not in it: an account without password_file gets a new one, shown once.\n\n",
    );
    let mut explained = BTreeSet::new();
    for line in plain.lines() {
        let table = line.trim_start_matches('[').trim_end_matches(']');
        if line.starts_with('[')
            && let Some(comment) = COMMENTS.iter().find(|(name, _)| *name == table).map(|(_, comment)| comment)
            && explained.insert(table)
        {
            text.push_str(&format!("# {comment}\n"));
        }
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

const COMMENTS: [(&str, &str); 12] = [
    ("network", "Addresses are found out; write ipv4 or ipv6 here only behind NAT. outbound = both | ipv4 | ipv6"),
    ("network.relay", "A server that takes outgoing mail where port 25 is blocked."),
    ("resolver", "mode = unbound | keep"),
    ("protection", "Scores are in tenths: 60 is 6.0. password_scheme = SHA512-CRYPT | ARGON2ID"),
    ("firewall", "manage = true opens the mail ports in a firewall that is active; none is ever switched on."),
    ("signer", "kind = rspamd | opendkim"),
    ("checks", "Hosts tried on port 25, and the block lists that are asked."),
    (
        "reports",
        "nightly = true mails to admin_email what changed since the night before; also_to = [] names more readers.",
    ),
    ("certificate", "method = acme-http | existing | self-signed"),
    ("domains", "dmarc = none | quarantine | reject"),
    ("accounts", "password_file names a file whose first line is the password. quota_mb = 2048 limits the mailbox."),
    ("aliases", "\"*@example.org\" takes what is sent to any other address. action = deliver | reject | discard"),
];

/// A file of another version is said to be that before its keys are called unknown.
fn check_version(text: &str, table: &DeTable<'_>) -> Result<(), AnswersError> {
    let Some(version) = table.get("version") else { return Ok(()) };
    let known = SPEC_VERSION.to_string();
    match version.get_ref() {
        DeValue::Integer(number) if number.as_str() != known => Err(AnswersError {
            line: Some(line_of(text, version.span().start)),
            sentence: format!(
                "version = {} is not known: this program reads version = {known}.",
                excerpt(number.as_str(), 20)
            ),
        }),
        _ => Ok(()),
    }
}

fn explain(text: &str, table: &DeTable<'_>, error: &toml::de::Error) -> AnswersError {
    // What the whole file lacks has the empty span.
    let at = error.span().filter(|s| !s.is_empty()).map(|s| s.start);
    let path = at.map(|at| path_at(table, at)).unwrap_or_default();
    let message = error.message();
    let line = at.map(|at| line_of(text, at));
    let sentence = if let Some(unknown) = quoted_after(message, "unknown field ") {
        unknown_key(&unknown, &path, &alternatives(message))
    } else if let Some(field) = quoted_after(message, "missing field ") {
        missing(&field, &path)
    } else if let Some(found) = quoted_after(message, "unknown variant ") {
        let known = alternatives(message);
        format!("{path} is '{}': it is one of {}.{}", excerpt(&found, 40), known.join(", "), nearest(&found, &known))
    } else if let Some(rest) = message.strip_prefix("invalid type: ").or(message.strip_prefix("invalid value: ")) {
        wrong_type(&path, rest)
    } else if path.is_empty() {
        printable(message)
    } else {
        let end = if message.ends_with('.') { "" } else { "." };
        format!("{path}: {}{end}", printable(message))
    };
    AnswersError { line, sentence }
}

fn unknown_key(unknown: &str, path: &str, known: &[String]) -> String {
    let table = path.rsplit_once('.').map(|(table, _)| table);
    let place = table.map_or("this file".to_owned(), |t| format!("[{t}]"));
    let shown = excerpt(unknown, 40);
    match nearest(unknown, known) {
        near if near.is_empty() => format!("'{shown}' is not a key of {place}: its keys are {}.", known.join(", ")),
        near => format!("'{shown}' is not a key of {place}.{near}"),
    }
}

fn missing(field: &str, path: &str) -> String {
    match (path, field) {
        ("", "version") => format!("'version' is missing: begin the file with version = {SPEC_VERSION}."),
        ("", "hostname") => {
            "'hostname' is missing: add hostname = \"mail.example.org\" with the name of this machine.".into()
        }
        ("", field) => format!("'{field}' is missing."),
        (table, field) => format!("[{table}] has no '{field}'."),
    }
}

/// `rest` is serde's "string \"yes\", expected a boolean".
fn wrong_type(path: &str, rest: &str) -> String {
    let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "something else"));
    let found = match found.split_once(' ') {
        Some(("string", value)) => format!("the text {}", excerpt(value, 60)),
        Some(("integer" | "floating" | "boolean", value)) => {
            excerpt(value.trim_start_matches("point ").trim_matches('`'), 40)
        }
        _ if found == "map" => "a table".into(),
        _ if found == "sequence" => "a list".into(),
        _ => excerpt(found, 60),
    };
    let expected = match expected {
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list in [ ]".to_owned(),
        "a string" | "path string" => "a text in quotes".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u8" | "u32" | "u64" | "usize" => "a whole number".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => printable(other),
    };
    format!("{path} is {found}, but {expected} is needed.")
}

fn nearest(given: &str, known: &[String]) -> String {
    let similarity = |name: &String| strsim::jaro_winkler(&given.to_lowercase(), &name.to_lowercase());
    known
        .iter()
        .map(|name| (similarity(name), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity > 0.75)
        .map(|(_, name)| format!(" The nearest right one is '{name}'."))
        .unwrap_or_default()
}

/// The first word in backquotes after `start`.
fn quoted_after(message: &str, start: &str) -> Option<String> {
    let rest = message.strip_prefix(start)?.strip_prefix('`')?;
    // The quoted text may hold a backquote itself; serde's own words follow the last one before ", expected".
    let quoted = rest.split_once("`, expected ").map_or(rest.trim_end_matches('`'), |(quoted, _)| quoted);
    Some(quoted.to_owned())
}

/// The words in backquotes after "expected".
fn alternatives(message: &str) -> Vec<String> {
    let (_, list) = message.rsplit_once("`, expected ").unwrap_or(("", ""));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}

/// The path of the innermost key whose name or value stands at `at`.
fn path_at(table: &DeTable<'_>, at: usize) -> String {
    for (key, value) in table {
        if key.span().contains(&at) {
            return printable(key.get_ref());
        }
        if let Some(inner) = path_in(value, at) {
            let name = printable(key.get_ref());
            return if inner.is_empty() { name } else { format!("{name}.{inner}") };
        }
    }
    String::new()
}

fn path_in(value: &Spanned<DeValue<'_>>, at: usize) -> Option<String> {
    let inner = match value.get_ref() {
        // The span of a table ends with its header, so its keys are asked in any case.
        DeValue::Table(table) => Some(path_at(table, at)).filter(|path| !path.is_empty()),
        DeValue::Array(items) => items.iter().find_map(|item| path_in(item, at)),
        _ => None,
    };
    inner.or_else(|| value.span().contains(&at).then(String::new))
}

fn collect_keys(prefix: &str, table: &DeTable<'_>, given: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        collect_in(&path, value, given);
        given.insert(path);
    }
}

fn collect_in(path: &str, value: &Spanned<DeValue<'_>>, given: &mut BTreeSet<String>) {
    match value.get_ref() {
        DeValue::Table(table) => collect_keys(path, table, given),
        DeValue::Array(items) => items.iter().for_each(|item| collect_in(path, item, given)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "version = 1\nhostname = \"mail.example.org\"\n";

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_keys_that_were_given_are_known() {
        let text = format!(
            "{LEAST}[[domains]]\nname = \"a.example\"\n[[domains]]\nname = \"b.example\"\ndmarc = \"reject\"\n"
        );
        let given: Vec<String> = parse(&text).unwrap().given.into_iter().collect();
        assert_eq!(given, ["domains", "domains.dmarc", "domains.name", "hostname", "version"]);
    }

    #[test]
    fn each_mistake_gets_one_sentence_with_line_and_key() {
        for (added, sentence) in [
            ("hostnme = \"a.b\"", "line 3: 'hostnme' is not a key of this file. The nearest right one is 'hostname'."),
            (
                "[protection]\ngreylistng = true",
                "line 4: 'greylistng' is not a key of [protection]. The nearest right one is 'greylisting'.",
            ),
            (
                "[[domains]]\nname = \"x.org\"\n[[domains]]\nxyz = 1",
                "line 6: 'xyz' is not a key of [domains]: its keys are name, dmarc, catch_all, moving_from_another_server, dkim_selectors.",
            ),
            (
                "[[accounts]]\naddress = \"a@b.c\"\npassword = \"canary-0815\"",
                "line 5: 'password' is not a key of [accounts]. The nearest right one is 'password_file'.",
            ),
            (
                "[protection]\ngreylisting = \"yes\"",
                "line 4: protection.greylisting is the text \"yes\", but true or false is needed.",
            ),
            ("protection = 1", "line 3: protection is 1, but a table is needed."),
            (
                "[network.relay]\nhost = \"x.example\"\nport = 70000",
                "line 5: network.relay.port is 70000, but a whole number from 0 to 65535 is needed.",
            ),
            ("[network]\nipv4 = \"1.2.3\"", "line 4: network.ipv4: invalid IPv4 address syntax."),
            ("domains = [1]", "line 3: domains is 1, but a table is needed."),
            ("[[domains]]\ndmarc = \"none\"", "line 3: [domains] has no 'name'."),
            (
                "[[domains]]\nname = \"x.org\"\ndmarc = \"quaratine\"",
                "line 5: domains.dmarc is 'quaratine': it is one of none, quarantine, reject. The nearest right one is 'quarantine'.",
            ),
            ("stack = \"exim\"", "line 3: stack is 'exim': it is one of postfix."),
            (
                "[[accounts]]\naddress = \"a/x@b.c\"",
                "line 4: accounts.address: 'a/x@b.c' is not a mail address: '/' before '@' is not allowed here. Letters, digits and . + - _ = are.",
            ),
            (
                "[[aliases]]\naddress = \"a@b.c\"\ntargets = \"x@y.z\"",
                "line 5: aliases.targets is the text \"x@y.z\", but a list in [ ] is needed.",
            ),
            ("hostname = \"other.example\"", "line 3: this is not TOML: duplicate key."),
            (
                "admin_email = me@example.org",
                "line 3: this is not TOML: string values must be quoted, expected literal string.",
            ),
        ] {
            assert_eq!(refusal(&format!("{LEAST}{added}")), sentence);
        }
        assert_eq!(
            refusal("version = 1\nhostname = \"mail_1.example.org\""),
            "line 2: hostname: 'mail_1.example.org' is not a host name: '_' is not allowed. Try 'mail1.example.org'."
        );
        assert_eq!(
            refusal("version = 2\nnew = 1"),
            "line 1: version = 2 is not known: this program reads version = 1."
        );
        assert_eq!(refusal("version = \"1\""), "line 1: version is the text \"1\", but a whole number is needed.");
        assert_eq!(refusal(""), "'version' is missing: begin the file with version = 1.");
        assert_eq!(
            refusal("version = 1"),
            "'hostname' is missing: add hostname = \"mail.example.org\" with the name of this machine."
        );
    }

    #[test]
    fn relative_paths_are_meant_from_the_folder_of_the_file() {
        let text = format!(
            "{LEAST}[certificate]\nroot_file = \"ca/root.pem\"\nwebroot = \"/srv/www\"\n\
             [[accounts]]\naddress = \"a@b.c\"\npassword_file = \"./a.pw\"\n\
             [[accounts]]\naddress = \"d@b.c\"\npassword_file = \"-\"\n"
        );
        let mut spec = parse(&text).unwrap().spec;
        resolve_paths(&mut spec, Path::new("/root/answers"));
        assert_eq!(spec.certificate.root_file.as_deref(), Some(Path::new("/root/answers/ca/root.pem")));
        assert_eq!(spec.certificate.webroot.as_deref(), Some(Path::new("/srv/www")));
        let files: Vec<_> = spec.accounts.iter().filter_map(|a| a.password_file.as_deref()).collect();
        assert_eq!(files, [Path::new("/root/answers/a.pw"), Path::new("-")]);
    }

    #[test]
    fn a_refusal_never_repaints_the_terminal() {
        for text in [
            "version = 1\nhostname = \"a\\u001b[2J.b\"",
            "version = 1\n\"\\u001b[2J\" = 1",
            "version = 1\nx = \"\x1b[2J\"",
        ] {
            let sentence = refusal(text);
            assert!(!sentence.chars().any(char::is_control), "{sentence:?}");
        }
    }
}
