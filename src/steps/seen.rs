//! What was seen on the network while the wizard ran.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::finding::{CheckResult, Outcome};
use crate::spec::{Domain, Fqdn};

/// Answers of the network, put in by the front end as they come; the steps' suggestions read them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// The hosts that a domain's mail goes to now (MX), without the final dot; no entry: not looked yet.
    pub mx: BTreeMap<Domain, Vec<String>>,
    /// The names that our addresses resolve back to (PTR), without the final dot; no entry: not looked yet.
    pub ptr: BTreeMap<IpAddr, Vec<String>>,
    /// Where the terms of service are of the CA at an ACME directory, by the directory's address.
    pub terms: BTreeMap<String, String>,
    /// The newest result of each live check, by id and subject.
    pub checks: Vec<CheckResult>,
}

impl Seen {
    /// Takes a result in, in place of an older one of the same check and subject.
    pub fn take(&mut self, result: CheckResult) {
        match self.checks.iter_mut().find(|r| r.id == result.id && r.subject == result.subject) {
            Some(older) => *older = result,
            None => self.checks.push(result),
        }
    }

    /// Takes in what a new look found; what it did not look at stays.
    pub fn merge(&mut self, newer: Self) {
        self.mx.extend(newer.mx);
        self.ptr.extend(newer.ptr);
        self.terms.extend(newer.terms);
        newer.checks.into_iter().for_each(|result| self.take(result));
    }

    /// Whether mail cannot leave over port 25 from here; `false` as long as nobody looked.
    pub fn port25_is_blocked(&self) -> bool {
        let mut results = self.checks.iter().filter(|r| r.id == "firewall-outbound-25").peekable();
        results.peek().is_some() && results.all(|r| r.finding.outcome == Outcome::Fail)
    }

    /// The hosts that `domain`'s mail goes to now, where they are others than `hostname`.
    pub fn mx_elsewhere(&self, domain: &Domain, hostname: Option<&Fqdn>) -> Option<&[String]> {
        let hosts = self.mx.get(domain)?;
        let ours = |host: &String| hostname.is_some_and(|h| h.as_str().eq_ignore_ascii_case(host));
        (!hosts.is_empty() && !hosts.iter().any(ours)).then_some(hosts.as_slice())
    }
}
