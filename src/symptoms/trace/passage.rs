//! One message on its way, and what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::printable::excerpt;
use crate::symptoms::log::Seconds;

/// What became of a message, as far as the log says, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Its mail server or mailbox took it.
    Delivered,
    /// The log does not say.
    Open,
    /// It was told to come again later, before it was taken.
    Postponed,
    /// It waits in the queue and is tried again.
    Waiting,
    /// It was refused before it was taken.
    Refused,
    /// It came back to its sender.
    Bounced,
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

/// What became of a message for one recipient: the last word of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// Where it went.
    pub address: String,
    /// The address that it was sent to, where an alias led on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// How it ended.
    pub fate: Fate,
    /// The server or socket that it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<String>,
    /// The folder it was put into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The words of who took or refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
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
    /// The envelope's recipients, and the aliases that led to them.
    pub to: BTreeSet<String>,
    /// What happened, in the order of time.
    pub events: Vec<Event>,
    #[serde(skip)]
    pub(super) removed: bool,
    #[serde(skip)]
    pub(super) related: BTreeSet<String>,
}

struct Expressions {
    delivery: Regex,
    envelope: Regex,
    stored: Regex,
    refused: Regex,
}

static EXPRESSIONS: LazyLock<Expressions> = LazyLock::new(|| {
    let new = |text: &str| {
        #[allow(clippy::panic, reason = "the expressions are constants, and the tests use every one")]
        Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
    };
    Expressions {
        delivery: new(
            r"^to=<([^>]*)>,(?: orig_to=<([^>]*)>,)? relay=([^,]+),.* status=(sent|deferred|bounced|expired|undeliverable) ?\(?(.*?)\)?$",
        ),
        envelope: new(
            r#"to=<([^>]*)> rcpt=<([^>]*)>.* relay="?([^"]*?)"?,? .*result="?(Ok|TempFail|PermFail)"?,? stat="?(.*?)"?$"#,
        ),
        // The quotes are Dovecot's; "fileinto:" is how older versions begin.
        stored: new(r"^lmtp\(([^)]+)\).*(?:stored mail into mailbox|fileinto:.*mailbox) '([^']*)'"),
        refused: new(r"reject: [A-Z-]+(?: from [^:]+(?::[0-9]+)?)?: ([45])(.*?)(?:; from=<|$)"),
    }
});

impl Passage {
    /// What became of it: as bad as for the recipient it went worst for.
    pub fn fate(&self) -> Fate {
        let recipients = self.recipients();
        let worst = recipients.iter().map(|r| r.fate).max();
        match (worst, self.refusal()) {
            (None | Some(Fate::Open), Some((fate, _))) => fate,
            (Some(worst), _) => worst,
            (None, None) => Fate::Open,
        }
    }

    /// The words that it was refused or postponed with before it was taken.
    pub fn refusal(&self) -> Option<(Fate, String)> {
        self.events.iter().rev().find_map(|event| {
            if event.text.contains("failed-command") {
                return Some((Fate::Refused, event.text.clone()));
            }
            let found = EXPRESSIONS.refused.captures(&event.text)?;
            let (class, words) = (found.get(1)?.as_str(), found.get(2)?.as_str());
            let fate = if class == "4" { Fate::Postponed } else { Fate::Refused };
            Some((fate, excerpt(&format!("{class}{words}"), 400)))
        })
    }

    /// What the log says last about each recipient.
    pub fn recipients(&self) -> Vec<Recipient> {
        let e = &*EXPRESSIONS;
        let mut last: BTreeMap<String, Recipient> = BTreeMap::new();
        let mut folders: Vec<(String, String)> = Vec::new();
        for event in &self.events {
            let part = |found: &regex::Captures<'_>, n: usize| {
                found
                    .get(n)
                    .map(|m| m.as_str().to_owned())
                    .filter(|text| !text.is_empty() && text != "-" && text != "none")
            };
            if let Some(found) = e.delivery.captures(&event.text) {
                let Some(address) = part(&found, 1) else { continue };
                let fate = match found.get(4).map(|m| m.as_str()) {
                    Some("sent") => Fate::Delivered,
                    Some("deferred") => Fate::Waiting,
                    _ => Fate::Bounced,
                };
                let alias = part(&found, 2).filter(|alias| *alias != address);
                let reply = part(&found, 5);
                last.insert(
                    address.clone(),
                    Recipient { address, alias, fate, relay: part(&found, 3), folder: None, reply },
                );
            } else if let Some(found) = e.envelope.captures(&event.text) {
                let Some(address) = part(&found, 1) else { continue };
                let fate = match found.get(4).map(|m| m.as_str()) {
                    Some("Ok") => Fate::Delivered,
                    Some("TempFail") => Fate::Waiting,
                    _ => Fate::Bounced,
                };
                let reply = part(&found, 5);
                last.insert(
                    address.clone(),
                    Recipient { address, alias: part(&found, 2), fate, relay: part(&found, 3), folder: None, reply },
                );
            } else if let Some(found) = e.stored.captures(&event.text)
                && let (Some(address), Some(folder)) = (part(&found, 1), part(&found, 2))
            {
                folders.push((address, folder));
            }
        }
        for (address, folder) in folders {
            if let Some(recipient) = last.get_mut(&address) {
                recipient.folder = Some(folder);
            }
        }
        // A message that was handed on under another queue id was sent when that one was.
        let handed_on = |r: &Recipient| {
            r.relay.as_deref() == Some("local")
                && r.reply.as_deref().is_some_and(|reply| reply.starts_with("forwarded as "))
        };
        let more_than_one = last.len() > 1;
        last.into_values().filter(|r| !(more_than_one && handed_on(r))).collect()
    }

    /// When the first thing happened to it.
    pub(super) fn begins(&self) -> Option<Seconds> {
        self.events.iter().find_map(|e| e.time)
    }

    /// Puts what happened into the order of time, where every line says when.
    pub(super) fn sort(&mut self) {
        if self.events.iter().all(|e| e.time.is_some()) {
            self.events.sort_by_key(|e| e.time);
        }
    }
}
