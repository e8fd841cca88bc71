//! Every cause is found by its own evidence, from each symptom that it belongs to.

use super::tests::{clock, result};
use crate::finding::{Finding, Outcome};
use crate::symptoms::bounce::Bounce;
use crate::symptoms::log::{Line, Scan, patterns};
use crate::symptoms::{ALWAYS, Cause, Drift, Evidence, Look, Server, Term, causes, diagnose, symptoms};

/// Makes a term hold. Looks need a name that lives as long as the program: those of the catalogue do.
fn hold(term: &'static Term, evidence: &mut Evidence, scan: &mut Scan) {
    match term {
        Term::Check { id, outcome, says } => {
            let found = says.clone().unwrap_or_else(|| "wrong".into());
            let finding = match outcome {
                Outcome::Fail => Finding::fail(found, "right"),
                Outcome::Warn => Finding::warn(found, "right"),
                Outcome::Unknown => Finding::unknown(found),
                _ => Finding::pass(found),
            };
            evidence.results.push(result(id, "mail.example.org", finding));
        }
        Term::Log { id, says } => {
            let pattern = patterns().get(id).unwrap();
            let samples = pattern.samples.iter().chain(&pattern.sample);
            let wanted = |s: &&String| says.as_ref().is_none_or(|text| s.to_lowercase().contains(text));
            let message = samples.clone().find(wanted).or(samples.clone().next()).unwrap();
            let message = match says {
                Some(text) if !message.to_lowercase().contains(text) => format!("{message} {text}"),
                _ => message.clone(),
            };
            let program = pattern.programs[0].replace('*', "");
            scan.read(&Line {
                time: Some(clock().now() - 60),
                program: program.into(),
                service: None,
                pid: None,
                message: message.into(),
            });
        }
        Term::Bounce { id } => {
            let pattern = patterns().get(id).unwrap();
            let sample = pattern.samples.iter().chain(&pattern.sample).next().unwrap();
            evidence.bounce = Bounce::read(sample.as_bytes());
            assert!(evidence.bounce.line(id).is_some(), "{id} is not found in its sample as a bounce");
        }
        Term::Drift { below } => evidence.drift.push(Drift {
            path: Some(below.into()),
            action: "it differs".into(),
            lines: vec!["+x".into()],
        }),
        Term::Look { id } => evidence.looks.push(Look { id: id.as_str(), line: "seen".into() }),
        Term::Said { word } => evidence.said.push_str(&format!(" {word}")),
    }
}

/// Whether the cause is concluded from one of its `any` terms together with all of its `all` terms.
fn is_concluded(cause: &'static Cause, any: Option<&'static Term>, of: &[&crate::symptoms::Symptom]) -> bool {
    let mut evidence = Evidence::default();
    let mut scan = Scan::new(clock(), None);
    cause.all.iter().chain(any).for_each(|term| hold(term, &mut evidence, &mut scan));
    evidence.log = Some(scan);
    let found = diagnose(&evidence, of, &Server::default());
    found.causes.iter().any(|c| c.id == cause.id)
}

#[test]
fn every_cause_is_concluded_from_each_of_its_proofs() {
    let mut wrong = Vec::new();
    for cause in causes() {
        let proofs: Vec<Option<&'static Term>> = match cause.any.is_empty() {
            true => vec![None],
            false => cause.any.iter().map(Some).collect(),
        };
        let own: Vec<_> = symptoms().iter().filter(|s| s.causes.contains(&cause.id)).collect();
        for proof in proofs {
            let mut ways: Vec<Vec<_>> = own.iter().map(|symptom| vec![*symptom]).collect();
            if !cause.everyday {
                ways.push(Vec::new());
            }
            if ALWAYS.causes.contains(&cause.id.as_str()) {
                ways.extend(symptoms().iter().map(|symptom| vec![symptom]));
            }
            for of in ways.into_iter().filter(|of| !is_concluded(cause, proof, of)) {
                let of = of.first().map_or("everything", |s| s.number.as_str());
                wrong.push(format!("{}: not from {proof:?} for {of}", cause.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_speaks_against_a_cause_rules_it_out() {
    for cause in causes() {
        for against in &cause.unless {
            let mut evidence = Evidence::default();
            let mut scan = Scan::new(clock(), None);
            cause.any.iter().take(1).chain(&cause.all).for_each(|term| hold(term, &mut evidence, &mut scan));
            // The same check cannot fail and pass.
            if let Term::Check { id, .. } = against {
                evidence.results.retain(|r| r.id != *id);
            }
            hold(against, &mut evidence, &mut scan);
            evidence.log = Some(scan);
            let found = diagnose(&evidence, &[], &Server::default());
            assert!(found.causes.iter().all(|c| c.id != cause.id), "{} in spite of {against:?}", cause.id);
        }
    }
}
