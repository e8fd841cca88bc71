//! The loop: one stream of messages in, effects carried out, a frame drawn when something changed.

mod hangup;
mod screen;
mod signals;
mod work;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crossterm::event::{Event, EventStream};
use futures_util::Stream;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::guard;
use super::model::{Model, Place};
use super::msg::{Effect, Leaving, Msg};
use super::theme::Theme;
use super::update::{keep, leaving, start, update};
use crate::front::exit::{Exit, Failure};
use crate::front::wizard::Wizard;
use crate::steps::{Draft, Engine};
use hangup::Hangup;
use screen::Screen;
use signals::{Signal, Signals};
use work::Work;

/// What the screen is opened with.
pub struct Setting {
    /// The machine and our folders on it.
    pub wizard: Wizard,
    /// Colours and characters.
    pub theme: Theme,
    /// Where it opens, where not at home or in the walk.
    pub place: Option<Place>,
}

/// Runs the wizard on this terminal until it is left.
pub async fn run(setting: Setting) -> Result<Exit, Failure> {
    let (sender, messages) = mpsc::unbounded_channel();
    // What cannot be read is told once the machine is looked at.
    let is_at_home = setting.wizard.is_at_home().unwrap_or_default();
    let mut work = Work::new(setting.wizard, sender);
    guard::say_on_panic(work.where_answers_are());
    let signals = Signals::listen()?;
    let screen = Screen::open()?;
    // What is known about the machine, and what an earlier run left, comes after the first frame.
    let mut model = Model::new(Engine::new(Draft::default()), setting.theme, screen.size()?);
    match setting.place {
        Some(place) => model.place = place,
        None if is_at_home => model.place = Place::Hub,
        None => {}
    }
    let ended = Loop { model, screen, work: &mut work, signals, messages }.run().await;
    match ended? {
        Ended::Left(Leaving::Done) => Ok(Exit::Done),
        Ended::Left(leaving) => {
            tell(&work.farewell(leaving));
            Ok(Exit::Left)
        }
        Ended::TerminalGone => Ok(Exit::Left),
        Ended::Signal(signal, leaving) => {
            tell(&work.farewell(leaving));
            // The shell should see what ended us.
            signal_hook::low_level::emulate_default_handler(signal)?;
            Ok(Exit::Left)
        }
    }
}

/// Why the loop ended.
enum Ended {
    Left(Leaving),
    TerminalGone,
    Signal(i32, Leaving),
}

struct Loop<'a> {
    model: Model,
    screen: Screen,
    work: &'a mut Work,
    signals: Signals,
    messages: UnboundedReceiver<Msg>,
}

enum Woken {
    Event(Option<io::Result<Event>>),
    Message(Msg),
    Signal(Signal),
    HungUp,
}

impl Loop<'_> {
    async fn run(mut self) -> Result<Ended, Failure> {
        let mut hangup = Hangup::watch()?;
        let mut events = EventStream::new();
        let effects = start(&mut self.model);
        // The first frame comes before any work: it may be slow to look at a machine.
        self.draw()?;
        self.work.look_at_machine();
        if let Some(ended) = self.carry_out(effects)? {
            return Ok(ended);
        }
        loop {
            let woken = tokio::select! {
                event = next(&mut events) => Woken::Event(event),
                Some(message) = self.messages.recv() => Woken::Message(message),
                signal = self.signals.next() => Woken::Signal(signal),
                () = hangup.happened() => Woken::HungUp,
            };
            let mut ended = self.take(woken)?;
            // Everything that is there already is taken in before anything is drawn.
            while ended.is_none() {
                let Some(more) = self.at_hand(&mut events).await else { break };
                ended = self.take(more)?;
            }
            match ended {
                Some(ended) => return Ok(self.keep_answers(ended)),
                None => self.draw()?,
            }
        }
    }

    async fn at_hand(&mut self, events: &mut EventStream) -> Option<Woken> {
        if let Some(event) = ready(events).await {
            return Some(Woken::Event(event));
        }
        self.messages.try_recv().ok().map(Woken::Message)
    }

    fn take(&mut self, woken: Woken) -> Result<Option<Ended>, Failure> {
        let msg = match woken {
            Woken::Message(msg) => msg,
            Woken::Event(Some(Ok(event))) => match event {
                Event::Key(key) => Msg::Key(key),
                Event::Paste(text) => Msg::Paste(text),
                Event::Resize(columns, rows) => Msg::Resize(columns, rows),
                Event::Mouse(_) | Event::FocusGained | Event::FocusLost => return Ok(None),
            },
            // Whatever the reason: a terminal that cannot be read any more is gone.
            Woken::Event(Some(Err(_)) | None) | Woken::HungUp => return Ok(Some(Ended::TerminalGone)),
            Woken::Signal(Signal::End(number)) => {
                return Ok(Some(Ended::Signal(number, leaving(&self.model))));
            }
            Woken::Signal(Signal::Suspend) => {
                self.screen.suspend()?;
                return Ok(None);
            }
        };
        let effects = update(&mut self.model, msg);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Result<Option<Ended>, Failure> {
        for effect in effects {
            match effect {
                Effect::Quit(leaving) => return Ok(Some(Ended::Left(leaving))),
                Effect::Suspend => self.screen.suspend()?,
                Effect::Redraw => self.screen.forget()?,
                Effect::PlainPage(text) => self.screen.show_plain(&text)?,
                Effect::LeavePlainPage => self.screen.leave_plain()?,
                Effect::Copy(text) => self.screen.copy(&text)?,
                effect => self.work.begin(effect),
            }
        }
        Ok(None)
    }

    /// Keeps the answers on the ways out that no key announced.
    fn keep_answers(&mut self, ended: Ended) -> Ended {
        if !matches!(ended, Ended::Left(_))
            && let Some(effect) = keep(&self.model)
        {
            self.work.begin(effect);
        }
        ended
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.model.plain_page { Ok(()) } else { self.screen.draw(&self.model) }
    }
}

/// The next event of the terminal; `None` when it is gone.
async fn next(events: &mut EventStream) -> Option<io::Result<Event>> {
    std::future::poll_fn(|context| poll(events, context)).await
}

/// A terminal that is gone is not read: the stream would not come back from it.
fn poll(events: &mut EventStream, context: &mut Context<'_>) -> Poll<Option<io::Result<Event>>> {
    if hangup::is_there() { Poll::Ready(None) } else { Pin::new(events).poll_next(context) }
}

/// The next event of the terminal if it is there already. The stream keeps the first waker it was polled with, so it is
/// polled with this task's own and not with one that does nothing.
async fn ready(events: &mut EventStream) -> Option<Option<io::Result<Event>>> {
    std::future::poll_fn(|context| match poll(events, context) {
        Poll::Ready(event) => Poll::Ready(Some(event)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

fn tell(sentence: &str) {
    use std::io::Write;
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{sentence}");
}
