//! `dns-idn`: names beyond ASCII stand in the DNS as A-labels everywhere.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, not_ours};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::dns::RecordType;

/// Records hold no name in another form than A-labels, and the domain does not look like another one.
pub static DNS_IDN: Check = Check {
    id: "dns-idn",
    area: Area::Dns,
    why: "The DNS knows names in ASCII only; a record that names a host with an umlaut names no host.",
    rfc: "RFC 5890 section 2.3.2, RFC 5891 section 4, UTS #46",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(labels(context, subject)),
};

async fn labels(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return not_ours() };
    let dmarc = domain.below("_dmarc");
    let questions =
        [(domain.as_str(), RecordType::MX), (domain.as_str(), RecordType::TXT), (dmarc.as_str(), RecordType::TXT)];
    let asked = join_all(questions.map(|(name, kind)| ask(&context, name, kind))).await;
    let (mut wrong, mut evidence, mut unknown) = (Vec::new(), Vec::new(), None);
    for ((name, kind), asked) in questions.iter().zip(asked) {
        match asked {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                let faulty = asked.answer.data.iter().filter(|d| holds_unicode_name(d));
                wrong.extend(faulty.map(|d| format!("{kind} {}: {}", name.trim_end_matches('.'), excerpt(d, 80))));
            }
            Err(finding) => unknown = unknown.or(Some(finding)),
        }
    }
    if let Some(first) = wrong.first() {
        return Finding::fail(wrong.join("; "), "names in A-labels ('xn--…')")
            .instructions(format!("Write the names in that record in A-labels: {}", in_a_labels(first)))
            .evidence(evidence);
    }
    if let Some(finding) = unknown {
        return finding;
    }
    let unicode = domain.unicode();
    let finding = match (domain.as_str() == unicode, mixed(&unicode)) {
        (true, _) => Finding::pass("every name is in ASCII"),
        (false, None) => Finding::pass(format!("{} is {domain} everywhere", excerpt(&unicode, 80))),
        (false, Some(label)) => Finding::warn(
            format!("'{}' mixes alphabets that look alike", excerpt(&label, 60)),
            "one alphabet in each part of a name",
        )
        .instructions(
            "Mail programs show such a name as 'xn--…', and filters take it for a disguise. Send from another domain.",
        ),
    };
    finding.evidence(evidence)
}

/// Whether a record that is made of names holds one beyond ASCII. Of TXT only those that are read as names count: SPF
/// and DMARC.
fn holds_unicode_name(data: &str) -> bool {
    let lower = data.to_ascii_lowercase();
    let is_policy = lower.starts_with("v=spf1") || lower.starts_with("v=dmarc1");
    let is_mx = data.split_once(' ').is_some_and(|(n, _)| n.parse::<u16>().is_ok());
    // In presentation form an octet beyond ASCII is written as \DDD (RFC 1035 section 5.1).
    let escaped =
        data.split('\\').skip(1).any(|rest| rest.get(..3).is_some_and(|n| n.parse::<u8>().is_ok_and(|n| n > 127)));
    let quotes = ['\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{a0}', '\u{feff}', '\u{fffd}'];
    // Pasted quotation marks are no part of a name: dns-txt-assembly names them.
    is_policy && data.chars().any(|c| !c.is_ascii() && !quotes.contains(&c)) || is_mx && (escaped || !data.is_ascii())
}

/// The words of a record with names in A-labels; a word that is none is left as it is.
fn in_a_labels(record: &str) -> String {
    let words = record.split_whitespace().map(|word| match word.is_ascii() {
        true => word.to_owned(),
        false => {
            let at = word.rfind([':', '=', '@', '/']).map_or(0, |at| at + 1);
            let (head, name) = word.split_at(at);
            idna::domain_to_ascii(name).map_or_else(|_| word.to_owned(), |ascii| format!("{head}{ascii}"))
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The first label that has Latin letters beside Cyrillic or Greek ones. Han, kana and Latin together are ordinary.
fn mixed(name: &str) -> Option<String> {
    let latin = |c: char| matches!(c, 'a'..='z' | '\u{c0}'..='\u{24f}');
    let alike = |c: char| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}');
    name.split('.').find(|label| label.chars().any(latin) && label.chars().any(alike)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example, known, with};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::World;
    use crate::spec::{Domain, Fqdn, MailDomain, Mailbox, Spec};

    #[test]
    fn sharp_s_stays_itself_and_the_local_part_is_no_name() {
        // Nontransitional processing: 'ß' is not 'ss'.
        assert_eq!(Domain::parse("Faß.example").unwrap().as_str(), "xn--fa-hia.example");
        assert_eq!(Domain::parse("BÜCHER.example").unwrap().as_str(), "xn--bcher-kva.example");
        if let Ok(mailbox) = Mailbox::parse("jürgen@bücher.example") {
            assert!(mailbox.to_string().starts_with("jürgen@"), "{mailbox}");
        }
        assert_eq!(in_a_labels("v=spf1 include:bücher.example -all"), "v=spf1 include:xn--bcher-kva.example -all");
    }

    #[tokio::test]
    async fn names_beyond_ascii_are_found_where_names_are_read() {
        for (lines, outcome) in [
            ("example.org. 60 MX 10 mail.example.org.", Outcome::Pass),
            ("example.org. 60 TXT \"v=spf1 include:bücher.example -all\"", Outcome::Fail),
            ("example.org. 60 TXT \"Grüße aus Köln\"", Outcome::Pass),
        ] {
            let world = example(lines).run().await;
            assert_eq!(labels(context(&world), domain()).await.outcome, outcome, "{lines}");
        }
        assert!(holds_unicode_name("10 mail.b\\195\\188cher.example."));
        assert!(!holds_unicode_name("10 mail.example.org."));
    }

    #[tokio::test]
    async fn an_ordinary_foreign_name_is_no_disguise() {
        for (name, outcome) in
            [("bücher.org", Outcome::Pass), ("日本x.org", Outcome::Pass), ("pаypal.org", Outcome::Warn)]
        {
            let domain = Domain::parse(name).unwrap();
            let world = World::new().zone(&domain.absolute(), &["127.9.0.10"], "").run().await;
            let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
            spec.domains.push(MailDomain::new(domain.clone()));
            let context = Arc::new(with(&world, spec, known()));
            let finding = labels(context, Subject::Domain(domain)).await;
            assert_eq!(finding.outcome, outcome, "{name}: {finding:?}");
        }
    }
}
