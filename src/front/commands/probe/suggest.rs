//! What comes next in a dialogue of SMTP, in the usual order, each line with what it does.

use crate::probe::smtp::Reply;

/// A line that may be said next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub line: String,
    pub why: &'static str,
}

/// How far the dialogue has come.
#[derive(Debug, Default)]
pub struct Stage {
    /// The name to suggest in EHLO.
    pub our_name: String,
    /// Keywords of the last EHLO, upper case, with their parameters.
    pub keywords: Vec<(String, String)>,
    pub has_said_ehlo: bool,
    pub is_encrypted: bool,
    has_sender: bool,
    recipients: usize,
    is_known: bool,
}

impl Stage {
    /// A dialogue whose greeting was heard; we call ourselves `our_name`.
    pub fn new(our_name: String, is_encrypted: bool) -> Self {
        Self { our_name, is_encrypted, ..Self::default() }
    }

    /// Takes in what a line brought.
    pub fn after(&mut self, line: &str, reply: &Reply) {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        if !reply.is_success() {
            return;
        }
        match verb.as_str() {
            "EHLO" | "HELO" => {
                self.has_said_ehlo = true;
                (self.has_sender, self.recipients) = (false, 0);
            }
            "MAIL" => self.has_sender = true,
            "RCPT" => self.recipients += 1,
            "RSET" => (self.has_sender, self.recipients) = (false, 0),
            "AUTH" => self.is_known = true,
            _ => {}
        }
    }

    /// TLS is on: everything that was said before counts no more (RFC 3207 section 4.2).
    pub fn encrypted(&mut self) {
        *self = Self { is_encrypted: true, our_name: std::mem::take(&mut self.our_name), ..Self::default() };
    }

    /// A message was handed over.
    pub fn message_sent(&mut self) {
        (self.has_sender, self.recipients) = (false, 0);
    }

    fn offers(&self, word: &str) -> Option<&str> {
        self.keywords.iter().find(|(k, _)| k == word).map(|(_, rest)| rest.as_str())
    }

    /// The usual next lines, the likeliest first.
    pub fn suggestions(&self) -> Vec<Suggestion> {
        let say = |line: &str, why| Suggestion { line: line.to_owned(), why };
        let mut next = Vec::new();
        if !self.has_said_ehlo {
            next.push(say(&format!("EHLO {}", self.our_name), "say who you are; the server lists what it can"));
        } else if !self.is_encrypted && self.offers("STARTTLS").is_some() {
            next.push(say("STARTTLS", "encrypt; the handshake is done for you, then EHLO comes again"));
        }
        if self.has_said_ehlo && self.is_encrypted && !self.is_known && !self.has_sender {
            let mechanisms = self.offers("AUTH").unwrap_or_default().to_ascii_uppercase();
            if mechanisms.split(' ').any(|m| m == "PLAIN") {
                next.push(say("AUTH PLAIN", "log in; user name and password are asked for, and not shown"));
            } else if mechanisms.split(' ').any(|m| m == "LOGIN") {
                next.push(say("AUTH LOGIN", "log in the old way; user name and password are asked for"));
            }
        }
        if self.has_said_ehlo {
            match (self.has_sender, self.recipients) {
                (false, _) => next.push(say("MAIL FROM:<>", "begin a mail; put its sender between the brackets")),
                (true, 0) => next.push(say("RCPT TO:<postmaster>", "name a recipient; nothing is sent yet")),
                (true, _) => {
                    next.push(say("RSET", "forget this mail"));
                    next.push(say("DATA", "send it: then the message line by line, and a lone dot"));
                }
            }
        }
        next.push(say("QUIT", "say goodbye"));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stage: &Stage) -> Vec<String> {
        stage.suggestions().into_iter().map(|s| s.line).collect()
    }

    #[test]
    fn the_usual_order_is_suggested() {
        let ok = Reply { code: 250, lines: vec!["ok".into()] };
        let no = Reply { code: 550, lines: vec!["no".into()] };
        let mut stage = Stage { our_name: "[192.0.2.1]".into(), ..Stage::default() };
        assert_eq!(lines(&stage), ["EHLO [192.0.2.1]", "QUIT"]);
        stage.after("EHLO [192.0.2.1]", &ok);
        stage.keywords = vec![("STARTTLS".into(), String::new())];
        assert_eq!(lines(&stage), ["STARTTLS", "MAIL FROM:<>", "QUIT"]);
        stage.encrypted();
        assert_eq!(lines(&stage), ["EHLO [192.0.2.1]", "QUIT"], "after TLS it begins anew");
        stage.after("ehlo x", &ok);
        stage.keywords = vec![("AUTH".into(), "LOGIN PLAIN".into())];
        assert_eq!(lines(&stage), ["AUTH PLAIN", "MAIL FROM:<>", "QUIT"]);
        stage.after("MAIL FROM:<a@example.org>", &ok);
        stage.after("RCPT TO:<x@example.net>", &no);
        assert_eq!(lines(&stage), ["RCPT TO:<postmaster>", "QUIT"], "a refusal changes nothing");
        stage.after("rcpt to:<x@example.org>", &ok);
        assert_eq!(lines(&stage), ["RSET", "DATA", "QUIT"]);
    }
}
