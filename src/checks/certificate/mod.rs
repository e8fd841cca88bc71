//! The certificate: as it is served at the sockets, and as it lies on the disk.

mod files;
mod key;
mod served;

pub(super) use files::{CERT_KEY_MATCH, CERT_RENEWAL_WORKS};
pub(super) use key::{CERT_KEY_SIZE, CERT_SCT_EKU};
pub(super) use served::{CERT_CHAIN, CERT_EXPIRY, CERT_NAME, CERT_SERVED_EACH_PORT, CERT_TRUST};
