//! What a dialogue brought, as text and as JSON.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::checks::CHECKS;
use crate::finding::{Area, CheckResult, Finding, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::keys::CertificateInfo;
use crate::printable::{excerpt, printable};
use crate::probe::Transcript;
use crate::probe::tls::TlsSeen;

const SCHEMA: u32 = 1;

/// A dialogue with its outcome.
#[derive(Debug, Default)]
pub struct Dialogue {
    pub greeting: Option<String>,
    /// What the server offers, as of the end of the dialogue.
    pub capabilities: Vec<String>,
    /// What it offered before TLS was on.
    pub capabilities_in_clear: Vec<String>,
    pub tls: Option<TlsSeen>,
    pub error: Option<String>,
    pub results: Vec<CheckResult>,
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: u32,
    subject: &'a str,
    greeting: Option<&'a str>,
    capabilities: &'a [String],
    capabilities_before_tls: &'a [String],
    tls: Option<ShownTls>,
    transcript: Vec<String>,
    error: Option<&'a str>,
    results: &'a [CheckResult],
}

/// What was seen of TLS, as JSON has it.
#[derive(Serialize)]
pub struct ShownTls {
    version: String,
    cipher: String,
    chain: Vec<ShownCertificate>,
    /// "trusted", or the gravest fault in one word.
    verdict: &'static str,
    faults: Vec<ShownFault>,
}

#[derive(Serialize)]
struct ShownFault {
    id: &'static str,
    text: String,
}

#[derive(Serialize)]
struct ShownCertificate {
    subject: String,
    issuer: String,
    names: Vec<String>,
    not_before: String,
    not_after: String,
    key: String,
    sha256: String,
}

impl From<&TlsSeen> for ShownTls {
    fn from(seen: &TlsSeen) -> Self {
        let gravest = seen.faults.iter().find(|f| f.is_fatal()).or(seen.faults.first());
        Self {
            version: seen.version.clone(),
            cipher: seen.cipher.clone(),
            chain: seen.chain.iter().map(|der| certificate(der)).collect(),
            verdict: gravest.map_or("trusted", |f| f.id()),
            faults: seen.faults.iter().map(|f| ShownFault { id: f.id(), text: f.to_string() }).collect(),
        }
    }
}

fn certificate(der: &[u8]) -> ShownCertificate {
    let unreadable = || "unreadable".to_owned();
    let parsed = X509Certificate::from_der(der).ok().map(|(_, c)| c);
    let info = CertificateInfo::from_der(der).ok();
    ShownCertificate {
        subject: parsed.as_ref().map_or_else(unreadable, |c| excerpt(&c.subject().to_string(), 200)),
        issuer: parsed.as_ref().map_or_else(unreadable, |c| excerpt(&c.issuer().to_string(), 200)),
        names: info.as_ref().map(|i| i.names.clone()).unwrap_or_default(),
        not_before: info.as_ref().map_or_else(unreadable, |i| i.not_before.to_string()),
        not_after: info.as_ref().map_or_else(unreadable, |i| i.not_after.to_string()),
        key: parsed.as_ref().map_or_else(unreadable, key),
        sha256: crate::keys::renewal::fingerprint(der),
    }
}

fn key(certificate: &X509Certificate<'_>) -> String {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => format!("RSA {}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("ECDSA {}", point.key_size()),
        Ok(_) => "another kind of key".into(),
        // Ed25519 has no parser of its own there.
        Err(_) => "unreadable".into(),
    }
}

/// A transcript that is shown as it grows: on standard output, or on standard error beside JSON.
pub fn live(json: bool) -> Transcript {
    Transcript::watched(move |line| {
        // Nobody may be left to read it; the dialogue goes on.
        let _ = match json {
            true => writeln!(io::stderr(), "{line}"),
            false => writeln!(io::stdout(), "{line}"),
        };
    })
}

/// A result as the checks give it; why and standard are those of the check with this id.
pub fn result(id: &str, area: Area, subject: &str, finding: Finding) -> CheckResult {
    let check = CHECKS.iter().find(|c| c.id == id);
    CheckResult {
        id: id.into(),
        subject: printable(subject),
        area,
        finding,
        why: check.map(|c| c.why.to_owned()).unwrap_or_default(),
        rfc: check.map(|c| c.rfc.to_owned()).unwrap_or_default(),
        elapsed: Duration::ZERO,
    }
}

/// Prints a dialogue and says how the program ends: 1 when it failed or a verdict did.
pub fn finish(dialogue: &Dialogue, subject: &str, json: bool, transcript: &Transcript) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    if json {
        let shown = Shown {
            schema: SCHEMA,
            subject,
            greeting: dialogue.greeting.as_deref(),
            capabilities: &dialogue.capabilities,
            capabilities_before_tls: &dialogue.capabilities_in_clear,
            tls: dialogue.tls.as_ref().map(ShownTls::from),
            transcript: transcript.evidence(),
            error: dialogue.error.as_deref(),
            results: &dialogue.results,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        text(dialogue, &mut out)?;
    }
    out.flush()?;
    let failed = dialogue.error.is_some() || dialogue.results.iter().any(|r| r.finding.outcome == Outcome::Fail);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn text(dialogue: &Dialogue, out: &mut impl Write) -> io::Result<()> {
    writeln!(out)?;
    if let Some(tls) = &dialogue.tls {
        tls_text(tls, out)?;
    }
    if !dialogue.capabilities.is_empty() {
        writeln!(out, "Offers    {}", dialogue.capabilities.join(", "))?;
    }
    results(&dialogue.results, out)?;
    match &dialogue.error {
        Some(error) => writeln!(out, "Error     {error}"),
        None => Ok(()),
    }
}

/// What was seen of TLS, a few lines.
pub fn tls_text(tls: &TlsSeen, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "TLS       {}, {}", tls.version, tls.cipher)?;
    for (at, der) in tls.chain.iter().enumerate() {
        let shown = certificate(der);
        let names = if shown.names.is_empty() { String::new() } else { format!(" for {}", shown.names.join(", ")) };
        writeln!(out, "  {}       {}{names}", at + 1, shown.subject)?;
        writeln!(out, "          {}, {} to {}, by {}", shown.key, shown.not_before, shown.not_after, shown.issuer)?;
    }
    if tls.faults.is_empty() {
        writeln!(out, "Verdict   trusted, and the name is right")?;
    }
    for fault in &tls.faults {
        writeln!(out, "Verdict   {}: {fault}", fault.id())?;
    }
    Ok(())
}

/// Verdicts, one a line with what was wanted and what to do.
pub fn results(results: &[CheckResult], out: &mut impl Write) -> io::Result<()> {
    for result in results {
        let finding = &result.finding;
        writeln!(out, "{:<9} {}: {}", format!("[{}]", finding.outcome.word()), result.id, finding.found)?;
        if matches!(finding.outcome, Outcome::Fail | Outcome::Warn) && !finding.expected.is_empty() {
            writeln!(out, "          wanted: {}", finding.expected)?;
        }
        for line in finding.fix.iter().flat_map(|f| f.text.lines()) {
            writeln!(out, "          {line}")?;
        }
    }
    Ok(())
}
