//! `probe http` and `probe https`: one page, as it is.

use std::io::Write;

use serde::Serialize;

use super::connect::{Connect, Security};
use super::shown::{ShownTls, live, tls_text};
use super::{usage, verdicts, wait_for};
use crate::finding::{CheckResult, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::printable::{printable, printable_bytes};
use crate::probe::Target;
use crate::probe::http::{HttpSeen, get, get_tls};

/// Options of `probe http` and `probe https`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    /// What to get
    #[arg(value_name = "PATH", default_value = "/")]
    path: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: u32,
    subject: &'a str,
    path: &'a str,
    status: Option<u16>,
    headers: Vec<(String, String)>,
    redirect: Option<String>,
    body: Option<String>,
    body_cut: bool,
    tls: Option<ShownTls>,
    transcript: Vec<String>,
    error: Option<String>,
    results: Vec<CheckResult>,
}

/// `probe http` and, with `over_tls`, `probe https`.
pub fn run(args: &Args, over_tls: bool) -> Result<Exit, Failure> {
    let is_path = args.path.starts_with('/') && args.path.chars().all(|c| c.is_ascii_graphic());
    if !is_path {
        let shown = crate::printable::excerpt(&args.path, 80);
        return Err(usage(format!("'{shown}' is not a path. It looks like '/.well-known/mta-sts.txt'.")));
    }
    let json = args.connect.json;
    wait_for(async {
        let default = |wish| if over_tls || wish == Some(Security::Tls) { 443 } else { 80 };
        let security = |_| if over_tls { Security::Tls } else { Security::Opportunistic };
        let destination = args.connect.destination(default, security).await?;
        let Some(host) = destination.name() else {
            return Err(usage("A page is asked for by a host's name: give it with --name."));
        };
        let transcript = live(json);
        let encrypted = destination.security == Security::Tls;
        let (transcript_of, trust, path) = (&transcript, &destination.trust, args.path.as_str());
        let fetched = destination.dial(|target: Target| async move {
            match encrypted {
                true => get_tls(&target, host, path, trust, transcript_of.clone()).await,
                false => get(&target, host, path, transcript_of.clone()).await,
            }
        });
        let fetched = fetched.await;
        let subject = destination.subject();
        let (seen, error) = match fetched {
            Ok((_, seen)) => (Some(seen), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let results: Vec<CheckResult> =
            seen.iter().flat_map(|s| &s.tls).flat_map(|tls| verdicts::certificate(tls, &subject, false)).collect();
        let failed = error.is_some()
            || seen.as_ref().is_some_and(|s| s.status >= 400)
            || results.iter().any(|r| r.finding.outcome == Outcome::Fail);
        let mut out = Output::stdout();
        if json {
            let seen = seen.as_ref();
            let shown = Shown {
                schema: 1,
                subject: &subject,
                path,
                status: seen.map(|s| s.status),
                headers: seen
                    .map(|s| s.headers.iter().map(|(n, v)| (printable(n), printable(v))).collect())
                    .unwrap_or_default(),
                redirect: seen.and_then(HttpSeen::redirect).map(printable),
                body: seen.map(|s| lines(&s.body).collect::<Vec<_>>().join("\n")),
                body_cut: seen.is_some_and(|s| s.is_cut),
                tls: seen.and_then(|s| s.tls.as_ref()).map(ShownTls::from),
                transcript: transcript.evidence(),
                error,
                results,
            };
            writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
        } else {
            writeln!(out)?;
            if let Some(seen) = &seen {
                if let Some(tls) = &seen.tls {
                    tls_text(tls, &mut out)?;
                }
                for line in lines(&seen.body).take(200) {
                    writeln!(out, "          | {line}")?;
                }
                if let Some(location) = seen.redirect() {
                    writeln!(out, "Redirect  {} (not followed)", printable(location))?;
                }
                writeln!(out, "Status    {}", seen.status)?;
            }
            if let Some(error) = error {
                writeln!(out, "Error     {error}")?;
            }
        }
        out.flush()?;
        Ok(if failed { Exit::Failed } else { Exit::Done })
    })
}

/// The lines of a body, printable.
fn lines(body: &[u8]) -> impl Iterator<Item = String> {
    body.split(|b| *b == b'\n').map(|line| printable_bytes(line.strip_suffix(b"\r").unwrap_or(line)))
}
