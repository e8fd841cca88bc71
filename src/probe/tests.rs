//! The clients against servers that behave oddly.

use std::net::SocketAddr;
use std::time::Duration;

use super::imap::Imap;
use super::smtp::{Authentication, Smtp};
use super::test_server::{Step, TestCertificate, certificate, play, send};
use super::tls::{Distrust, Trust};
use super::*;
use crate::spec::{Fqdn, Secret};

fn target(address: SocketAddr) -> Target {
    Target {
        connect_timeout: Duration::from_secs(2),
        greeting_timeout: Duration::from_millis(400),
        reply_timeout: Duration::from_millis(400),
        ..Target::new(address)
    }
}

fn host() -> Fqdn {
    Fqdn::parse("mail.example.org").unwrap()
}

fn trusting(certificate: &TestCertificate) -> Trust {
    Trust::nobody().with_own(certificate.der.clone())
}

async fn greeting_of(script: Vec<Step>) -> Result<Smtp, ProbeError> {
    let (address, _server) = play(script).await;
    Smtp::connect(&target(address), Transcript::new()).await
}

#[tokio::test]
async fn a_reply_is_one_reply_however_it_is_cut() {
    let mut script: Vec<Step> = b"220-teaser\r\n220 mail.example.org ESMTP\r\n".iter().map(|b| send([*b])).collect();
    script.push(Step::Hear);
    script.extend([
        send("250-mail.example.org\r\n250-SI"),
        send("ZE 100\r\n250-AUTH=PLAIN LOGIN\r"),
        send("\n250 8BITMIME\r\n"),
    ]);
    script.extend([Step::Hear, send("221 bye\r\n")]);
    let (address, server) = play(script).await;
    let mut smtp = Smtp::connect(&target(address), Transcript::new()).await.unwrap();
    assert_eq!((smtp.greeting.code, smtp.greeting.lines.len()), (220, 2));
    smtp.ehlo("probe.example").await.unwrap();
    assert_eq!(smtp.keyword("SIZE"), Some("100"));
    assert_eq!(smtp.keyword("AUTH"), Some("PLAIN LOGIN"), "the legacy spelling counts too");
    assert_eq!(smtp.keyword("8BITMIME"), Some(""));
    assert_eq!(smtp.keyword("STARTTLS"), None);
    smtp.quit().await;
    assert_eq!(server.await.unwrap(), ["EHLO probe.example", "QUIT"]);
}

#[tokio::test]
async fn servers_that_fall_silent_hang_up_or_flood_are_told_apart() {
    let silent = greeting_of(vec![Step::Wait(Duration::from_secs(2))]).await;
    assert!(matches!(silent, Err(ProbeError::TimedOut { ref waiting_for, .. }) if waiting_for == "greeting"));
    let gone = greeting_of(vec![send("220-half a gree")]).await;
    assert!(matches!(gone, Err(ProbeError::Closed { .. })));
    let half = greeting_of(vec![send("220-first\r\n"), Step::HalfClose]).await;
    assert!(matches!(half, Err(ProbeError::Closed { .. })));
    let endless_line = greeting_of(vec![send(vec![b'x'; 40_000])]).await;
    assert!(matches!(endless_line, Err(ProbeError::Flood(_))));
    let endless_reply = greeting_of(vec![send("220-x\r\n".repeat(500))]).await;
    assert!(matches!(endless_reply, Err(ProbeError::Flood(_))));
    let other_protocol = greeting_of(vec![send("SSH-2.0-OpenSSH\r\n")]).await;
    assert!(matches!(other_protocol, Err(ProbeError::NotTheProtocol { protocol: "SMTP", .. })));
    let two_codes = greeting_of(vec![send("220-x\r\n250 y\r\n")]).await;
    assert!(matches!(two_codes, Err(ProbeError::NotTheProtocol { .. })));
}

#[tokio::test]
async fn a_refused_port_is_not_a_time_out() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Smtp::connect(&target(address), Transcript::new()).await.err();
    assert_eq!(error, Some(ProbeError::Refused(address)));
}

#[tokio::test]
async fn control_characters_and_8_bit_text_come_through_printable() {
    let (address, _server) = play(vec![send(b"220 caf\xe9 \x1b]0;x\x07\r\n")]).await;
    let transcript = Transcript::new();
    let smtp = Smtp::connect(&target(address), transcript.clone()).await.unwrap();
    assert_eq!(smtp.greeting.text(), "220 caf\u{fffd} \\u{1b}]0;x\\u{7}");
    assert!(transcript.evidence().iter().all(|l| !l.contains('\x1b')));
}

#[tokio::test]
async fn bytes_injected_before_tls_end_the_dialogue() {
    let script =
        vec![send("220 x\r\n"), Step::Hear, send("250 STARTTLS\r\n"), Step::Hear, send("220 go\r\n250 injected\r\n")];
    let (address, _server) = play(script).await;
    let mut smtp = Smtp::connect(&target(address), Transcript::new()).await.unwrap();
    smtp.ehlo("probe.example").await.unwrap();
    let error = smtp.start_tls(&host(), &Trust::nobody(), "probe.example").await.unwrap_err();
    assert_eq!(error, ProbeError::Injected("250 injected\r\n".len()));
}

fn submission(certificate: &TestCertificate, answer: &str) -> Vec<Step> {
    vec![
        send("220 mail.example.org ESMTP\r\n"),
        Step::Hear,
        send("250-mail.example.org\r\n250 STARTTLS\r\n"),
        Step::Hear,
        send("220 2.0.0 Ready\r\n"),
        Step::Tls(certificate.config.clone()),
        Step::Hear,
        send("250-mail.example.org\r\n250 AUTH PLAIN\r\n"),
        Step::Hear,
        send(answer),
        Step::Wait(Duration::from_millis(50)),
    ]
}

#[tokio::test]
async fn a_password_goes_to_our_own_certificate_and_stays_out_of_the_transcript() {
    let own = certificate(&["mail.example.org"], |_| {});
    let (address, server) = play(submission(&own, "235 2.7.0 ok\r\n")).await;
    let transcript = Transcript::new();
    let mut smtp = Smtp::connect(&target(address), transcript.clone()).await.unwrap();
    smtp.ehlo("probe.example").await.unwrap();
    smtp.start_tls(&host(), &trusting(&own), "probe.example").await.unwrap();
    assert_eq!(smtp.tls().unwrap().trust, Err(Distrust::SelfSigned));
    let password = Secret::new("hunter2".into());
    assert_eq!(smtp.auth_plain("a@example.org", &password).await.unwrap(), Authentication::Accepted);
    drop(smtp);
    let heard = server.await.unwrap();
    assert_eq!(heard.last().unwrap(), "AUTH PLAIN AGFAZXhhbXBsZS5vcmcAaHVudGVyMg==");
    let shown = transcript.evidence().join("\n");
    assert!(shown.contains("> AUTH PLAIN (hidden)"), "{shown}");
    assert!(!shown.contains("AGFAZXhh") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn no_password_goes_to_a_stranger_or_in_clear() {
    let stranger = certificate(&["mail.example.org"], |_| {});
    let (address, server) = play(submission(&stranger, "235 ok\r\n")).await;
    let mut smtp = Smtp::connect(&target(address), Transcript::new()).await.unwrap();
    smtp.ehlo("probe.example").await.unwrap();
    let password = Secret::new("hunter2".into());
    let in_clear = smtp.auth_plain("a@example.org", &password).await;
    assert!(matches!(in_clear, Err(ProbeError::NoSecretHere(_))));
    smtp.start_tls(&host(), &Trust::nobody(), "probe.example").await.unwrap();
    let to_a_stranger = smtp.auth_plain("a@example.org", &password).await;
    assert!(matches!(to_a_stranger, Err(ProbeError::NoSecretHere(_))));
    drop(smtp);
    assert!(server.await.unwrap().iter().all(|l| !l.contains("AUTH PLAIN")));
}

#[tokio::test]
async fn each_fault_of_a_certificate_has_its_own_verdict() {
    async fn seen(served: &TestCertificate, trust: &Trust) -> super::tls::TlsSeen {
        let script = vec![Step::Tls(served.config.clone()), send("220 x\r\n"), Step::Wait(Duration::from_millis(50))];
        let (address, _server) = play(script).await;
        let smtp = Smtp::connect_tls(&target(address), &host(), trust, Transcript::new()).await.unwrap();
        smtp.tls().unwrap().clone()
    }
    let good = certificate(&["mail.example.org"], |_| {});
    let root = Trust::nobody().with_roots(good.pem.as_bytes()).unwrap();
    let trusted = seen(&good, &root).await;
    assert_eq!((&trusted.trust, &trusted.name), (&Ok(()), &Ok(())));
    assert!(trusted.may_carry_secrets());
    let other_name = certificate(&["www.example.org"], |_| {});
    let wrong = seen(&other_name, &Trust::nobody().with_roots(other_name.pem.as_bytes()).unwrap()).await;
    assert_eq!(wrong.trust, Ok(()));
    assert_eq!(wrong.name, Err("the certificate is for www.example.org, not for mail.example.org".into()));
    assert!(!wrong.may_carry_secrets());
    let old = certificate(&["mail.example.org"], |p| p.not_after = rcgen::date_time_ymd(2020, 1, 1));
    assert_eq!(
        seen(&old, &Trust::nobody().with_roots(old.pem.as_bytes()).unwrap()).await.trust,
        Err(Distrust::Expired)
    );
    let early = certificate(&["mail.example.org"], |p| p.not_before = rcgen::date_time_ymd(4000, 1, 1));
    let trust = Trust::nobody().with_roots(early.pem.as_bytes()).unwrap();
    assert_eq!(seen(&early, &trust).await.trust, Err(Distrust::NotValidYet));
    assert_eq!(seen(&good, &Trust::nobody()).await.trust, Err(Distrust::SelfSigned));
}

#[tokio::test]
async fn a_server_that_speaks_first_in_clear_on_a_tls_port_is_named() {
    let (address, _server) = play(vec![send("220 mail.example.org ESMTP\r\n"), Step::Hear]).await;
    let error = Smtp::connect_tls(&target(address), &host(), &Trust::nobody(), Transcript::new()).await.err().unwrap();
    assert!(error.to_string().contains("does not speak TLS here"), "{error}");
}

#[tokio::test]
async fn a_message_is_dot_stuffed_and_ends_with_a_line_end() {
    let script = vec![
        send("220 x\r\n"),
        Step::Hear,
        send("354 go\r\n"),
        Step::HearMessage,
        send("250 2.0.0 queued as 4F1A\r\n"),
        Step::Wait(Duration::from_millis(20)),
    ];
    let (address, server) = play(script).await;
    let mut smtp = Smtp::connect(&target(address), Transcript::new()).await.unwrap();
    let reply = smtp.data(b"Subject: x\r\n\r\n.dot\r\nend").await.unwrap();
    assert!(reply.is_success());
    drop(smtp);
    assert_eq!(server.await.unwrap(), ["DATA", "Subject: x", "", "..dot", "end", "."]);
}

#[tokio::test]
async fn imap_reads_greetings_in_pieces_literals_and_odd_orders() {
    let own = certificate(&["mail.example.org"], |_| {});
    let message = b"Subject: x\r\n\r\n* not a response\r\n";
    let script = vec![
        Step::Tls(own.config.clone()),
        send("* OK [CAPABILITY IMAP4rev1"),
        send("] ready\r\n"),
        Step::Hear,
        send("* CAPABILITY IMAP4rev1 SPECIAL-USE idle\r\na1 OK done\r\n"),
        Step::Hear,
        send("* OK still here\r\na2 OK in\r\n"),
        Step::Hear,
        send("* 3 EXISTS\r\n* 0 RECENT\r\na3 OK [READ-WRITE] selected\r\n"),
        Step::Hear,
        send("* SEARCH 7 9\r\na4 OK\r\n"),
        Step::Hear,
        send(format!("* 3 FETCH (UID 9 BODY[] {{{}}}\r\n", message.len())),
        send(&message[..10]),
        send(&message[10..]),
        send(")\r\na5 OK fetched\r\n"),
        Step::Hear,
        send("* LIST (\\HasNoChildren \\Sent) \"/\" Sent\r\n* LIST (\\Junk) \"/\" \"Junk mail\"\r\na6 OK\r\n"),
        Step::Wait(Duration::from_millis(20)),
    ];
    let (address, server) = play(script).await;
    let mut imap = Imap::connect_tls(&target(address), &host(), &trusting(&own), Transcript::new()).await.unwrap();
    assert_eq!(imap.greeting, "OK [CAPABILITY IMAP4rev1] ready");
    assert_eq!(imap.capabilities().await.unwrap(), ["IMAP4REV1", "SPECIAL-USE", "IDLE"]);
    assert_eq!(imap.login("a@example.org", &Secret::new("x y".into())).await.unwrap(), Ok(()));
    assert_eq!(imap.select("INBOX").await.unwrap(), 3);
    assert_eq!(imap.search_header("Message-ID", "<1@x>").await.unwrap(), [7, 9]);
    assert_eq!(imap.fetch(9).await.unwrap().unwrap(), message);
    let folders = imap.folders().await.unwrap();
    assert_eq!(folders[0].attributes, ["\\hasnochildren", "\\sent"]);
    assert_eq!(folders[1].name, "Junk mail");
    drop(imap);
    let heard = server.await.unwrap();
    assert_eq!(heard[1], "a2 LOGIN \"a@example.org\" \"x y\"");
}

#[tokio::test]
async fn a_password_that_cannot_be_quoted_goes_as_a_literal() {
    let own = certificate(&["mail.example.org"], |_| {});
    let password = "p\"ä";
    let script = vec![
        Step::Tls(own.config.clone()),
        send("* OK\r\n"),
        Step::Hear,
        send("+ go\r\n"),
        Step::Hear,
        send("+ go\r\n"),
        Step::HearBytes(password.len()),
        Step::Hear,
        send("a1 NO [AUTHENTICATIONFAILED] no\r\n"),
        Step::Wait(Duration::from_millis(20)),
    ];
    let (address, server) = play(script).await;
    let transcript = Transcript::new();
    let mut imap = Imap::connect_tls(&target(address), &host(), &trusting(&own), transcript.clone()).await.unwrap();
    let refused = imap.login("a@example.org", &Secret::new(password.into())).await.unwrap();
    assert_eq!(refused, Err("NO [AUTHENTICATIONFAILED] no".into()));
    drop(imap);
    assert_eq!(server.await.unwrap()[..3], ["a1 LOGIN {13}", "a@example.org {4}", password]);
    assert!(transcript.evidence().iter().all(|l| !l.contains(password)));
}

#[tokio::test]
async fn a_hostile_literal_is_refused_before_it_is_read() {
    let own = certificate(&["mail.example.org"], |_| {});
    let script =
        vec![Step::Tls(own.config.clone()), send("* OK {99999999999}\r\n"), Step::Wait(Duration::from_millis(20))];
    let (address, _server) = play(script).await;
    let result = Imap::connect_tls(&target(address), &host(), &trusting(&own), Transcript::new()).await;
    assert!(matches!(result.err(), Some(ProbeError::Flood(_))));
}
