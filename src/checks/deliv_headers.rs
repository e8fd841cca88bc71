//! `deliv-remote-full`: what a real receiver wrote above a message of ours.

use std::sync::Arc;
use std::time::Duration;

use super::authentication_results::{Results, headers, results};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;

/// Another provider found SPF, DKIM and DMARC right.
pub static DELIV_REMOTE_FULL: Check = Check {
    id: "deliv-remote-full",
    area: Area::Delivery,
    why: "Only the receiver knows what it made of your mail, and it writes that above the message.",
    rfc: "RFC 8601 section 2.7",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(10),
    subjects: |context| context.domains().into_iter().take(1).map(|_| Subject::ThisHost).collect(),
    run: |context, _| Box::pin(judged(context)),
};

async fn judged(context: Arc<Context>) -> Finding {
    let Some(message) = &context.received else {
        return Finding::skipped(
            "send a message to an address of yours elsewhere, save it there with its headers, and give it with --headers FILE",
        );
    };
    let headers = headers(message);
    let lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    match results(&headers) {
        Some(results) => judge(&results).evidence(lines),
        None => Finding::unknown(
            "there is no Authentication-Results header: save the whole message, as \"original\" or \"source\"",
        ),
    }
}

fn judge(results: &Results) -> Finding {
    let expected = "spf=pass, dkim=pass and dmarc=pass";
    let shown: Vec<String> = results.verdicts.iter().map(|(m, r)| format!("{m}={r}")).collect();
    let shown = format!("{} wrote {}", excerpt(&results.server, 80), excerpt(&shown.join(" "), 160));
    let failing: Vec<&str> = ["spf", "dkim", "dmarc"].into_iter().filter(|m| !results.passes(m)).collect();
    let advice = |methods: &[&str]| {
        let lines: Vec<&str> = methods
            .iter()
            .map(|method| match *method {
                "spf" => "SPF: the address that the mail left from is not in the record; see spf-our-ips.",
                "dkim" => {
                    "DKIM: the signature is missing or was broken on the way; see dkim-signing-live and dkim-key-match."
                }
                _ => "DMARC: neither SPF nor DKIM is of the domain in From; see dmarc-alignment.",
            })
            .collect();
        lines.join("\n")
    };
    match failing.as_slice() {
        [] => Finding::pass(shown),
        // DMARC is satisfied by one of the two.
        failing if results.passes("dmarc") => Finding::warn(shown, expected).instructions(advice(failing)),
        failing => Finding::fail(shown, expected).instructions(advice(failing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn outcome(text: &str) -> Outcome {
        let message = format!("Authentication-Results: mx.google.com; {text}\r\n\r\n");
        judge(&results(&headers(message.as_bytes())).unwrap()).outcome
    }

    #[test]
    fn dmarc_needs_only_one_of_the_two() {
        assert_eq!(outcome("dkim=pass; spf=pass; dmarc=pass"), Outcome::Pass);
        // Two signatures, of which an old receiver cannot read one.
        assert_eq!(outcome("dkim=pass; dkim=neutral; spf=pass; dmarc=pass"), Outcome::Pass);
        assert_eq!(outcome("dkim=pass; spf=softfail; dmarc=pass"), Outcome::Warn);
        assert_eq!(outcome("dkim=fail; spf=softfail; dmarc=fail"), Outcome::Fail);
    }
}
