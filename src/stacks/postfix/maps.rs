//! Postfix's lookup tables: `texthash:` and `regexp:`, read as they are, so that no stale `.db` stands beside them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::addresses::{administrator, sender_owners};
use super::server::Server;
use crate::spec::{AliasAction, AliasAddress, Domain, Mailbox, Relay, Secret, Spec};
use crate::stacks::ManagedFile;

/// The folder of the tables.
pub(super) const MAPS: &str = "/etc/postfix/mailwizard";

/// Mail to `bob=other.example@forward.invalid` leaves as mail to `bob@other.example` by the way for forwarded mail.
const FORWARD_DOMAIN: &str = "forward.invalid";
/// Mail to this domain is thrown away.
const DISCARD_DOMAIN: &str = "discard.invalid";
/// The part of the host's own addresses that the outside may write to.
const HOST_LOCAL_PARTS: &str = "root|postmaster|abuse|hostmaster|webmaster|mailer-daemon";

/// Names that this host is also known by to its own programs.
const LOOPBACK_NAMES: [&str; 2] = ["localhost", "localhost.localdomain"];

/// The tables of one rendering.
pub(super) struct Maps<'a> {
    server: &'a Server<'a>,
    spec: &'a Spec,
    /// The domains that mail is taken for now.
    accepted: BTreeSet<&'a Domain>,
}

impl<'a> Maps<'a> {
    pub fn new(server: &'a Server<'a>) -> Self {
        let here = server.spec.domains.iter().filter(|d| !d.moving_from_another_server);
        Self { server, spec: server.spec, accepted: here.map(|d| &d.name).collect() }
    }

    /// All of them as files.
    pub fn files(&self) -> Vec<ManagedFile> {
        let mut files = vec![
            table("domains", self.domains(), "the domains that mail is taken for"),
            table("mailboxes", self.mailboxes(), "the addresses that are accounts"),
            table("aliases", self.aliases(), "aliases and where they go"),
            table("transport", self.transport(), "mail that is not delivered to a mailbox"),
            table("recipient_access", self.recipient_access(), "addresses that are refused"),
            table("sender_logins", self.sender_logins(), "who may send as which address"),
        ];
        if let Some(text) = self.host_aliases() {
            files.push(table("host_aliases", text, "mail of this host's own programs"));
        }
        if self.forwards() {
            files.push(table("forward_targets", forward_targets(), "foreign targets of aliases"));
            files.push(table("forward_headers", forward_headers(), "spam is never forwarded"));
        }
        files
    }

    /// Whether an alias goes to an address that is not delivered here.
    pub fn forwards(&self) -> bool {
        let aliases = self.spec.aliases.iter().filter(|a| self.accepted.contains(a.address.domain()));
        aliases.flat_map(|a| &a.targets).chain(&administrator(self.spec)).any(|t| self.is_foreign(t))
    }

    /// Names of `virtual_alias_domains`: this host, unless it is a mail domain itself.
    pub fn alias_domains(&self) -> Vec<String> {
        let host = (!self.host_is_domain()).then(|| self.spec.hostname.to_string());
        host.into_iter().chain(LOOPBACK_NAMES.map(str::to_owned)).collect()
    }

    /// Whether this host's own mail has somebody to go to.
    pub fn has_host_aliases(&self) -> bool {
        administrator(self.spec).is_some()
    }

    fn host_is_domain(&self) -> bool {
        self.spec.domain(&Domain::from(&self.spec.hostname)).is_some()
    }

    fn is_foreign(&self, target: &Mailbox) -> bool {
        !self.accepted.contains(target.domain())
    }

    fn target(&self, target: &Mailbox) -> String {
        if self.is_foreign(target) {
            format!("{}={}@{FORWARD_DOMAIN}", target.local(), target.domain())
        } else {
            target.to_string()
        }
    }

    fn domains(&self) -> String {
        let accepted = self.spec.domains.iter().filter(|d| self.accepted.contains(&d.name));
        lines(accepted.map(|d| format!("{} delivered", d.name)))
    }

    fn mailboxes(&self) -> String {
        let check = self.server.materials.check_account.iter().map(|c| &c.address);
        let accounts = self.spec.accounts.iter().map(|a| &a.address).chain(check);
        let delivered = accounts.filter(|address| self.accepted.contains(address.domain()));
        lines(delivered.map(|address| format!("{address} delivered")))
    }

    fn aliases(&self) -> String {
        let spec = self.spec;
        let accepted = || spec.aliases.iter().filter(|a| self.accepted.contains(a.address.domain()));
        let mut text = String::new();
        for alias in accepted() {
            let key = match &alias.address {
                AliasAddress::One(address) => address.to_string(),
                AliasAddress::CatchAll(domain) => format!("@{domain}"),
            };
            let targets = match (alias.action, &alias.address) {
                (AliasAction::Deliver, _) => {
                    alias.targets.iter().map(|t| self.target(t)).collect::<Vec<_>>().join(", ")
                }
                (AliasAction::Discard, _) => format!("discard@{DISCARD_DOMAIN}"),
                // Known to be an address, so that a catch-all does not take it; the transport table refuses it.
                (AliasAction::Reject, AliasAddress::One(address)) => address.to_string(),
                (AliasAction::Reject, AliasAddress::CatchAll(_)) => continue,
            };
            push(&mut text, &format!("{key} {targets}"));
        }
        // A catch-all takes everything that no other line names, accounts too.
        let check = self.server.materials.check_account.iter().map(|c| &c.address);
        let caught: BTreeSet<&Domain> = accepted()
            .filter_map(|a| if let AliasAddress::CatchAll(domain) = &a.address { Some(domain) } else { None })
            .collect();
        for address in spec.accounts.iter().map(|a| &a.address).chain(check) {
            if caught.contains(address.domain()) {
                push(&mut text, &format!("{address} {address}"));
            }
        }
        let host = Domain::from(&spec.hostname);
        if spec.accepts_mail_for(&host)
            && let Some(administrator) = administrator(spec)
            && let Ok(root) = Mailbox::at("root", &host)
            && spec.account(&root).is_none()
            && !accepted().any(|a| a.address == AliasAddress::One(root.clone()))
        {
            push(&mut text, &format!("{root} {}", self.target(&administrator)));
        }
        text
    }

    fn transport(&self) -> String {
        let rejected = self.spec.aliases.iter().filter(|a| a.action == AliasAction::Reject);
        let mut text = lines(rejected.filter_map(|a| match &a.address {
            AliasAddress::One(address) => Some(format!("{address} error:5.1.1 This address is not in use")),
            AliasAddress::CatchAll(_) => None,
        }));
        push(&mut text, &format!("{DISCARD_DOMAIN} discard:"));
        if self.forwards() {
            push(&mut text, &format!("{FORWARD_DOMAIN} forward:[127.0.0.1]:10027"));
        }
        text
    }

    fn sender_logins(&self) -> String {
        let owners = sender_owners(self.server);
        lines(owners.iter().map(|(address, logins)| {
            let logins: Vec<String> = logins.iter().map(ToString::to_string).collect();
            format!("{address} {}", logins.join(", "))
        }))
    }

    /// Everything of this host and of `localhost` goes to the administrator; returned SRS addresses hold a `=`.
    fn host_aliases(&self) -> Option<String> {
        let names: Vec<String> = self.alias_domains().iter().map(|n| regexp(n)).collect();
        let target = self.target(&administrator(self.spec)?);
        Some(format!("/^[^=@]+@({})$/ {target}\n", names.join("|")))
    }

    /// What port 25 and the submission ports refuse at RCPT although the tables below know it.
    fn recipient_access(&self) -> String {
        let mut text = String::new();
        for alias in self.spec.aliases.iter().filter(|a| a.action == AliasAction::Reject) {
            if let AliasAddress::One(address) = &alias.address {
                let (local, domain) = (regexp(address.local()), regexp(address.domain().as_str()));
                push(&mut text, &format!("/^{local}(\\+[^@]*)?@{domain}$/ 550 5.1.1 This address is not in use"));
            }
        }
        if !self.host_is_domain() {
            let host = regexp(self.spec.hostname.as_str());
            push(&mut text, &format!("/^({HOST_LOCAL_PARTS})(\\+[^@]*)?@{host}$/ DUNNO"));
            push(&mut text, &format!("/^srs[01][-+=][^@]*@{host}$/ DUNNO"));
            push(&mut text, &format!("/@{host}$/ 550 5.1.1 User unknown"));
        }
        text
    }
}

/// The relay's credentials.
pub(super) fn relay_password(relay: &Relay, user: &str, password: &Secret) -> ManagedFile {
    let line = format!("[{}]:{} {user}:{}\n", relay.host, relay.port, password.expose());
    let path = format!("{MAPS}/relay_password");
    ManagedFile::secret(path, Secret::new(line), "the login at the relay").used_by(&["postfix.service"])
}

fn forward_targets() -> String {
    let domain = regexp(FORWARD_DOMAIN);
    format!("/^([^@]+)=([^=+@]+)(\\+[^@]*)?@{domain}$/ $1@$2\n")
}

fn forward_headers() -> String {
    "/^X-Spam: Yes/ DISCARD spam is not forwarded\n".to_owned()
}

fn table(name: &str, text: String, purpose: &'static str) -> ManagedFile {
    ManagedFile::text(format!("{MAPS}/{name}"), text, purpose).used_by(&["postfix.service"])
}

fn push(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.fold(String::new(), |mut text, line| {
        push(&mut text, &line);
        text
    })
}

/// A name or address inside a regular expression.
pub(super) fn regexp(name: &str) -> String {
    name.replace('.', "\\.").replace('+', "\\+")
}
