//! `dns-txt-assembly`: TXT records as the provider's form left them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, not_ours};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::dns::RecordType;

/// What records that mail needs begin with, lower case.
const VERSIONS: [&str; 6] = ["v=spf1", "v=dkim1", "v=dmarc1", "v=stsv1", "v=tlsrptv1", "v=bimi1"];
/// A UDP answer of this size passes every usual path (DNS flag day 2020); a longer one needs TCP.
const OVER_UDP: usize = 1232;

/// No quotation marks, typographic quotes or no-break spaces were pasted into the records.
pub static DNS_TXT_ASSEMBLY: Check = Check {
    id: "dns-txt-assembly",
    area: Area::Dns,
    why: "A quotation mark that became part of the text makes the record one that nobody looks for.",
    rfc: "RFC 7208 section 3.3, RFC 6376 section 3.6.2.2, RFC 1035 section 3.3.14",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(assembled(context, subject)),
};

async fn assembled(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return not_ours() };
    let mut names =
        vec![domain.absolute(), domain.below("_dmarc"), domain.below("_mta-sts"), domain.below("_smtp._tls")];
    names.extend(context.dkim_keys().into_iter().filter_map(|key| match key {
        Subject::DkimKey(of, selector) if of == domain => Some(of.below(&format!("{selector}._domainkey"))),
        _ => None,
    }));
    let asked = join_all(names.iter().map(|name| ask(&context, name, RecordType::TXT))).await;
    let (mut strays, mut large, mut evidence, mut unknown, mut texts) = (Vec::new(), Vec::new(), Vec::new(), None, 0);
    for (name, asked) in names.iter().zip(asked) {
        let name = name.trim_end_matches('.');
        match asked {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                texts += asked.answer.data.len();
                strays.extend(asked.answer.data.iter().filter_map(|text| stray(text)).map(|what| (name, what)));
                let octets: usize = asked.answer.data.iter().map(String::len).sum();
                if octets > OVER_UDP {
                    large.push(format!("the TXT records of {name} have {octets} octets and are read over TCP"));
                }
            }
            Err(finding) => unknown = unknown.or(Some(finding)),
        }
    }
    let finding = match (strays.first(), unknown) {
        (Some((name, _)), _) => {
            let found: Vec<String> = strays.iter().map(|(name, what)| format!("{name}: {what}")).collect();
            Finding::fail(found.join("; "), "the text alone")
                .instructions(format!("Enter the TXT record at {name} again, without quotation marks, in plain ASCII."))
        }
        (None, Some(finding)) => return finding,
        (None, None) if !large.is_empty() => Finding::info(large.join("; ")),
        (None, None) => Finding::pass(format!("{texts} TXT records, none with stray characters")),
    };
    finding.evidence(evidence)
}

/// What does not belong into a record of a kind that mail needs; other TXT records may hold anything.
fn stray(text: &str) -> Option<String> {
    let odd =
        |c: char| matches!(c, '"' | '\'' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '\u{a0}' | '\u{feff}');
    let bare = text.trim_start_matches(|c: char| odd(c) || c == '\\' || c == ' ');
    let lower = bare.to_lowercase();
    if !VERSIONS.iter().any(|v| lower.starts_with(v)) {
        return None;
    }
    let character = text.chars().find(|c| odd(*c) && (*c != '\'' || text.starts_with('\'')))?;
    let what = match character {
        '"' => "a quotation mark is part of the text",
        '\u{a0}' => "a no-break space is part of the text",
        '\u{feff}' => "an invisible character is part of the text",
        '\'' => "an apostrophe is part of the text",
        _ => "a typographic quotation mark is part of the text",
    };
    Some(format!("{what}: {}", excerpt(text, 60)))
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn strings_of_one_record_are_joined_with_nothing_between() {
        // Cut in the middle of an address: a space between would make another record of it.
        let cut = r#"example.org. 60 TXT "v=spf1 ip4:198.51." "100.10 -all""#;
        let world = example(cut).run().await;
        let finding = assembled(context(&world), domain()).await;
        assert_eq!(finding.outcome, Outcome::Pass, "{finding:?}");
        assert!(finding.evidence.iter().any(|l| l.contains("v=spf1 ip4:198.51.100.10 -all")), "{finding:?}");
        // Different records stay different ones.
        let world = example("example.org. 60 TXT \"v=spf1 -all\"\nexample.org. 60 TXT \"site=x\"").run().await;
        assert!(assembled(context(&world), domain()).await.found.starts_with("2 TXT records"));
    }

    #[test]
    fn what_forms_and_word_processors_leave_behind_is_named() {
        for (text, part) in [
            ("\"v=spf1 -all\"", "a quotation mark"),
            ("\\\"v=DKIM1; p=x\\\"", "a quotation mark"),
            ("\u{201c}v=DMARC1; p=none\u{201d}", "a typographic"),
            ("v=spf1\u{a0}-all", "a no-break space"),
            ("'v=spf1 -all'", "an apostrophe"),
        ] {
            assert!(stray(text).unwrap().starts_with(part), "{text}");
        }
        for fine in ["v=spf1 -all", "\"key\": \"value\"", "v=DMARC1; p=none; rua=mailto:o'neil@example.org"] {
            assert_eq!(stray(fine), None, "{fine}");
        }
    }

    #[tokio::test]
    async fn a_long_answer_is_only_worth_knowing() {
        let long = "x".repeat(250);
        let text: Vec<String> = (0..6).map(|n| format!("example.org. 60 TXT \"{n}{long}\"")).collect();
        let world = example(&text.join("\n")).run().await;
        let finding = assembled(context(&world), domain()).await;
        assert_eq!(finding.outcome, Outcome::Info, "{finding:?}");
    }
}
