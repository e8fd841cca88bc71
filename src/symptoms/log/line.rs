//! One line of a log, whoever wrote it and wherever it was kept.

use std::borrow::Cow;

use serde::Deserialize;

use super::stamp::{Clock, Seconds};

/// The longest name of a container or a program, in bytes.
const LONGEST_NAME: usize = 64;

/// A line taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// When it was written; `None` where the log does not say.
    pub time: Option<Seconds>,
    /// The program: "postfix/smtpd", "dovecot", "rspamd"; empty where the log does not say. Names of Postfix instances
    /// and services are not part of it.
    pub program: Cow<'a, str>,
    /// The Postfix service between instance and daemon: "submission" of "postfix/submission/smtpd".
    pub service: Option<Cow<'a, str>>,
    /// The process, where the log says it.
    pub pid: Option<u32>,
    /// What the program said.
    pub message: Cow<'a, str>,
}

impl Line<'_> {
    /// Whether it says that it was written before `since`.
    pub(super) fn is_before(&self, since: Option<Seconds>) -> bool {
        self.time.zip(since).is_some_and(|(time, since)| time < since)
    }
}

/// Reads a line of any of the known layouts. What is none of them is a message without a program: a daemon's own file,
/// or a paste.
pub fn read<'a>(text: &'a str, clock: &Clock) -> Line<'a> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.starts_with('{')
        && let Some(line) = journal(text)
    {
        return line;
    }
    let text = without_container(text);
    let Some((time, rest)) = clock.read(text) else {
        return match tag(text) {
            Some((name, pid, message)) => Line { pid, ..named(None, name.into(), message.into()) },
            None => Line { time: None, program: "".into(), service: None, pid: None, message: text.into() },
        };
    };
    // `docker logs --timestamps`, or a collector's stamp, before the line's own.
    if let Some((own, rest)) = clock.read(rest) {
        return after_stamp(own, rest);
    }
    after_stamp(time, rest)
}

/// What `journalctl -o json` writes, one object a line.
fn journal(text: &str) -> Option<Line<'_>> {
    #[derive(Deserialize)]
    struct Entry<'a> {
        #[serde(rename = "MESSAGE", borrow)]
        message: Message<'a>,
        #[serde(rename = "SYSLOG_IDENTIFIER", borrow, default)]
        identifier: Option<Cow<'a, str>>,
        #[serde(rename = "_COMM", borrow, default)]
        command: Option<Cow<'a, str>>,
        #[serde(rename = "_TRANSPORT", borrow, default)]
        transport: Option<Cow<'a, str>>,
        #[serde(rename = "__REALTIME_TIMESTAMP", borrow, default)]
        microseconds: Option<Cow<'a, str>>,
        #[serde(rename = "_PID", borrow, default)]
        pid: Option<Cow<'a, str>>,
    }
    /// Bytes where the message is not printable text.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Message<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        Bytes(Vec<u8>),
    }
    let entry: Entry<'_> = serde_json::from_str(text).ok()?;
    let message = match entry.message {
        Message::Text(text) => text,
        Message::Bytes(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    };
    let time = entry.microseconds.and_then(|us| us.parse::<i64>().ok()).map(|us| us / 1_000_000);
    let kernel = entry.transport.as_deref() == Some("kernel");
    let program = if kernel { Some("kernel".into()) } else { entry.identifier.or(entry.command) };
    let pid = entry.pid.and_then(|pid| pid.parse().ok());
    Some(Line { pid, ..named(time, program.unwrap_or_default(), message) })
}

/// A line of `docker compose logs` without the container's name: `mail-1  | …`.
fn without_container(text: &str) -> &str {
    let beginning = &text.as_bytes()[..text.len().min(LONGEST_NAME + 1)];
    match memchr::memchr(b'|', beginning).map(|at| (&text[..at], &text[at + 1..])) {
        Some((name, rest)) if !name.is_empty() => {
            let word = name.trim_end_matches(' ');
            let is_name = !word.is_empty() && word.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
            if is_name { rest.trim_start_matches(' ') } else { text }
        }
        _ => text,
    }
}

fn after_stamp(time: Seconds, rest: &str) -> Line<'_> {
    let time = Some(time);
    // certbot's own file: `2026-01-05 08:50:12,550:DEBUG:certbot._internal.main:text`
    if let Some(rest) = rest.strip_prefix(':') {
        let mut parts = rest.splitn(3, ':');
        if let (Some(_level), Some(module), Some(message)) = (parts.next(), parts.next(), parts.next()) {
            let program = module.split('.').next().unwrap_or_default();
            return named(time, program.into(), message.into());
        }
    }
    // Rspamd's own file: `#765(normal) <abcdef>; lua; text`
    if rest.starts_with('#')
        && let Some((_, message)) = rest.split_once("; ")
    {
        return named(time, "rspamd".into(), message.into());
    }
    // fail2ban's own file: `fail2ban.actions        [765]: NOTICE  [dovecot] Ban 192.0.2.4`
    if rest.starts_with("fail2ban.") {
        let message = rest.split_once("]: ").map_or(rest, |(_, m)| m);
        return named(time, "fail2ban".into(), message.into());
    }
    // syslog: `host program[pid]: text`; without a host where the stamp is a container's.
    if let Some((name, pid, message)) = tag(rest) {
        return Line { pid, ..named(time, name.into(), message.into()) };
    }
    if let Some((_host, rest)) = rest.split_once(' ')
        && let Some((name, pid, message)) = tag(rest)
    {
        return Line { pid, ..named(time, name.into(), message.into()) };
    }
    Line { time, program: "".into(), service: None, pid: None, message: rest.into() }
}

/// `program[pid]: text`: the program, the process and the text.
fn tag(text: &str) -> Option<(&str, Option<u32>, &str)> {
    let bytes = text.as_bytes();
    let colon = memchr::memchr_iter(b':', bytes).find(|at| matches!(bytes.get(at + 1), Some(b' ') | None))?;
    let (head, message) = (&text[..colon], text.get(colon + 2..).unwrap_or_default());
    let (name, pid) = match head.strip_suffix(']').and_then(|head| head.split_once('[')) {
        Some((name, pid)) => (name, pid),
        None => (head, ""),
    };
    let is_name = name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_./:@()".contains(&c));
    let known =
        !pid.is_empty() || KNOWN.iter().any(|k| name == *k || name.strip_prefix(k).is_some_and(|r| r.starts_with('/')));
    let is_pid = pid.bytes().all(|c| c.is_ascii_digit());
    (known && !name.is_empty() && name.len() <= LONGEST_NAME && is_name && is_pid)
        .then(|| (name, pid.parse().ok(), message))
}

/// Programs that may stand without a process number. A word before a colon is otherwise part of what was said.
const KNOWN: [&str; 14] = [
    "postfix",
    "dovecot",
    "doveconf",
    "rspamd",
    "opendkim",
    "opendmarc",
    "postgrey",
    "kernel",
    "smtpd",
    "fail2ban",
    "certbot",
    "amavis",
    "dockerd",
    "clamd",
];

/// With the program's name in its usual form.
fn named<'a>(time: Option<Seconds>, program: Cow<'a, str>, message: Cow<'a, str>) -> Line<'a> {
    // "postfix", the rest of the instance's name ("-out"), the service where it has one, the daemon.
    if let Some((instance, rest)) = program.strip_prefix("postfix").and_then(|rest| rest.split_once('/')) {
        let (service, daemon) = rest.rsplit_once('/').map_or((None, rest), |(service, daemon)| (Some(service), daemon));
        let service = service.map(|service| Cow::Owned(service.to_owned()));
        // As most lines have it, nothing is to be copied.
        let is_plain = instance.is_empty() && service.is_none();
        let usual = (!is_plain).then(|| Cow::Owned(format!("postfix/{daemon}")));
        return Line { time, program: usual.unwrap_or(program), service, pid: None, message };
    }
    let program = match &*program {
        "fail2ban.actions" | "fail2ban-server" | "fail2ban.filter" => "fail2ban".into(),
        "opensmtpd" => "smtpd".into(),
        // A child of master(8) that could not become its program.
        "master" => "postfix/master".into(),
        _ => program,
    };
    Line { time, program, service: None, pid: None, message }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn line(text: &str) -> (String, Option<String>, String, bool) {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let line = read(text, &clock);
        let service = line.service.map(Cow::into_owned);
        (line.program.into_owned(), service, line.message.into_owned(), line.time.is_some())
    }

    #[test]
    fn every_layout_gives_program_and_message() {
        let cases = [
            (
                "Jan  5 08:50:12 mail postfix/smtpd[12]: connect from x[192.0.2.1]",
                "postfix/smtpd",
                None,
                "connect from x[192.0.2.1]",
            ),
            (
                "2026-01-05T08:50:12.1+01:00 mail postfix/submission/smtpd[12]: text",
                "postfix/smtpd",
                Some("submission"),
                "text",
            ),
            ("2026-01-05T08:50:12+0100 mail postfix-out/smtp[12]: text", "postfix/smtp", None, "text"),
            (
                "2026-01-05T08:50:12Z mail postfix-out/127.0.0.1:10025/smtpd[12]: text",
                "postfix/smtpd",
                Some("127.0.0.1:10025"),
                "text",
            ),
            ("mail-1  | Jan  5 08:50:12 mail dovecot: imap-login: text", "dovecot", None, "imap-login: text"),
            ("mailserver | 2026-01-05T08:50:12+00:00 mail rspamd[9]: <a>; text", "rspamd", None, "<a>; text"),
            (
                "2026-01-05T08:50:12.123456789Z 2026-01-05T08:50:12+00:00 mail opendkim[9]: text",
                "opendkim",
                None,
                "text",
            ),
            (
                "2026-01-05 08:50:12,550 fail2ban.actions        [765]: NOTICE  [dovecot] Ban 192.0.2.4",
                "fail2ban",
                None,
                "NOTICE  [dovecot] Ban 192.0.2.4",
            ),
            ("2026-01-05 08:50:12,550:DEBUG:certbot._internal.main:text: more", "certbot", None, "text: more"),
            ("2026-01-05 08:50:12 #765(normal) <abcdef>; lua; text", "rspamd", None, "lua; text"),
            ("Jan  5 08:50:12 mail kernel: [1.2] Out of memory", "kernel", None, "[1.2] Out of memory"),
            ("dovecot: auth: text", "dovecot", None, "auth: text"),
            ("2026-01-05T08:50:12Z mail master[9]: fatal: text", "postfix/master", None, "fatal: text"),
            ("status: something was said", "", None, "status: something was said"),
            ("550 5.7.1 a paste | with a bar", "", None, "550 5.7.1 a paste | with a bar"),
            (
                r#"{"MESSAGE":"a \"b\"","SYSLOG_IDENTIFIER":"postfix/smtps/smtpd","__REALTIME_TIMESTAMP":"1767599412345678"}"#,
                "postfix/smtpd",
                Some("smtps"),
                "a \"b\"",
            ),
            (r#"{"MESSAGE":[65,255],"_COMM":"dovecot"}"#, "dovecot", None, "A\u{fffd}"),
            (
                r#"{"MESSAGE":"Out of memory","_TRANSPORT":"kernel","SYSLOG_IDENTIFIER":"fake"}"#,
                "kernel",
                None,
                "Out of memory",
            ),
        ];
        for (text, program, service, message) in cases {
            let found = line(text);
            assert_eq!((found.0.as_str(), found.1.as_deref(), found.2.as_str()), (program, service, message), "{text}");
        }
    }
}
