//! A DNS question as checks ask it: settled by the authoritative servers, or an `unknown` with the reason.

use super::worst::badness;
use super::{Context, Own, Subject};
use crate::finding::{Finding, FixKind};
use crate::probe::dns::RecordType;
use crate::records::{Answer, ComparedRecord, Record, RecordKind, RecordState, compare};
use crate::spec::{Domain, Fqdn};

/// What was asked, what is certain about it, and the evidence.
pub struct Asked {
    /// The certain answer.
    pub answer: Answer,
    /// Every question with its answer.
    pub evidence: Vec<String>,
}

/// Asks everybody about one name and type; an `Err` is the finding that nothing is certain.
pub async fn ask(context: &Context, name: &str, kind: RecordType) -> Result<Asked, Finding> {
    let seen = context.dns.observe(name, kind).await;
    let evidence = seen.evidence(&format!("{kind} {}", name.trim_end_matches('.')));
    match seen.settled() {
        Some(answer) => Ok(Asked { answer: answer.clone(), evidence }),
        None => Err(Finding::unknown(seen.trouble()).evidence(evidence)),
    }
}

/// Judges the record that we want of our own server at this name; `None` when none is wanted, or it is another's.
pub async fn judge_wanted(context: &Context, name: &str, kind: RecordKind) -> Option<Finding> {
    let own = context.own().ok()?;
    Some(judge_record(context, own, &own.record(name, kind)?).await)
}

/// Compares a wanted record with what is published.
pub async fn judge_record(context: &Context, own: &Own, record: &Record) -> Finding {
    let seen = context.dns.observe(&record.name, RecordType::from(record.kind)).await;
    let evidence = seen.evidence(&format!("{} {}", record.kind.as_str(), record.name.trim_end_matches('.')));
    from_comparison(compare(record, &seen, &own.spec.hostname)).evidence(evidence)
}

/// A comparison as a finding: an optional record that is missing is only worth knowing.
fn from_comparison(compared: ComparedRecord) -> Finding {
    let record = &compared.wanted;
    let expected = format!("{} {} {}", record.name, record.kind.as_str(), record.data);
    let found = if compared.found.is_empty() { compared.why.clone() } else { compared.found.join(" | ") };
    let found = crate::printable::excerpt(&found, 300);
    let advice = compared.advice.clone().unwrap_or_else(|| format!("Publish {expected}"));
    match compared.state {
        RecordState::Ok if compared.advice.is_some() => {
            Finding::warn(sentences(&found, &advice), expected).instructions(advice)
        }
        RecordState::Ok => Finding::pass(found).expected(expected),
        RecordState::Stale { .. } => Finding::info(sentences(&found, &compared.why)).expected(expected),
        RecordState::Disagree => Finding::warn(compared.why, expected).instructions(advice),
        RecordState::Missing if !record.required => Finding::info(compared.why).expected(expected).instructions(advice),
        RecordState::Missing => Finding::fail(compared.why, &expected).instructions(format!("Publish {expected}")),
        RecordState::Wrong => Finding::fail(sentences(&found, &compared.why), expected).instructions(advice),
        RecordState::Unknown => Finding::unknown(compared.why),
    }
}

/// What was found, then what is to say about it. A name in a record ends in the dot that ends the sentence.
fn sentences(found: &str, about_it: &str) -> String {
    format!("{}. {about_it}", found.trim_end_matches('.'))
}

/// The domain that a subject names.
pub fn domain(subject: &Subject) -> Result<&Domain, Finding> {
    match subject {
        Subject::Domain(domain) => Ok(domain),
        _ => Err(not_ours()),
    }
}

/// The host that a subject names.
pub fn host(subject: &Subject) -> Result<&Fqdn, Finding> {
    match subject {
        Subject::Host(host) | Subject::Port(host, _) => Ok(host),
        _ => Err(not_ours()),
    }
}

/// The finding for a subject that the check does not know.
pub fn not_ours() -> Finding {
    Finding::skipped("this check does not look at such a subject")
}

/// Findings about the records of one subject as one: the worst count, and each of them says its part.
pub fn joined(findings: Vec<Finding>) -> Finding {
    let top = findings.iter().map(|f| badness(f.outcome)).max().unwrap_or_default();
    let evidence: Vec<String> = findings.iter().flat_map(|f| f.evidence.clone()).collect();
    let mut of_worst = findings.into_iter().filter(|f| badness(f.outcome) == top);
    let Some(mut joined) = of_worst.next() else { return Finding::skipped("nothing to look at") };
    for other in of_worst {
        if !joined.found.contains(&other.found) {
            joined.found = format!("{}; {}", joined.found, other.found);
        }
        if !joined.expected.contains(&other.expected) {
            joined.expected = format!("{}; {}", joined.expected, other.expected);
        }
        if let (Some(fix), Some(more)) = (&mut joined.fix, other.fix)
            && fix.kind == FixKind::Instructions
            && !fix.text.contains(&more.text)
        {
            fix.text = format!("{}\n{}", fix.text, more.text);
        }
    }
    joined.evidence = evidence;
    joined
}
