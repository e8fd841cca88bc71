//! `deliv-self-local`, `dkim-signing-live`, `imap-e2e`: a message goes in, is signed, stored, read and removed.

use std::sync::Arc;
use std::time::Duration;

use super::asked::not_ours;
use super::mail_look::{MailLook, Trouble, Way};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dkim::{SignatureSeen, verify};
use crate::records::DkimPublic;

const TIMEOUT: Duration = Duration::from_secs(90);
/// A message that takes longer than this is late.
const LATE: Duration = Duration::from_secs(10);

/// A message of ours arrives in our own mailbox.
pub static DELIV_SELF_LOCAL: Check = Check {
    id: "deliv-self-local",
    area: Area::Delivery,
    why: "The whole way of a message, from a mail program's \"send\" to the mailbox.",
    rfc: "RFC 6409, RFC 2033",
    needs: &["submission-auth-ok", "imap-993"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Domain(domain) = subject else { return Finding::skipped("not a domain") };
            let look = context.mail_look(Way::Submission(domain)).await;
            arrived(&look).evidence(&look.evidence)
        })
    },
};

/// What leaves is signed with every key of the domain.
pub static DKIM_SIGNING_LIVE: Check = Check {
    id: "dkim-signing-live",
    area: Area::Dkim,
    why: "Unsigned mail is marked as spam or refused, and a DMARC policy of yours then works against you.",
    rfc: "RFC 6376, RFC 8463",
    needs: &["deliv-self-local"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| Box::pin(signed(context, subject)),
};

/// Mail from outside arrives and is read.
pub static IMAP_E2E: Check = Check {
    id: "imap-e2e",
    area: Area::Imap,
    why: "The whole way of mail from another server: port 25, the filter, the mailbox, a mail program.",
    rfc: "RFC 5321, RFC 9051",
    needs: &["smtp-ehlo", "imap-993"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[993]),
    run: |context, _| {
        Box::pin(async move {
            let look = context.mail_look(Way::Port25).await;
            arrived(&look).evidence(&look.evidence)
        })
    },
};

fn arrived(look: &MailLook) -> Finding {
    let delivered = match &look.fate {
        Ok(delivered) => delivered,
        Err(trouble) => return explained(trouble),
    };
    let found = format!("in {} after {:.1} s", delivered.folder, delivered.took.as_secs_f32());
    if let Err(error) = &delivered.removed {
        return Finding::warn(format!("{found}, but it could not be removed again: {error}"), "nothing left behind");
    }
    if delivered.folder == "Junk" {
        return Finding::warn(format!("our own message was taken for spam: {found}"), "INBOX")
            .instructions("'journalctl -u rspamd' names the symbols that added up.");
    }
    if delivered.took > LATE {
        return Finding::warn(found, "within 10 s");
    }
    Finding::pass(format!("{found}, read and removed"))
}

fn explained(trouble: &Trouble) -> Finding {
    match trouble {
        Trouble::NoLogin => Finding::skipped("the checks have no login yet: 'mailwizard apply' makes it"),
        Trouble::Probe(error) => Finding::fail(error.to_string(), "a message in the mailbox"),
        Trouble::Login(reason) => Finding::fail(format!("the log-in failed: {reason}"), "a message in the mailbox"),
        Trouble::Refused(reply) if reply.is_temporary() => {
            Finding::unknown(format!("put off for now: {}", reply.text()))
        }
        Trouble::Refused(reply) => Finding::fail(format!("refused: {}", reply.text()), "taken"),
        Trouble::Lost => Finding::fail("taken, but in no mailbox after 20 s", "in INBOX within 10 s")
            .instructions("'postqueue -p' shows whether it waits, and 'journalctl -u postfix* -u dovecot' why."),
    }
}

async fn signed(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return Finding::skipped("not a domain") };
    let look = context.mail_look(Way::Submission(domain.clone())).await;
    let Ok(delivered) = &look.fate else { return Finding::skipped("no message arrived that could be looked at") };
    let Ok(own) = context.own() else { return not_ours() };
    let keys: Vec<DkimPublic> = own.known.dkim.iter().filter(|k| k.domain == domain).cloned().collect();
    match verify(&delivered.message, &own.known.dkim).await {
        Ok(seen) => judge_signatures(domain.as_str(), &keys, &seen).evidence(seen.iter().map(line)),
        Err(reason) => Finding::unknown(reason),
    }
}

fn line(signature: &SignatureSeen) -> String {
    let SignatureSeen { domain, selector, algorithm, headers, result, .. } = signature;
    let verdict = result.as_ref().map_or_else(Clone::clone, |()| "verified".to_owned());
    format!("d={domain} s={selector} a={algorithm} h={}: {verdict}", headers.join(":"))
}

fn judge_signatures(domain: &str, keys: &[DkimPublic], seen: &[SignatureSeen]) -> Finding {
    let aligned: Vec<&SignatureSeen> = seen.iter().filter(|s| s.domain.eq_ignore_ascii_case(domain)).collect();
    if aligned.is_empty() {
        let found = match seen.first() {
            None => "the message is not signed".to_owned(),
            Some(other) => format!("it is signed for {}, not for {domain}", other.domain),
        };
        return Finding::fail(found, format!("signed with d={domain}")).automatic("mailwizard apply");
    }
    if let Some((broken, reason)) = aligned.iter().find_map(|s| Some((s, s.result.as_ref().err()?))) {
        return Finding::fail(format!("the signature {} fails: {reason}", broken.selector), "every signature verifies")
            .automatic("mailwizard apply");
    }
    let missing = keys.iter().find(|k| !aligned.iter().any(|s| s.selector == k.selector.as_str()));
    let algorithms: Vec<&str> = aligned.iter().map(|s| s.algorithm).collect();
    if let Some(key) = missing {
        let found = format!("signed with {} only; the key {} does not sign", algorithms.join(" and "), key.selector);
        let expected = format!("{} signatures", keys.len());
        return if aligned.iter().any(|s| s.algorithm == "rsa-sha256") {
            Finding::warn(found, expected).automatic("mailwizard apply")
        } else {
            // Many receivers know only RSA (RFC 8463 section 5).
            Finding::fail(found, expected).automatic("mailwizard apply")
        };
    }
    if let Some(partial) = aligned.iter().find(|s| s.covers_part_of_body) {
        return Finding::warn(
            format!("the signature {} covers only a part (l=)", partial.selector),
            "the whole message",
        );
    }
    if let Some(careless) = aligned.iter().find(|s| !s.headers.iter().any(|h| h == "from")) {
        return Finding::fail(format!("the signature {} does not cover From", careless.selector), "From is covered");
    }
    Finding::pass(format!("{} verified", algorithms.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::mail_look::Delivered;
    use crate::finding::Outcome;
    use crate::probe::ProbeError;
    use crate::probe::smtp::Reply;
    use crate::spec::{Domain, Selector};
    use crate::stacks::DkimAlgorithm;

    fn key(selector: &str, algorithm: DkimAlgorithm) -> DkimPublic {
        DkimPublic {
            domain: Domain::parse("example.org").unwrap(),
            selector: Selector::parse(selector).unwrap(),
            algorithm,
            public: "x".into(),
        }
    }

    fn seen(domain: &str, selector: &str, algorithm: &'static str) -> SignatureSeen {
        SignatureSeen {
            domain: domain.into(),
            selector: selector.into(),
            algorithm,
            covers_part_of_body: false,
            headers: vec!["from".into()],
            result: Ok(()),
        }
    }

    #[test]
    fn both_keys_must_sign_for_the_very_domain() {
        let keys = [key("r2026a", DkimAlgorithm::Rsa), key("e2026a", DkimAlgorithm::Ed25519)];
        let (rsa, ed) = (seen("example.org", "r2026a", "rsa-sha256"), seen("example.org", "e2026a", "ed25519-sha256"));
        let outcome = |seen: &[SignatureSeen]| judge_signatures("example.org", &keys, seen).outcome;
        assert_eq!(outcome(&[rsa.clone(), ed.clone()]), Outcome::Pass);
        assert_eq!(outcome(std::slice::from_ref(&rsa)), Outcome::Warn);
        assert_eq!(outcome(std::slice::from_ref(&ed)), Outcome::Fail);
        assert_eq!(outcome(&[]), Outcome::Fail);
        assert_eq!(outcome(&[seen("example.net", "r2026a", "rsa-sha256")]), Outcome::Fail);
        let broken = SignatureSeen { result: Err("body hash".into()), ..ed.clone() };
        assert_eq!(outcome(&[rsa.clone(), broken]), Outcome::Fail);
        let partial = SignatureSeen { covers_part_of_body: true, ..ed.clone() };
        assert_eq!(outcome(&[rsa.clone(), partial]), Outcome::Warn);
        let careless = SignatureSeen { headers: vec!["subject".into()], ..ed };
        assert_eq!(outcome(&[rsa, careless]), Outcome::Fail, "anybody may change From");
    }

    #[test]
    fn the_way_of_a_message_is_judged_at_its_end() {
        let delivered = |folder, seconds, removed| {
            Ok(Delivered { message: Vec::new(), took: Duration::from_secs(seconds), folder, removed })
        };
        let judged = |fate| arrived(&MailLook { evidence: Vec::new(), fate }).outcome;
        assert_eq!(judged(delivered("INBOX", 1, Ok(()))), Outcome::Pass);
        assert_eq!(judged(delivered("INBOX", 15, Ok(()))), Outcome::Warn);
        assert_eq!(judged(delivered("Junk", 1, Ok(()))), Outcome::Warn, "it is looked for there too");
        assert_eq!(judged(delivered("INBOX", 1, Err(ProbeError::Broken("x".into())))), Outcome::Warn);
        let refused = |code| judged(Err(Trouble::Refused(Reply { code, lines: vec!["x".into()] })));
        assert_eq!(refused(451), Outcome::Unknown, "greylisting");
        assert_eq!(refused(550), Outcome::Fail);
        assert_eq!(judged(Err(Trouble::Lost)), Outcome::Fail);
        assert_eq!(judged(Err(Trouble::NoLogin)), Outcome::Skipped);
    }
}
