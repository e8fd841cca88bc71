//! The guided search for a cause: each piece of work runs on its own and is told under the number it was asked with.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Work;
use super::records::time_of_day;
use crate::checks::{Update, Updates};
use crate::front::diagnosis::{Given, Glance, Session, Waited, Watch, begin_apart, follow, wait_for_dns};
use crate::front::exit::Failure;
use crate::front::tui::model::Pasted;
use crate::front::tui::msg::Msg;
use crate::front::tui::trouble::{Ask, Told};
use crate::symptoms::{Concluded, Interview};

/// What the last look found, and how to stop what goes on.
#[derive(Default)]
pub(super) struct Trouble {
    known: Arc<Mutex<Option<Known>>>,
    cancel: CancellationToken,
    /// Gone when nobody waits any more.
    waiting: Option<std::sync::mpsc::Sender<()>>,
}

#[derive(Clone)]
struct Known {
    session: Arc<Session>,
    glance: Arc<Glance>,
}

impl Work {
    pub(super) fn trouble(&mut self, run: u64, ask: Ask) {
        self.trouble.cancel.cancel();
        self.trouble.cancel = CancellationToken::new();
        self.trouble.waiting = None;
        match ask {
            Ask::Glance { interview, pasted } => self.glance(run, *interview, pasted),
            Ask::Conclude(interview) => self.conclude(run, *interview),
            Ask::Mend(cause) => self.mend(run, Some(*cause)),
            Ask::Follow => self.mend(run, None),
            Ask::Undo => self.undo_fix(run),
            Ask::Wait(cause) => self.wait(run, *cause),
            Ask::Stop => {}
        }
    }

    fn known(&self) -> Option<Known> {
        self.trouble.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn glance(&self, run: u64, interview: Interview, pasted: Option<Pasted>) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        let known = Arc::clone(&self.trouble.known);
        tokio::task::spawn_blocking(move || {
            let given = Given { bounce: pasted.map(|p| p.text.into_bytes()), ..Given::default() };
            let looked = Session::new(wizard.host.clone(), wizard.paths.clone(), given).and_then(|session| {
                let glance = session.glance(&interview)?;
                Ok((session, glance))
            });
            let told = looked.map_err(sentence).map(|(session, glance)| {
                let shown = (Box::new(glance.evidence.clone()), glance.trail.clone());
                let found = Known { session: Arc::new(session), glance: Arc::new(glance) };
                *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
                shown
            });
            let _ = sender.send(Msg::Trouble { run, told: Told::Glanced(told) });
        });
    }

    fn conclude(&self, run: u64, interview: Interview) {
        let Some(known) = self.known() else { return };
        let sender = self.sender.clone();
        let (channel, mut updates) = mpsc::unbounded_channel::<Update>();
        let forward = self.sender.clone();
        let watch = Watch { updates: Some(Updates { channel, generation: 0 }), cancel: self.trouble.cancel.clone() };
        tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                let _ = forward.send(Msg::Trouble { run, told: Told::Checked(Box::new(update.result)) });
            }
        });
        tokio::task::spawn_blocking(move || {
            let found = known.session.conclude(&known.glance, &interview, &watch);
            let found = found.map(Box::new).map_err(sentence);
            let _ = sender.send(Msg::Trouble { run, told: Told::Found(found) });
        });
    }

    /// Has a fix carried out by a process of its own, or joins the one that is at it, and tells what it tells.
    fn mend(&self, run: u64, cause: Option<Concluded>) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let mut say = |line: &str| {
                let _ = sender.send(Msg::Trouble { run, told: Told::Line(line.to_owned()) });
            };
            let (host, paths) = (&*wizard.host, &wizard.paths);
            let begun = cause.map_or(Ok(()), |cause| begin_apart(host, paths, &cause));
            let ended = begun.and_then(|()| follow(host, paths, &mut say));
            let _ = sender.send(Msg::Trouble { run, told: Told::Mended(ended.map(Box::new).map_err(sentence)) });
        });
    }

    fn undo_fix(&self, run: u64) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let ended = wizard.undo(&mut |_| {}).map(drop).map_err(|error| error.to_string());
            let _ = sender.send(Msg::Trouble { run, told: Told::Undone(ended) });
        });
    }

    fn wait(&mut self, run: u64, cause: Concluded) {
        let Some(known) = self.known() else { return };
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        let (waiting, stop): (_, Receiver<()>) = channel();
        self.trouble.waiting = Some(waiting);
        tokio::task::spawn_blocking(move || {
            let mut tell = |waited: &Waited| {
                let time = time_of_day(wizard.host.now());
                let _ = sender.send(Msg::Trouble { run, told: Told::Waited(time, waited.clone()) });
            };
            if let Err(failure) = wait_for_dns(&known.session, &cause, &stop, &mut tell) {
                let _ = sender.send(Msg::Trouble { run, told: Told::Found(Err(sentence(failure))) });
            }
        });
    }
}

fn sentence(failure: Failure) -> String {
    failure.error.to_string()
}
