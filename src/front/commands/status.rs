//! `mailwizard status`: how this server is, and whether anything about it changed since the last look, on one screen.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::nightly;
use crate::apply;
use crate::checks::{Change, Context, Kept, Report, SCHEMA, Selection, Summary, Verdict, run as run_checks};
use crate::finding::{CheckResult, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::overview::{self, Overview, text};
use crate::front::report::{About, Format as _, Prometheus, counted};
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::host::{Host, RealHost};
use crate::plan::EditChoices;
use crate::spec::Spec;
use crate::store::Paths;

/// How to print it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print only what is new since the last look, and nothing when nothing is: for a timer
    #[arg(long, conflicts_with = "prometheus")]
    changes: bool,
    /// Mail it to admin_email in place of printing it; what is new since the last such mail
    #[arg(long, requires = "changes", conflicts_with_all = ["json", "prometheus"])]
    mail: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "prometheus")]
    json: bool,
    /// Print metrics for Prometheus
    #[arg(long)]
    prometheus: bool,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
}

/// The object of `status --json`.
#[derive(Serialize)]
struct Status<'a> {
    schema: u32,
    at: Timestamp,
    since: Option<Timestamp>,
    summary: Summary,
    changes: &'a [Change],
    not_well: Vec<&'a CheckResult>,
    server: Overview,
}

/// Looks, compares with the last look, and keeps this one.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let host: Arc<dyn Host> = Arc::new(RealHost);
    if !host.is_root() {
        return Err(Failure::new(Exit::Usage, "'mailwizard status' looks at this server: run it as root."));
    }
    let paths = Paths::default();
    let spec = wish::applied(&*host, &paths, None)?;
    let before = Kept::last(&*host, &paths)?;
    let at = host.now();
    let dns = super::check::dns(args.resolver.as_deref())?;
    if args.mail && spec.nightly_readers().is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "there is nobody to mail to: set admin_email or reports.also_to, and reports.nightly = true.",
        ));
    }
    let prepared = apply::prepare(&*host, &paths, spec, &EditChoices::default())?;
    let spec = prepared.spec.clone();
    let context = Context::for_this_server(host.clone(), &paths, prepared.spec, prepared.facts, prepared.desired, dns)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let selection = Selection::default();
    let results = runtime.block_on(run_checks(Arc::new(context), &selection, None, CancellationToken::new()));
    runtime.shutdown_background();

    let report = Report::new(results);
    let changes = before.as_ref().map(|kept| kept.changes(&report.results)).unwrap_or_default();
    let since = before.as_ref().and_then(|kept| kept.at);
    report.save(&*host, &paths)?;

    let mut out = Output::stdout();
    if args.mail {
        let before = Kept::last_mailed(&*host, &paths)?;
        let changes = before.changes(&report.results);
        let said = nightly::mail(&*host, &spec, at, &changes)?;
        report.save_mailed(before, &*host, &paths)?;
        writeln!(out, "{said} {}.", counted(&report.summary))?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    if args.json {
        if !(args.changes && changes.is_empty()) {
            let not_well = |r: &&CheckResult| matches!(r.finding.outcome, Outcome::Fail | Outcome::Warn);
            let not_well = report.results.iter().filter(not_well).collect();
            let server = state(&host, &paths, &spec);
            let status =
                Status { schema: SCHEMA, at, since, summary: report.summary, changes: &changes, not_well, server };
            writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
        }
    } else if args.prometheus {
        let mut format = Prometheus::default();
        format.begin(&About { at, names: 1 }, &mut out)?;
        format.part("", &report.results, &mut out)?;
        format.end(&report.summary, &mut out)?;
        writeln!(out, "# HELP mailwizard_changes How many checks end otherwise than at the look before.")?;
        writeln!(out, "# TYPE mailwizard_changes gauge\nmailwizard_changes {}", changes.len())?;
    } else {
        if !args.changes {
            writeln!(out, "{}", text(&state(&host, &paths, &spec)))?;
            writeln!(out, "{}", headline(&report, since, &changes))?;
        }
        for line in changes.iter().flat_map(lines) {
            writeln!(out, "{line}")?;
        }
        if !args.changes {
            for result in report.of(Outcome::Fail).filter(|r| !is_among(r, &changes)) {
                writeln!(out, "still failing: {}, {}: {}", result.id, result.subject, result.finding.found)?;
            }
        }
    }
    out.flush()?;
    Ok(match report.verdict() {
        Verdict::Good => Exit::Done,
        Verdict::Failed => Exit::Failed,
        Verdict::OperatorMustAct => Exit::OperatorMustAct,
    })
}

/// How the server is, each part looked at now.
fn state(host: &Arc<dyn Host>, paths: &Paths, spec: &Spec) -> Overview {
    let wizard = Wizard { host: host.clone(), paths: paths.clone() };
    let found = Mutex::new(Overview::default());
    overview::look::around(&wizard, spec, &|part| {
        // A look that panicked left its part unknown, and the others are whole.
        found.lock().unwrap_or_else(PoisonError::into_inner).take(part);
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn headline(report: &Report, since: Option<Timestamp>, changes: &[Change]) -> String {
    let counts = counted(&report.summary);
    let changed = match (since, changes.len()) {
        (None, _) => "This is the first look.".to_owned(),
        (Some(at), 0) => format!("Nothing changed since {}.", clock(at)),
        (Some(at), 1) => format!("One thing changed since {}.", clock(at)),
        (Some(at), n) => format!("{n} things changed since {}.", clock(at)),
    };
    format!("{changed} {counts}.")
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn is_among(result: &CheckResult, changes: &[Change]) -> bool {
    changes.iter().any(|c| c.id == result.id && c.subject == result.subject)
}

pub(super) fn lines(change: &Change) -> Vec<String> {
    let Change { id, subject, found, expected, fix, .. } = change;
    let word = match change.now {
        Outcome::Fail => "failed",
        Outcome::Warn => "to look at",
        _ => "well again",
    };
    let mut lines = vec![format!("{word}: {id}, {subject}: {found}")];
    if !matches!(change.now, Outcome::Fail | Outcome::Warn) {
        return lines;
    }
    if !expected.is_empty() {
        lines.push(format!("  expected: {expected}"));
    }
    lines.extend(fix.iter().flat_map(|fix| fix.text.lines()).map(|line| format!("  fix: {line}")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_words_say_what_changed() {
        let change = |now, found: &str| Change {
            id: "dns-mx".into(),
            subject: "example.org".into(),
            before: Outcome::Pass,
            now,
            found: found.into(),
            expected: "10 mail.example.org.".into(),
            fix: None,
        };
        assert_eq!(
            lines(&change(Outcome::Fail, "none")),
            ["failed: dns-mx, example.org: none", "  expected: 10 mail.example.org."]
        );
        assert_eq!(lines(&change(Outcome::Info, "there")), ["well again: dns-mx, example.org: there"]);
        let report = Report::new(Vec::new());
        assert!(headline(&report, None, &[]).starts_with("This is the first look."));
        let since = Some(Timestamp::UNIX_EPOCH);
        assert!(headline(&report, since, &[]).starts_with("Nothing changed since 19"));
    }
}
