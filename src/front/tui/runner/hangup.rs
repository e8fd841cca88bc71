//! Notices when the terminal is gone.
//!
//! With SIGHUP ignored (nohup) nothing else does: crossterm 0.29 then polls the dead terminal at full speed for ever
//! (its issue 793).

use std::io;
use std::os::fd::AsFd;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::oneshot;

/// The watch on standard input: a thread that sleeps until the terminal hangs up.
pub struct Hangup(oneshot::Receiver<()>);

impl Hangup {
    /// Begins to watch.
    pub fn watch() -> io::Result<Self> {
        let terminal = io::stdin().as_fd().try_clone_to_owned()?;
        let (sender, receiver) = oneshot::channel();
        thread::Builder::new().name("hang-up".into()).stack_size(64 << 10).spawn(move || {
            // No event is asked for, so that only the hang-up, which is always reported, wakes this thread.
            let mut watched = [PollFd::new(&terminal, PollFlags::empty())];
            while poll(&mut watched, None) == Err(Errno::INTR) {}
            // The program may be ending anyway.
            let _ = sender.send(());
        })?;
        Ok(Self(receiver))
    }

    /// Ends when the terminal is gone.
    pub async fn happened(&mut self) {
        // The sender is dropped only after it has sent.
        let _ = (&mut self.0).await;
    }
}
