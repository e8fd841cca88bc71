//! `smtp-timing` and `smtp-banner-leak`: how long port 25 keeps senders waiting, and what it says of its software.

use std::sync::Arc;
use std::time::Duration;

use crate::checks::asked::not_ours;
use crate::checks::port_look::SmtpSeen;
use crate::checks::worst::worst;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;

/// The greeting comes before senders give up.
pub static SMTP_TIMING: Check = Check {
    id: "smtp-timing",
    area: Area::Smtp,
    why: "Senders wait five minutes for a greeting at most, and many much less.",
    rfc: "RFC 5321 section 4.5.3.2.1",
    needs: &["smtp-greeting"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, timing)),
};

/// What the greeting tells of the software.
pub static SMTP_BANNER_LEAK: Check = Check {
    id: "smtp-banner-leak",
    area: Area::Smtp,
    why: "A version in the greeting saves an attacker a guess; hiding it protects nothing.",
    rfc: "RFC 5321 section 4.3.1",
    needs: &["smtp-greeting"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, banner)),
};

async fn each(context: Arc<Context>, subject: Subject, judge: fn(&SmtpSeen) -> Finding) -> Finding {
    let Subject::Port(host, port) = &subject else { return not_ours() };
    let looks = context.port_looks(host, *port).await;
    let findings = looks.iter().map(|look| {
        let finding = match look.smtp() {
            Ok(seen) => judge(seen),
            Err(reason) => Finding::skipped(format!("there was no greeting: {reason}")),
        };
        (look.socket.ip().to_string(), finding.evidence(&look.evidence))
    });
    worst(findings.collect())
}

/// Up to half a minute is a choice: postscreen and others unmask spammers by letting them wait.
fn timing(seen: &SmtpSeen) -> Finding {
    let seconds = seen.greeted_after.as_secs_f32();
    let found = format!("the greeting came after {seconds:.1} s");
    match seconds {
        s if s > 60.0 => Finding::fail(found, "within 30 s").instructions(
            "A look-up that times out is the usual reason: see which DNS server and which lists port 25 asks.",
        ),
        s if s > 30.0 => Finding::warn(found, "within 30 s"),
        s if s > 5.0 => Finding::info(format!("{found}: on purpose, or a slow look-up")),
        _ => Finding::pass(found),
    }
}

fn banner(seen: &SmtpSeen) -> Finding {
    let text = seen.greeting.lines.join(" ");
    let after_name = text.split_once(' ').map_or("", |(_, rest)| rest);
    let is_version = |word: &&str| {
        word.trim_start_matches(['v', '(']).split('.').take(2).filter(|p| p.parse::<u16>().is_ok()).count() == 2
    };
    match after_name.split_whitespace().find(is_version) {
        Some(version) => Finding::info(format!("the greeting names a version: {}", excerpt(version, 40))),
        None => Finding::pass("the greeting names no version"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::ProbeError;
    use crate::probe::smtp::Reply;

    fn seen(text: &str, seconds: u64) -> SmtpSeen {
        let reply = Reply { code: 220, lines: vec![text.to_owned()] };
        SmtpSeen {
            greeted_after: Duration::from_secs(seconds),
            greeting: reply.clone(),
            ehlo: Ok(reply),
            in_clear: Vec::new(),
            tls: Err(ProbeError::Tls("none".into())),
            encrypted: Vec::new(),
        }
    }

    #[test]
    fn a_delay_on_purpose_is_no_fault() {
        for (seconds, outcome) in
            [(0, Outcome::Pass), (6, Outcome::Info), (20, Outcome::Info), (45, Outcome::Warn), (90, Outcome::Fail)]
        {
            assert_eq!(timing(&seen("mail.example.org ESMTP", seconds)).outcome, outcome, "{seconds}");
        }
    }

    #[test]
    fn a_version_is_never_a_warning_and_an_address_in_the_name_is_none() {
        assert_eq!(banner(&seen("mail.example.org ESMTP Exim 4.96 ready", 0)).outcome, Outcome::Info);
        assert_eq!(banner(&seen("mail.example.org ESMTP Postfix (Debian/GNU)", 0)).outcome, Outcome::Pass);
        assert_eq!(banner(&seen("mx1.2.example.org ESMTP", 0)).outcome, Outcome::Pass);
    }
}
