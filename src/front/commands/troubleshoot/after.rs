//! What may follow the verdict, in lines and prompts: the fix, or waiting until a record is there.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use crate::finding::FixKind;
use crate::front::diagnosis::{Session, Waited, is_of_dns, wait_for_dns};
use crate::front::exit::Failure;
use crate::front::plain::{Asker, Reply, Verb};
use crate::printable::excerpt;
use crate::symptoms::Concluded;

/// How long one look at the operator's keyboard may hold up what is told.
const GLANCE: Duration = Duration::from_millis(200);

const WAIT: Verb = Verb { key: 'w', label: "wait until the record is there" };
const LOOK: Verb = Verb { key: 'l', label: "look again" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// What mailwizard can do itself.
    Mend,
    /// The whole once more, with the answers that were given.
    LookAgain,
    /// Nothing.
    End,
}

/// Offers what these causes allow; where a record was waited for, it is there when this returns to look again.
pub(super) fn next(asker: &mut dyn Asker, session: &Session, causes: &[Concluded]) -> Result<Next, Failure> {
    if causes.iter().any(|c| c.fix.kind == FixKind::Automatic) {
        return Ok(if may_mend(asker)? { Next::Mend } else { Next::End });
    }
    let Some(cause) = causes.iter().find(|c| is_of_dns(c)) else { return Ok(Next::End) };
    match asker.verb("", &[WAIT, LOOK, LEAVE])? {
        Reply::Given('w') => Ok(if wait(asker, session, cause)? { Next::LookAgain } else { Next::End }),
        Reply::Given('l') => Ok(Next::LookAgain),
        Reply::Given(_) | Reply::Back | Reply::Leave => Ok(Next::End),
    }
}

fn may_mend(asker: &mut dyn Asker) -> io::Result<bool> {
    let help = "What it replaces goes into the history, and 'mailwizard undo' takes it back. The checks that failed are made again.";
    Ok(asker.yes_no("Carry out what mailwizard can do itself", help, Some(false))? == Reply::Given(true))
}

/// Looks again and again, and says what changed; whether the record is there.
fn wait(asker: &mut dyn Asker, session: &Session, cause: &Concluded) -> Result<bool, Failure> {
    asker.say("Publish it now; what changes is said here. Enter or q ends the waiting.")?;
    let (told, looks) = channel::<Waited>();
    let (stop, stopped) = channel::<()>();
    std::thread::scope(|scope| {
        // Gone at every way out of here, which ends the looks.
        let stop = stop;
        let waiting = scope.spawn(move || {
            wait_for_dns(session, cause, &stopped, &mut |waited| {
                let _ = told.send(waited.clone());
            })
        });
        let mut last = String::new();
        loop {
            match looks.recv_timeout(GLANCE) {
                Ok(Waited::NotYet(found)) if found != last => {
                    asker.show(&excerpt(&format!("{}  {found}", time_of_day(session.now())), 200))?;
                    last = found;
                }
                Ok(Waited::NotYet(_)) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Waited::There) => asker.say("It is there.")?,
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if asker.verb_within(&[LEAVE], Duration::ZERO)?.is_some() {
                break;
            }
        }
        drop(stop);
        waiting.join().unwrap_or(Ok(false))
    })
}

fn time_of_day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}
