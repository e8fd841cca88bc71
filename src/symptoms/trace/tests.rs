//! What is followed is found whole, in the log that a real server wrote.

use jiff::tz::TimeZone;

use super::*;
use crate::symptoms::log::{Clock, read};

const LOG: &str = include_str!("../../../tests/logs/trixie-both-ways.log");

fn follow(wanted: Wanted, log: &str) -> Followed {
    let clock = Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    let mut trace = Trace::new(wanted);
    log.lines().for_each(|line| trace.read(&read(line, &clock)));
    trace.finish()
}

fn trace(wanted: &str) -> (Vec<Passage>, usize) {
    let followed = follow(Wanted::named(Name::parse(wanted).unwrap()), LOG);
    (followed.messages, followed.more)
}

fn between(from: &str, to: &str, around: Option<&str>) -> Followed {
    let window = |time: &str| Window::around(time.parse::<jiff::Timestamp>().unwrap().as_second());
    let party = |text: &str| Some(Party::parse(text).unwrap());
    follow(Wanted { name: None, from: party(from), to: party(to), around: around.map(window) }, LOG)
}

#[test]
fn a_message_is_followed_from_the_client_to_the_foreign_server() {
    let (found, more) = trace("4E1AA4CA35");
    assert_eq!((found.len(), more), (1, 0));
    let message = &found[0];
    assert_eq!(message.fate(), Fate::Delivered);
    assert_eq!(message.from.as_deref(), Some("alice@example.lab"));
    assert_eq!(message.message_id.as_deref(), Some("ae8f3c6b-40fd-45cb-8c47-1c97c52425ad@client.remote.lab"));
    let programs: Vec<&str> = message.events.iter().map(|e| e.program.as_str()).collect();
    assert_eq!(programs.first(), Some(&"postfix/submission/smtpd"));
    assert!(programs.contains(&"rspamd") && programs.contains(&"postfix/smtp"), "{programs:?}");
    let by_header = trace("<ae8f3c6b-40fd-45cb-8c47-1c97c52425ad@client.remote.lab>").0;
    assert_eq!(by_header[0].queue_ids, ["4E1AA4CA35"]);
}

#[test]
fn an_address_finds_what_came_what_went_and_what_was_refused() {
    let (found, _) = trace("alice@example.lab");
    let fates: Vec<Fate> = found.iter().map(Passage::fate).collect();
    // Sent, received, sent, and the notice that its second recipient does not exist, refused as unsigned.
    assert_eq!(fates, [Fate::Delivered, Fate::Delivered, Fate::Delivered, Fate::Refused]);
    assert!(found[1].events.iter().any(|e| e.program == "dovecot" && e.text.contains("'INBOX'")));
    let refused = trace("nobody@example.lab").0;
    assert_eq!((refused.len(), refused[0].fate()), (1, Fate::Refused));
    assert!(refused[0].events[0].text.contains("User unknown in virtual mailbox table"));
    assert!(trace("carol@example.lab").0.is_empty());
    assert_eq!(trace("@remote.lab").0.len(), 5);
}

#[test]
fn sender_recipient_and_time_narrow_it_down() {
    let found = between("bob@remote.lab", "alice@example.lab", None);
    assert_eq!(found.messages.len(), 1);
    assert_eq!(found.messages[0].queue_ids, ["D234B4CA43"]);
    let recipient = &found.messages[0].recipients()[0];
    assert_eq!((recipient.address.as_str(), recipient.folder.as_deref()), ("alice@example.lab", Some("INBOX")));
    assert_eq!(between("alice@example.lab", "bob@remote.lab", Some("2026-11-21T09:20:00Z")).messages.len(), 1);
    assert!(between("alice@example.lab", "alice@example.lab", None).messages.is_empty());
    let later = between("bob@remote.lab", "alice@example.lab", Some("2026-11-21T15:00:00Z"));
    assert!(later.messages.is_empty());
    assert_eq!(later.nearest, Some("2026-11-21T09:11:42Z".parse::<jiff::Timestamp>().unwrap().as_second()));
}

#[test]
fn each_recipient_has_a_fate_of_its_own() {
    let log = "Nov 21 09:00:00 m postfix/smtpd[1]: 4E1AA4CA35: client=a[192.0.2.1]\n\
               Nov 21 09:00:00 m postfix/cleanup[1]: 4E1AA4CA35: message-id=<1@a>\n\
               Nov 21 09:00:00 m postfix/qmgr[1]: 4E1AA4CA35: from=<x@a.example>, size=1, nrcpt=3 (queue active)\n\
               Nov 21 09:00:01 m postfix/lmtp[1]: 4E1AA4CA35: to=<alice@example.lab>, orig_to=<info@example.lab>, relay=m[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Saved)\n\
               Nov 21 09:00:01 m dovecot[9]: lmtp(alice@example.lab)<1><2>: sieve: msgid=<1@a>: stored mail into mailbox 'Junk'\n\
               Nov 21 09:00:02 m postfix/smtp[1]: 4E1AA4CA35: to=<bob@remote.lab>, relay=none, delay=1, delays=0/0/0/0, dsn=4.4.1, status=deferred (connect to mx.remote.lab[192.0.2.9]:25: Connection timed out)\n\
               Nov 21 09:00:03 m postfix/smtp[1]: 4E1AA4CA35: to=<carl@remote.lab>, relay=mx.remote.lab[192.0.2.9]:25, delay=1, delays=0/0/0/0, dsn=5.1.1, status=bounced (host mx.remote.lab[192.0.2.9] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n";
    let found = follow(Wanted::named(Name::parse("info@example.lab").unwrap()), log).messages;
    assert_eq!((found.len(), found[0].fate()), (1, Fate::Bounced));
    let recipients = found[0].recipients();
    let fates: Vec<(&str, Fate)> = recipients.iter().map(|r| (r.address.as_str(), r.fate)).collect();
    assert_eq!(
        fates,
        [("alice@example.lab", Fate::Delivered), ("bob@remote.lab", Fate::Waiting), ("carl@remote.lab", Fate::Bounced)]
    );
    assert_eq!(recipients[0].alias.as_deref(), Some("info@example.lab"));
    assert_eq!(recipients[0].folder.as_deref(), Some("Junk"));
    assert_eq!(recipients[1].relay, None);
    assert!(recipients[2].reply.as_deref().is_some_and(|reply| reply.contains("no such user")));
}

#[test]
fn what_may_come_again_is_not_refused_for_good() {
    let log = "Nov 21 09:00:00 m postfix/smtpd[1]: NOQUEUE: reject: RCPT from a[192.0.2.1]:4711: 450 4.3.2 Service currently unavailable; from=<x@a.example> to=<alice@example.lab> proto=ESMTP\n\
               Nov 21 09:10:00 m postfix/cleanup[1]: 4E1AA4CA35: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 4.7.1 Try again later; from=<x@a.example> to=<alice@example.lab> proto=ESMTP helo=<a>\n\
               Nov 21 09:20:00 m postfix/cleanup[1]: 4E1AA4CA36: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 Refused: spam; from=<x@a.example> to=<alice@example.lab> proto=ESMTP helo=<a>\n";
    let found = follow(Wanted::named(Name::parse("alice@example.lab").unwrap()), log).messages;
    let fates: Vec<Fate> = found.iter().map(Passage::fate).collect();
    assert_eq!(fates, [Fate::Postponed, Fate::Postponed, Fate::Refused]);
    assert_eq!(found[2].refusal().map(|(_, words)| words).as_deref(), Some("5.7.1 Refused: spam"));
}

#[test]
fn opensmtpd_is_followed_by_session_and_envelope() {
    let log = "Jan  5 08:50:12 m smtpd[1]: 08a0eec7b6cdc261 smtp message msgid=f91890b2 size=100 nrcpt=1 proto=ESMTP\n\
               Jan  5 08:50:13 m smtpd[1]: 0 mta delivery evpid=f91890b2f23ac3af from=<a@b.c> to=<d@e.f> rcpt=<-> source=\"-\" relay=\"e.f\" delay=5m result=\"TempFail\" stat=\"Network error on destination MXs\"\n\
               Jan  5 08:50:14 m smtpd[1]: bdb3eafa2b6613d3 mta delivery evpid=f91890b2f23ac3af from=<a@b.c> to=<d@e.f> rcpt=<-> source=\"x\" relay=\"e.f\" delay=9m result=\"Ok\" stat=\"250 ok\"\n";
    let found = follow(Wanted::named(Name::parse("d@e.f").unwrap()), log).messages;
    assert_eq!((found.len(), found[0].fate()), (1, Fate::Delivered));
    assert_eq!(found[0].events.len(), 1);
}

#[test]
fn memory_is_bounded_when_nothing_matches() {
    let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    let mut trace = Trace::new(Wanted::named(Name::parse("d@e.f").unwrap()));
    for n in 0..2 * UNDECIDED {
        trace.read(&read(&format!("postfix/qmgr[1]: {n:010X}: from=<x@y>, size=1, nrcpt=1"), &clock));
    }
    assert_eq!(trace.open.len(), UNDECIDED);
}
