//! A fix that a process of its own carries out: what was agreed to is written down, the process tells a journal, and the
//! screen follows it. A terminal that goes away stops nothing, and the next screen shows how it ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Session, carry_out};
use crate::finding::FixKind;
use crate::front::exit::{Exit, Failure};
use crate::host::{Host, HostError};
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;
use crate::store::Paths;
use crate::symptoms::{Concluded, ProposedFix, Repair};

/// The unit that carries a fix out.
const UNIT: &str = "mailwizard-fix.service";
/// The time between looks at the journal.
const PAUSE: Duration = Duration::from_millis(250);

/// What the operator agreed to: all of a cause that its fix needs.
#[derive(Debug, Serialize, Deserialize)]
struct Agreed {
    id: String,
    title: String,
    text: String,
    checks: Vec<String>,
    fails: Vec<String>,
    repair: Repair,
}

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Told {
    Line(String),
    Ended { applied: bool, proved: bool },
    Failed(String),
}

/// Writes down what was agreed to, and starts the process that carries it out. A cause without a fix of ours starts none.
pub fn begin_apart(host: &dyn Host, paths: &Paths, cause: &Concluded) -> Result<(), Failure> {
    let Some(repair) = cause.repair.clone() else { return Ok(()) };
    if is_at_it(host)? {
        return Err(Failure::new(Exit::Locked, "another fix is being carried out; its end comes first."));
    }
    let agreed = Agreed {
        id: cause.id.clone(),
        title: cause.title.clone(),
        text: cause.fix.text.clone(),
        checks: cause.checks.clone(),
        fails: cause.fails.clone(),
        repair,
    };
    host.remove(&paths.fix_journal())?;
    let content = serde_json::to_vec(&agreed)?;
    let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
    host.write(&paths.agreed_fix(), &file)?;
    let program = host.program().ok_or_else(|| Failure::new(Exit::Failed, "the program's own file is not found."))?;
    let program = program.display().to_string();
    // A unit that ended badly keeps its name until it is reset; without one this is no error worth telling.
    host.run(&CommandLine::new("systemctl", &["reset-failed", UNIT]), &mut |_| {})?;
    let words = ["--unit", UNIT, "--collect", "--quiet", "--", &program, "troubleshoot", "--agreed"];
    let started = host.run(&CommandLine::new("systemd-run", &words), &mut |_| {})?;
    match started.succeeded() {
        true => Ok(()),
        false => {
            forget(host, paths)?;
            let why = crate::printable::excerpt(started.stderr.trim(), 300);
            Err(Failure::new(Exit::Failed, format!("the fix was not begun: {why}")))
        }
    }
}

/// Tells what the process told, from its beginning, and the cause with how it ended. Blocking.
pub fn follow(host: &dyn Host, paths: &Paths, say: &mut dyn FnMut(&str)) -> Result<Concluded, Failure> {
    let Some(mut cause) = agreed(host, paths)? else {
        return Err(Failure::new(Exit::Failed, "no fix is being carried out."));
    };
    let mut seen = 0;
    loop {
        // Asked before the look, so that the last lines are seen.
        let goes_on = is_at_it(host)?;
        for told in journal(host, paths)?.into_iter().skip(seen) {
            seen += 1;
            match told {
                Told::Line(line) => say(&line),
                Told::Ended { applied, proved } => {
                    (cause.fix.applied, cause.fix.proved) = (applied, proved);
                    forget(host, paths)?;
                    return Ok(cause);
                }
                Told::Failed(sentence) => {
                    forget(host, paths)?;
                    return Err(Failure::new(Exit::Failed, sentence));
                }
            }
        }
        if !goes_on {
            forget(host, paths)?;
            return Err(Failure::new(Exit::Failed, "the fix was cut short; look again what is left of it."));
        }
        host.sleep(PAUSE);
    }
}

/// The cause whose fix is carried out, or whose end nobody has seen.
pub fn agreed(host: &dyn Host, paths: &Paths) -> Result<Option<Concluded>, HostError> {
    let Some(file) = host.read(&paths.agreed_fix())? else { return Ok(None) };
    // One that a kill cut short was not begun.
    let Ok(agreed) = serde_json::from_slice::<Agreed>(&file.content) else { return Ok(None) };
    Ok(Some(Concluded {
        id: agreed.id,
        title: agreed.title,
        checks: agreed.checks,
        fix: ProposedFix { kind: FixKind::Automatic, text: agreed.text, ..ProposedFix::default() },
        repair: Some(agreed.repair),
        fails: agreed.fails,
        ..Concluded::default()
    }))
}

/// What the process does: carries out what was agreed to, and tells the journal.
pub fn carry_out_agreed(session: &Session) -> Result<Exit, Failure> {
    let (host, paths) = (&*session.host, &session.paths);
    let Some(mut cause) = agreed(host, paths)? else {
        return Err(Failure::new(
            Exit::Usage,
            "no fix was agreed to: the screen of 'mailwizard troubleshoot' does that.",
        ));
    };
    let tell = |told: &Told| {
        // Who cannot write the journal down still mends.
        if let Ok(mut line) = serde_json::to_vec(told) {
            line.push(b'\n');
            let _ = host.append(&paths.fix_journal(), &line, 0o600);
        }
    };
    let ended = carry_out(session, &mut cause, &mut |line| tell(&Told::Line(line.to_owned())));
    match &ended {
        Ok(()) => tell(&Told::Ended { applied: cause.fix.applied, proved: cause.fix.proved }),
        Err(failure) => tell(&Told::Failed(failure.error.to_string())),
    }
    ended.map(|()| if cause.fix.proved { Exit::Done } else { Exit::Failed })
}

fn is_at_it(host: &dyn Host) -> Result<bool, Failure> {
    let command = CommandLine::new("systemctl", &["is-active", "--quiet", UNIT]);
    Ok(host.run(&command, &mut |_| {})?.succeeded())
}

/// Every line of the journal that is whole.
fn journal(host: &dyn Host, paths: &Paths) -> Result<Vec<Told>, Failure> {
    let Some(file) = host.read(&paths.fix_journal())? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&file.content);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn forget(host: &dyn Host, paths: &Paths) -> Result<(), Failure> {
    host.remove(&paths.agreed_fix())?;
    Ok(host.remove(&paths.fix_journal())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{CommandOutput, FakeHost};

    fn cause() -> Concluded {
        Concluded {
            id: "postfix-down".into(),
            title: "Postfix is not running.".into(),
            checks: vec!["service-running".into()],
            fix: ProposedFix { kind: FixKind::Automatic, text: "start it".into(), ..ProposedFix::default() },
            repair: Some(Repair::ApplyAndRestart("postfix".into())),
            fails: vec!["smtp-greeting".into()],
            ..Concluded::default()
        }
    }

    fn write(host: &FakeHost, paths: &Paths, agreed_to: &Concluded) {
        let agreed = Agreed {
            id: agreed_to.id.clone(),
            title: agreed_to.title.clone(),
            text: agreed_to.fix.text.clone(),
            checks: agreed_to.checks.clone(),
            fails: agreed_to.fails.clone(),
            repair: agreed_to.repair.clone().unwrap(),
        };
        let content = serde_json::to_vec(&agreed).unwrap();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        host.write(&paths.agreed_fix(), &file).unwrap();
    }

    #[test]
    fn what_was_agreed_to_is_read_as_it_was_and_followed_to_its_end() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        write(&host, &paths, &cause());
        let read = agreed(&host, &paths).unwrap().unwrap();
        assert_eq!((read.repair, read.fails, read.fix.text), (cause().repair, cause().fails, "start it".into()));
        // A line that is being written is not read yet.
        host.append(
            &paths.fix_journal(),
            b"{\"line\":\"[ok] done\"}\n{\"ended\":{\"applied\":true,\"proved\":true}}\n{\"li",
            0o600,
        )
        .unwrap();
        host.script("systemctl", |_, _| CommandOutput { code: 0, stdout: String::new(), stderr: String::new() });
        let mut lines = Vec::new();
        let ended = follow(&host, &paths, &mut |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["[ok] done"]);
        assert!(ended.fix.applied && ended.fix.proved);
        assert!(agreed(&host, &paths).unwrap().is_none(), "its end was seen");
    }
}
