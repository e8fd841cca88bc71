//! One message followed through the queue ids of the daemons that had it.
//!
//! Postfix gives a message a queue id for each time it is queued; the message-id header, "queued as" in a reply and the
//! notice of a bounce join them. Rspamd, OpenDKIM and Dovecot name the queue id or the message-id, OpenSMTPD the
//! session and the envelope.

mod ids;
mod passage;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub use passage::{Event, Fate, Passage, Recipient};
pub use wanted::{Name, Party, Wanted, Window};

use super::log::{Line, Seconds};
use crate::printable::excerpt;

/// The most messages that are kept while it is not yet known whose they are.
const UNDECIDED: usize = 20_000;
/// The most messages that are shown.
const SHOWN: usize = 200;
/// The most lines that are kept of one message.
const EVENTS: usize = 200;

/// Reads a log line by line and keeps what belongs to the message that is followed.
pub struct Trace {
    wanted: Wanted,
    /// The passages that are open, by queue id.
    open: BTreeMap<String, Passage>,
    order: VecDeque<String>,
    kept: Vec<Passage>,
    /// The open passage that a Message-ID was seen in last.
    by_header: BTreeMap<String, String>,
    /// Queue ids and message-ids that belong to what was kept.
    related: BTreeSet<String>,
    more: usize,
    /// When something like it happened that is not in the time that was said.
    nearest: Option<Seconds>,
}

/// What was found.
pub struct Followed {
    /// The messages, in the order of time.
    pub messages: Vec<Passage>,
    /// How many more there were.
    pub more: usize,
    /// Where nothing was in the time that was said: when the nearest message like it was.
    pub nearest: Option<Seconds>,
}

impl Trace {
    /// Follows `wanted`.
    pub fn new(wanted: Wanted) -> Self {
        let related = match &wanted.name {
            Some(Name::QueueId(id) | Name::MessageId(id)) => [id.clone()].into(),
            Some(Name::Party(_)) | None => BTreeSet::new(),
        };
        Self {
            wanted,
            open: BTreeMap::new(),
            order: VecDeque::new(),
            kept: Vec::new(),
            by_header: BTreeMap::new(),
            related,
            more: 0,
            nearest: None,
        }
    }

    /// Looks at one line.
    pub fn read(&mut self, line: &Line<'_>) {
        let message: &str = &line.message;
        if line.program.starts_with("postfix") {
            if let Some((id, text)) = ids::of_postfix(message) {
                self.event(id, line, text);
            } else if message.starts_with("NOQUEUE: ") && message.contains("reject") {
                self.refused(line, message.trim_start_matches("NOQUEUE: "));
            }
        } else if let Some(id) = ids::of_filter(message) {
            self.event(id, line, message);
        } else if let Some((session, text)) = ids::of_opensmtpd(message) {
            // Sessions of delivery carry the envelope, whose first half is the message.
            let envelope = ids::next(text).next().filter(|id| id.len() == 16);
            self.event(envelope.and_then(|id| id.get(..8)).unwrap_or(session), line, text);
        } else if line.program.starts_with("opendk") || line.program.starts_with("opendmarc") {
            if let Some((id, text)) = ids::of_postfix(message) {
                self.event(id, line, text);
            }
        } else if let Some(id) = ids::message_id(message) {
            self.by_message_id(id, line, message);
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
        let passage = self.open.entry(id.to_owned()).or_default();
        if passage.queue_ids.is_empty() {
            passage.queue_ids.push(id.to_owned());
        }
        if let Some(from) = ids::from(text) {
            passage.from.get_or_insert_with(|| excerpt(from, 320));
        }
        for to in ids::to(text).take(8) {
            if passage.to.len() < 64 {
                passage.to.insert(excerpt(to, 320));
            }
        }
        if let Some(id) = ids::message_id(text) {
            passage.message_id.get_or_insert_with(|| id.to_owned());
            if self.by_header.get(id).is_none_or(|queue_id| *queue_id != passage.queue_ids[0]) {
                self.by_header.insert(id.to_owned(), passage.queue_ids[0].clone());
            }
        }
        for next in ids::next(text).take(8) {
            passage.related.insert(next.to_owned());
        }
        passage.removed |= text == "removed";
        if passage.events.len() < EVENTS {
            passage.events.push(Event { time: line.time, program: program(line), text: excerpt(text, 700) });
        }
    }

    /// A refusal has no queue id: it is a passage of its own.
    fn refused(&mut self, line: &Line<'_>, text: &str) {
        let passage = Passage {
            from: ids::from(text).map(|from| excerpt(from, 320)),
            to: ids::to(text).next().map(|to| excerpt(to, 320)).into_iter().collect(),
            events: vec![Event { time: line.time, program: program(line), text: excerpt(text, 700) }],
            ..Passage::default()
        };
        self.keep_if_wanted(passage);
    }

    /// A line that names the message by its header: it belongs to the open passages of that message.
    fn by_message_id(&mut self, id: &str, line: &Line<'_>, text: &str) {
        let event = || Event { time: line.time, program: program(line), text: excerpt(text, 700) };
        let open = self.by_header.get(id).and_then(|queue_id| self.open.get_mut(queue_id));
        let passage = open.or_else(|| self.kept.iter_mut().rev().find(|p| p.message_id.as_deref() == Some(id)));
        if let Some(passage) = passage.filter(|p| p.events.len() < EVENTS) {
            passage.events.push(event());
        }
    }

    fn close(&mut self, id: &str) {
        if let Some(passage) = self.open.remove(id) {
            if let Some(header) = &passage.message_id
                && self.by_header.get(header).is_some_and(|queue_id| queue_id == id)
            {
                self.by_header.remove(header);
            }
            self.keep_if_wanted(passage);
        }
    }

    fn is_related(&self, passage: &Passage) -> bool {
        passage.queue_ids.iter().chain(&passage.message_id).any(|id| self.related.contains(id))
    }

    fn keep_if_wanted(&mut self, passage: Passage) {
        if self.is_related(&passage) || (self.wanted.is(&passage) && self.wanted.is_when(&passage)) {
            self.keep(passage);
        } else if self.wanted.is(&passage)
            && let (Some(window), Some(time)) = (self.wanted.around, passage.begins())
        {
            let away = |time: Seconds| (time - (window.first + window.last) / 2).abs();
            self.nearest =
                Some(self.nearest.map_or(time, |nearest| if away(time) < away(nearest) { time } else { nearest }));
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

    /// What was found.
    pub fn finish(mut self) -> Followed {
        // What is related to what was kept may have been seen before it: look again until nothing more is found.
        loop {
            let before = self.kept.len();
            let ids: Vec<String> = self.open.keys().cloned().collect();
            for id in ids {
                let wanted = self
                    .open
                    .get(&id)
                    .is_some_and(|p| self.is_related(p) || (self.wanted.is(p) && self.wanted.is_when(p)));
                if wanted {
                    self.close(&id);
                }
            }
            if self.kept.len() == before {
                break;
            }
        }
        if self.kept.is_empty() {
            let rest: Vec<String> = self.open.keys().cloned().collect();
            rest.iter().for_each(|id| self.close(id));
        }
        self.kept.iter_mut().for_each(Passage::sort);
        self.kept.sort_by_key(Passage::begins);
        Followed { messages: joined(self.kept), more: self.more, nearest: self.nearest }
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
                message.sort();
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
mod tests;
