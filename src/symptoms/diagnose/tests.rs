//! Causes from made-up evidence.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::*;
use crate::finding::{Area, Finding};
use crate::symptoms::bounce::Bounce;
use crate::symptoms::log::{Clock, Scan};
use crate::symptoms::{Drift, Look, matching, symptom};

pub(super) fn result(id: &str, subject: &str, finding: Finding) -> CheckResult {
    CheckResult {
        id: id.into(),
        subject: subject.into(),
        area: Area::Host,
        finding,
        why: "Because.".into(),
        rfc: "RFC 1".into(),
        elapsed: Duration::ZERO,
    }
}

pub(super) fn clock() -> Clock {
    Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC)
}

fn log(lines: &str) -> Option<Scan> {
    let mut scan = Scan::new(clock(), None);
    lines.lines().for_each(|line| scan.line(line));
    Some(scan)
}

fn of(said: &str, mut evidence: Evidence) -> Diagnosis {
    evidence.said = said.to_owned();
    let symptoms: Vec<&Symptom> = matching(said, 3).iter().filter_map(|m| symptom(m.id)).collect();
    diagnose(&evidence, &symptoms, &Server::default())
}

fn ids(diagnosis: &Diagnosis) -> Vec<&str> {
    diagnosis.causes.iter().map(|c| c.id.as_str()).collect()
}

#[test]
fn a_symptom_alone_concludes_nothing() {
    let found = of("gmail says unauthenticated", Evidence::default());
    assert!(found.causes.is_empty());
    assert!(!found.remaining.is_empty());
}

#[test]
fn a_failed_check_concludes_and_its_fix_is_told() {
    let record = "v=spf1 mx ip4:192.0.2.1 ~all";
    let results = vec![
        result("spf-our-ips", "example.org", Finding::fail("softfail", "pass").instructions(record)),
        result("dkim-record", "a._domainkey.example.org", Finding::pass("published")),
        result("dkim-key-match", "a._domainkey.example.org", Finding::pass("the same")),
        result("dkim-revoked", "a._domainkey.example.org", Finding::pass("in use")),
    ];
    let found = of("gmail says unauthenticated", Evidence { results, ..Evidence::default() });
    assert_eq!(ids(&found), ["spf-wrong"]);
    assert!(found.causes[0].fix.text.contains(record));
    assert!(found.causes[0].evidence[0].contains("softfail"));
    assert!(found.ruled_out.iter().any(|r| r.id == "dkim-record-missing"), "{:?}", found.ruled_out);
}

#[test]
fn consequences_are_not_accused() {
    let results = vec![
        result("service-running", "dovecot.service", Finding::fail("dovecot.service is inactive", "active")),
        result("imap-993", "mail.example.org:993", Finding::fail("refused", "* OK")),
        result("submission-auth-ok", "mail.example.org:587", Finding::fail("454", "235")),
    ];
    let log = log(
        "Jan  5 11:50:12 m postfix/submission/smtpd[1]: warning: SASL: Connect to private/auth failed: No such file or directory",
    );
    let found = of("my phone cannot connect", Evidence { results, log, ..Evidence::default() });
    assert_eq!(ids(&found), ["dovecot-down"]);
}

#[test]
fn a_log_line_of_hours_ago_is_no_cause_now() {
    let old = "Jan  5 02:00:00 m postfix/lmtp[1]: A1B2C3: to=<a@b.c>, status=deferred (connect to m[private/dovecot-lmtp]: No such file or directory)\n\
               Jan  5 11:59:00 m postfix/qmgr[1]: A1B2C3: removed";
    assert!(
        of("mail is accepted but not in the mailbox", Evidence { log: log(old), ..Evidence::default() })
            .causes
            .is_empty()
    );
    let now = old.replace("02:00:00", "11:58:00");
    let found = of("mail is accepted but not in the mailbox", Evidence { log: log(&now), ..Evidence::default() });
    assert_eq!(ids(&found), ["mailbox-socket-gone"]);
}

#[test]
fn a_check_that_passes_now_rules_out_what_the_log_says() {
    let line = "Jan  5 11:58:00 m postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out";
    let results = vec![result("firewall-outbound-25", "this host", Finding::pass("mx.example.net answers"))];
    let found = of("I can receive but not send", Evidence { log: log(line), results, ..Evidence::default() });
    assert!(found.causes.is_empty(), "{:?}", ids(&found));
    assert!(found.ruled_out.iter().any(|r| r.id == "port-25-blocked" && r.why.contains("answers")));
}

#[test]
fn what_every_log_shows_counts_only_for_whom_the_operator_names() {
    let lines = "Jan  5 11:58:00 m postfix/smtpd[1]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 550 5.1.1 <info@example.org>: Recipient address rejected: User unknown in virtual mailbox table; from=<a@b.c> to=<info@example.org> proto=ESMTP helo=<x>";
    let with = |said: &str| of(said, Evidence { log: log(lines), ..Evidence::default() });
    assert_eq!(ids(&with("user unknown when they write to info@example.org")), ["no-such-account"]);
    assert!(with("user unknown when they write to alice@example.org").causes.is_empty());
    assert!(with("my mail lands in spam").causes.is_empty());
}

#[test]
fn the_words_of_the_other_side_conclude() {
    let text = "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).";
    let bounce = Bounce::read(text.as_bytes());
    let found = of("outlook blocks us", Evidence { bounce, ..Evidence::default() });
    assert_eq!(ids(&found), ["microsoft-blocks"]);
    assert!(found.causes[0].fix.text.contains("olcsupport"));
}

#[test]
fn a_failed_check_without_a_cause_speaks_for_itself() {
    let results = vec![
        result(
            "smtp-ehlo",
            "mail.example.org:25",
            Finding::fail("not offered", "STARTTLS").instructions("Switch it on."),
        ),
        result("tlsrpt-record", "example.org", Finding::fail("none", "one")),
    ];
    let found = of("nothing arrives", Evidence { results, ..Evidence::default() });
    assert_eq!(ids(&found), ["smtp-ehlo"]);
    assert_eq!(found.causes[0].fix.text, "Switch it on.");
}

#[test]
fn what_differs_from_the_set_up_is_shown_and_makes_the_fix_automatic() {
    let results = vec![result("smtp-rcpt-local", "example.org", Finding::fail("554 refused", "250"))];
    let drift = vec![Drift {
        path: Some("/etc/postfix/main.cf".into()),
        action: "/etc/postfix/main.cf was changed by hand".into(),
        lines: vec!["+smtpd_client_restrictions = reject".into()],
    }];
    let found =
        of("senders get an error, nothing arrives", Evidence { results, drift: drift.clone(), ..Evidence::default() });
    assert_eq!(ids(&found), ["recipients-refused"]);
    assert_eq!(found.causes[0].fix.kind, FixKind::Automatic);
    assert!(found.causes[0].evidence.iter().any(|l| l.contains("smtpd_client_restrictions")));
    // A change by itself is no cause, but it is told.
    let found = of("nothing arrives", Evidence { drift, ..Evidence::default() });
    assert!(found.causes.is_empty());
    assert!(found.remaining.iter().any(|l| l.contains("main.cf was changed by hand")));
}

#[test]
fn looks_prove_and_rule_out() {
    let look = |id, line: &str| vec![Look { id, line: line.into() }];
    let said = "I cannot reach my server from home";
    let banned = of(said, Evidence { looks: look("banned", "fail2ban shuts out 192.0.2.9"), ..Evidence::default() });
    assert_eq!(ids(&banned), ["client-banned"]);
    let free = of(said, Evidence { looks: look("not-banned", "nobody"), ..Evidence::default() });
    assert!(free.causes.is_empty() && free.ruled_out.iter().any(|r| r.id == "client-banned"));
}

#[test]
fn the_name_servers_of_one_recipient_are_accused_where_he_is_named() {
    let results = vec![result("dns-resolver-local", "this host", Finding::pass("answers"))];
    let line = "Jan  5 11:50:12 m postfix/smtp[1]: 6F0: to=<bob@remote.lab>, relay=none, delay=10, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=remote.lab type=MX: Host not found, try again)\n\
                Jan  5 11:50:42 m postfix/submission/smtpd[2]: NOQUEUE: reject: RCPT from unknown[198.19.99.10]: 450 4.1.2 <bob@remote.lab>: Recipient address rejected: Domain not found; from=<alice@example.lab> to=<bob@remote.lab> proto=ESMTP helo=<client>";
    let evidence = Evidence { results, log: log(line), ..Evidence::default() };
    let found = |said: &str| {
        let evidence = Evidence { said: said.into(), ..evidence.clone() };
        let causes = diagnose(&evidence, &[symptom("outgoing-blocked").unwrap()], &Server::default()).causes;
        causes.into_iter().map(|cause| cause.id).collect::<Vec<_>>()
    };
    assert_eq!(found("mail to bob@remote.lab stays in the queue"), ["recipient-dns-broken"]);
    assert_eq!(found("mail to carol@else.lab stays in the queue"), [""; 0]);
    assert_eq!(found("mail stays in the queue"), [""; 0], "every log has such a line");
}
