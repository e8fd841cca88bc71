//! A bounce, or the headers of a message that arrived: what the other side said.
//!
//! Delivery status notifications are RFC 3464, their status codes RFC 3463 and RFC 5248; Authentication-Results is
//! RFC 8601. What is none of these is read as the text that it is.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mail_parser::{MessageParser, MimeHeaders, PartType};
use regex::Regex;

use super::log::{Line, patterns};
use crate::printable::excerpt;

/// The most that is read of a bounce, in bytes.
pub const MAX_BOUNCE: usize = 1 << 20;

/// A recipient that was not reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failed {
    /// Its address.
    pub address: Option<String>,
    /// The enhanced status code: "5.7.26".
    pub status: Option<String>,
    /// The words of the server that refused.
    pub diagnostic: Option<String>,
}

/// One verdict of an Authentication-Results header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// "spf", "dkim", "dmarc".
    pub method: String,
    /// "pass", "fail", "softfail", "none" ….
    pub result: String,
    /// The whole clause, printable.
    pub clause: String,
}

/// What the other side said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounce {
    /// Who was not reached.
    pub failed: Vec<Failed>,
    /// What the receiver found out about the sender.
    pub authentication: Vec<Authentication>,
    /// Pattern ids with the line that each is in, printable.
    pub matches: Vec<(&'static str, String)>,
}

impl Bounce {
    /// Reads a bounce as a file, a paste of its text, or a paste of headers.
    pub fn read(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MAX_BOUNCE)];
        let mut bounce = Self::default();
        let mut texts = vec![String::from_utf8_lossy(bytes).into_owned()];
        if let Some(message) = MessageParser::default().parse(bytes) {
            for part in &message.parts {
                let is_status = part.content_type().is_some_and(|t| {
                    t.ctype() == "message" && t.subtype().is_some_and(|s| s.ends_with("delivery-status"))
                });
                match &part.body {
                    PartType::Text(text) | PartType::Html(text) => {
                        if is_status {
                            bounce.failed.extend(recipients(text));
                        }
                        texts.push(text.clone().into_owned());
                    }
                    PartType::Binary(content) | PartType::InlineBinary(content) => {
                        let text = String::from_utf8_lossy(content).into_owned();
                        if is_status {
                            bounce.failed.extend(recipients(&text));
                        }
                        texts.push(text);
                    }
                    PartType::Message(_) | PartType::Multipart(_) => {}
                }
            }
        }
        if bounce.failed.is_empty() {
            bounce.failed = texts.iter().flat_map(|text| recipients(text)).collect();
        }
        let unfolded: Vec<String> = texts.iter().map(|text| unfold(text)).collect();
        bounce.authentication = unfolded.iter().map(|t| authentication(t)).find(|a| !a.is_empty()).unwrap_or_default();
        bounce.matches = matches(unfolded.iter().flat_map(|text| text.lines()));
        bounce
    }

    /// The line in which a pattern is.
    pub fn line(&self, id: &str) -> Option<&str> {
        self.matches.iter().find(|(found, _)| *found == id).map(|(_, line)| line.as_str())
    }

    /// Whether there was anything in it that says something.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Pattern ids in lines of no program, each with its first line.
pub fn matches<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(&'static str, String)> {
    let patterns = patterns();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for line in lines.take(20_000) {
        let line = line.get(..4000).unwrap_or(line);
        let read = Line { time: None, program: "".into(), service: None, pid: None, message: line.into() };
        for index in patterns.matching(&read) {
            if seen.insert(index) {
                found.push((patterns.all()[index].id.as_str(), excerpt(line, 500)));
            }
        }
    }
    found
}

/// Joins what was broken: folded header lines (RFC 5322 2.2.3), and the lines of one SMTP reply ("550-5.7.26 …").
fn unfold(text: &str) -> String {
    static REPLY: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^ *([245][0-9][0-9])[- ]").ok());
    let mut joined = String::with_capacity(text.len());
    let mut open: Option<String> = None;
    for line in text.lines() {
        let code = REPLY.as_ref().and_then(|r| r.captures(line)).and_then(|c| c.get(1)).map(|m| m.as_str().to_owned());
        let continues = match (&open, &code) {
            (Some(before), Some(now)) => before == now,
            _ => line.starts_with([' ', '\t']) && !joined.is_empty(),
        };
        if continues {
            joined.push(' ');
            joined.push_str(line.trim_start());
        } else {
            if !joined.is_empty() {
                joined.push('\n');
            }
            joined.push_str(line);
        }
        open = code.or(open.filter(|_| continues));
    }
    joined
}

/// The groups of a delivery status: a block a recipient.
fn recipients(text: &str) -> Vec<Failed> {
    let text = unfold(text);
    let mut found = Vec::new();
    let mut block = Failed::default();
    for line in text.lines().chain([""]) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        // "rfc822; alice@example.org", "smtp; 550 5.7.1 …": the type is of no use here.
        let plain = || Some(excerpt(value.split_once(';').map_or(value, |(_, v)| v.trim()), 1000));
        match name.trim().to_ascii_lowercase().as_str() {
            "final-recipient" => block.address = plain(),
            "status" => block.status = Some(excerpt(value.split_whitespace().next().unwrap_or_default(), 20)),
            "diagnostic-code" => block.diagnostic = plain(),
            "" if block.address.is_some() && (block.status.is_some() || block.diagnostic.is_some()) => {
                found.push(std::mem::take(&mut block));
            }
            _ => {}
        }
        if found.len() == 50 {
            break;
        }
    }
    found
}

/// The verdicts of the first Authentication-Results header: those below it were written by others before.
fn authentication(unfolded: &str) -> Vec<Authentication> {
    let header = unfolded.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("authentication-results").then_some(value)
    });
    let clauses = header.into_iter().flat_map(|value| value.split(';')).take(40);
    clauses
        .filter_map(|clause| {
            let clause = clause.trim();
            let (method, rest) = clause.split_once('=')?;
            let method = method.trim().to_ascii_lowercase();
            let result = rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_ascii_lowercase();
            let known = matches!(method.as_str(), "spf" | "dkim" | "dmarc" | "iprev" | "arc");
            known.then(|| Authentication { method, result, clause: excerpt(clause, 300) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTFIX: &str = "From: MAILER-DAEMON@mail.example.lab\r\nTo: alice@example.lab\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.lab\r\n\r\n\
        Final-Recipient: rfc822; bob@gmail.test\r\nAction: failed\r\nStatus: 5.7.26\r\nDiagnostic-Code: smtp; 550-5.7.26 This mail has been blocked because the\r\n\
        \x20   sender is unauthenticated. 550 5.7.26 Gmail requires all senders\r\n\r\n--b--\r\n";

    #[test]
    fn a_status_notification_is_read() {
        let bounce = Bounce::read(POSTFIX.as_bytes());
        assert_eq!(bounce.failed.len(), 1);
        assert_eq!(bounce.failed[0].address.as_deref(), Some("bob@gmail.test"));
        assert_eq!(bounce.failed[0].status.as_deref(), Some("5.7.26"));
        assert!(bounce.failed[0].diagnostic.as_deref().is_some_and(|d| d.ends_with("all senders")));
        assert!(bounce.line("rm-gmail-unauth").is_some(), "{bounce:?}");
    }

    #[test]
    fn replies_that_were_pasted_line_by_line_are_joined() {
        let pasted = "550-5.7.25 [192.0.2.1] The IP address sending this message does not have a\n550-5.7.25 PTR record setup, or the corresponding forward\n550 5.7.25 DNS entry";
        assert!(Bounce::read(pasted.as_bytes()).line("rm-gmail-ptr").is_some());
        let microsoft = "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).";
        assert!(Bounce::read(microsoft.as_bytes()).line("rm-ms-netblock").is_some());
    }

    #[test]
    fn only_the_topmost_authentication_results_count() {
        let headers = "Authentication-Results: mx.google.com;\r\n       dkim=fail header.i=@example.lab;\r\n       spf=softfail (google.com: domain of x) smtp.mailfrom=a@example.lab;\r\n       dmarc=fail (p=NONE)\r\nAuthentication-Results: forged.lab; spf=pass\r\nSubject: x\r\n";
        let bounce = Bounce::read(headers.as_bytes());
        let found: Vec<(&str, &str)> =
            bounce.authentication.iter().map(|a| (a.method.as_str(), a.result.as_str())).collect();
        assert_eq!(found, [("dkim", "fail"), ("spf", "softfail"), ("dmarc", "fail")]);
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        for bytes in
            [&b""[..], b"\xff\xfe\0", b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n--", b":::\n\n\n"]
        {
            let _ = Bounce::read(bytes);
        }
        assert!(Bounce::read(&b"From: \x1b[2J\n".repeat(100_000)).failed.is_empty());
    }
}
