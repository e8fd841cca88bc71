//! `dmarc-record`, `dmarc-location`, `dmarc-syntax` and `dmarc-policy`.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, domain};
use super::dmarc_walk::{Stop, Walk, walk};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::RecordKind;
use crate::records::dmarc::{Dmarc, is_dmarc};
use crate::spec::{DmarcPolicy, Domain};

/// A DMARC record speaks for the domain.
pub static DMARC_RECORD: Check = Check {
    id: "dmarc-record",
    area: Area::Dmarc,
    why: "Large receivers want every sending domain to have a DMARC record.",
    rfc: "RFC 9989 sections 4.8 and 4.10",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(record(context, subject)),
};

/// No DMARC record stands where nobody looks.
pub static DMARC_LOCATION: Check = Check {
    id: "dmarc-location",
    area: Area::Dmarc,
    why: "A DMARC record counts only at _dmarc below the domain.",
    rfc: "RFC 9989 section 4.7",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(location(context, subject)),
};

/// The record can be read and holds nothing that is out of date.
pub static DMARC_SYNTAX: Check = Check {
    id: "dmarc-syntax",
    area: Area::Dmarc,
    why: "Receivers ignore a record that they cannot read.",
    rfc: "RFC 9989 sections 4.7 and 4.8",
    needs: &["dmarc-record"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(syntax(context, subject)),
};

/// The policy asks receivers to act.
pub static DMARC_POLICY: Check = Check {
    id: "dmarc-policy",
    area: Area::Dmarc,
    why: "With 'p=none' receivers let forged mail of the domain through.",
    rfc: "RFC 9989 section 4.7",
    needs: &["dmarc-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(policy(context, subject)),
};

/// The domain with the walk up from it.
pub(super) async fn look(context: &Context, subject: &Subject) -> Result<(Domain, Walk), Finding> {
    let domain = domain(subject)?;
    let walked = walk(context, domain.as_str()).await?;
    Ok((domain.clone(), walked))
}

/// The record that speaks for a domain: its own, or the next one above that can be read.
pub(super) fn speaking<'a>(domain: &Domain, walked: &'a Walk) -> Option<&'a Stop> {
    let own = walked.stops.iter().find(|s| s.name == domain.as_str());
    own.or_else(|| walked.stops.iter().find(|s| s.policy().is_some()))
}

fn advised(context: &Context, domain: &Domain) -> String {
    let own = context.own().ok().and_then(|own| own.record(&domain.below("_dmarc"), RecordKind::Txt));
    own.map_or_else(|| format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}"), |r| r.data)
}

async fn record(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, walked) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let advised = advised(&context, &domain);
    let publish = format!("Publish the TXT record at _dmarc.{domain}\n{advised}");
    let finding = match speaking(&domain, &walked) {
        None => Finding::fail(format!("there is no DMARC record at _dmarc.{domain} or above"), &advised)
            .instructions(publish),
        Some(stop) if stop.records.len() > 1 => {
            Finding::fail(format!("there are {} DMARC records, and receivers use none", stop.records.len()), "one")
                .instructions(format!("Delete all but one at _dmarc.{domain}"))
        }
        Some(stop) if stop.name == domain.as_str() => Finding::pass(stop.records.join(" | ")),
        Some(stop) => {
            Finding::warn(format!("only {} speaks for it: {}", stop.name, stop.records.join(" | ")), &advised)
                .instructions(publish)
        }
    };
    finding.evidence(walked.evidence)
}

async fn location(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let doubled = format!("_dmarc.{domain}.{domain}");
    let (apex, doubled_at) =
        tokio::join!(ask(&context, domain.as_str(), RecordType::TXT), ask(&context, &doubled, RecordType::TXT));
    let mut evidence = Vec::new();
    let mut misplaced = Vec::new();
    let mut unknown = None;
    for (place, asked) in [(domain.as_str(), apex), (doubled.as_str(), doubled_at)] {
        match asked {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                if asked.answer.data.iter().any(|t| is_dmarc(t)) {
                    misplaced.push(place.to_owned());
                }
            }
            Err(finding) => unknown = Some(finding),
        }
    }
    let finding = match (misplaced.is_empty(), unknown) {
        (false, _) => Finding::warn(
            format!("a DMARC record stands at {}, where nobody looks", misplaced.join(" and ")),
            format!("_dmarc.{domain}"),
        )
        .instructions(format!(
            "Move it to _dmarc.{domain}; in a form that adds the domain by itself the name is _dmarc"
        )),
        (true, Some(unknown)) => unknown,
        (true, None) => Finding::pass("none in a wrong place"),
    };
    finding.evidence(evidence)
}

async fn syntax(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, walked) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let Some(stop) = speaking(&domain, &walked) else { return Finding::skipped("there is no DMARC record") };
    let [text] = stop.records.as_slice() else { return Finding::skipped("there is more than one DMARC record") };
    let advised = advised(&context, &domain);
    let fix = format!("Change the TXT record at _dmarc.{} to\n{advised}", stop.name);
    let finding = match Dmarc::parse(text) {
        Err(reason) => Finding::fail(format!("{text}: {reason}"), &advised).instructions(fix),
        Ok(record) if record.warnings.is_empty() => Finding::pass(text),
        Ok(record) => Finding::warn(record.warnings.join(" "), &advised).instructions(fix),
    };
    finding.evidence(walked.evidence)
}

/// Whether we chose to begin with p=none.
fn wants_none(context: &Context, domain: &Domain) -> bool {
    let own = context.own().ok().and_then(|own| own.spec.domain(domain));
    own.is_some_and(|d| d.dmarc == DmarcPolicy::None)
}

async fn policy(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, walked) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let Some(stop) = speaking(&domain, &walked) else { return Finding::skipped("there is no DMARC record") };
    let Some(record) = stop.policy() else { return Finding::skipped("the DMARC record cannot be read") };
    let own = stop.name == domain.as_str();
    let in_force = if own { record.policy } else { record.subdomain_policy.unwrap_or(record.policy) };
    let path = format!(
        "It is the right start. Read the reports for some weeks; when all mail of {domain} passes, publish p=quarantine, and some weeks later p=reject."
    );
    let finding = match (in_force, record.testing) {
        (DmarcPolicy::None, _) if wants_none(&context, &domain) => Finding::info("p=none: receivers only report")
            .expected("quarantine or reject in the end")
            .instructions(path),
        (DmarcPolicy::None, _) => {
            Finding::warn("p=none: receivers only report", "quarantine or reject").instructions(path)
        }
        (policy, true) => {
            Finding::warn(format!("p={} with t=y: receivers apply the weaker one", policy.as_str()), "no t=y")
                .instructions(format!("Remove t=y from the TXT record at _dmarc.{}", stop.name))
        }
        (policy, false) => Finding::pass(format!("p={}", policy.as_str())),
    };
    finding.evidence(walked.evidence)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::{Manner, World};

    async fn judged(world: World) -> [Outcome; 4] {
        let world = world.run().await;
        let context = context(&world);
        let (a, b, c, d) = tokio::join!(
            record(Arc::clone(&context), domain()),
            location(Arc::clone(&context), domain()),
            syntax(Arc::clone(&context), domain()),
            policy(Arc::clone(&context), domain()),
        );
        [a.outcome, b.outcome, c.outcome, d.outcome]
    }

    #[tokio::test]
    async fn records_as_receivers_take_them() {
        use Outcome::{Fail, Info, Pass, Skipped, Warn};
        let at = |text: &str| format!("_dmarc.example.org. 60 TXT \"{text}\"");
        for (lines, expected) in [
            (at("v=DMARC1; p=none; rua=mailto:postmaster@example.org"), [Pass, Pass, Pass, Info]),
            (at("v=DMARC1; p=reject;"), [Pass, Pass, Pass, Pass]),
            (at("v=DMARC1; p=reject; t=y"), [Pass, Pass, Pass, Warn]),
            (at("v=DMARC1; p=reject; pct=100"), [Pass, Pass, Warn, Pass]),
            (at("v=DMARC1; p=bogus"), [Pass, Pass, Fail, Skipped]),
            // With a report address it counts, as none.
            (at("v=DMARC1; p=bogus; rua=mailto:postmaster@example.org"), [Pass, Pass, Warn, Info]),
            (at("v=dmarc1; p=reject"), [Fail, Pass, Skipped, Skipped]),
            // Another TXT record at the name is no error.
            (format!("{}\n{}", at("v=DMARC1; p=reject"), at("hello")), [Pass, Pass, Pass, Pass]),
            (format!("{}\n{}", at("v=DMARC1; p=reject"), at("v=DMARC1; p=none")), [Fail, Pass, Skipped, Skipped]),
            ("example.org. 60 TXT \"v=DMARC1; p=reject\"".to_owned(), [Fail, Warn, Skipped, Skipped]),
            (
                "_dmarc.example.org.example.org. 60 TXT \"v=DMARC1; p=reject\"".to_owned(),
                [Fail, Warn, Skipped, Skipped],
            ),
            ("*.example.org. 60 TXT \"v=spf1 -all\"".to_owned(), [Fail, Pass, Skipped, Skipped]),
            (String::new(), [Fail, Pass, Skipped, Skipped]),
        ] {
            assert_eq!(judged(example(&lines)).await, expected, "{lines}");
        }
    }

    #[tokio::test]
    async fn a_failing_server_is_no_missing_record() {
        let world = example("").manner("127.9.0.10", Manner::ServFail).manner("127.9.0.11", Manner::ServFail);
        assert_eq!(judged(world).await[0], Outcome::Unknown);
    }
}
