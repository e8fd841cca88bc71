//! A certificate from wherever the spec says, put in place, taken up by the daemons, and proved to be served.

use std::time::Duration;

use super::acme::Attempt;
use super::renewal::{CertificateState, Decision, Suggestion, decide, differs, fingerprint};
use super::served::{self, Served};
use super::{CertificateInfo, CertificatePair, KeyError, ObtainError, existing, install, self_signed};
use crate::host::Host;
use crate::printable::excerpt;
use crate::probe::dns::DnsClient;
use crate::spec::{CertificateMethod, Spec};
use crate::stacks::{CommandLine, WantedCertificate};
use crate::store::Paths;

/// How long daemons may go on serving the old certificate after they were told to reload.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(10);

/// A certificate that is in place.
#[derive(Debug)]
pub struct Obtained {
    /// What it says.
    pub info: CertificateInfo,
    /// The ACME account that asked, for CAA's `accounturi`.
    pub account_url: Option<String>,
    /// What each mail port serves now; empty when none listens yet.
    pub served: Vec<Served>,
}

impl Obtained {
    /// Sockets that serve something else than the new certificate, each in words.
    pub fn stale(&self) -> Vec<String> {
        stale(&self.served, &self.info.leaf)
    }
}

/// Gets the certificate by the spec's method, puts it in place, reloads the daemons that run and asks each port and
/// address family what it serves. On failure the certificate in place serves on. Blocking.
///
/// The outcome is remembered in [`Paths::certificate_state`].
pub fn obtain(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    wanted: &WantedCertificate,
    on_line: &mut dyn FnMut(&str),
) -> Result<Obtained, ObtainError> {
    let outcome = runtime()?.block_on(attempt(host, paths, spec, wanted, on_line));
    let state = CertificateState::read(host, paths)?;
    let state = match &outcome {
        Ok(_) => state.succeeded(host.now()),
        Err(error) => state.failed(error, host.now()),
    };
    state.write(host, paths)?;
    outcome
}

/// Lets the daemons take up the certificate in place where they serve another one: after a run that was stopped between
/// the two. `None` when all serve it already, or there is none.
pub fn take_up(
    host: &dyn Host,
    wanted: &WantedCertificate,
    on_line: &mut dyn FnMut(&str),
) -> Result<Option<Obtained>, ObtainError> {
    let Some(CertificatePair { info, .. }) = current(host, wanted)? else { return Ok(None) };
    if stale(&what_is_served(host, wanted)?, &info.leaf).is_empty() {
        return Ok(None);
    }
    reload(host, wanted, on_line)?;
    let served = runtime()?.block_on(proved(host, wanted, &info, on_line))?;
    Ok(Some(Obtained { info, account_url: None, served }))
}

/// Whether [`obtain`] has something to do, for plans, renewals and status. Looks at files only; [`ask_for_suggestion`]
/// before it lets the CA have its say.
pub fn due(host: &dyn Host, paths: &Paths, spec: &Spec, wanted: &WantedCertificate) -> Result<Decision, ObtainError> {
    let pair = current(host, wanted)?;
    let info = pair.as_ref().map(|p| &p.info);
    let method = spec.certificate.method;
    let state = CertificateState::read(host, paths)?;
    let suggested = info.and_then(|i| state.suggested(&i.leaf)).map(|s| s.at);
    if let (CertificateMethod::Existing, Some(source)) = (method, &spec.certificate.chain_file)
        && differs(host, source, &wanted.chain_file)?
    {
        return Ok(Decision::Due("the certificate it is copied from has changed"));
    }
    Ok(decide(info, &wanted.names, method, suggested, host.now()))
}

/// The pair in place; `None` where there is none that the daemons could use.
pub fn current(host: &dyn Host, wanted: &WantedCertificate) -> Result<Option<CertificatePair>, KeyError> {
    match CertificatePair::read(host, &wanted.chain_file, &wanted.key_file) {
        Err(KeyError::CertificateFile { .. }) => Ok(None),
        other => other,
    }
}

/// What each mail port serves now, at every address of this machine.
pub fn what_is_served(host: &dyn Host, wanted: &WantedCertificate) -> Result<Vec<Served>, ObtainError> {
    match wanted.names.first() {
        Some(name) => Ok(runtime()?.block_on(served::look(host, name))?),
        None => Ok(Vec::new()),
    }
}

/// Sockets that serve something else than this leaf, each in words.
pub fn stale(served: &[Served], leaf: &[u8]) -> Vec<String> {
    served
        .iter()
        .filter_map(|s| match &s.leaf {
            Ok(seen) if seen == leaf => None,
            Ok(_) => Some(format!("{} serves another certificate", s.socket)),
            Err(reason) => Some(format!("{}: {}", s.socket, excerpt(reason, 120))),
        })
        .collect()
}

/// Asks the CA when it wants the certificate in place renewed (RFC 9773), where it is time to ask, and remembers a moment
/// within its window, chosen by chance so that not all renew at once (section 4.2). A CA that does not answer or has no
/// opinion changes nothing: the fraction of the lifetime decides.
pub fn ask_for_suggestion(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    wanted: &WantedCertificate,
) -> Result<(), ObtainError> {
    if spec.certificate.method != CertificateMethod::AcmeHttp {
        return Ok(());
    }
    let Some(pair) = current(host, wanted)?.filter(|p| !p.info.self_signed) else { return Ok(()) };
    let leaf = &pair.info.leaf;
    let state = CertificateState::read(host, paths)?;
    let kept = state.suggested(leaf).cloned();
    if kept.as_ref().is_some_and(|s| host.now() < s.ask_again) {
        return Ok(());
    }
    let asked = runtime()?.block_on(async { Attempt::new(host, paths, spec)?.renewal_window(leaf).await });
    let Ok(Some(window)) = asked else { return Ok(()) };
    let span = (window.start, window.end);
    let at = match &kept {
        Some(kept) if kept.window == span => kept.at,
        _ => within(span)?,
    };
    let suggestion = Suggestion { leaf: fingerprint(leaf), at, window: span, ask_again: window.ask_again };
    Ok(CertificateState { suggestion: Some(suggestion), ..state }.write(host, paths)?)
}

async fn attempt(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    wanted: &WantedCertificate,
    on_line: &mut dyn FnMut(&str),
) -> Result<Obtained, ObtainError> {
    let (pair, account_url) = match spec.certificate.method {
        CertificateMethod::AcmeHttp => {
            let dns = DnsClient::system()
                .map_err(|e| ObtainError::not_yet(format!("{e}"), "Mend /etc/resolv.conf first."))?;
            // Only a CA that has an opinion on renewals knows what it means to replace a certificate.
            let state = CertificateState::read(host, paths)?;
            let replaced = current(host, wanted)?.filter(|p| state.suggested(&p.info.leaf).is_some());
            let replaced = replaced.as_ref().map(|p| p.info.leaf.as_slice());
            let issued = Attempt::new(host, paths, spec)?.issue(&dns, wanted, replaced, on_line).await?;
            (issued.pair, Some(issued.account_url))
        }
        CertificateMethod::Existing => (existing::read(host, spec, wanted)?, None),
        CertificateMethod::SelfSigned => {
            (self_signed::make(&wanted.names, host.now(), self_signed::CHOSEN_DAYS)?, None)
        }
    };
    install(host, wanted, &pair)?;
    reload(host, wanted, on_line)?;
    let served = proved(host, wanted, &pair.info, on_line).await?;
    Ok(Obtained { info: pair.info, account_url, served })
}

fn reload(host: &dyn Host, wanted: &WantedCertificate, on_line: &mut dyn FnMut(&str)) -> Result<(), ObtainError> {
    for unit in &wanted.used_by {
        // A unit that does not run yet reads the new files when it starts.
        if !host.run(&CommandLine::new("systemctl", &["is-active", "--quiet", unit]), &mut |_| {})?.succeeded() {
            continue;
        }
        on_line(&format!("reloading {unit}"));
        let command = CommandLine::new("systemctl", &["try-reload-or-restart", unit]);
        let output = host.run(&command, &mut |_| {})?;
        if !output.succeeded() {
            return Err(ObtainError::failed(
                format!(
                    "The new certificate is in place, but {unit} could not be reloaded: {}.",
                    excerpt(output.stderr.trim().trim_end_matches('.'), 160)
                ),
                format!("Look at `systemctl status {unit}`."),
            ));
        }
    }
    Ok(())
}

/// Asks the sockets until all serve the new certificate, or the time for it is over.
async fn proved(
    host: &dyn Host,
    wanted: &WantedCertificate,
    info: &CertificateInfo,
    on_line: &mut dyn FnMut(&str),
) -> Result<Vec<Served>, ObtainError> {
    let Some(name) = wanted.names.first() else { return Ok(Vec::new()) };
    on_line("asking every mail port which certificate it serves");
    let end = tokio::time::Instant::now() + TAKEN_UP_WITHIN;
    loop {
        let seen = served::look(host, name).await?;
        if stale(&seen, &info.leaf).is_empty() || tokio::time::Instant::now() >= end {
            return Ok(seen);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn within((start, end): (jiff::Timestamp, jiff::Timestamp)) -> Result<jiff::Timestamp, KeyError> {
    let failed = |reason: &str| KeyError::Making { what: "a moment for the renewal", reason: reason.into() };
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| failed("the system gave no random numbers"))?;
    let fraction = f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX);
    let span = end.duration_since(start).as_secs_f64().max(0.0);
    start.checked_add(Duration::from_secs_f64(span * fraction)).map_err(|e| failed(&e.to_string()))
}

fn runtime() -> Result<tokio::runtime::Runtime, ObtainError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| ObtainError::failed(format!("The network could not be used: {e}."), "Try again."))
}
