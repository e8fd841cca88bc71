//! What a check found out: data, never an error.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a check ended.
///
/// SERVFAIL, REFUSED, time-outs and DNSBL 127.255.255.x are [`Outcome::Unknown`], never [`Outcome::Fail`]: not to know is
/// no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Worth knowing, nothing to do.
    Info,
    /// Works, but something will go wrong for somebody.
    Warn,
    /// Broken.
    Fail,
    /// Could not be found out.
    Unknown,
    /// Not asked, because something it needs failed or does not apply.
    Skipped,
}

impl Outcome {
    /// The word beside the glyph, five columns at most.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "ok",
            Self::Info => "note",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
            Self::Unknown => "?",
            Self::Skipped => "skip",
        }
    }
}

/// The areas that checks belong to, in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are the documented areas of `check --json`")]
pub enum Area {
    Host,
    Service,
    Config,
    Firewall,
    Dns,
    Spf,
    Dkim,
    Dmarc,
    MtaSts,
    Tlsrpt,
    Dane,
    Bimi,
    Smtp,
    Submission,
    Imap,
    Pop,
    Sieve,
    Tls,
    Cert,
    Reputation,
    Delivery,
}

impl Area {
    /// Every area, in order.
    pub const ALL: [Self; 21] = [
        Self::Host,
        Self::Service,
        Self::Config,
        Self::Firewall,
        Self::Dns,
        Self::Spf,
        Self::Dkim,
        Self::Dmarc,
        Self::MtaSts,
        Self::Tlsrpt,
        Self::Dane,
        Self::Bimi,
        Self::Smtp,
        Self::Submission,
        Self::Imap,
        Self::Pop,
        Self::Sieve,
        Self::Tls,
        Self::Cert,
        Self::Reputation,
        Self::Delivery,
    ];

    /// The name in JSON and for `--area`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Service => "service",
            Self::Config => "config",
            Self::Firewall => "firewall",
            Self::Dns => "dns",
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::MtaSts => "mta-sts",
            Self::Tlsrpt => "tlsrpt",
            Self::Dane => "dane",
            Self::Bimi => "bimi",
            Self::Smtp => "smtp",
            Self::Submission => "submission",
            Self::Imap => "imap",
            Self::Pop => "pop",
            Self::Sieve => "sieve",
            Self::Tls => "tls",
            Self::Cert => "cert",
            Self::Reputation => "reputation",
            Self::Delivery => "delivery",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Whether the program can do it.
    pub kind: FixKind,
    /// The exact thing to do or paste.
    pub text: String,
    /// The answer that must change before the program can do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Box<NewAnswer>>,
}

/// Another answer to one of the questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAnswer {
    /// The question, by its path in the answers file ("resolver.mode").
    pub field: String,
    /// The choice ("unbound").
    pub value: String,
}

/// Who carries a fix out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixKind {
    /// The program, through plan and apply.
    Automatic,
    /// The operator.
    #[default]
    Instructions,
}

/// What one check says about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How it ended.
    pub outcome: Outcome,
    /// What is there, printable.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do, unless all is well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What was asked and answered, line by line, printable: queries with the server that answered, client and server
    /// lines of a dialogue.
    pub evidence: Vec<String>,
}

impl Finding {
    fn of(outcome: Outcome, found: impl Into<String>) -> Self {
        Self { outcome, found: found.into(), expected: String::new(), fix: None, evidence: Vec::new() }
    }

    /// As it should be.
    pub fn pass(found: impl Into<String>) -> Self {
        Self::of(Outcome::Pass, found)
    }

    /// Worth knowing.
    pub fn info(found: impl Into<String>) -> Self {
        Self::of(Outcome::Info, found)
    }

    /// Will go wrong for somebody.
    pub fn warn(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), ..Self::of(Outcome::Warn, found) }
    }

    /// Broken.
    pub fn fail(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), ..Self::of(Outcome::Fail, found) }
    }

    /// Could not be found out.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::of(Outcome::Unknown, reason)
    }

    /// Not asked.
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::of(Outcome::Skipped, reason)
    }

    /// Of a check that had not ended when its run was stopped.
    pub fn stopped() -> Self {
        Self::skipped(STOPPED)
    }

    /// The same with what was expected.
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = text.into();
        self
    }

    /// The same with instructions for the operator.
    pub fn instructions(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { kind: FixKind::Instructions, text: text.into(), answer: None });
        self
    }

    /// The same with a fix that `mailwizard apply` carries out.
    pub fn automatic(mut self, text: impl Into<String>) -> Self {
        self.fix = Some(Fix { kind: FixKind::Automatic, text: text.into(), answer: None });
        self
    }

    /// The same with a fix that `mailwizard apply` carries out once a question is answered differently.
    pub fn automatic_once(mut self, field: &str, value: &str) -> Self {
        self.fix = Some(Fix {
            kind: FixKind::Automatic,
            text: format!("Set {field} = \"{value}\" and run mailwizard apply"),
            answer: Some(Box::new(NewAnswer { field: field.to_owned(), value: value.to_owned() })),
        });
        self
    }

    /// The same with lines of evidence; they are made printable here.
    pub fn evidence<S: AsRef<str>>(mut self, lines: impl IntoIterator<Item = S>) -> Self {
        self.evidence.extend(lines.into_iter().map(|l| crate::printable::printable(l.as_ref())));
        self
    }
}

/// One finding with what it is about, as `check --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// The check's id, as in the catalogue.
    pub id: String,
    /// What was looked at: a domain, a host, "this host", a port.
    pub subject: String,
    /// Its area.
    pub area: Area,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it matters, one plain sentence.
    pub why: String,
    /// The standard it rests on, or the manual.
    pub rfc: String,
    /// How long it took.
    #[serde(rename = "elapsed_ms", serialize_with = "as_ms", deserialize_with = "from_ms")]
    pub elapsed: Duration,
}

impl CheckResult {
    /// Whether its run was stopped before it ended.
    pub fn was_stopped(&self) -> bool {
        self.finding.outcome == Outcome::Skipped && self.finding.found == STOPPED
    }
}

/// What is found of a check that had not ended.
const STOPPED: &str = "the run was stopped";

fn as_ms<S: serde::Serializer>(d: &Duration, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_u64(u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

fn from_ms<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    u64::deserialize(d).map(Duration::from_millis)
}
