//! Several looks at one thing make one finding: the worst speaks, all of them are evidence.

use crate::finding::{Finding, Outcome};

/// How bad an outcome is for the whole.
pub(super) fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Skipped => 0,
        Outcome::Pass => 1,
        Outcome::Info => 2,
        Outcome::Unknown => 3,
        Outcome::Warn => 4,
        Outcome::Fail => 5,
    }
}

/// One finding out of what was found at each place (an address, a folder). Where a place speaks for the bad, it is
/// named; where all is well, the first one's words stand for all.
pub(super) fn worst(findings: Vec<(String, Finding)>) -> Finding {
    let evidence: Vec<String> = findings.iter().flat_map(|(_, f)| f.evidence.iter().cloned()).collect();
    let several = findings.len() > 1;
    // The first of equally bad ones: max_by_key would take the last.
    let worst = findings.into_iter().rev().max_by_key(|(_, f)| badness(f.outcome));
    let Some((place, mut finding)) = worst else {
        return Finding::skipped("there is no address of ours to ask at");
    };
    if several && badness(finding.outcome) > badness(Outcome::Info) {
        finding.found = format!("at {place}: {}", finding.found);
    }
    finding.evidence = evidence;
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_place_is_named_and_nothing_seen_is_lost() {
        let finding = worst(vec![
            ("198.51.100.10".into(), Finding::pass("220 fine").evidence(["a"])),
            ("2001:db8::1".into(), Finding::fail("refused", "220").evidence(["b"])),
            ("2001:db8::2".into(), Finding::fail("silent", "220")),
        ]);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Fail, "at 2001:db8::1: refused"));
        assert_eq!(finding.evidence, ["a", "b"]);
        assert_eq!(worst(vec![("x".into(), Finding::pass("fine"))]).found, "fine");
        assert_eq!(worst(Vec::new()).outcome, Outcome::Skipped);
    }
}
