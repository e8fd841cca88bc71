//! Test messages: sent once for each way and domain, found in the mailbox, read, removed, judged by many checks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Context;
use crate::keys::check_account::CheckLogin;
use crate::keys::password;
use crate::probe::imap::Imap;
use crate::probe::smtp::{Authentication, Reply, Smtp};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Domain, Fqdn, Mailbox};
use crate::stacks::CheckAccount;

/// How long a message may take from the server's "250" to the mailbox.
const PATIENCE: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// Test messages of runs that were cut short are removed when they are older, in seconds.
const STALE: u32 = 600;

/// The way a test message goes in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// Through submission (465) as the checks' own address in this domain.
    Submission(Domain),
    /// Through port 25, like a stranger's.
    Port25,
}

/// How a test message fared.
pub(super) struct MailLook {
    pub evidence: Vec<String>,
    pub fate: Result<Delivered, Trouble>,
}

/// A message that arrived.
pub(super) struct Delivered {
    /// As the mailbox had it.
    pub message: Vec<u8>,
    /// From the server's "250" until it was found.
    pub took: Duration,
    /// Where it was found.
    pub folder: &'static str,
    /// Whether it was removed again.
    pub removed: Result<(), ProbeError>,
}

/// Why a message did not arrive.
pub(super) enum Trouble {
    /// There is no login to send and read with.
    NoLogin,
    /// The dialogue ended early.
    Probe(ProbeError),
    /// The server did not take the password.
    Login(String),
    /// The server did not take the message.
    Refused(Reply),
    /// The server took it, and it is in no mailbox.
    Lost,
}

impl From<ProbeError> for Trouble {
    fn from(error: ProbeError) -> Self {
        Self::Probe(error)
    }
}

impl Context {
    /// The fate of the message that goes this way; it is sent when it is first asked for.
    pub(super) async fn mail_look(&self, way: Way) -> Arc<MailLook> {
        let look = || async {
            let transcript = Transcript::new();
            let fate = self.send_and_read(&way, &transcript).await;
            MailLook { evidence: transcript.evidence(), fate }
        };
        self.shared.mail.once(way.clone(), look).await
    }

    async fn send_and_read(&self, way: &Way, transcript: &Transcript) -> Result<Delivered, Trouble> {
        let own = self.own().map_err(|_| Trouble::NoLogin)?;
        let login = own.login.as_ref().ok_or(Trouble::NoLogin)?;
        let host = &own.spec.hostname;
        let token = password::generate().map_err(|e| Trouble::Login(e.to_string()))?;
        let message_id = format!("mailwizard-check.{}@{}", token.expose(), host);
        match way {
            Way::Submission(domain) => self.submit(host, login, domain, &message_id, transcript).await?,
            Way::Port25 => self.hand_in(host, login, &message_id, transcript).await?,
        }
        self.read_back(host, login, &message_id, transcript).await
    }

    async fn submit(
        &self,
        host: &Fqdn,
        login: &CheckLogin,
        domain: &Domain,
        message_id: &str,
        transcript: &Transcript,
    ) -> Result<(), Trouble> {
        let target = self.target(host, 465)?;
        let mut smtp = Smtp::connect_tls(&target, host, &self.trust, transcript.clone()).await?;
        smtp.ehlo(self.ehlo_name()).await?;
        let user = login.account.address.to_string();
        match smtp.auth_plain(&user, &login.password).await? {
            Authentication::Accepted => {}
            Authentication::Rejected(reply) | Authentication::Unavailable(reply) => {
                return Err(Trouble::Login(reply.text()));
            }
        }
        let from = Mailbox::at(CheckAccount::LOCAL_PART, domain).map_err(|e| Trouble::Login(e.to_string()))?;
        let message = message(self.now(), host, &from.to_string(), &user, message_id);
        send(smtp, &from.to_string(), &user, &message).await
    }

    async fn hand_in(
        &self,
        host: &Fqdn,
        login: &CheckLogin,
        message_id: &str,
        transcript: &Transcript,
    ) -> Result<(), Trouble> {
        let target = self.target(host, 25)?;
        let mut smtp = Smtp::connect(&target, transcript.clone()).await?;
        smtp.ehlo(self.ehlo_name()).await?;
        let user = login.account.address.to_string();
        // The null sender, as a bounce has it: it is taken without a look at anybody's SPF record but the host name's.
        let from = format!("postmaster@{host}");
        let message = message(self.now(), host, &from, &user, message_id);
        send(smtp, "", &user, &message).await
    }

    async fn read_back(
        &self,
        host: &Fqdn,
        login: &CheckLogin,
        message_id: &str,
        transcript: &Transcript,
    ) -> Result<Delivered, Trouble> {
        let sent = Instant::now();
        let target = self.target(host, 993)?;
        let mut imap = Imap::connect_tls(&target, host, &self.trust, transcript.clone()).await?;
        let user = login.account.address.to_string();
        if let Err(reason) = imap.login(&user, &login.password).await? {
            return Err(Trouble::Login(crate::printable::excerpt(&reason, 200)));
        }
        let mut delivered = Err(Trouble::Lost);
        'looking: while sent.elapsed() < PATIENCE {
            for folder in ["INBOX", "Junk"] {
                // A folder that does not exist yet holds nothing.
                let Ok(count) = imap.select(folder).await else { continue };
                let found = if count == 0 { Vec::new() } else { imap.search_header("Message-ID", message_id).await? };
                if let Some(uid) = found.first().copied() {
                    let took = sent.elapsed();
                    let message = imap.fetch(uid).await?.ok_or(Trouble::Lost)?;
                    let removed = imap.delete(uid).await;
                    delivered = Ok(Delivered { message, took, folder, removed });
                    break 'looking;
                }
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
        // Removing what an earlier run left behind is a courtesy: its failure says nothing about this message.
        if imap.select("INBOX").await.is_ok_and(|count| count > 0)
            && let Ok(old) = imap.search_older(STALE).await
        {
            for uid in old {
                let _ = imap.delete(uid).await;
            }
        }
        imap.logout().await;
        delivered
    }

    fn target(&self, host: &Fqdn, port: u16) -> Result<Target, Trouble> {
        let socket: Option<SocketAddr> = self.sockets(host, port).first().copied();
        socket.map(Target::new).ok_or(Trouble::NoLogin)
    }
}

fn message(now: Timestamp, host: &Fqdn, from: &str, to: &str, message_id: &str) -> String {
    // Without Date and Message-ID a filter takes it for spam.
    let date = jiff::fmt::rfc2822::to_string(&now.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default();
    format!(
        "Date: {date}\r\nFrom: mailwizard check <{from}>\r\nTo: <{to}>\r\nMessage-ID: <{message_id}>\r\n\
         Subject: Does mail on {} arrive\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Auto-Submitted: auto-generated\r\n\r\n\
         The server sends this message to itself to see whether mail is taken, signed, stored and read.\r\n\
         It is removed as soon as it is found. Nobody needs to answer it.\r\n",
        host
    )
}

async fn send(mut smtp: Smtp, from: &str, to: &str, message: &str) -> Result<(), Trouble> {
    for command in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
        let reply = smtp.command(&command).await?;
        if !reply.is_success() {
            smtp.quit().await;
            return Err(Trouble::Refused(reply));
        }
    }
    let reply = smtp.data(message.as_bytes()).await?;
    smtp.quit().await;
    if reply.is_success() { Ok(()) } else { Err(Trouble::Refused(reply)) }
}
