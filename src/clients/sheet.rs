//! The settings of one account.

use serde::Serialize;

use crate::spec::{Account, Fqdn, Mailbox, Spec};

/// Everything that a mail program asks for. The password is not among it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientSettings {
    /// The mail address.
    pub address: Mailbox,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is given as user name: the whole address.
    pub username: Mailbox,
    /// Where mail is read: IMAP.
    pub incoming: ServerSettings,
    /// Where mail is handed in, the preferred way first (RFC 8314 section 3.3).
    pub outgoing: [ServerSettings; 2],
}

/// One server of a mail program's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerSettings {
    /// "imap" or "smtp".
    pub protocol: &'static str,
    /// Its name, which its certificate holds.
    pub host: Fqdn,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

/// How a connection is protected; cleartext is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after STARTTLS.
    StartTls,
}

impl Security {
    /// What mail programs call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tls => "SSL/TLS",
            Self::StartTls => "STARTTLS",
        }
    }
}

impl ClientSettings {
    /// The settings of an account.
    pub fn of(spec: &Spec, account: &Account) -> Self {
        let server =
            |protocol, port, security| ServerSettings { protocol, host: spec.hostname.clone(), port, security };
        Self {
            address: account.address.clone(),
            name: account.name.clone(),
            username: account.address.clone(),
            incoming: server("imap", 993, Security::Tls),
            outgoing: [server("smtp", 465, Security::Tls), server("smtp", 587, Security::StartTls)],
        }
    }

    /// The sheet to read or print, at most 78 columns where the names allow it.
    pub fn text(&self) -> String {
        let line = |s: &ServerSettings| format!("{}, port {}, {}", s.host, s.port, s.security.word());
        let [preferred, other] = &self.outgoing;
        let mut text = format!("Mail settings of {}\n\n", self.address);
        for (label, value) in [
            ("Name", self.name.clone().unwrap_or_default()),
            ("Mail address", self.address.to_string()),
            ("User name", format!("{}  (the whole address)", self.username)),
            ("Password", "the one you were given".into()),
            ("Incoming, IMAP", line(&self.incoming)),
            ("Outgoing, SMTP", line(preferred)),
            ("  or", line(other)),
            ("Authentication", "normal password".into()),
        ] {
            if !value.is_empty() {
                text.push_str(&format!("  {label:<16}{value}\n"));
            }
        }
        text.push_str("\nPOP3 and connections without TLS are not offered.\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_says_everything_a_program_asks_for() {
        let spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        let account =
            Account { name: Some("Alice Ada".into()), ..Account::new(Mailbox::parse("alice@example.org").unwrap()) };
        assert_eq!(
            ClientSettings::of(&spec, &account).text(),
            "\
Mail settings of alice@example.org

  Name            Alice Ada
  Mail address    alice@example.org
  User name       alice@example.org  (the whole address)
  Password        the one you were given
  Incoming, IMAP  mail.example.org, port 993, SSL/TLS
  Outgoing, SMTP  mail.example.org, port 465, SSL/TLS
    or            mail.example.org, port 587, STARTTLS
  Authentication  normal password

POP3 and connections without TLS are not offered.
"
        );
    }
}
