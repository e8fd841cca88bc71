//! `mailwizard cert status|issue|renew`.

mod status;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::host::{Host, Lock, LockGuard, RealHost};
use crate::keys::renewal::{CertificateState, Decision};
use crate::keys::{self, ObtainError, Obtained};
use crate::printable::printable;
use crate::spec::Spec;
use crate::stacks::{WantedCertificate, stack};
use crate::store::Paths;

/// What to do with the certificate.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The answers file to take instead of what was applied
    #[arg(long, value_name = "FILE", global = true)]
    answers: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the certificate, what each port serves, and when it is renewed
    Status {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Get a new certificate now, put it in place and reload the daemons
    Issue,
    /// Do the same only when it is time; quiet when it is not
    Renew,
}

/// The machine and the certificate it should have.
struct Subject {
    host: RealHost,
    paths: Paths,
    spec: Spec,
    wanted: WantedCertificate,
}

/// Does what is asked.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (host, paths) = (RealHost, Paths::default());
    if !host.is_root() {
        return Err(Failure::new(
            Exit::Failed,
            "the key of the certificate is root's alone: start it again with sudo.",
        ));
    }
    let spec = wish::applied(&host, &paths, args.answers.as_deref())?;
    let wanted = stack(spec.stack).certificate(&spec);
    let subject = Subject { host, paths, spec, wanted };
    match args.verb {
        Verb::Status { json } => status::run(&subject, json),
        Verb::Issue => issue(&subject),
        Verb::Renew => renew(&subject),
    }
}

fn issue(subject: &Subject) -> Result<Exit, Failure> {
    let _lock = lock(subject)?;
    obtain(subject)
}

fn renew(subject: &Subject) -> Result<Exit, Failure> {
    let Subject { host, paths, spec, wanted } = subject;
    keys::ask_for_suggestion(host, paths, spec, wanted).map_err(failure)?;
    let Decision::Due(reason) = keys::due(host, paths, spec, wanted).map_err(failure)? else {
        let taken_up = keys::take_up(host, wanted, &mut |line| note(line)).map_err(failure)?;
        return taken_up.map_or(Ok(Exit::Done), |obtained| report(subject, &obtained));
    };
    let state = CertificateState::read(host, paths)?;
    if let (Some(until), Some(error)) = (state.not_before.filter(|t| host.now() < *t), &state.last_error) {
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        note(&format!("Renewal is due, but waits until {until} after this failure: {}", printable(error)));
        return Ok(Exit::Done);
    }
    let _lock = lock(subject)?;
    note(&format!("Renewing: {reason}."));
    obtain(subject)
}

fn obtain(subject: &Subject) -> Result<Exit, Failure> {
    let Subject { host, paths, spec, wanted } = subject;
    let obtained = keys::obtain(host, paths, spec, wanted, &mut |line| note(line)).map_err(failure)?;
    report(subject, &obtained)
}

fn report(subject: &Subject, obtained: &Obtained) -> Result<Exit, Failure> {
    let info = &obtained.info;
    let mut out = Output::stdout();
    writeln!(
        out,
        "The certificate for {} is in place: from {}, valid until {} ({} days).",
        info.names.join(", "),
        if info.self_signed { "itself" } else { &info.issuer },
        info.not_after.strftime("%Y-%m-%d %H:%M UTC"),
        info.days_left(subject.host.now()),
    )?;
    let stale = obtained.stale();
    if stale.is_empty() {
        match obtained.served.len() {
            0 => writeln!(out, "No mail port listens yet, so nothing serves it.")?,
            n => {
                writeln!(out, "All {n} listening mail sockets serve it.")?;
                match Wizard::on_this_machine().records_about_certificate(&subject.spec) {
                    Ok(lines) => lines.iter().try_for_each(|line| writeln!(out, "{line}"))?,
                    Err(error) => note(&format!("Whether records must change could not be found out: {error}")),
                }
            }
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    out.flush()?;
    let units = subject.wanted.used_by.join(" ");
    Err(Failure::new(
        Exit::Failed,
        format!("it is not served everywhere: {}. Restart the daemons: systemctl restart {units}", stale.join("; ")),
    ))
}

fn lock(subject: &Subject) -> Result<Box<dyn LockGuard>, Failure> {
    let host = &subject.host;
    host.make_directory(subject.paths.var(), 0o700, "root", "root")?;
    match host.lock(&subject.paths.lock(), "mailwizard cert")? {
        Lock::Held(guard) => Ok(guard),
        Lock::HeldByOther(holder) => Err(Failure::new(
            Exit::Locked,
            format!("another run is at work ({}): wait until it has ended.", printable(&holder)),
        )),
    }
}

fn failure(error: ObtainError) -> Failure {
    let exit = match error {
        ObtainError::NotYet { .. } => Exit::OperatorMustAct,
        ObtainError::Failed { .. } => Exit::Failed,
    };
    Failure::new(exit, error)
}

/// A line for whoever watches; under the timer it goes to the journal.
fn note(line: &str) {
    // Nobody may be left to read it; the exit code still says how it went.
    let _ = writeln!(std::io::stderr(), "{line}");
}
