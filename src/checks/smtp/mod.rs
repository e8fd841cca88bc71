//! Port 25, where other servers hand mail in.

mod dialogue;
mod recipients;
mod relay;
mod smuggling;
mod timing;

pub(super) use dialogue::{SMTP_AUTH_ON_25, SMTP_EHLO, SMTP_GREETING, SMTP_SIZE_8BIT, SMTP_STARTTLS};
pub(super) use recipients::{
    ACCOUNTS_RFC2142, SMTP_RCPT_LOCAL, SMTP_RCPT_NULL_SENDER, SMTP_RCPT_POSTMASTER, SMTP_RCPT_UNKNOWN,
    SMTP_TLS_NOT_REQUIRED_25, SMTP_VRFY_EXPN, replies as rcpt_replies,
};
pub(super) use relay::SMTP_RELAY_OPEN;
pub(super) use smuggling::SMTP_PIPELINING_SMUGGLE;
pub(super) use timing::{SMTP_BANNER_LEAK, SMTP_TIMING};
