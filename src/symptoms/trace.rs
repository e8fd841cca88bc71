//! One message followed through the queue ids of the daemons that had it.
//!
//! Postfix gives a message a queue id for each time it is queued; the message-id header, "queued as" in a reply and the
//! notice of a bounce join them. Rspamd, OpenDKIM and Dovecot name the queue id or the message-id, OpenSMTPD the
//! session and the envelope.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::log::{Line, Seconds};
use crate::printable::excerpt;

/// The most messages that are kept while it is not yet known whose they are.
const UNDECIDED: usize = 20_000;
/// The most messages that are shown.
const SHOWN: usize = 200;
/// The most lines that are kept of one message.
const EVENTS: usize = 200;

/// What is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Mail from or to an address, or a domain ("@example.org").
    Address(String),
    /// A queue id of Postfix, a session or envelope of OpenSMTPD.
    QueueId(String),
    /// A Message-ID header, without its angle brackets.
    MessageId(String),
}

impl Wanted {
    /// What the operator means: `<x@y>` is a Message-ID, `x@y` an address, what holds no `@` a queue id.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > 500 || text.contains(char::is_whitespace) {
            return None;
        }
        if let Some(id) = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')) {
            return Some(Self::MessageId(id.to_owned()));
        }
        match text.contains('@') {
            true => Some(Self::Address(text.to_lowercase())),
            false if text.bytes().all(|b| b.is_ascii_alphanumeric()) => Some(Self::QueueId(text.to_owned())),
            false => None,
        }
    }
}

/// What became of a message, as far as the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Every recipient's mail server or mailbox took it.
    Delivered,
    /// It waits in the queue and is tried again.
    Waiting,
    /// It came back to its sender.
    Bounced,
    /// It was refused before it was taken.
    Refused,
    /// The log does not say.
    Open,
}

/// One thing that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Seconds>,
    /// Who says so.
    pub program: String,
    /// Its words, printable, without the queue id.
    pub text: String,
}

/// One message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// The queue ids it had here, in order.
    pub queue_ids: Vec<String>,
    /// Its Message-ID header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The envelope's sender; empty for a bounce.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The envelope's recipients.
    pub to: BTreeSet<String>,
    /// What happened, in the order of the log.
    pub events: Vec<Event>,
    #[serde(skip)]
    removed: bool,
    #[serde(skip)]
    related: BTreeSet<String>,
}

impl Passage {
    /// What became of it.
    pub fn fate(&self) -> Fate {
        let said = |words: &[&str]| self.events.iter().any(|e| words.iter().any(|w| e.text.contains(w)));
        // The last word on each recipient would be better; a message with several fates is as bad as its worst.
        let last = self.events.iter().rev().find_map(|e| {
            let words = [
                ("status=bounced", Fate::Bounced),
                ("status=expired", Fate::Bounced),
                ("status=deferred", Fate::Waiting),
                ("status=sent", Fate::Delivered),
                ("result=PermFail", Fate::Bounced),
                ("result=\"PermFail\"", Fate::Bounced),
                ("result=TempFail", Fate::Waiting),
                ("result=\"TempFail\"", Fate::Waiting),
                ("result=Ok", Fate::Delivered),
                ("result=\"Ok\"", Fate::Delivered),
            ];
            words.iter().find(|(word, _)| e.text.contains(word)).map(|(_, fate)| *fate)
        });
        match last {
            Some(Fate::Delivered) if said(&["status=bounced", "status=expired"]) => Fate::Bounced,
            Some(fate) => fate,
            None if said(&["reject: ", "milter-reject", "failed-command"]) => Fate::Refused,
            None => Fate::Open,
        }
    }

    fn is(&self, wanted: &Wanted) -> bool {
        let matches = |address: &String, wanted: &str| {
            let address = address.to_lowercase();
            address == wanted || (wanted.starts_with('@') && address.ends_with(wanted))
        };
        match wanted {
            Wanted::Address(wanted) => {
                self.from.iter().any(|a| matches(a, wanted)) || self.to.iter().any(|a| matches(a, wanted))
            }
            Wanted::QueueId(id) => self.queue_ids.contains(id) || self.related.contains(id),
            Wanted::MessageId(id) => self.message_id.as_ref() == Some(id),
        }
    }
}

struct Expressions {
    postfix: Regex,
    opensmtpd: Regex,
    queue_id: Regex,
    from: Regex,
    to: Regex,
    message_id: Regex,
    next: Regex,
}

static EXPRESSIONS: LazyLock<Expressions> = LazyLock::new(|| {
    let new = |text: &str| {
        #[allow(clippy::panic, reason = "the expressions are constants, and the tests use every one")]
        Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
    };
    Expressions {
        // Short ids are hexadecimal, long ones (enable_long_queue_ids) are of 52 letters and digits.
        postfix: new("^([0-9A-F]{6,15}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}): (.*)$"),
        opensmtpd: new("^([0-9a-f]{16}) ((?:smtp|mta|mda) .*)$"),
        queue_id: new(r"(?-u:\b)qid: <([0-9A-Za-z]+)>"),
        from: new("(?:^|[ ,])from=<([^>]*)>"),
        to: new("(?:^|[ ,])(?:to|rcpt)=<([^>]*)>"),
        message_id: new(r"(?:message-id=|msgid=|(?-u:\b)id: )<([^>]*)>"),
        next: new(r"(?:queued as |notification: |evpid=)([0-9A-Za-z]{6,20})(?-u:\b)"),
    }
});

/// Reads a log line by line and keeps what belongs to the message that is followed.
pub struct Trace {
    wanted: Wanted,
    /// The passages that are open, by queue id.
    open: BTreeMap<String, Passage>,
    order: VecDeque<String>,
    kept: Vec<Passage>,
    /// Queue ids and message-ids that belong to what was kept.
    related: BTreeSet<String>,
    more: usize,
}

impl Trace {
    /// Follows `wanted`.
    pub fn new(wanted: Wanted) -> Self {
        let related = match &wanted {
            Wanted::Address(_) => BTreeSet::new(),
            Wanted::QueueId(id) | Wanted::MessageId(id) => [id.clone()].into(),
        };
        Self { wanted, open: BTreeMap::new(), order: VecDeque::new(), kept: Vec::new(), related, more: 0 }
    }

    /// Looks at one line.
    pub fn read(&mut self, line: &Line<'_>) {
        let message: &str = &line.message;
        let e = &*EXPRESSIONS;
        if line.program.starts_with("postfix") {
            if let Some(found) = e.postfix.captures(message) {
                let (Some(id), Some(text)) = (found.get(1), found.get(2)) else { return };
                self.event(id.as_str(), line, text.as_str());
            } else if message.starts_with("NOQUEUE: ") && message.contains("reject") {
                self.refused(line, message.trim_start_matches("NOQUEUE: "));
            }
        } else if let Some(id) = e.queue_id.captures(message).and_then(|found| found.get(1)) {
            self.event(id.as_str(), line, message);
        } else if let Some(found) = e.opensmtpd.captures(message) {
            let (Some(id), Some(text)) = (found.get(1), found.get(2)) else { return };
            // Sessions of delivery carry the envelope, whose first half is the message.
            let envelope = e.next.captures(text.as_str()).and_then(|f| f.get(1)).map(|m| m.as_str());
            let id = envelope.filter(|id| id.len() == 16).and_then(|id| id.get(..8)).unwrap_or(id.as_str());
            self.event(id, line, text.as_str());
        } else if line.program.starts_with("opendk") || line.program.starts_with("opendmarc") {
            if let Some(found) = e.postfix.captures(message) {
                let (Some(id), Some(text)) = (found.get(1), found.get(2)) else { return };
                self.event(id.as_str(), line, text.as_str());
            }
        } else if let Some(id) = e.message_id.captures(message).and_then(|found| found.get(1)) {
            self.by_message_id(id.as_str(), line, message);
        }
    }

    fn event(&mut self, id: &str, line: &Line<'_>, text: &str) {
        if self.open.get(id).is_some_and(|p| p.removed) && text.starts_with("client=") {
            // The id is used again for another message.
            self.close(id);
        }
        if !self.open.contains_key(id) {
            if self.open.len() >= UNDECIDED
                && let Some(oldest) = self.order.pop_front()
            {
                self.close(&oldest);
            }
            self.order.push_back(id.to_owned());
        }
        let e = &*EXPRESSIONS;
        let passage = self.open.entry(id.to_owned()).or_default();
        if passage.queue_ids.is_empty() {
            passage.queue_ids.push(id.to_owned());
        }
        if let Some(from) = e.from.captures(text).and_then(|f| f.get(1)) {
            passage.from.get_or_insert_with(|| excerpt(from.as_str(), 320));
        }
        for to in e.to.captures_iter(text).filter_map(|f| f.get(1)).take(8) {
            if passage.to.len() < 64 {
                passage.to.insert(excerpt(to.as_str(), 320));
            }
        }
        if let Some(id) = e.message_id.captures(text).and_then(|f| f.get(1)) {
            passage.message_id.get_or_insert_with(|| id.as_str().to_owned());
        }
        for next in e.next.captures_iter(text).filter_map(|f| f.get(1)).take(8) {
            passage.related.insert(next.as_str().to_owned());
        }
        passage.removed |= text == "removed";
        if passage.events.len() < EVENTS {
            passage.events.push(Event { time: line.time, program: program(line), text: excerpt(text, 700) });
        }
    }

    /// A refusal has no queue id: it is a passage of its own.
    fn refused(&mut self, line: &Line<'_>, text: &str) {
        let e = &*EXPRESSIONS;
        let part =
            |expression: &Regex| expression.captures(text).and_then(|f| f.get(1)).map(|m| excerpt(m.as_str(), 320));
        let passage = Passage {
            from: part(&e.from),
            to: part(&e.to).into_iter().collect(),
            events: vec![Event { time: line.time, program: program(line), text: excerpt(text, 700) }],
            ..Passage::default()
        };
        if passage.is(&self.wanted) {
            self.keep(passage);
        }
    }

    /// A line that names the message by its header: it belongs to the open passages of that message.
    fn by_message_id(&mut self, id: &str, line: &Line<'_>, text: &str) {
        let event = || Event { time: line.time, program: program(line), text: excerpt(text, 700) };
        let of_message = |p: &&mut Passage| p.message_id.as_deref() == Some(id) && p.events.len() < EVENTS;
        match self.open.values_mut().filter(of_message).last() {
            Some(passage) => passage.events.push(event()),
            None => {
                if let Some(passage) = self.kept.iter_mut().filter(of_message).last() {
                    passage.events.push(event());
                }
            }
        }
    }

    fn close(&mut self, id: &str) {
        if let Some(passage) = self.open.remove(id) {
            self.keep_if_wanted(passage);
        }
    }

    fn keep_if_wanted(&mut self, passage: Passage) {
        let related = passage.queue_ids.iter().chain(&passage.message_id).any(|id| self.related.contains(id));
        if related || passage.is(&self.wanted) {
            self.keep(passage);
        }
    }

    fn keep(&mut self, passage: Passage) {
        if self.kept.len() >= SHOWN {
            self.more += 1;
            return;
        }
        self.related.extend(passage.queue_ids.iter().chain(&passage.message_id).chain(&passage.related).cloned());
        self.kept.push(passage);
    }

    /// The messages that were found, in the order of time, and how many more there were.
    pub fn finish(mut self) -> (Vec<Passage>, usize) {
        // What is related to what was kept may have been seen before it: look again until nothing more is found.
        loop {
            let before = self.kept.len();
            let ids: Vec<String> = self.open.keys().cloned().collect();
            for id in ids {
                let wanted = self.open.get(&id).is_some_and(|p| {
                    p.is(&self.wanted) || p.queue_ids.iter().chain(&p.message_id).any(|id| self.related.contains(id))
                });
                if wanted {
                    self.close(&id);
                }
            }
            if self.kept.len() == before {
                break;
            }
        }
        self.kept.sort_by_key(|p| p.events.first().and_then(|e| e.time));
        (joined(self.kept), self.more)
    }
}

/// Passages of one message, in the order of time, as one.
fn joined(passages: Vec<Passage>) -> Vec<Passage> {
    let mut messages: Vec<Passage> = Vec::new();
    for passage in passages {
        let same = messages.iter_mut().find(|m| {
            let by_header = m.message_id.is_some() && m.message_id == passage.message_id;
            by_header && !m.queue_ids.is_empty() && !passage.queue_ids.is_empty()
        });
        match same {
            Some(message) => {
                message.queue_ids.extend(passage.queue_ids);
                message.to.extend(passage.to);
                message.related.extend(passage.related);
                message.events.extend(passage.events);
                message.events.sort_by_key(|e| e.time);
            }
            None => messages.push(passage),
        }
    }
    messages
}

fn program(line: &Line<'_>) -> String {
    match &line.service {
        Some(service) => excerpt(&line.program.replacen("postfix/", &format!("postfix/{service}/"), 1), 60),
        None => excerpt(&line.program, 60),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::symptoms::log::{Clock, read};

    const LOG: &str = include_str!("../../tests/logs/trixie-both-ways.log");

    fn trace(wanted: &str) -> (Vec<Passage>, usize) {
        let clock = Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut trace = Trace::new(Wanted::parse(wanted).unwrap());
        for line in LOG.lines() {
            trace.read(&read(line, &clock));
        }
        trace.finish()
    }

    #[test]
    fn what_is_meant() {
        assert_eq!(Wanted::parse("Alice@Example.org"), Some(Wanted::Address("alice@example.org".into())));
        assert_eq!(Wanted::parse("<a@b>"), Some(Wanted::MessageId("a@b".into())));
        assert_eq!(Wanted::parse("4F1A2B3C4D"), Some(Wanted::QueueId("4F1A2B3C4D".into())));
        for text in ["", "a b", "../x"] {
            assert_eq!(Wanted::parse(text), None);
        }
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
    fn opensmtpd_is_followed_by_session_and_envelope() {
        let log = "Jan  5 08:50:12 m smtpd[1]: 08a0eec7b6cdc261 smtp message msgid=f91890b2 size=100 nrcpt=1 proto=ESMTP\n\
                   Jan  5 08:50:13 m smtpd[1]: 0 mta delivery evpid=f91890b2f23ac3af from=<a@b.c> to=<d@e.f> rcpt=<-> source=\"-\" relay=\"e.f\" delay=5m result=\"TempFail\" stat=\"Network error on destination MXs\"\n\
                   Jan  5 08:50:14 m smtpd[1]: bdb3eafa2b6613d3 mta delivery evpid=f91890b2f23ac3af from=<a@b.c> to=<d@e.f> rcpt=<-> source=\"x\" relay=\"e.f\" delay=9m result=\"Ok\" stat=\"250 ok\"\n";
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut trace = Trace::new(Wanted::parse("d@e.f").unwrap());
        log.lines().for_each(|line| trace.read(&read(line, &clock)));
        let (found, _) = trace.finish();
        assert_eq!((found.len(), found[0].fate()), (1, Fate::Delivered));
        assert_eq!(found[0].events.len(), 1);
    }

    #[test]
    fn memory_is_bounded_when_nothing_matches() {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut trace = Trace::new(Wanted::parse("d@e.f").unwrap());
        for n in 0..2 * UNDECIDED {
            trace.read(&read(&format!("postfix/qmgr[1]: {n:010X}: from=<x@y>, size=1, nrcpt=1"), &clock));
        }
        assert_eq!(trace.open.len(), UNDECIDED);
    }
}
