//! The checks: one file a check or a tight family, one line in [`CHECKS`], and the runner.
//!
//! A check is static data with a function. It looks at a [`Context`], never at globals, and gives a
//! [`Finding`](crate::finding::Finding). The runner knows what depends on what, how many run at once and when to stop.

mod asked;
mod context;
mod dkim_record;
mod dns_host;
mod dns_mx;
mod dns_ptr;
#[cfg(test)]
mod dns_world;
mod host_disk;
mod host_fqdn;
mod host_mta_conflict;
mod host_resources;
mod perms_mail;
mod queue_size;
mod services;
mod spf_evaluate;
mod spf_lookups;
mod spf_record;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

pub use context::{Context, Subject};

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
    /// Whether it does what only the owner of a server may do to it.
    pub intrusive: bool,
    /// The most it may take.
    pub timeout: Duration,
    /// What it looks at: each subject gives one result. Empty: not applicable, not listed.
    pub subjects: fn(&Context) -> Vec<Subject>,
    /// Looks.
    pub run: fn(Arc<Context>, Subject) -> CheckFuture,
}

/// Every check, in the order results are shown.
pub static CHECKS: &[&Check] = &[
    &host_fqdn::HOST_FQDN,
    &host_fqdn::HOST_HOSTS_LOOPBACK,
    &host_resources::HOST_CLOCK,
    &host_disk::HOST_DISK,
    &host_resources::HOST_MEMORY,
    &host_resources::HOST_REBOOT_UPDATES,
    &host_mta_conflict::HOST_MTA_CONFLICT,
    &services::SERVICE_RUNNING,
    &services::SERVICE_CONFIG_VALID,
    &queue_size::QUEUE_SIZE,
    &perms_mail::PERMS_MAIL,
    &dns_host::DNS_HOST_A,
    &dns_host::DNS_HOST_CNAME,
    &dns_ptr::DNS_PTR_V4,
    &dns_ptr::DNS_PTR_V6,
    &dns_ptr::DNS_FCRDNS,
    &dns_ptr::DNS_HELO_NAME,
    &dns_mx::DNS_MX,
    &dns_mx::DNS_MX_TARGET_VALID,
    &dns_mx::DNS_MX_NULL,
    &spf_record::SPF_RECORD_ONE,
    &spf_record::SPF_SYNTAX,
    &spf_evaluate::SPF_OUR_IPS,
    &spf_lookups::SPF_LOOKUP_LIMIT,
    &spf_lookups::SPF_VOID_LOOKUPS,
    &spf_lookups::SPF_INCLUDE_NONE,
    &spf_record::SPF_ALL,
    &spf_record::SPF_SIZE,
    &spf_evaluate::SPF_HELO,
    &dkim_record::DKIM_RECORD,
    &dkim_record::DKIM_REVOKED,
    &dkim_record::DKIM_KEY_MATCH,
    &dkim_record::DKIM_KEY_SIZE,
    &dkim_record::DKIM_FLAGS,
];
