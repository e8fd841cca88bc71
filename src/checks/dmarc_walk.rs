//! The DMARC tree walk (RFC 9989 section 4.10): from a name up to the record that speaks for it.

use futures_util::future::join_all;

use super::Context;
use crate::finding::Finding;
use crate::probe::dns::RecordType;
use crate::records::dmarc::{Dmarc, is_dmarc};

/// The most names that are asked about.
const MOST_QUERIES: usize = 8;

/// What stands at one name of the walk.
#[derive(Debug, Clone)]
pub(super) struct Stop {
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
pub(super) struct Walk {
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

/// Walks up from `name`, asking about all names at once; an `Err` is the finding that a name nearer than any record
/// could not be asked about.
pub(super) async fn walk(context: &Context, name: &str) -> Result<Walk, Finding> {
    let names = names(name);
    let asked = join_all(names.iter().map(|n| async move {
        let question = format!("_dmarc.{n}");
        (question.clone(), context.dns.observe(&question, RecordType::TXT).await)
    }));
    let mut walked = Walk::default();
    for (name, (question, seen)) in names.iter().zip(asked.await) {
        walked.evidence.extend(seen.evidence(&format!("TXT {question}")));
        let Some(answer) = seen.settled() else {
            // Behind a record an unanswered name only leaves the organizational domain open.
            if walked.stops.is_empty() {
                return Err(Finding::unknown(seen.trouble()).evidence(walked.evidence));
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
}
