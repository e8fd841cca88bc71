//! `spf-record-one`, `spf-syntax`, `spf-all` and `spf-size`: the record as it stands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::asked::{Asked, ask, domain};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::spf::{COMFORTABLE_LENGTH, Mechanism, Qualifier, Spf, Term, is_spf};
use crate::records::{Known, Published, RecordKind, wanted};
use crate::spec::{Domain, MailDomain};

/// Exactly one SPF record stands at the domain.
pub static SPF_RECORD_ONE: Check = Check {
    id: "spf-record-one",
    area: Area::Spf,
    why: "Without an SPF record receivers cannot tell our mail from forged mail; with two they use none.",
    rfc: "RFC 7208 sections 4.5 and 3.2",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(one(context, subject)),
};

/// The whole record can be read.
pub static SPF_SYNTAX: Check = Check {
    id: "spf-syntax",
    area: Area::Spf,
    why: "An error anywhere in the record makes all of it void, also behind the part that matches.",
    rfc: "RFC 7208 sections 4.6 and 5",
    needs: &["spf-record-one"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(syntax(context, subject)),
};

/// The record ends in `-all` or `~all`.
pub static SPF_ALL: Check = Check {
    id: "spf-all",
    area: Area::Spf,
    why: "The end of the record says what holds for every other machine.",
    rfc: "RFC 7208 sections 5.1 and 6.1",
    needs: &["spf-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(end(context, subject)),
};

/// The record fits into a UDP answer.
pub static SPF_SIZE: Check = Check {
    id: "spf-size",
    area: Area::Spf,
    why: "A long record needs a second look-up over TCP, which some receivers do not do.",
    rfc: "RFC 7208 section 3.4",
    needs: &["spf-record-one"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(size(context, subject)),
};

/// The TXT records of a domain with the SPF records among them, or the finding that ends the check.
pub(super) async fn look(context: &Context, subject: &Subject) -> Result<(Domain, Asked, Vec<String>), Finding> {
    let domain = domain(subject)?;
    let asked = ask(context, domain.as_str(), RecordType::TXT).await?;
    let records = asked.answer.data.iter().filter(|t| is_spf(t)).cloned().collect();
    Ok((domain.clone(), asked, records))
}

/// The one parsed record of a domain, or the finding that ends the check.
pub(super) async fn parsed(context: &Context, subject: &Subject) -> Result<(Domain, Asked, String, Spf), Finding> {
    let (domain, asked, records) = look(context, subject).await?;
    let [record] = records.as_slice() else {
        return Err(Finding::skipped("there is not exactly one SPF record").evidence(asked.evidence));
    };
    match Spf::parse(record) {
        Ok(spf) => Ok((domain, asked, record.clone(), spf)),
        Err(_) => Err(Finding::skipped("the SPF record cannot be read").evidence(asked.evidence)),
    }
}

/// The record that should stand there: of our own domains what is there, with our server in it; of others one that
/// shows the form.
pub(super) async fn advised(context: &Context, domain: &Domain, txt: Vec<String>) -> String {
    let Ok(own) = context.own() else { return "v=spf1 mx ~all".to_owned() };
    let mx = context.dns.observe(domain.as_str(), RecordType::MX).await;
    let mx = mx.settled().map(|a| a.data.clone()).unwrap_or_default();
    let published = BTreeMap::from([(domain.clone(), Published { txt, mx, unknown: None })]);
    let known = Known { published, ..own.known.clone() };
    let mut spec = own.spec.clone();
    spec.domains.retain(|d: &MailDomain| d.name == *domain);
    let records = wanted(&spec, &known);
    let own = records.iter().find(|r| r.name == domain.absolute() && r.kind == RecordKind::Txt && is_spf(&r.data));
    own.map(|r| r.data.clone()).unwrap_or_default()
}

async fn one(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, asked, records) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let advised = advised(&context, &domain, asked.answer.data.clone()).await;
    let finding = match records.as_slice() {
        [record] => Finding::pass(record),
        [] => match asked.answer.data.iter().find(|t| meant_as_spf(t)) {
            Some(meant) => Finding::fail(
                format!("'{}' is no SPF record: it has to begin with 'v=spf1 '", crate::printable::excerpt(meant, 120)),
                &advised,
            )
            .instructions(format!("Change that TXT record of {domain} to\n{advised}")),
            None => Finding::fail("there is no SPF record", &advised)
                .instructions(format!("Publish the TXT record at {domain}\n{advised}")),
        },
        many => Finding::fail(format!("there are {} SPF records: {}", many.len(), many.join(" | ")), &advised)
            .instructions(format!("Replace them by one TXT record at {domain}\n{advised}")),
    };
    finding.evidence(asked.evidence)
}

/// Quotation marks, a dash for the equals sign, a space before: what people paste.
fn meant_as_spf(text: &str) -> bool {
    let bare = text.trim_start_matches(['"', ' ', '\u{201c}', '\u{201d}', '\u{a0}']).to_ascii_lowercase();
    bare.starts_with("v=spf") || bare.starts_with("v-spf") || bare.starts_with("spf1 ") || bare.starts_with("spf2.0/")
}

async fn syntax(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, asked, records) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let [record] = records.as_slice() else { return Finding::skipped("there is not exactly one SPF record") };
    let spf = match Spf::parse(record) {
        Ok(spf) => spf,
        Err(reason) => {
            let advised = advised(&context, &domain, Vec::new()).await;
            return Finding::fail(format!("{record}: {reason}"), "a record without errors")
                .instructions(format!(
                    "Correct that part of the record. Where nothing else sends mail for {domain}, this is the whole of it:\n{advised}"
                ))
                .evidence(asked.evidence);
        }
    };
    let odd: Vec<String> = spf.terms.iter().filter_map(oddity).collect();
    let finding = match odd.is_empty() {
        true => Finding::pass(record),
        false => Finding::warn(odd.join("; "), "no such terms")
            .instructions(format!("Remove them from the record of {domain}")),
    };
    finding.evidence(asked.evidence)
}

fn oddity(term: &Term) -> Option<String> {
    match term {
        Term::Directive(_, Mechanism::Ptr(_)) => {
            Some("'ptr' is slow and not to be used any more (RFC 7208 section 5.5)".into())
        }
        Term::Modifier(text) if !text.to_ascii_lowercase().starts_with("exp=") => {
            Some(format!("'{text}' is no modifier that anybody knows"))
        }
        _ => None,
    }
}

async fn end(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, asked, record, spf) = match parsed(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let behind = spf.terms.iter().skip_while(|t| !matches!(t, Term::Directive(_, Mechanism::All))).skip(1);
    let lost: Vec<String> = behind.filter(|t| matches!(t, Term::Directive(..))).map(ToString::to_string).collect();
    let finding = match (spf.all(), spf.redirect()) {
        (Some(Qualifier::Pass), _) => Finding::fail("'+all' lets every machine send", "-all or ~all")
            .instructions(format!("Change the end of the record of {domain} to ~all")),
        (Some(Qualifier::Neutral), _) => Finding::warn("'?all' says nothing about other machines", "-all or ~all")
            .instructions(format!("Change the end of the record of {domain} to ~all")),
        (Some(_), _) if !lost.is_empty() => {
            Finding::warn(format!("{} stands behind 'all', where nobody looks", lost.join(" ")), "'all' at the end")
                .instructions(format!("Move 'all' to the end of the record of {domain}"))
        }
        (Some(_), _) => Finding::pass(record),
        (None, Some(target)) => Finding::pass(format!("goes on at {target}")),
        (None, None) => Finding::warn("the record has no end: other machines get 'neutral'", "-all or ~all")
            .instructions(format!("Add ~all to the end of the record of {domain}")),
    };
    finding.evidence(asked.evidence)
}

async fn size(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, asked, records) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let Some(record) = records.first() else { return Finding::skipped("there is no SPF record") };
    let whole: usize = asked.answer.data.iter().map(String::len).sum();
    let finding = match record.len() {
        0..=COMFORTABLE_LENGTH => {
            Finding::pass(format!("{} octets; all TXT records of {domain} together {whole}", record.len()))
        }
        length => Finding::warn(format!("the record has {length} octets"), format!("at most {COMFORTABLE_LENGTH}"))
            .instructions("Put a part of it into a record of its own and include that"),
    };
    finding.evidence(asked.evidence)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    async fn judged(lines: &str) -> [Outcome; 4] {
        let world = example(lines).run().await;
        let context = context(&world);
        let (a, b, c, d) = tokio::join!(
            one(Arc::clone(&context), domain()),
            syntax(Arc::clone(&context), domain()),
            end(Arc::clone(&context), domain()),
            size(Arc::clone(&context), domain()),
        );
        [a.outcome, b.outcome, c.outcome, d.outcome]
    }

    #[tokio::test]
    async fn the_record_as_receivers_read_it() {
        use Outcome::{Fail, Pass, Skipped, Warn};
        let long = format!("v=spf1 {} -all", "ip4:192.0.2.1 ".repeat(40)).replace("  ", " ");
        for (text, expected) in [
            ("\"v=spf1 mx -all\"", [Pass, Pass, Pass, Pass]),
            ("\"V=SPF1 MX ~ALL\"", [Pass, Pass, Pass, Pass]),
            ("\"v=spf1 \" \"mx -all\"", [Pass, Pass, Pass, Pass]),
            ("\"v=spf10 mx -all\"", [Fail, Skipped, Skipped, Skipped]),
            ("\" v=spf1 mx -all\"", [Fail, Skipped, Skipped, Skipped]),
            ("\"v=spf1 mx -all\"\nexample.org. 60 TXT \"v=spf1 -all\"", [Fail, Skipped, Skipped, Pass]),
            ("\"v=spf1 mx ipv4:192.0.2.1 -all\"", [Pass, Fail, Skipped, Pass]),
            ("\"v=spf1 mx ptr -all\"", [Pass, Warn, Pass, Pass]),
            ("\"v=spf1 +all\"", [Pass, Pass, Fail, Pass]),
            ("\"v=spf1 mx ?all\"", [Pass, Pass, Warn, Pass]),
            ("\"v=spf1 mx\"", [Pass, Pass, Warn, Pass]),
            ("\"v=spf1 -all mx\"", [Pass, Pass, Warn, Pass]),
            ("\"v=spf1 redirect=x.net\"", [Pass, Pass, Pass, Pass]),
        ] {
            assert_eq!(judged(&format!("example.org. 60 TXT {text}")).await, expected, "{text}");
        }
        let (first, rest) = long.split_at(250);
        let (second, third) = rest.split_at(250);
        let lines = format!("example.org. 60 TXT \"{first}\" \"{second}\" \"{third}\"");
        assert_eq!(judged(&lines).await, [Pass, Pass, Pass, Warn], "three strings are one record");
        assert_eq!(judged("").await[0], Fail);
    }

    #[tokio::test]
    async fn the_advice_merges_what_is_there() {
        let world = example(
            "example.org. 60 TXT \"v=spf1 include:a.net -all\"\nexample.org. 60 TXT \"v=spf1 include:b.net ~all\"",
        )
        .run()
        .await;
        let finding = one(context(&world), domain()).await;
        assert_eq!(
            finding.expected,
            "v=spf1 mx ip4:198.51.100.10 ip6:2001:db8:100::10 include:a.net include:b.net -all"
        );
    }
}
