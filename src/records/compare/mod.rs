//! What is published against what is wanted, by meaning and not by letters.

mod judge;
#[cfg(test)]
mod tests;

use judge::{Verdict, joined, judge, relevant};

use super::{AnswerState, Observation, Record, RecordKind};
use crate::spec::Fqdn;

/// A wanted record beside what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRecord {
    /// The record that is wanted.
    pub wanted: Record,
    /// What the authoritative servers have that concerns it, in presentation form; not made printable.
    pub found: Vec<String>,
    /// How the two compare.
    pub state: RecordState,
    /// What was seen, one sentence.
    pub why: String,
    /// What to do, or what to know although all is well.
    pub advice: Option<String>,
    /// The servers that were asked, by name.
    pub servers: Vec<String>,
}

/// How a wanted and a found record compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordState {
    /// Published, and everybody sees it.
    Ok,
    /// Published; the resolver, and so others, may still see what was there before.
    Stale {
        /// For how long at most, in seconds, where that is known.
        ttl: Option<u32>,
    },
    /// Not there.
    Missing,
    /// Something else is there.
    Wrong,
    /// Some authoritative servers have it and some do not.
    Disagree,
    /// Could not be found out.
    Unknown,
}

impl RecordState {
    /// Whether the operator's part is done: the record is published.
    pub fn is_published(self) -> bool {
        matches!(self, Self::Ok | Self::Stale { .. })
    }

    /// The word for it, five columns at most.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Stale { .. } | Self::Disagree => "wait",
            Self::Missing => "....",
            Self::Wrong => "FAIL",
            Self::Unknown => "?",
        }
    }
}

/// Compares a wanted record with what was observed at its name; `hostname` is our server's.
pub fn compare(wanted: &Record, seen: &Observation, hostname: &Fqdn) -> ComparedRecord {
    let mut servers: Vec<String> = Vec::new();
    for answer in &seen.authoritative {
        if !servers.contains(&answer.server) {
            servers.push(answer.server.clone());
        }
    }
    let compared = |found, state, why: String, advice| ComparedRecord {
        wanted: wanted.clone(),
        found,
        state,
        why,
        advice,
        servers: servers.clone(),
    };
    let Some(settled) = seen.settled() else {
        return compared(Vec::new(), RecordState::Unknown, format!("Not known: {}.", seen.trouble()), None);
    };
    let found = relevant(wanted, &settled.data);
    if seen.is_from_wildcard() && !judge(wanted, settled, hostname).is_good() {
        let why = "What answers is a wildcard record, which answers for every name.".to_owned();
        let advice = "Publish the record under its own name: that stops the wildcard there.".to_owned();
        return compared(found, RecordState::Missing, why, Some(advice));
    }
    let verdicts: Vec<(&str, Verdict)> = seen
        .authoritative
        .iter()
        .filter(|a| a.answer.state.is_verdict())
        .map(|a| (a.server.as_str(), judge(wanted, &a.answer, hostname)))
        .collect();
    let good: Vec<&str> = verdicts.iter().filter(|(_, v)| v.is_good()).map(|(s, _)| *s).collect();
    if !good.is_empty() && good.len() < verdicts.len() {
        let others: Vec<&str> = verdicts.iter().filter(|(_, v)| !v.is_good()).map(|(s, _)| *s).collect();
        let why = format!("{} already has it, {} not yet.", joined(&good), joined(&others));
        let advice = "Name servers usually agree within minutes. If they do not, one of them does not get updates.";
        return compared(found, RecordState::Disagree, why, Some(advice.into()));
    }
    match judge(wanted, settled, hostname) {
        Verdict::Good { note } => {
            let (state, why) = propagation(wanted, seen, hostname);
            compared(found, state, why, note)
        }
        Verdict::Missing => {
            let why = match settled.state {
                AnswerState::NxDomain => "There is nothing under this name yet.",
                _ => "There is no such record yet.",
            };
            compared(found, RecordState::Missing, why.into(), lost_dot(wanted, seen))
        }
        Verdict::Wrong { reason, advice } => compared(found, RecordState::Wrong, reason, Some(advice)),
    }
}

/// Whether the resolver sees it too, and if not for how long others may not.
fn propagation(wanted: &Record, seen: &Observation, hostname: &Fqdn) -> (RecordState, String) {
    let published = match (seen.authoritative.len(), seen.authoritative.iter().all(|a| a.answer.state.is_verdict())) {
        (0, _) => "The resolver sees it; its name servers could not be asked.".to_owned(),
        (1, true) => "Its name server has it.".to_owned(),
        (_, true) => "All its name servers have it.".to_owned(),
        (_, false) => {
            let silent: Vec<String> = seen
                .authoritative
                .iter()
                .filter(|a| !a.answer.state.is_verdict())
                .map(|a| format!("{} {}", a.server, a.answer.state.said()))
                .collect();
            format!("It is published, but {}.", silent.join(", "))
        }
    };
    match &seen.resolver {
        Some(answer) if answer.state.is_verdict() && !judge(wanted, answer, hostname).is_good() => {
            let ttl = answer.ttl;
            let time = ttl.map(|t| format!(" for up to {}", duration(t))).unwrap_or_default();
            (RecordState::Stale { ttl }, format!("{published} Others may still see what was there before{time}."))
        }
        _ => (RecordState::Ok, published),
    }
}

/// A time as people say it: "45 s", "54 min", "2 h", "3 days".
pub fn duration(seconds: u32) -> String {
    match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5399 => format!("{} min", seconds.div_ceil(60)),
        5400..=129_599 => format!("{} h", seconds.div_ceil(3600)),
        _ => format!("{} days", seconds.div_ceil(86_400)),
    }
}

/// A hint for the commonest slip: a name completed with the zone's, "mail.example.org.example.org".
fn lost_dot(wanted: &Record, seen: &Observation) -> Option<String> {
    let zone = seen.zone.as_deref()?;
    (wanted.kind != RecordKind::Ptr && wanted.name != zone && wanted.name.ends_with(zone)).then(|| {
        let head = wanted.name.strip_suffix(zone).unwrap_or_default().trim_end_matches('.');
        format!("If your provider adds the domain by itself, enter the name as '{head}'.")
    })
}
