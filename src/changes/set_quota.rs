//! How much mail an account may hold.

use super::{Change, Refusal, Wish};
use crate::spec::Mailbox;

/// Limits a mailbox, or lifts the limit.
#[derive(Debug, Clone)]
pub struct SetQuota {
    /// The account.
    pub address: Mailbox,
    /// The most it may hold, in megabytes; `None` for no limit.
    pub quota_mb: Option<u32>,
}

impl Change for SetQuota {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        wish.account(&self.address)?.quota_mb = self.quota_mb;
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;

    #[test]
    fn no_room_at_all_is_refused() {
        let mut wish = wish(&["alice@example.org"]);
        let to = |quota_mb| SetQuota { address: mailbox("alice@example.org"), quota_mb };
        assert!(refusal(&mut wish, &to(Some(0))).starts_with("quota_mb of 'alice@example.org' is 0"));
        wish.change(&to(Some(2048))).unwrap();
        assert_eq!(wish.spec.accounts[0].quota_mb, Some(2048));
        wish.change(&to(None)).unwrap();
        assert_eq!(wish.spec.accounts[0].quota_mb, None);
    }
}
