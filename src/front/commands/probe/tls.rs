//! `probe tls`: the certificate with and without SNI, every TLS version, the cipher suites.

use std::io::Write;

use serde::Serialize;

use super::connect::{Connect, Destination, Security};
use super::shown::{ShownTls, live, result, results, tls_text};
use super::{verdicts, wait_for};
use crate::finding::{Area, CheckResult, Finding, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::probe::tls::{Peer, TlsSeen};
use crate::probe::upgrade::{Protocol, until_tls};
use crate::probe::versions::{Depth, Offers, look};
use crate::probe::{ProbeError, Target, Transcript};

/// Options of `probe tls`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    /// Find every cipher suite, not only the first choice and the weak ones; one connection each
    #[arg(long)]
    all_ciphers: bool,
    /// Look at the certificate only
    #[arg(long, conflicts_with = "all_ciphers")]
    no_versions: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    schema: u32,
    subject: &'a str,
    greeting: Option<&'a str>,
    capabilities: [&'a str; 0],
    tls: Option<ShownTls>,
    tls_without_sni: Option<ShownTls>,
    versions: Vec<ShownOffers>,
    transcript: Vec<String>,
    error: Option<&'a str>,
    results: &'a [CheckResult],
}

#[derive(Serialize)]
struct ShownOffers {
    version: &'static str,
    taken: bool,
    ciphers: Vec<String>,
    weak: Vec<String>,
}

#[derive(Default)]
struct Seen {
    tls: Option<TlsSeen>,
    without_sni: Option<TlsSeen>,
    versions: Vec<Offers>,
    error: Option<String>,
    results: Vec<CheckResult>,
}

/// `probe tls`.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let json = args.connect.json;
    wait_for(async {
        let security = |port| match Protocol::in_clear_at(port) {
            Some(_) => Security::StartTls,
            None => Security::Tls,
        };
        let destination =
            args.connect.destination(|w| if w == Some(Security::StartTls) { 25 } else { 443 }, security).await?;
        let transcript = live(json);
        let mut seen = Seen::default();
        if let Err(error) = look_at(args, &destination, &transcript, &mut seen).await {
            seen.error = Some(error.to_string());
        }
        judge(&destination, args, &mut seen);
        print(&seen, &destination.subject(), json, &transcript)
    })
}

async fn look_at(
    args: &Args,
    destination: &Destination,
    transcript: &Transcript,
    seen: &mut Seen,
) -> Result<(), ProbeError> {
    let (target, tls) = destination
        .dial(|target| async move {
            match handshake(destination, &target, &destination.peer, transcript).await {
                // Old versions are beyond our TLS library; they are found by hand below.
                Err(error @ ProbeError::Tls(_)) => Ok((target, Err(error))),
                other => other.map(|tls| (target, Ok(tls))),
            }
        })
        .await?
        .1;
    let tls = match tls {
        Ok(tls) => Some(tls),
        Err(error) => {
            seen.error = Some(error.to_string());
            None
        }
    };
    seen.tls = tls;
    if let (Peer::Name(host), Some(_)) = (&destination.peer, &seen.tls) {
        transcript.note("the same without naming the host (SNI)");
        // A server may refuse clients without SNI; that is its right.
        seen.without_sni = handshake(destination, &target, &Peer::Unnamed(host.clone()), transcript).await.ok();
    }
    if args.no_versions {
        return Ok(());
    }
    let depth = if args.all_ciphers { Depth::Every } else { Depth::Weak };
    let protocol = protocol(destination);
    // Some 10 connections would bury the rest of the transcript; what was offered and taken is told by the result.
    let quiet = Transcript::new();
    seen.versions = look(|| until_tls(&target, protocol, None, &quiet), destination.peer.sni(), depth).await?;
    for offers in &seen.versions {
        transcript.note(&offers_text(offers));
    }
    Ok(())
}

async fn handshake(
    destination: &Destination,
    target: &Target,
    peer: &Peer,
    transcript: &Transcript,
) -> Result<TlsSeen, ProbeError> {
    let mut wire = until_tls(target, protocol(destination), None, transcript).await?;
    wire.start_tls(peer, &destination.trust).await?;
    let seen = wire.tls.clone();
    wire.close().await;
    seen.ok_or_else(|| ProbeError::Tls("nothing was seen of it".into()))
}

/// What is spoken before TLS: what the port stands for, SMTP where STARTTLS is asked for on a port that says nothing.
fn protocol(destination: &Destination) -> Option<Protocol> {
    match destination.security {
        Security::Tls => None,
        _ => Some(Protocol::in_clear_at(destination.port).unwrap_or(Protocol::Smtp)),
    }
}

fn judge(destination: &Destination, args: &Args, seen: &mut Seen) {
    let subject = destination.subject();
    let opportunistic = destination.port == 25;
    if let Some(tls) = &seen.tls {
        seen.results.extend(verdicts::certificate(tls, &subject, opportunistic));
        if let Some(without) = &seen.without_sni {
            let finding = match without.chain.first() == tls.chain.first() {
                true => Finding::pass("the same certificate with and without SNI"),
                false => Finding::warn(
                    "clients that do not name the host (SNI) get another certificate",
                    "the same one: some mail servers send no SNI",
                ),
            };
            seen.results.push(result("cert-served-each-port", Area::Cert, &subject, finding));
        }
    }
    if args.no_versions || seen.versions.is_empty() {
        return;
    }
    let taken: Vec<&Offers> = seen.versions.iter().filter(|o| !o.suites.is_empty()).collect();
    let named = |of: &[&Offers]| of.iter().map(|o| o.version.name()).collect::<Vec<_>>().join(", ");
    let old: Vec<&Offers> = taken.iter().filter(|o| o.version.is_obsolete()).copied().collect();
    let wanted = "TLS 1.2 and 1.3 only";
    let versions = match (taken.is_empty(), old.is_empty()) {
        (true, _) => Finding::unknown("no version was taken from a ClientHello made by hand"),
        (false, true) => Finding::pass(named(&taken)),
        (false, false) if opportunistic => Finding::warn(format!("{} still taken", named(&old)), wanted),
        (false, false) => Finding::fail(format!("{} still taken", named(&old)), wanted),
    };
    seen.results.push(result("tls-versions", Area::Tls, &subject, versions));
    let mut broken = Vec::new();
    let mut anonymous = Vec::new();
    for offers in &taken {
        for (suite, why) in offers.weak() {
            let words = format!("{} in {}: {why}", suite.name(), offers.version.name());
            if suite.is_anonymous() { anonymous.push(words) } else { broken.push(words) }
        }
    }
    let wanted = "none of these";
    let ciphers = match (broken.is_empty(), anonymous.is_empty()) {
        (true, true) => Finding::pass("no weak cipher suite is taken"),
        (false, _) if !opportunistic => Finding::fail([broken, anonymous].concat().join("; "), wanted),
        (false, _) => Finding::warn([broken, anonymous].concat().join("; "), wanted),
        // Only a client that wants no proof of who the server is can end up with one of these.
        (true, false) if opportunistic => Finding::info(anonymous.join("; ")),
        (true, false) => Finding::warn(anonymous.join("; "), wanted),
    };
    seen.results.push(result("tls-ciphers", Area::Tls, &subject, ciphers));
}

fn offers_text(offers: &Offers) -> String {
    match offers.suites.as_slice() {
        [] => format!("{} is refused", offers.version.name()),
        suites => {
            let names: Vec<String> = suites.iter().map(|s| s.name()).collect();
            format!("{} is taken: {}", offers.version.name(), names.join(", "))
        }
    }
}

fn print(seen: &Seen, subject: &str, json: bool, transcript: &Transcript) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    if json {
        let versions = seen.versions.iter().map(|o| ShownOffers {
            version: o.version.name(),
            taken: !o.suites.is_empty(),
            ciphers: o.suites.iter().map(|s| s.name()).collect(),
            weak: o.weak().map(|(s, why)| format!("{}: {why}", s.name())).collect(),
        });
        let shown = Shown {
            schema: 1,
            subject,
            greeting: None,
            capabilities: [],
            tls: seen.tls.as_ref().map(ShownTls::from),
            tls_without_sni: seen.without_sni.as_ref().map(ShownTls::from),
            versions: versions.collect(),
            transcript: transcript.evidence(),
            error: seen.error.as_deref(),
            results: &seen.results,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
    } else {
        writeln!(out)?;
        if let Some(tls) = &seen.tls {
            tls_text(tls, &mut out)?;
        }
        results(&seen.results, &mut out)?;
        if let Some(error) = &seen.error {
            writeln!(out, "Error     {error}")?;
        }
    }
    out.flush()?;
    let failed = seen.error.is_some() || seen.results.iter().any(|r| r.finding.outcome == Outcome::Fail);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}
