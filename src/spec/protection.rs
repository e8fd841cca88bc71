//! Spam, size, ban and password settings.

use serde::{Deserialize, Serialize};

use super::Spec;

/// `[protection]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protection {
    /// Rspamd score from which mail goes to the Junk folder, in tenths: 60 is 6.0.
    pub junk_score_tenths: u32,
    /// Rspamd score from which mail is refused, in tenths.
    pub reject_score_tenths: u32,
    /// Make unknown senders come back later; delays first mail by minutes.
    pub greylisting: bool,
    /// The largest message, in megabytes (10^6 bytes), as encoded on the wire.
    pub message_size_mb: u32,
    /// Ban addresses that guess passwords.
    pub fail2ban: bool,
    /// How passwords are hashed.
    pub password_scheme: PasswordScheme,
}

impl Eq for Protection {}

impl Default for Protection {
    fn default() -> Self {
        Self {
            junk_score_tenths: 60,
            reject_score_tenths: 150,
            greylisting: false,
            message_size_mb: 50,
            fail2ban: true,
            password_scheme: PasswordScheme::default(),
        }
    }
}

/// Password schemes of Dovecot that we make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PasswordScheme {
    /// crypt(3) `$6$`: 2 ms a login.
    #[default]
    #[serde(rename = "SHA512-CRYPT")]
    Sha512Crypt,
    /// Argon2id: 64 MiB and 0.2 s a login; for servers with memory to spare.
    #[serde(rename = "ARGON2ID")]
    Argon2id,
}

impl PasswordScheme {
    /// Dovecot's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha512Crypt => "SHA512-CRYPT",
            Self::Argon2id => "ARGON2ID",
        }
    }
}

pub(super) fn problems(spec: &Spec, problems: &mut Vec<String>) {
    let protection = &spec.protection;
    if protection.junk_score_tenths >= protection.reject_score_tenths {
        problems.push(format!(
            "protection.junk_score_tenths ({}) is not below reject_score_tenths ({}): nothing would ever reach the Junk folder.",
            protection.junk_score_tenths, protection.reject_score_tenths
        ));
    }
    if !(1..=1000).contains(&protection.message_size_mb) {
        problems.push(format!("protection.message_size_mb is {}: give 1 to 1000.", protection.message_size_mb));
    }
}
