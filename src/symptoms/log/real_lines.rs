//! Every pattern is proved on a line that a daemon wrote in the lab; no other pattern takes the line for its own.
//!
//! `tests/logs/real-lines.log` holds, for each line, a comment before it: `#: ID WHERE`, and after `also` the patterns
//! that rightly match it too. WHERE is the release it was written on, or `synthetic` where no daemon could be brought to
//! write it: the outside world would be needed, or a stack that is not there yet.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Clock, patterns, read};

/// So many patterns have no line of a real daemon. The number may only fall.
const SYNTHETIC: usize = 9;

struct Case {
    id: String,
    place: String,
    also: Vec<String>,
    line: String,
}

fn cases() -> Vec<Case> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs/real-lines.log");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let mut cases = Vec::new();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix("#: ") else { continue };
        let mut words = head.split(' ').map(str::to_owned);
        let (id, place) = (words.next().unwrap(), words.next().unwrap());
        let also = words.filter(|word| word != "also").collect();
        cases.push(Case { id, place, also, line: lines.next().unwrap().to_owned() });
    }
    cases
}

#[test]
fn each_pattern_matches_its_real_line_and_no_other_takes_it() {
    let clock = Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    let mut wrong = Vec::new();
    for case in cases() {
        let line = read(&case.line, &clock);
        let found: Vec<_> = patterns().matching(&line).into_iter().map(|n| &patterns().all()[n]).collect();
        if !found.iter().any(|p| p.id == case.id) {
            wrong.push(format!("{} is not found in: {}", case.id, case.line));
        }
        let stealing = found.iter().filter(|p| p.id != case.id && !p.general && !case.also.contains(&p.id));
        wrong.extend(stealing.map(|p| format!("{} takes the line of {}: {}", p.id, case.id, case.line)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_pattern_has_a_line_and_synthetic_ones_are_counted() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in cases() {
        assert!(patterns().get(&case.id).is_some(), "there is no pattern {}", case.id);
        assert!(["trixie", "bookworm", "synthetic"].contains(&case.place.as_str()), "{}: '{}'", case.id, case.place);
        places.entry(case.id).or_default().push(case.place);
    }
    let missing: Vec<&str> =
        patterns().all().iter().map(|p| p.id.as_str()).filter(|id| !places.contains_key(*id)).collect();
    assert!(missing.is_empty(), "no line for {}", missing.join(" "));
    let synthetic: Vec<&String> =
        places.iter().filter(|(_, at)| at.iter().all(|p| p == "synthetic")).map(|(id, _)| id).collect();
    assert!(synthetic.len() <= SYNTHETIC, "{} have only a synthetic line: {synthetic:?}", synthetic.len());
}
