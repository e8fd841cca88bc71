//! Fixes that the program may carry out, and the proof: the checks that failed are made again.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Session, with_needs};
use crate::apply::{self, Event, Outcome as Applied, RealNetwork};
use crate::finding::{FixKind, Outcome};
use crate::front::exit::Failure;
use crate::keys;
use crate::plan::{EditChoices, Edited};
use crate::stacks::{CommandLine, stack};
use crate::symptoms::{Concluded, Repair};

/// The most lines that are shown of one file's difference; the whole is in the history.
const DIFF_LINES: usize = 60;
/// How long the proof may take.
const PROOF: Duration = Duration::from_secs(45);
/// The pauses before each look: workers of before a reload may still take a message, a listener may come a moment late.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(10)];

/// Carries out the fix of a cause, tells `say` what is done, and makes the cause's checks again.
pub fn carry_out(session: &Session, cause: &mut Concluded, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let Some(repair) = cause.repair.clone().filter(|_| cause.fix.kind == FixKind::Automatic) else { return Ok(()) };
    say(&format!("{}: {}", cause.id, cause.fix.text));
    let done = match &repair {
        Repair::Apply => apply_again(session, Edited::Replace, say)?,
        Repair::ApplyAndRestart(units) | Repair::ApplyOrRestart(units) => {
            apply_again(session, Edited::Replace, say)? && restart(session, units, say)?
        }
        // A daemon that could not start without its certificate is started; what the operator edited is not the matter.
        Repair::Renew => renew(session, say)? && apply_again(session, Edited::Keep, say)?,
        Repair::OwnMail => {
            command(session, &["chown", "-R", "--no-dereference", "vmail:vmail", "/var/vmail"], say)?
                && command(session, &["chmod", "0770", "/var/vmail"], say)?
        }
        Repair::OwnQueue => {
            command(session, &["postfix", "set-permissions"], say)?
                && apply_again(session, Edited::Keep, say)?
                && restart(session, "postfix", say)?
        }
        Repair::Restart(units) => restart(session, units, say)?,
    };
    cause.fix.applied = done;
    if done {
        // What waits in the queue because of it need not wait for its next try.
        let _ = command(session, &["postqueue", "-f"], &mut |_| {});
        cause.fix.proved = prove(session, cause, say)?;
    }
    Ok(())
}

fn restart(session: &Session, units: &str, say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let units: Vec<&str> = units.split(' ').filter(|u| !u.is_empty()).collect();
    command(session, &[["systemctl", "restart"].as_slice(), &units].concat(), say)
}

/// `mailwizard apply`, its differences shown before.
fn apply_again(session: &Session, edited: Edited, say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let Some(spec) = session.spec.clone() else { return Ok(false) };
    let choices = EditChoices::from(edited);
    let prepared = apply::prepare(&*session.host, &session.paths, spec.clone(), &choices)?;
    for change in prepared.plan.file_changes() {
        change.diff.lines().take(DIFF_LINES).for_each(&mut *say);
    }
    let mut titles: Vec<String> = Vec::new();
    let ended = apply::apply(&*session.host, &RealNetwork, &session.paths, spec, &choices, &mut |event| match event {
        Event::Planned { steps } => titles.clone_from(steps),
        Event::Done { step, .. } => {
            if let Some(title) = titles.get(step - 1) {
                say(&format!("[ok]   {title}"));
            }
        }
        Event::Failed { reason, .. } => say(&format!("[FAIL] {reason}")),
        _ => {}
    })?;
    Ok(matches!(ended.outcome, Applied::Done | Applied::Unchanged | Applied::OperatorMustAct))
}

fn renew(session: &Session, say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let Some(spec) = &session.spec else { return Ok(false) };
    let wanted = stack(spec.stack).certificate(spec);
    let mut tell = |line: &str| say(line);
    match keys::obtain(&*session.host, &session.paths, spec, &wanted, &mut tell) {
        Ok(_) => Ok(true),
        Err(error) => {
            say(&format!("[FAIL] {error}"));
            Ok(false)
        }
    }
}

fn command(session: &Session, words: &[&str], say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let Some((program, args)) = words.split_first() else { return Ok(false) };
    let mut command = CommandLine::new(program, args);
    command.timeout = Duration::from_secs(90);
    let output = session.host.run(&command, &mut |_| {})?;
    let mark = if output.succeeded() { "[ok]  " } else { "[FAIL]" };
    say(&format!("{mark} {}", words.join(" ")));
    Ok(output.succeeded())
}

/// Whether none of the checks fails any more that failed because of it; a cause without checks is proved by the checks
/// that are always made.
fn prove(session: &Session, cause: &Concluded, say: &mut dyn FnMut(&str)) -> Result<bool, Failure> {
    let Some(spec) = session.spec.clone() else { return Ok(false) };
    let mut ids: BTreeSet<String> = cause.checks.iter().chain(&cause.fails).cloned().collect();
    if ids.is_empty() {
        ids = ["service-running", "service-config-valid", "deliv-self-local"].map(str::to_owned).into();
    }
    for (place, pause) in LOOKS.into_iter().enumerate() {
        session.host.sleep(pause);
        let prepared = apply::prepare(&*session.host, &session.paths, spec.clone(), &EditChoices::default())?;
        let results = session.run_checks(prepared.into(), with_needs(ids.clone()), PROOF)?;
        let own: Vec<_> = results.iter().filter(|r| ids.contains(&r.id)).collect();
        let judged = |outcome: Outcome| matches!(outcome, Outcome::Pass | Outcome::Info | Outcome::Warn);
        let failed = results.iter().any(|r| r.finding.outcome == Outcome::Fail);
        if !failed && own.iter().any(|r| judged(r.finding.outcome)) {
            let looked: Vec<&str> = ids.iter().map(String::as_str).collect();
            say(&format!("[ok]   proved: {} passes now", looked.join(", ")));
            return Ok(true);
        }
        if place + 1 == LOOKS.len() {
            for result in own.iter().filter(|r| r.finding.outcome == Outcome::Fail) {
                say(&format!("[FAIL] {}, {}: {}", result.id, result.subject, result.finding.found));
            }
        }
    }
    Ok(false)
}
