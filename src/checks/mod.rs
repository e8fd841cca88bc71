//! The checks: one file a check or a tight family, one line in [`CHECKS`], and the runner.
//!
//! A check is static data with a function. It looks at a [`Context`], never at globals, and gives a
//! [`Finding`](crate::finding::Finding). The runner knows what depends on what, how many run at once and when to stop.
//!
//! # One check for our own server and for everybody else's
//!
//! A context is about our own server, whose wish is known, or about others, of whom nothing is known but what DNS and
//! their ports say. A check asks the context for its subjects and never assumes whose they are:
//!
//! | what is looked at | subjects | in `run` |
//! |---|---|---|
//! | a domain's records | [`Context::domains`] | `Subject::Domain(domain)` |
//! | a mail host's name | [`Context::hosts`] | `Subject::Host(host)` |
//! | ports | [`Context::ports`]`(&[25])` | `Subject::Port(host, port)`, [`Context::sockets`] |
//! | addresses that send | [`Context::senders`] | `Subject::Address(address)`, [`Context::host_at`] |
//! | DKIM keys | [`Context::dkim_keys`] | `Subject::DkimKey(domain, selector)` |
//! | the machine | `[Subject::ThisHost]` | [`Context::on_host`] |
//!
//! What any healthy server must satisfy is judged for all alike. What we want exactly so of our own server (a record's
//! data, an address, a setting) is behind [`Context::own`], which is the finding `skipped` for others:
//!
//! ```ignore
//! async fn judged(context: Arc<Context>, subject: Subject) -> Finding {
//!     let Subject::Domain(domain) = subject else { return not_ours() };
//!     let asked = match ask(&context, &domain.below("_smtp._tls"), RecordType::TXT).await {
//!         Ok(asked) => asked,
//!         Err(unknown) => return unknown,
//!     };
//!     if let Ok(own) = context.own() { /* compare with own.record(..): the exact data */ }
//!     healthy(&asked.answer) // what RFC 8460 asks of anybody
//! }
//! ```
//!
//! `tlsrpt_record` is a whole example for records, `smtp::dialogue` for ports.
//!
//! [`Check::reach`] says to whom a check may be done. The runner holds it: what is [`Reach::ThisServer`] gives one
//! `skipped` in a run about others, what is [`Reach::Permitted`] a `skipped` for each subject whose owner did not allow
//! it. It also drops automatic fixes from findings about others, because `mailwizard apply` would do nothing there. A
//! check that opens connections takes [`Context::turn`] first, or asks [`Context::port_look`], which does.

mod asked;
mod authentication_results;
mod backup_present;
mod bimi;
mod certificate;
mod context;
mod dane;
mod deliv_gmail_rules;
mod deliv_headers;
mod deliv_remote;
mod delivered;
mod delivery;
mod discover;
mod dkim_key_perms;
mod dkim_no_replace;
mod dkim_record;
mod dmarc_record;
mod dmarc_rua;
mod dmarc_walk;
mod dns_autoconfig;
mod dns_caa;
mod dns_dnssec;
mod dns_host;
mod dns_idn;
mod dns_mx;
mod dns_mx_duplicates;
mod dns_ptr;
mod dns_resolver;
mod dns_srv;
mod dns_ttl;
mod dns_txt_assembly;
#[cfg(test)]
mod dns_world;
mod dns_zone;
mod firewall;
#[cfg(test)]
mod healthy;
mod host_disk;
mod host_fqdn;
mod host_mta_conflict;
mod host_public_ip;
mod host_resources;
mod imap;
mod imap_143;
mod inbound;
mod kept;
mod looked_at;
mod looks;
mod mail_look;
mod mta_sts;
mod own;
mod perms_mail;
mod pop;
mod port_look;
mod queue_size;
mod rep_dnsbl;
mod rep_dnsbl_domain;
mod rep_dnswl;
mod rep_domain_age;
mod report;
mod runner;
mod service_restart;
mod services;
mod sieve_4190;
mod smtp;
mod spf_evaluate;
mod spf_lookups;
mod spf_record;
mod starttls_injection;
mod subject;
mod submission;
mod survey;
mod tls_ciphers;
mod tls_handshake;
mod tls_look;
mod tls_outbound;
mod tls_session;
mod tls_versions;
mod tlsrpt_record;
mod turns;
mod worst;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use context::{Context, Visitor};
pub use discover::Discovery;
pub use kept::{Change, Kept};
pub use looked_at::{LookedAt, MailHost};
pub use own::Own;
pub use queue_size::age;
pub use report::{Report, SCHEMA, Summary, Verdict};
pub use runner::{Selection, Update, Updates, run};
pub use subject::Subject;
pub use survey::Survey;
pub use turns::Turn;

use crate::finding::{Area, Finding};

/// What a check's function returns.
pub type CheckFuture = Pin<Box<dyn Future<Output = Finding> + Send>>;

/// One check.
pub struct Check {
    /// Its id in the catalogue ("dns-host-a"). A test holds the folder and the table together.
    pub id: &'static str,
    /// Its area.
    pub area: Area,
    /// Why it matters, one plain sentence.
    pub why: &'static str,
    /// The standard or manual it rests on.
    pub rfc: &'static str,
    /// Ids of checks whose failure makes this one pointless; it is then skipped with that reason.
    pub needs: &'static [&'static str],
    /// To whom it may be done.
    pub reach: Reach,
    /// The most it may take.
    pub timeout: Duration,
    /// What it looks at: each subject gives one result. Empty: not applicable, not listed.
    pub subjects: fn(&Context) -> Vec<Subject>,
    /// Looks.
    pub run: fn(Arc<Context>, Subject) -> CheckFuture,
}

/// To whom a check may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To anybody: it asks no more than any other mail server asks.
    Anyone,
    /// To our own server, and to hosts whose owner allowed it (`--intrusive HOST`): it tries what an attacker tries, or
    /// opens many connections.
    Permitted,
    /// To this server only: it needs its machine, its accounts, or what we want of it.
    ThisServer,
}

/// Every check, in the order results are shown.
pub static CHECKS: &[&Check] = &[
    &host_fqdn::HOST_FQDN,
    &host_fqdn::HOST_HOSTS_LOOPBACK,
    &host_public_ip::HOST_PUBLIC_IP,
    &host_resources::HOST_CLOCK,
    &host_disk::HOST_DISK,
    &host_resources::HOST_MEMORY,
    &host_resources::HOST_REBOOT_UPDATES,
    &host_mta_conflict::HOST_MTA_CONFLICT,
    &services::SERVICE_RUNNING,
    &services::SERVICE_CONFIG_VALID,
    &service_restart::SERVICE_RESTART_NEEDED,
    &queue_size::QUEUE_SIZE,
    &perms_mail::PERMS_MAIL,
    &backup_present::BACKUP_PRESENT,
    &inbound::CONTAINER_CLIENT_IP,
    &dns_resolver::DNS_RESOLVER_LOCAL,
    &dns_resolver::DNS_RESOLVER_DNSSEC,
    &dns_zone::DNS_ZONE_NS,
    &dns_zone::DNS_WILDCARD,
    &dns_host::DNS_HOST_A,
    &dns_host::DNS_HOST_CNAME,
    &dns_ptr::DNS_PTR_V4,
    &dns_ptr::DNS_PTR_V6,
    &dns_ptr::DNS_FCRDNS,
    &dns_ptr::DNS_HELO_NAME,
    &dns_mx::DNS_MX,
    &dns_mx::DNS_MX_TARGET_VALID,
    &dns_mx::DNS_MX_NULL,
    &dns_mx_duplicates::DNS_MX_DUPLICATES,
    &dns_txt_assembly::DNS_TXT_ASSEMBLY,
    &dns_idn::DNS_IDN,
    &dns_ttl::DNS_TTL,
    &dns_dnssec::DNS_DNSSEC,
    &dns_caa::DNS_CAA,
    &dns_srv::DNS_SRV_CLIENT,
    &dns_autoconfig::DNS_AUTOCONFIG,
    &spf_record::SPF_RECORD_ONE,
    &spf_record::SPF_SYNTAX,
    &spf_evaluate::SPF_OUR_IPS,
    &spf_lookups::SPF_LOOKUP_LIMIT,
    &spf_lookups::SPF_VOID_LOOKUPS,
    &spf_lookups::SPF_INCLUDE_NONE,
    &spf_lookups::SPF_MX_PTR_SUBCOUNT,
    &spf_record::SPF_ALL,
    &spf_record::SPF_SIZE,
    &spf_evaluate::SPF_HELO,
    &dkim_record::DKIM_RECORD,
    &dkim_record::DKIM_REVOKED,
    &dkim_record::DKIM_KEY_MATCH,
    &dkim_record::DKIM_KEY_SIZE,
    &dkim_record::DKIM_FLAGS,
    &dkim_key_perms::DKIM_KEY_PERMS,
    &dkim_no_replace::DKIM_NO_REPLACE,
    &dmarc_record::DMARC_RECORD,
    &dmarc_record::DMARC_LOCATION,
    &dmarc_record::DMARC_SYNTAX,
    &dmarc_record::DMARC_POLICY,
    &dmarc_rua::DMARC_RUA_AUTH,
    &tlsrpt_record::TLSRPT_RECORD,
    &mta_sts::MTASTS_RECORD,
    &mta_sts::MTASTS_POLICY_FETCH,
    &mta_sts::MTASTS_POLICY_PARSE,
    &mta_sts::MTASTS_MX_COVER,
    &mta_sts::MTASTS_ID_CHANGED,
    &bimi::BIMI,
    &firewall::FIREWALL_LOCAL,
    &firewall::FIREWALL_OUTBOUND_25,
    &inbound::INBOUND_PORT_OPEN,
    &smtp::SMTP_GREETING,
    &smtp::SMTP_TIMING,
    &smtp::SMTP_BANNER_LEAK,
    &smtp::SMTP_EHLO,
    &smtp::SMTP_STARTTLS,
    &starttls_injection::SMTP_STARTTLS_INJECTION,
    &smtp::SMTP_AUTH_ON_25,
    &smtp::SMTP_SIZE_8BIT,
    &smtp::SMTP_TLS_NOT_REQUIRED_25,
    &smtp::SMTP_VRFY_EXPN,
    &smtp::SMTP_RCPT_LOCAL,
    &smtp::SMTP_RCPT_POSTMASTER,
    &smtp::SMTP_RCPT_NULL_SENDER,
    &smtp::SMTP_RCPT_UNKNOWN,
    &smtp::ACCOUNTS_RFC2142,
    &smtp::SMTP_RELAY_OPEN,
    &smtp::SMTP_PIPELINING_SMUGGLE,
    &dane::DANE_TLSA_PRESENT,
    &dane::DANE_ROLLOVER,
    &dane::DANE_KEY_REUSE,
    &submission::SUBMISSION_465_IMPLICIT,
    &submission::SUBMISSION_587_STARTTLS,
    &submission::SUBMISSION_AUTH_BEFORE_TLS,
    &submission::SUBMISSION_REQUIRED,
    &submission::SUBMISSION_AUTH_OK,
    &submission::SUBMISSION_AUTH_BAD,
    &submission::SUBMISSION_SPOOF,
    &submission::SUBMISSION_DKIM_MILTER,
    &imap::IMAP_993,
    &imap_143::IMAP_143_STARTTLS,
    &imap::IMAP_IDLE_SPECIAL,
    &pop::POP_995,
    &pop::POP_110_STLS,
    &sieve_4190::SIEVE_4190,
    &tls_versions::TLS_VERSIONS,
    &tls_ciphers::TLS_CIPHERS,
    &tls_handshake::TLS_KEX,
    &tls_handshake::TLS_RENEG,
    &tls_handshake::TLS_COMPRESSION,
    &tls_session::TLS_0RTT,
    &tls_session::TLS_OCSP,
    &tls_outbound::TLS_OUTBOUND,
    &certificate::CERT_SERVED_EACH_PORT,
    &certificate::CERT_NAME,
    &certificate::CERT_CHAIN,
    &certificate::CERT_TRUST,
    &certificate::CERT_EXPIRY,
    &certificate::CERT_KEY_MATCH,
    &certificate::CERT_KEY_SIZE,
    &certificate::CERT_SCT_EKU,
    &certificate::CERT_RENEWAL_WORKS,
    &rep_dnsbl::REP_DNSBL_IP,
    &rep_dnsbl_domain::REP_DNSBL_DOMAIN,
    &rep_dnswl::REP_DNSWL,
    &rep_domain_age::REP_DOMAIN_AGE,
    &delivery::DELIV_SELF_LOCAL,
    &delivery::DKIM_SIGNING_LIVE,
    &delivery::IMAP_E2E,
    &delivered::DKIM_SIGNING_DOMAINS,
    &delivered::DMARC_ALIGNMENT,
    &delivered::DELIV_LOOP,
    &delivered::INBOUND_AUTH_VERIFY,
    &deliv_remote::DELIV_REMOTE_PROBE,
    &deliv_headers::DELIV_REMOTE_FULL,
    &deliv_gmail_rules::DELIV_GMAIL_RULES,
];
