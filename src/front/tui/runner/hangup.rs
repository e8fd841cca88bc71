//! Notices when the terminal is gone.
//!
//! With SIGHUP ignored (nohup) nothing else does: crossterm 0.29 then polls the dead terminal at full speed for ever
//! (its issue 793). It does so too, and never gives the task back that asked it, when the terminal goes between its look
//! whether something is there and its reading of it.

use std::io;
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::sync::oneshot;

use crate::front::exit::Exit;

/// How long the loop has to end by itself once the terminal is gone.
const GRACE: Duration = Duration::from_secs(10);

/// Whether the terminal on standard input is gone.
pub fn is_there() -> bool {
    let stdin = io::stdin();
    let mut watched = [PollFd::new(&stdin, PollFlags::empty())];
    poll(&mut watched, Some(&Timespec::default())).is_ok_and(|count| count > 0)
}

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
            thread::sleep(GRACE);
            // The loop is caught in its reading. All that was answered is kept; what is lost is a field that was open.
            std::process::exit(Exit::Left as i32);
        })?;
        Ok(Self(receiver))
    }

    /// Ends when the terminal is gone.
    pub async fn happened(&mut self) {
        // The sender is dropped only after it has sent.
        let _ = (&mut self.0).await;
    }
}
