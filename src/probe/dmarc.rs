//! The DMARC tree walk (RFC 9989 section 4.10): from a name up to the record that speaks for it.

use futures_util::future::join_all;

use super::dns::{DnsClient, RecordType};
use crate::records::dmarc::{Dmarc, is_dmarc};

/// The most names that are asked about.
const MOST_QUERIES: usize = 8;

/// What stands at one name of the walk.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The name whose `_dmarc` was asked, without the final dot.
    pub name: String,
    /// The DMARC records there; receivers use them only when there is exactly one.
    pub records: Vec<String>,
}

impl Stop {
    /// The one record, parsed.
    pub fn policy(&self) -> Option<Dmarc> {
        match self.records.as_slice() {
            [one] => Dmarc::parse(one).ok(),
            _ => None,
        }
    }
}

/// A walk with its evidence.
#[derive(Debug, Default)]
pub struct Walk {
    /// The names with records, from the longest; the walk ends behind the first with `psd=`.
    pub stops: Vec<Stop>,
    /// Every question with its answer.
    pub evidence: Vec<String>,
}

impl Walk {
    /// The organizational domain of `name`, for which two names count as one owner's (RFC 9989 section 4.10.2).
    pub fn organizational_domain(&self, name: &str) -> String {
        let policies: Vec<(&str, Dmarc)> =
            self.stops.iter().filter_map(|s| Some((s.name.as_str(), s.policy()?))).collect();
        for (at, policy) in &policies {
            match policy.psd.as_deref() {
                Some("n") => return (*at).to_owned(),
                Some("y") => return one_below(name, at),
                _ => {}
            }
        }
        policies.last().map_or_else(|| name.to_owned(), |(at, _)| (*at).to_owned())
    }
}

impl Walk {
    /// The one record that receivers apply to mail from `name`: its own, else that of its organizational domain, else
    /// that of a public suffix above (RFC 9989 section 4.10.1).
    pub fn applied(&self, name: &str) -> Option<(&Stop, Dmarc)> {
        let usable: Vec<(&Stop, Dmarc)> = self.stops.iter().filter_map(|s| Some((s, s.policy()?))).collect();
        let organizational = self.organizational_domain(name);
        let order = [name, &organizational];
        let of_either = order.iter().find_map(|wanted| usable.iter().find(|(s, _)| s.name == **wanted));
        of_either.or_else(|| usable.iter().find(|(_, p)| p.psd.as_deref() == Some("y"))).cloned()
    }

    /// Why records that stand on the way do not count, one sentence each.
    pub fn errors(&self) -> Vec<String> {
        self.stops
            .iter()
            .filter_map(|stop| match stop.records.as_slice() {
                [one] => {
                    Dmarc::parse(one).err().map(|e| format!("the record at _dmarc.{} does not count: {e}", stop.name))
                }
                many => Some(format!("there are {} records at _dmarc.{}: none of them counts", many.len(), stop.name)),
            })
            .collect()
    }
}

/// A name nearer than any record could not be asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NoWalk {
    /// Why.
    pub reason: String,
    /// Every question with its answer.
    pub evidence: Vec<String>,
}

/// Walks up from `name`, asking about all names at once.
pub async fn walk(dns: &DnsClient, name: &str) -> Result<Walk, NoWalk> {
    let names = names(name);
    let asked = join_all(names.iter().map(|n| async move {
        let question = format!("_dmarc.{n}");
        (question.clone(), dns.observe(&question, RecordType::TXT).await)
    }));
    let mut walked = Walk::default();
    for (name, (question, seen)) in names.iter().zip(asked.await) {
        walked.evidence.extend(seen.evidence(&format!("TXT {question}")));
        let Some(answer) = seen.settled() else {
            // Behind a record an unanswered name only leaves the organizational domain open.
            if walked.stops.is_empty() {
                return Err(NoWalk { reason: seen.trouble(), evidence: walked.evidence });
            }
            break;
        };
        if seen.is_from_wildcard() && !answer.data.iter().any(|t| is_dmarc(t)) {
            continue;
        }
        let records: Vec<String> = answer.data.iter().filter(|t| is_dmarc(t)).cloned().collect();
        if records.is_empty() {
            continue;
        }
        let stop = Stop { name: name.clone(), records };
        let ends = stop.policy().is_some_and(|p| p.psd.is_some());
        walked.stops.push(stop);
        if ends {
            break;
        }
    }
    Ok(walked)
}

/// The names to ask: the whole one; above eight labels it goes on at seven; then one label less each time.
fn names(name: &str) -> Vec<String> {
    let labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    let mut names = vec![labels.join(".")];
    let next = if labels.len() >= MOST_QUERIES { MOST_QUERIES - 1 } else { labels.len() - 1 };
    names.extend((1..=next).rev().map(|n| labels[labels.len() - n..].join(".")));
    names.truncate(MOST_QUERIES);
    names
}

/// The name with one label more than `above`, on the way to `name`.
fn one_below(name: &str, above: &str) -> String {
    let labels: Vec<&str> = name.split('.').collect();
    let wanted = above.split('.').count() + 1;
    labels[labels.len().saturating_sub(wanted)..].join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_eight_names_are_asked() {
        assert_eq!(names("mail.example.org"), ["mail.example.org", "example.org", "org"]);
        let long = "a.b.c.d.e.f.g.h.i.example.org";
        assert_eq!(names(long).len(), 8);
        assert_eq!(names(long)[1], "e.f.g.h.i.example.org", "the walk goes on at seven labels");
    }

    #[test]
    fn the_organizational_domain_is_where_the_walk_says() {
        let stop = |name: &str, text: &str| Stop { name: name.into(), records: vec![text.into()] };
        let at = |stops: Vec<Stop>| Walk { stops, evidence: Vec::new() }.organizational_domain("a.b.example.org");
        assert_eq!(at(vec![]), "a.b.example.org");
        assert_eq!(
            at(vec![stop("b.example.org", "v=DMARC1; p=none"), stop("example.org", "v=DMARC1; p=none")]),
            "example.org"
        );
        assert_eq!(
            at(vec![stop("b.example.org", "v=DMARC1; p=none; psd=n"), stop("example.org", "v=DMARC1; p=none")]),
            "b.example.org"
        );
        assert_eq!(at(vec![stop("example.org", "v=DMARC1; p=none; psd=y")]), "b.example.org");
    }

    #[test]
    fn the_record_that_applies_is_the_own_the_organizations_or_the_suffixs() {
        let stop = |name: &str, texts: &[&str]| Stop {
            name: name.into(),
            records: texts.iter().map(|t| (*t).to_owned()).collect(),
        };
        let at = |stops: Vec<Stop>| {
            let walk = Walk { stops, evidence: Vec::new() };
            (walk.applied("a.example.org").map(|(s, _)| s.name.clone()), walk.errors().len())
        };
        let (own, organization) = ("v=DMARC1; p=reject", "v=DMARC1; p=none; sp=reject");
        assert_eq!(at(vec![]), (None, 0));
        assert_eq!(
            at(vec![stop("a.example.org", &[own]), stop("example.org", &[organization])]).0.unwrap(),
            "a.example.org"
        );
        assert_eq!(at(vec![stop("example.org", &[organization])]).0.unwrap(), "example.org");
        let two = at(vec![stop("a.example.org", &[own, own]), stop("example.org", &[organization])]);
        assert_eq!(two, (Some("example.org".into()), 1), "two records are none");
        assert_eq!(at(vec![stop("org", &["v=DMARC1; p=reject; psd=y"])]).0.unwrap(), "org");
        assert_eq!(at(vec![stop("a.example.org", &["v=DMARC1; p=bogus"])]), (None, 1));
    }
}
