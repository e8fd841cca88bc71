//! What was looked at once in a run and is judged by many checks.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// The looks so far, by what was looked at. A look that is under way makes others wait for the same one.
///
/// Nobody may hold a [turn](super::Context::turn) while waiting here: the look may need it.
pub(super) struct Looks<K, V>(Mutex<HashMap<K, Arc<OnceCell<Arc<V>>>>>);

impl<K, V> Default for Looks<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Looks<K, V> {
    /// What was seen at `key`; `look` is called when it is first asked for.
    pub async fn once<F: Future<Output = V>>(&self, key: K, look: impl FnOnce() -> F) -> Arc<V> {
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        cell.get_or_init(|| async { Arc::new(look().await) }).await.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_share_one_look() {
        let (looks, made) = (Looks::default(), AtomicUsize::new(0));
        let ask = |key: &'static str| {
            looks.once(key, || async {
                tokio::task::yield_now().await;
                made.fetch_add(1, Ordering::Relaxed)
            })
        };
        let (first, second, other) = tokio::join!(ask("a"), ask("a"), ask("b"));
        assert!(Arc::ptr_eq(&first, &second) && !Arc::ptr_eq(&first, &other));
        assert_eq!(made.load(Ordering::Relaxed), 2);
    }
}
