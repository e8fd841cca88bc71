//! One connection at a time to a host that is not ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::spec::Fqdn;

/// Held while a connection to somebody else's host is open; the next one waits until it is dropped.
#[must_use = "the turn ends when this is dropped"]
pub struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

/// Whose turn it is, host by host.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<Fqdn, Arc<Semaphore>>>);

impl Turns {
    /// Waits until nobody else of this run talks to the host.
    pub async fn wait(&self, host: &Fqdn) -> Turn {
        let one = {
            let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            hosts.entry(host.clone()).or_insert_with(|| Arc::new(Semaphore::new(1))).clone()
        };
        // The semaphore is never closed.
        Turn { _permit: one.acquire_owned().await.ok() }
    }

    /// A turn that nobody has to wait for: our own hosts may be asked as often as we like.
    pub fn free() -> Turn {
        Turn { _permit: None }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_at_a_host_and_nobody_waits_for_another_host() {
        let turns = Turns::default();
        let (one, other) = (Fqdn::parse("mx.example.org").unwrap(), Fqdn::parse("mx.example.net").unwrap());
        let moment = Duration::from_millis(50);
        let held = turns.wait(&one).await;
        assert!(timeout(moment, turns.wait(&one)).await.is_err(), "somebody talks to it");
        assert!(timeout(moment, turns.wait(&other)).await.is_ok());
        drop(held);
        assert!(timeout(moment, turns.wait(&one)).await.is_ok());
        let _ours = Turns::free();
    }
}
