//! `probe spf`, `probe dkim` and `probe dmarc`: what receivers make of a domain's policies and of a message.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;

use serde::Serialize;

use super::connect::dns;
use super::{usage, wait_for};
use crate::front::commands::message_file;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::host::{Host as _, RealHost};
use crate::printable::{excerpt, printable};
use crate::probe::dmarc::{NoWalk, walk};
use crate::probe::dns::RecordType;
use crate::probe::signatures::{SignatureResult, verify};
use crate::probe::spf::{Question, SpfVerdict, check_host};
use crate::records::dmarc::is_dmarc;
use crate::spec::{DmarcPolicy, Domain};

/// Options of `probe spf`.
#[derive(Debug, clap::Args)]
pub struct SpfArgs {
    /// Where the mail comes from
    #[arg(long, value_name = "IP")]
    ip: IpAddr,
    /// The name in EHLO
    #[arg(long, value_name = "NAME")]
    helo: Option<String>,
    /// The envelope sender; '<>' or none for a delivery report
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ShownSpf<'a> {
    schema: u32,
    domain: String,
    result: &'static str,
    mechanism: Option<String>,
    reason: Option<String>,
    lookups: usize,
    void_lookups: usize,
    record: Option<String>,
    explanation: Option<&'a str>,
    trace: &'a [String],
}

/// `probe spf`: 0 for pass and neutral verdicts, 1 where receivers would refuse or cannot tell.
pub fn spf(args: &SpfArgs) -> Result<Exit, Failure> {
    let (helo, sender) = (args.helo.as_deref().unwrap_or_default(), args.sender.as_deref().unwrap_or_default());
    if sender.trim_matches(['<', '>']).is_empty() && helo.is_empty() {
        return Err(usage("Give --sender, or --helo for mail without a sender."));
    }
    if [helo, sender].iter().any(|t| t.chars().any(|c| c.is_control() || c == ' ')) {
        return Err(usage("--helo and --sender hold neither spaces nor control characters."));
    }
    let client = dns(args.resolver.as_deref())?;
    let seen = wait_for(async { Ok(check_host(&client, Question { ip: args.ip, helo, sender, own: &[] }).await) })?;
    let mut out = Output::stdout();
    if args.json {
        let shown = ShownSpf {
            schema: 1,
            domain: printable(&seen.domain),
            result: seen.verdict.as_str(),
            mechanism: seen.mechanism.as_deref().map(printable),
            reason: seen.reason.as_deref().map(printable),
            lookups: seen.lookups,
            void_lookups: seen.void_lookups,
            record: seen.record.as_deref().map(printable),
            explanation: seen.explanation.as_deref(),
            trace: &seen.trace,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        for line in &seen.trace {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        writeln!(out, "Result    {}", seen.verdict.as_str())?;
        for (label, text) in [("Because", &seen.mechanism), ("Because", &seen.reason), ("Says", &seen.explanation)] {
            if let Some(text) = text {
                writeln!(out, "{label:<9} {}", printable(text))?;
            }
        }
        writeln!(out, "Look-ups  {} of 10, {} of 2 without an answer", seen.lookups, seen.void_lookups)?;
    }
    out.flush()?;
    Ok(match seen.verdict {
        SpfVerdict::Pass | SpfVerdict::Neutral | SpfVerdict::None => Exit::Done,
        SpfVerdict::Fail | SpfVerdict::SoftFail | SpfVerdict::PermError | SpfVerdict::TempError => Exit::Failed,
    })
}

/// Options of `probe dkim`.
#[derive(Debug, clap::Args)]
pub struct DkimArgs {
    /// The message with all its headers; '-' reads standard input
    #[arg(long, value_name = "FILE")]
    message: PathBuf,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ShownDkim<'a> {
    schema: u32,
    signatures: Vec<ShownSignature<'a>>,
}

#[derive(Serialize)]
struct ShownSignature<'a> {
    domain: &'a str,
    selector: &'a str,
    algorithm: &'a str,
    result: &'static str,
    reason: &'a str,
    warnings: &'a [String],
    headers: &'a [String],
    key: Option<&'a str>,
}

/// `probe dkim`: 0 when at least one signature passes.
pub fn dkim(args: &DkimArgs) -> Result<Exit, Failure> {
    let message = message_file::read(&args.message)?;
    let client = dns(args.resolver.as_deref())?;
    let now = u64::try_from(RealHost.now().as_second()).unwrap_or_default();
    let seen = wait_for(async {
        let shown = args.message.display();
        verify(&message, &client, now).await.map_err(|e| usage(format!("'{shown}' cannot be looked at: {e}.")))
    })?;
    let mut out = Output::stdout();
    if args.json {
        let signatures = seen.iter().map(|s| ShownSignature {
            domain: &s.domain,
            selector: &s.selector,
            algorithm: &s.algorithm,
            result: s.result.as_str(),
            reason: &s.reason,
            warnings: &s.warnings,
            headers: &s.headers,
            key: s.key.as_deref(),
        });
        let shown = ShownDkim { schema: 1, signatures: signatures.collect() };
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else if seen.is_empty() {
        writeln!(out, "The message has no DKIM signature.")?;
    } else {
        for s in &seen {
            writeln!(out, "{:<9} d={} s={} a={}", s.result.as_str(), s.domain, s.selector, s.algorithm)?;
            writeln!(out, "          {}", s.reason)?;
            for warning in &s.warnings {
                writeln!(out, "          note: {warning}")?;
            }
            if let Some(key) = &s.key {
                writeln!(out, "          key: {}", excerpt(key, 500))?;
            }
        }
    }
    out.flush()?;
    Ok(if seen.iter().any(|s| s.result == SignatureResult::Pass) { Exit::Done } else { Exit::Failed })
}

/// Options of `probe dmarc`.
#[derive(Debug, clap::Args)]
pub struct DmarcArgs {
    /// The domain of the From field
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ShownDmarc {
    schema: u32,
    domain: String,
    record: Option<String>,
    /// Where the record stands: "_dmarc.example.org".
    location: Option<String>,
    /// What applies to mail from this very domain.
    policy: Option<&'static str>,
    subdomain_policy: Option<&'static str>,
    nonexistent_policy: Option<&'static str>,
    testing: bool,
    organizational_domain: Option<String>,
    reports: Vec<String>,
    errors: Vec<String>,
    warnings: Vec<String>,
    transcript: Vec<String>,
}

/// `probe dmarc`: 0 when a usable record applies.
pub fn dmarc(args: &DmarcArgs) -> Result<Exit, Failure> {
    let domain = Domain::parse(&args.domain).map_err(|e| usage(e.to_string()))?;
    let name = domain.as_str();
    let client = dns(args.resolver.as_deref())?;
    let shown = wait_for(async {
        let (walked, apex) = tokio::join!(walk(&client, name), client.resolve(name, RecordType::TXT));
        let mut shown = ShownDmarc {
            schema: 1,
            domain: name.to_owned(),
            record: None,
            location: None,
            policy: None,
            subdomain_policy: None,
            nonexistent_policy: None,
            testing: false,
            organizational_domain: None,
            reports: Vec::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            transcript: Vec::new(),
        };
        if apex.data.iter().any(|t| is_dmarc(t)) {
            shown
                .warnings
                .push(format!("A DMARC record stands at {name} itself: receivers look at _dmarc.{name} only."));
        }
        let walked = match walked {
            Ok(walked) => walked,
            Err(NoWalk { reason, evidence }) => {
                shown.errors.push(printable(&reason));
                shown.transcript = evidence.iter().map(|l| printable(l)).collect();
                return Ok(shown);
            }
        };
        shown.transcript = walked.evidence.iter().map(|l| printable(l)).collect();
        shown.errors = walked.errors().iter().map(|e| printable(e)).collect();
        shown.organizational_domain = Some(walked.organizational_domain(name));
        let Some((stop, record)) = walked.applied(name) else {
            if walked.stops.is_empty() {
                shown.errors.push(format!("there is no DMARC record at _dmarc.{name} or above"));
            }
            return Ok(shown);
        };
        let own = stop.name == name;
        let subdomains = record.subdomain_policy.unwrap_or(record.policy);
        shown.record = stop.records.first().map(|r| printable(r));
        shown.location = Some(format!("_dmarc.{}", stop.name));
        shown.policy = Some(if own { record.policy } else { subdomains }.as_str());
        shown.subdomain_policy = Some(subdomains.as_str());
        shown.nonexistent_policy = Some(record.nonexistent_policy.unwrap_or(subdomains).as_str());
        shown.testing = record.testing;
        shown.reports = record.rua.iter().map(|r| printable(r)).collect();
        shown.warnings.extend(record.warnings.iter().map(|w| printable(w)));
        if record.testing && record.policy != DmarcPolicy::None {
            shown.warnings.push("'t=y' asks receivers to apply the next weaker policy.".into());
        }
        Ok(shown)
    })?;
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        for line in &shown.transcript {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        for (label, text) in [("Record", &shown.record), ("At", &shown.location)] {
            if let Some(text) = text {
                writeln!(out, "{label:<9} {text}")?;
            }
        }
        for (label, policy) in
            [("Policy", shown.policy), ("Below", shown.subdomain_policy), ("Unknown", shown.nonexistent_policy)]
        {
            if let Some(policy) = policy {
                writeln!(out, "{label:<9} {policy}")?;
            }
        }
        for error in &shown.errors {
            writeln!(out, "Error     {error}")?;
        }
        for warning in &shown.warnings {
            writeln!(out, "Note      {warning}")?;
        }
    }
    out.flush()?;
    Ok(if shown.record.is_some() { Exit::Done } else { Exit::Failed })
}
