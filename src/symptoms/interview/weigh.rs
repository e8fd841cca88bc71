//! How likely each symptom is after what was said, and how much a question would tell.

use super::Opening;
use super::question::Split;
use crate::symptoms::catalogue::{Symptom, cause, symptoms};
use crate::symptoms::evidence::Evidence;
use crate::symptoms::term::Term;
use crate::symptoms::words::matching;

/// What an answer leaves to a symptom that it does not name: people err.
const UNLIKELY: f64 = 0.05;
/// How much more a symptom weighs that a bounce or a recent log line speaks for, where nothing was said.
const SPOKEN_FOR: f64 = 6.0;
/// A symptom lighter than this part of the heaviest is not looked at.
const NEAR: f64 = 0.06;
/// The symptoms that an Authentication-Results header is about.
const OF_AUTHENTICATION: [&str; 3] = ["unauthenticated", "lands-in-spam", "dkim"];
/// This many symptoms are simply measured: their checks take no longer than an answer.
pub(super) const MEASURED: usize = 3;

/// The weight of each symptom; all together are 1.
#[derive(Debug, Clone)]
pub(super) struct Weights(Vec<(&'static Symptom, f64)>);

impl Weights {
    /// Before anything was asked.
    pub(super) fn of(opening: &Opening, evidence: &Evidence) -> Self {
        let words = match opening {
            Opening::Words(words) => matching(words, symptoms().len()),
            Opening::Everything | Opening::Symptom(_) | Opening::Check(_) => Vec::new(),
        };
        let best = words.first().map(|m| m.score);
        let weigh = |symptom: &'static Symptom| match best {
            // Cubed, so that what fits half as well weighs an eighth.
            Some(best) => {
                let fits = words.iter().find(|m| m.id == symptom.id).map_or(0.0, |m| (m.score / best).powi(3));
                // An error text that was given with the words is as good as they are.
                if is_in_bounce(symptom, evidence) { fits.max(0.5) } else { fits }
            }
            None if is_in_bounce(symptom, evidence) || is_in_log(symptom, evidence) => SPOKEN_FOR,
            None => 1.0,
        };
        Self(symptoms().iter().map(|symptom| (symptom, weigh(symptom))).collect()).normalised()
    }

    /// After an answer that names these symptoms.
    pub(super) fn answered(self, named: &[&str]) -> Self {
        let heaviest = self.0.iter().map(|(_, w)| *w).fold(0.0, f64::max);
        // What the words did not lead to comes back where the answer names it.
        let floor = heaviest * 0.02;
        let weigh = |id: &str, w: f64| if named.contains(&id) { w.max(floor) } else { w * UNLIKELY };
        Self(self.0.into_iter().map(|(symptom, w)| (symptom, weigh(&symptom.id, w))).collect()).normalised()
    }

    fn normalised(mut self) -> Self {
        let all: f64 = self.0.iter().map(|(_, w)| w).sum();
        if all > 0.0 {
            self.0.iter_mut().for_each(|(_, w)| *w /= all);
        }
        self
    }

    /// What is not far from the heaviest, that first.
    pub(super) fn near(&self) -> Vec<&'static Symptom> {
        let mut sorted = self.0.clone();
        sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
        let heaviest = sorted.first().map_or(0.0, |(_, w)| *w);
        sorted.into_iter().filter(|(_, w)| *w > 0.0 && *w >= NEAR * heaviest).map(|(symptom, _)| symptom).collect()
    }

    /// The part of the weight that the heaviest few have.
    pub(super) fn of_heaviest(&self, few: usize) -> f64 {
        let mut weights: Vec<f64> = self.0.iter().map(|(_, w)| *w).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        weights.into_iter().take(few).sum()
    }

    /// The part of the weight that these symptoms have.
    pub(super) fn share(&self, ids: &[&str]) -> f64 {
        self.0.iter().filter(|(s, _)| ids.contains(&s.id.as_str())).map(|(_, w)| w).sum()
    }

    /// How many bits these symptoms are apart, the rest left out.
    pub(super) fn entropy_among(&self, ids: &[&str]) -> f64 {
        entropy(self.0.iter().filter(|(s, _)| ids.contains(&s.id.as_str())).map(|(_, w)| *w))
    }

    /// How many bits an answer to this question tells on average.
    pub(super) fn gain(&self, split: &Split) -> f64 {
        let named_by = |id: &str| split.sets.iter().filter(|set| set.contains(&id)).count();
        // Of a symptom that several answers name, each gets its part; one that none names is answered by silence.
        let part = |set: Option<&Vec<&'static str>>, id: &str| match (set, named_by(id)) {
            (None, 0) => 1.0,
            (Some(set), n) if set.contains(&id) => 1.0 / n as f64,
            _ => 0.0,
        };
        let after: f64 = split
            .sets
            .iter()
            .map(Some)
            .chain([None])
            .map(|set| {
                let left = || self.0.iter().map(|(s, w)| w * part(set, &s.id));
                left().sum::<f64>() * entropy(left())
            })
            .sum();
        entropy(self.0.iter().map(|(_, w)| *w)) - after
    }
}

fn entropy(weights: impl Iterator<Item = f64>) -> f64 {
    let weights: Vec<f64> = weights.filter(|w| *w > 0.0).collect();
    let all: f64 = weights.iter().sum();
    weights.iter().map(|w| w / all).map(|p| -p * p.log2()).sum()
}

/// Whether the bounce, or what a receiver found out, speaks for one of its causes.
pub(super) fn is_in_bounce(symptom: &Symptom, evidence: &Evidence) -> bool {
    if !evidence.bounce.authentication.is_empty() && OF_AUTHENTICATION.contains(&symptom.id.as_str()) {
        return true;
    }
    let causes = symptom.causes.iter().filter_map(|id| cause(id));
    causes
        .flat_map(|c| c.any.iter().chain(&c.all))
        .any(|term| matches!(term, Term::Bounce { .. }) && evidence.shows(term).is_some())
}

/// Whether a recent line, such as not every server has, speaks for one of its causes.
fn is_in_log(symptom: &Symptom, evidence: &Evidence) -> bool {
    let causes = symptom.causes.iter().filter_map(|id| cause(id)).filter(|c| !c.everyday);
    let speaks = |term: &Term| matches!(term, Term::Log { .. }) && evidence.is_recent(term);
    causes.flat_map(|c| c.any.iter().chain(&c.all)).any(|term| speaks(term) && evidence.shows(term).is_some())
}
