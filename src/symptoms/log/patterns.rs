//! What is looked for: the tables of `assets/symptoms/patterns`, compiled once.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::line::Line;
use super::required::{Required, Words, words_of};

/// The tables, one a family of daemons. A test holds folder and list together.
pub(super) const TABLES: [(&str, &str); 9] = [
    ("certificate", include_str!("../../../assets/symptoms/patterns/certificate.toml")),
    ("dovecot", include_str!("../../../assets/symptoms/patterns/dovecot.toml")),
    ("opendkim", include_str!("../../../assets/symptoms/patterns/opendkim.toml")),
    ("opensmtpd", include_str!("../../../assets/symptoms/patterns/opensmtpd.toml")),
    ("other", include_str!("../../../assets/symptoms/patterns/other.toml")),
    ("postfix", include_str!("../../../assets/symptoms/patterns/postfix.toml")),
    ("remote", include_str!("../../../assets/symptoms/patterns/remote.toml")),
    ("rspamd", include_str!("../../../assets/symptoms/patterns/rspamd.toml")),
    ("system", include_str!("../../../assets/symptoms/patterns/system.toml")),
];

/// One thing that a log may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Its id: "pf-out-timeout".
    pub id: String,
    /// The programs whose lines are looked at ("postfix" is all of Postfix, "*" everything); a line without a program is
    /// looked at by all. What a stranger writes into one daemon's log so cannot pass for another's words.
    pub programs: Vec<String>,
    /// The expression, over the message, bytes, ASCII classes.
    pub regex: String,
    /// What it means, without a full stop.
    pub says: String,
    /// Patterns that are more general: where this one matches, they do not count.
    #[serde(default)]
    pub instead_of: Vec<String>,
    /// Whether it says no more than that something is wrong: others may match the same line, and say more.
    #[serde(default)]
    pub general: bool,
    /// Lines that it must match, as daemons write them (message only).
    #[serde(default)]
    pub samples: Vec<String>,
    /// The one sample.
    #[serde(default)]
    pub sample: Option<String>,
    /// Where the words come from.
    #[serde(default)]
    pub source: Option<String>,
}

impl Pattern {
    fn is_for(&self, program: &str) -> bool {
        let is = |family: &String| {
            let rest = program.strip_prefix(family.as_str());
            family == "*" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        program.is_empty() || self.programs.iter().any(is)
    }
}

/// All patterns, ready to be matched.
pub struct Patterns {
    all: Vec<Pattern>,
    expressions: Vec<Regex>,
    /// For each family of programs the patterns that its lines can match: what is looked for in most lines is small
    /// enough to stay in the processor's cache.
    families: HashMap<String, Family>,
    /// The patterns for the lines of every other program, and of lines that name none.
    strangers: Family,
    nameless: Family,
    /// For each pattern, the indices of those that it stands in for.
    instead_of: Vec<Vec<usize>>,
}

/// The patterns that a line can match.
struct Family {
    required: Required,
    /// Their indices, in the order of `required`.
    patterns: Vec<usize>,
}

impl Family {
    fn of(all: &[Pattern], words: &[Words], writes: impl Fn(&Pattern) -> bool) -> Result<Self, String> {
        let patterns: Vec<usize> = (0..all.len()).filter(|n| writes(&all[*n])).collect();
        let required = Required::of(patterns.iter().map(|n| &words[*n]))?;
        Ok(Self { required, patterns })
    }
}

/// "postfix" of "postfix/smtpd".
fn family(program: &str) -> &str {
    program.split('/').next().unwrap_or(program)
}

/// The patterns of the tables.
///
/// The tables are part of the program, and a test compiles them: they cannot fail here.
pub fn patterns() -> &'static Patterns {
    static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
        #[allow(clippy::panic, reason = "the tables are compiled in, and a test holds them")]
        Patterns::read(TABLES.iter().map(|(_, text)| *text)).unwrap_or_else(|error| panic!("{error}"))
    });
    &PATTERNS
}

impl Patterns {
    pub(super) fn read<'a>(tables: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            pattern: Vec<Pattern>,
        }
        let mut all = Vec::new();
        for table in tables {
            all.extend(toml::from_str::<Table>(table).map_err(|e| e.to_string())?.pattern);
        }
        let one =
            |p: &Pattern| RegexBuilder::new(&p.regex).unicode(false).build().map_err(|e| format!("{}: {e}", p.id));
        let expressions = all.iter().map(one).collect::<Result<_, _>>()?;
        let words: Vec<Words> = all.iter().map(|p| words_of(&p.regex)).collect::<Result<_, _>>()?;
        let everybodys = |p: &Pattern| p.programs.iter().any(|program| program == "*");
        let mut families = HashMap::new();
        for name in all.iter().flat_map(|p: &Pattern| &p.programs).map(|program| family(program)) {
            if name != "*" && !families.contains_key(name) {
                let own = |p: &Pattern| everybodys(p) || p.programs.iter().any(|program| family(program) == name);
                families.insert(name.to_owned(), Family::of(&all, &words, own)?);
            }
        }
        let (strangers, nameless) = (Family::of(&all, &words, everybodys)?, Family::of(&all, &words, |_| true)?);
        let index: HashMap<&str, usize> = all.iter().enumerate().map(|(n, p)| (p.id.as_str(), n)).collect();
        let others = |p: &Pattern| {
            let of =
                |id: &String| index.get(id.as_str()).copied().ok_or_else(|| format!("{}: no pattern '{id}'", p.id));
            p.instead_of.iter().map(of).collect::<Result<Vec<_>, _>>()
        };
        let instead_of = all.iter().map(others).collect::<Result<_, _>>()?;
        Ok(Self { families, strangers, nameless, instead_of, expressions, all })
    }

    /// Every pattern, in the order of the tables.
    pub fn all(&self) -> &[Pattern] {
        &self.all
    }

    /// The pattern of this id.
    pub fn get(&self, id: &str) -> Option<&Pattern> {
        self.all.iter().find(|p| p.id == id)
    }

    /// The indices of the patterns that `line` matches, the general ones left out where a special one matches too.
    pub fn matching(&self, line: &Line<'_>) -> Vec<usize> {
        let message = line.message.as_bytes();
        let family = match &*line.program {
            "" => &self.nameless,
            program => self.families.get(family(program)).unwrap_or(&self.strangers),
        };
        // Nothing is allocated for a line that says nothing.
        let mut matching = Vec::new();
        family.required.candidates(message, |n| {
            let n = family.patterns[n];
            let is_new = !matching.contains(&n) && self.all[n].is_for(&line.program);
            if is_new && self.expressions[n].is_match(message) {
                matching.push(n);
            }
        });
        if matching.is_empty() {
            return matching;
        }
        matching.sort_unstable();
        let hidden: Vec<usize> = matching.iter().flat_map(|n| self.instead_of[*n].iter().copied()).collect();
        matching.retain(|n| !hidden.contains(n));
        matching
    }

    /// The named parts of a match of pattern `index`, such as `("ip", "192.0.2.1")`.
    pub fn captures(&self, index: usize, message: &str) -> Vec<(&str, String)> {
        let expression = &self.expressions[index];
        let Some(found) = expression.captures(message.as_bytes()) else { return Vec::new() };
        let names = expression.capture_names().flatten();
        names
            .filter_map(|name| {
                let part = found.name(name).filter(|m| !m.is_empty())?;
                Some((name, String::from_utf8_lossy(part.as_bytes()).into_owned()))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_is_registered_and_every_pattern_matches_its_samples() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/symptoms/patterns");
        let files: BTreeSet<String> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        let listed: BTreeSet<String> = TABLES.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(files, listed);
        let patterns = patterns();
        let ids: BTreeSet<&str> = patterns.all.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(ids.len(), patterns.all.len(), "an id stands twice");
        for pattern in &patterns.all {
            let samples: Vec<&String> = pattern.samples.iter().chain(&pattern.sample).collect();
            assert!(!samples.is_empty(), "{} has no sample", pattern.id);
            for sample in samples {
                let line = Line {
                    time: None,
                    program: pattern.programs[0].clone().into(),
                    service: None,
                    pid: None,
                    message: sample.as_str().into(),
                };
                let found: Vec<&str> = patterns.matching(&line).iter().map(|n| patterns.all[*n].id.as_str()).collect();
                assert!(
                    found.contains(&pattern.id.as_str()),
                    "{} is not found in '{sample}', but {found:?}",
                    pattern.id
                );
            }
        }
    }

    #[test]
    fn a_recipient_that_is_looked_up_is_no_login() {
        let found = |message: &str| {
            let line =
                Line { time: None, program: "dovecot".into(), service: None, pid: None, message: message.into() };
            patterns().matching(&line).iter().map(|n| patterns().all[*n].id.as_str()).collect::<Vec<_>>()
        };
        for login in [
            "auth(bob,2001:db8:99::10,sasl:plain)<VudEs0th>: passwd-file: unknown user",
            "auth: passwd-file(bob,192.0.2.1,<jwlErEth>): unknown user",
            "auth-worker(812): sql(bob,192.0.2.1): unknown user",
        ] {
            assert_eq!(found(login), ["dc-unknown-user"], "{login}");
        }
        for delivery in
            ["auth(bob@example.net): passwd-file: unknown user", "auth: passwd-file(bob@example.net): unknown user"]
        {
            assert_eq!(found(delivery), [""; 0], "{delivery}");
        }
    }

    #[test]
    fn one_daemon_does_not_speak_for_another() {
        let line = |program: &str| Line {
            time: None,
            program: program.to_owned().into(),
            service: None,
            pid: None,
            message: "Out of memory: Killed process 812 (clamd) total-vm:1234kB".into(),
        };
        assert_eq!(patterns().matching(&line("kernel")).len(), 1);
        assert!(patterns().matching(&line("postfix/smtpd")).is_empty());
    }
}
