//! Signals as messages.

use std::io;

use tokio::signal::unix::{self, SignalKind};

/// SIGTSTP on Linux.
const TERMINAL_STOP: i32 = signal_hook::consts::SIGTSTP;

/// A signal that reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// One that ends the program: SIGTERM, SIGINT or SIGHUP.
    End(i32),
    /// SIGTSTP from outside; Ctrl-Z on the keyboard is an ordinary key.
    Suspend,
}

/// Listens; SIGHUP too where it was inherited as ignored.
pub struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
    stop: unix::Signal,
}

impl Signals {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            hang_up: unix::signal(SignalKind::hangup())?,
            stop: unix::signal(SignalKind::from_raw(TERMINAL_STOP))?,
        })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End(signal_hook::consts::SIGTERM),
            _ = self.interrupt.recv() => Signal::End(signal_hook::consts::SIGINT),
            _ = self.hang_up.recv() => Signal::End(signal_hook::consts::SIGHUP),
            _ = self.stop.recv() => Signal::Suspend,
        }
    }
}
