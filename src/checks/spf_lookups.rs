//! `spf-lookup-limit`, `spf-void-lookups`, `spf-include-none` and `spf-mx-ptr-subcount`: what it costs to evaluate the record to its end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt, join_all};

use super::spf_evaluate::{cost, evaluate};
use super::spf_record::parsed;
use super::{Check, CheckFuture, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::{DnsClient, RecordType};
use crate::records::spf::{MOST_LOOKUPS, Mechanism, Spf, Term, is_spf};
use crate::records::{Answer, AnswerState};
use crate::spec::Domain;

/// Look-ups without a result that an evaluation may make (RFC 7208 section 4.6.4).
const MOST_VOID: usize = 2;
/// Names under one `mx` (RFC 7208 section 4.6.4).
const MOST_MX: usize = 10;
/// How deep records may include one another before we stop following: more than ten cannot be evaluated anyway.
const DEEPEST: usize = 11;

/// Evaluating the record costs at most ten look-ups.
pub static SPF_LOOKUP_LIMIT: Check = Check {
    id: "spf-lookup-limit",
    area: Area::Spf,
    why: "Receivers stop after ten look-ups and then take the record as broken.",
    rfc: "RFC 7208 section 4.6.4",
    needs: &["spf-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| Box::pin(most_and_actual(context, subject)),
};

/// Evaluating the record meets at most two names without an answer.
pub static SPF_VOID_LOOKUPS: Check = Check {
    id: "spf-void-lookups",
    area: Area::Spf,
    why: "Receivers stop after two look-ups that find nothing.",
    rfc: "RFC 7208 section 4.6.4",
    needs: &["spf-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| judged(context, subject, void),
};

/// Every record that is included is there and can be read.
pub static SPF_INCLUDE_NONE: Check = Check {
    id: "spf-include-none",
    area: Area::Spf,
    why: "An include that names no SPF record makes the whole record void.",
    rfc: "RFC 7208 sections 5.2 and 6.1",
    needs: &["spf-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| judged(context, subject, includes),
};

/// No `mx` leads to more hosts than receivers look up.
pub static SPF_MX_PTR_SUBCOUNT: Check = Check {
    id: "spf-mx-ptr-subcount",
    area: Area::Spf,
    why: "An 'mx' with more than ten hosts makes the whole record void, and of a 'ptr' only ten names are looked at.",
    rfc: "RFC 7208 sections 4.6.4 and 5.5",
    needs: &["spf-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| judged(context, subject, crowds),
};

/// What following a record to every end found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Walk {
    /// Terms that cost a look-up.
    lookups: usize,
    /// Names that had no answer.
    void: Vec<String>,
    /// Included or redirected to records that are missing or cannot be read.
    broken: Vec<String>,
    /// `mx` with too many hosts: the name, and how many it has.
    crowded: Vec<(String, usize)>,
    /// What could not be looked up.
    unknown: Vec<String>,
    /// Every look-up.
    evidence: Vec<String>,
}

impl Walk {
    fn add(&mut self, other: Self) {
        self.lookups += other.lookups;
        self.void.extend(other.void);
        self.broken.extend(other.broken);
        self.crowded.extend(other.crowded);
        self.unknown.extend(other.unknown);
        self.evidence.extend(other.evidence);
    }

    /// Notes an answer; whether there was something.
    fn note(&mut self, kind: RecordType, name: &str, answer: &Answer) -> bool {
        self.evidence.push(format!("{kind} {name} at the resolver: {}", answer.line()));
        match answer.state {
            AnswerState::Found => true,
            AnswerState::NoData | AnswerState::NxDomain => {
                self.void.push(name.to_owned());
                false
            }
            ref other => {
                self.unknown.push(format!("{name}: the resolver {}", other.said()));
                false
            }
        }
    }
}

/// Follows every term, all of one record at once. What comes after a match is not looked up at run time: this is the
/// most that it can cost.
fn walk<'a>(dns: &'a DnsClient, domain: &'a str, spf: &'a Spf, depth: usize) -> BoxFuture<'a, Walk> {
    async move {
        let before_all = spf.terms.iter().take_while(|t| !matches!(t, Term::Directive(_, Mechanism::All)));
        let mut steps: Vec<BoxFuture<'a, Walk>> = Vec::new();
        for term in before_all {
            match term {
                Term::Directive(_, Mechanism::Include(target)) => steps.push(follow(dns, target, depth).boxed()),
                Term::Directive(_, mechanism) if mechanism.costs_lookup() => {
                    steps.push(look_up(dns, domain, mechanism).boxed());
                }
                _ => {}
            }
        }
        if let Some(target) = spf.redirect() {
            steps.push(follow(dns, target, depth).boxed());
        }
        let mut whole = Walk::default();
        for step in join_all(steps).await {
            whole.add(step);
        }
        whole
    }
    .boxed()
}

async fn follow(dns: &DnsClient, target: &str, depth: usize) -> Walk {
    let mut walked = Walk { lookups: 1, ..Walk::default() };
    if target.contains('%') || depth >= DEEPEST {
        // A name that depends on the message, or a circle: it costs, and leads nowhere that could be shown.
        if depth >= DEEPEST {
            walked.broken.push(format!("'{target}' is included too deep, or by itself"));
        }
        return walked;
    }
    let answer = dns.resolve(target, RecordType::TXT).await;
    if !walked.note(RecordType::TXT, target, &answer) {
        if answer.state.is_verdict() {
            walked.broken.push(format!("'{target}' has no SPF record"));
        }
        return walked;
    }
    let records: Vec<&String> = answer.data.iter().filter(|t| is_spf(t)).collect();
    match records.as_slice() {
        [record] => match Spf::parse(record) {
            Ok(spf) => walked.add(walk(dns, target, &spf, depth + 1).await),
            Err(reason) => walked.broken.push(format!("the record of '{target}' cannot be read: {reason}")),
        },
        [] => walked.broken.push(format!("'{target}' has no SPF record")),
        many => walked.broken.push(format!("'{target}' has {} SPF records", many.len())),
    }
    walked
}

async fn look_up(dns: &DnsClient, domain: &str, mechanism: &Mechanism) -> Walk {
    let mut walked = Walk { lookups: 1, ..Walk::default() };
    let named = |args: &str| {
        let name = args.split('/').next().unwrap_or_default();
        name.strip_prefix(':').unwrap_or(domain).to_owned()
    };
    match mechanism {
        Mechanism::A(args) if !args.contains('%') => {
            let name = named(args);
            let (v4, v6) = tokio::join!(dns.resolve(&name, RecordType::A), dns.resolve(&name, RecordType::AAAA));
            // Either family counts: a sender of the other one meets a void look-up, but only one.
            if v4.state == AnswerState::Found || v6.state != AnswerState::Found {
                walked.note(RecordType::A, &name, &v4);
            } else {
                walked.note(RecordType::AAAA, &name, &v6);
            }
        }
        Mechanism::Mx(args) if !args.contains('%') => {
            let name = named(args);
            let answer = dns.resolve(&name, RecordType::MX).await;
            walked.note(RecordType::MX, &name, &answer);
            if answer.data.len() > MOST_MX {
                walked.crowded.push((name, answer.data.len()));
            }
        }
        // `exists` is made to find nothing for most; `ptr` depends on who sends.
        _ => {}
    }
    walked
}

fn judged(context: Arc<Context>, subject: Subject, judge: fn(&Domain, &Walk) -> Finding) -> CheckFuture {
    Box::pin(async move {
        let (domain, asked, _, spf) = match parsed(&context, &subject).await {
            Ok(found) => found,
            Err(finding) => return finding,
        };
        let walked = walk(&context.dns, domain.as_str(), &spf, 0).await;
        judge(&domain, &walked).evidence(asked.evidence).evidence(&walked.evidence)
    })
}

/// What the record costs at most, and what it costs for the addresses that mail really comes from: the terms behind the
/// match are not looked up.
async fn most_and_actual(context: Arc<Context>, subject: Subject) -> Finding {
    let finding = judged(Arc::clone(&context), subject.clone(), limit).await;
    let Ok((domain, ..)) = parsed(&context, &subject).await else { return finding };
    let sender = format!("postmaster@{domain}");
    match evaluate(&context, &context.senders(), &sender).await {
        Ok(seen) => finding.evidence(seen.iter().map(|(address, seen)| cost(*address, seen))),
        // Nothing is known of who sends.
        Err(_) => finding,
    }
}

fn limit(domain: &Domain, walked: &Walk) -> Finding {
    let found = format!("{} of {MOST_LOOKUPS} look-ups at most", walked.lookups);
    let advice = format!("Remove what no longer sends for {domain}, or write its addresses out as ip4: and ip6:");
    match walked.lookups {
        n if n > MOST_LOOKUPS => {
            Finding::fail(format!("{n} look-ups"), format!("at most {MOST_LOOKUPS}")).instructions(advice)
        }
        _ if !walked.unknown.is_empty() => Finding::unknown(format!("at least {found}; {}", walked.unknown.join("; "))),
        8.. => Finding::warn(found, "some to spare: the records you include may grow").instructions(advice),
        _ => Finding::pass(found),
    }
}

fn void(domain: &Domain, walked: &Walk) -> Finding {
    match walked.void.as_slice() {
        [] if !walked.unknown.is_empty() => Finding::unknown(walked.unknown.join("; ")),
        [] => Finding::pass("every name has an answer"),
        // `mx` before the MX is published, and the domain's own, is ours to settle by publishing it.
        names if names.len() <= MOST_VOID => {
            Finding::info(format!("no answer for {}", names.join(" "))).expected(format!("at most {MOST_VOID}"))
        }
        names => Finding::fail(format!("no answer for {}", names.join(" ")), format!("at most {MOST_VOID}"))
            .instructions(format!("Remove those names from the record of {domain}")),
    }
}

fn includes(domain: &Domain, walked: &Walk) -> Finding {
    if !walked.broken.is_empty() {
        return Finding::fail(walked.broken.join("; "), "an SPF record at every included name")
            .instructions(format!("Remove or correct those parts of the record of {domain}"));
    }
    match walked.unknown.is_empty() {
        true => Finding::pass("every included record is there"),
        false => Finding::unknown(walked.unknown.join("; ")),
    }
}

/// Counted are hosts: one with both an A and an AAAA record is one.
fn crowds(domain: &Domain, walked: &Walk) -> Finding {
    let crowded: Vec<String> =
        walked.crowded.iter().map(|(name, count)| format!("'{name}' has {count} MX records")).collect();
    if !crowded.is_empty() {
        return Finding::fail(crowded.join("; "), format!("at most {MOST_MX}")).instructions(format!(
            "Write the addresses out as ip4: and ip6: in the record of {domain}, in place of 'mx'"
        ));
    }
    match walked.unknown.is_empty() {
        true => Finding::pass(format!("no 'mx' with more than {MOST_MX} hosts")),
        false => Finding::unknown(walked.unknown.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    async fn three(lines: &str) -> [Finding; 3] {
        let world = example(lines)
            .cached("failing.example.org.", RecordType::TXT, &[])
            .zone("other.net.", &["127.9.0.12"], "")
            .run()
            .await;
        let context = context(&world);
        let (a, b, c) = tokio::join!(
            judged(Arc::clone(&context), domain(), limit),
            judged(Arc::clone(&context), domain(), void),
            judged(Arc::clone(&context), domain(), includes)
        );
        [a, b, c]
    }

    fn outcomes(findings: &[Finding; 3]) -> [Outcome; 3] {
        [findings[0].outcome, findings[1].outcome, findings[2].outcome]
    }

    #[tokio::test]
    async fn what_is_counted_and_what_is_not() {
        use Outcome::{Fail, Info, Pass, Unknown, Warn};
        let leaf = "leaf.example.org. 60 TXT \"v=spf1 ip4:192.0.2.1 a:mail.example.org -all\"";
        let host = "mail.example.org. 60 A 198.51.100.10\nexample.org. 60 MX 10 mail.example.org.";
        for (record, lookups, expected) in [
            ("v=spf1 mx -all", 1, [Pass, Pass, Pass]),
            ("v=spf1 mx include:leaf.example.org -all", 3, [Pass, Pass, Pass]),
            // all puts redirect out of force; exp and ip4 cost nothing.
            ("v=spf1 mx ip4:192.0.2.1 exp=e.example.org redirect=leaf.example.org -all", 1, [Pass, Pass, Pass]),
            ("v=spf1 mx redirect=leaf.example.org", 3, [Pass, Pass, Pass]),
            ("v=spf1 mx a:gone1.example.org a:gone2.example.org -all", 3, [Pass, Info, Pass]),
            ("v=spf1 a:g1.example.org a:g2.example.org a:g3.example.org -all", 3, [Pass, Fail, Pass]),
            ("v=spf1 include:gone.example.org -all", 1, [Pass, Info, Fail]),
            ("v=spf1 include:mail.example.org -all", 1, [Pass, Info, Fail]),
            ("v=spf1 include:failing.example.org -all", 1, [Unknown, Unknown, Unknown]),
            (
                "v=spf1 include:leaf.example.org include:leaf.example.org include:leaf.example.org include:leaf.example.org -all",
                8,
                [Warn, Pass, Pass],
            ),
            (
                "v=spf1 include:leaf.example.org include:leaf.example.org include:leaf.example.org include:leaf.example.org include:leaf.example.org mx -all",
                11,
                [Fail, Pass, Pass],
            ),
        ] {
            let findings = three(&format!("example.org. 60 TXT \"{record}\"\n{leaf}\n{host}")).await;
            assert_eq!(outcomes(&findings), expected, "{record}: {findings:?}");
            assert!(findings[0].found.contains(&lookups.to_string()), "{record}: {:?}", findings[0]);
        }
    }

    #[tokio::test]
    async fn hosts_of_an_mx_are_counted_not_their_addresses() {
        for (hosts, outcome) in [(10, Outcome::Pass), (11, Outcome::Fail)] {
            let mut lines = vec!["example.org. 60 TXT \"v=spf1 mx -all\"".to_owned()];
            for n in 0..hosts {
                lines.push(format!("example.org. 60 MX 10 mx{n}.example.org."));
                lines.push(format!("mx{n}.example.org. 60 A 192.0.2.{n}"));
                lines.push(format!("mx{n}.example.org. 60 AAAA 2001:db8::{n}"));
            }
            let world = example(&lines.join("\n")).run().await;
            let finding = judged(context(&world), domain(), crowds).await;
            assert_eq!(finding.outcome, outcome, "{hosts}: {finding:?}");
            let limit = judged(context(&world), domain(), limit).await;
            assert_eq!(limit.found, "1 of 10 look-ups at most");
        }
    }

    #[tokio::test]
    async fn a_circle_ends() {
        let findings = three("example.org. 60 TXT \"v=spf1 include:example.org -all\"").await;
        assert_eq!(outcomes(&findings), [Outcome::Fail, Outcome::Pass, Outcome::Fail]);
    }

    #[tokio::test]
    async fn terms_behind_the_match_cost_nothing_at_run_time() {
        let record =
            "example.org. 60 TXT \"v=spf1 ip6:2001:db8:100::/48 a:mail.example.org include:x.example.org -all\"";
        let more = "mail.example.org. 60 A 198.51.100.10\nx.example.org. 60 TXT \"v=spf1 mx -all\"";
        let world = example(&format!("{record}\n{more}")).run().await;
        let finding = most_and_actual(context(&world), domain()).await;
        assert_eq!(finding.found, "3 of 10 look-ups at most");
        for actual in [
            "mail from 198.51.100.10: pass by 'a:mail.example.org', 1 of 10 look-ups",
            "mail from 2001:db8:100::10: pass by 'ip6:2001:db8:100::/48', 0 of 10 look-ups",
        ] {
            assert!(finding.evidence.iter().any(|l| l.starts_with(actual)), "{finding:?}");
        }
    }
}
