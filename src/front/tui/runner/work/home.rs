//! The state of the server for the hub, and the certificate.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Work;
use crate::front::certificate::CertificateStatus;
use crate::front::overview::look::{around, last};
use crate::front::overview::{Found, Part};
use crate::front::tui::model::MailboxSeen;
use crate::front::tui::msg::{Msg, Notice};
use crate::front::wizard::{Wizard, WizardError};
use crate::spec::{Domain, MailDomain, Mailbox, Spec};
use crate::stacks::CommandLine;
use crate::steps::Draft;

/// Longer than any CA keeps us waiting.
const LONGEST: Duration = Duration::from_secs(900);

impl Work {
    /// Takes every look at once; each tells what it found when it is done.
    pub(super) fn look_around(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let spec = match holding(&wizard) {
                Ok(spec) => spec,
                Err(error) => {
                    let _ = sender.send(Msg::Told(Notice::error(error.to_string())));
                    return;
                }
            };
            around(&wizard, &spec, &|found| drop(sender.send(Msg::Found(Box::new(found)))));
        });
    }

    pub(super) fn look_at_mailboxes(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let seen = holding(&wizard).and_then(|spec| mailboxes(&wizard, &spec)).map_err(|error| error.to_string());
            let _ = sender.send(Msg::Mailboxes(seen));
        });
    }

    pub(super) fn look_up_mail(&self, domain: Domain) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::spawn(async move {
            let hostname = holding(&wizard).ok().map(|spec| spec.hostname);
            let draft = Draft { domains: vec![MailDomain::new(domain.clone())], ..Draft::default() };
            let seen = wizard.look(&draft).await;
            let elsewhere = seen.mx_elsewhere(&domain, hostname.as_ref()).map(<[String]>::to_vec);
            let elsewhere = elsewhere.or_else(|| seen.mx.contains_key(&domain).then(Vec::new));
            let _ = sender.send(Msg::MailHosts { domain, elsewhere });
        });
    }

    pub(super) fn look_at_checks(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let part = last(&wizard).map_or_else(|error| Part::Unknown(error.to_string()), Part::Known);
            let _ = sender.send(Msg::Found(Box::new(Found::Checks(part))));
        });
    }

    pub(super) fn look_at_certificate(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let looked = holding(&wizard)
                .and_then(|spec| CertificateStatus::look(&*wizard.host, &wizard.paths, &spec))
                .map(|status| status.text())
                .map_err(|error| error.to_string());
            let _ = sender.send(Msg::CertificateLooked(looked));
        });
    }

    /// By a process of its own, which takes the lock and says what it does.
    pub(super) fn issue_certificate(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            if let Err(error) = issue(&wizard, &mut |line| drop(sender.send(Msg::CertificateTold(line.to_owned())))) {
                let _ = sender.send(Msg::CertificateTold(error.to_string()));
            }
            let _ = sender.send(Msg::CertificateEnded);
        });
    }
}

fn issue(wizard: &Wizard, on_line: &mut dyn FnMut(&str)) -> Result<(), WizardError> {
    let program = wizard.host.program().ok_or(WizardError::NoProgram)?;
    let command = CommandLine::new(&program.display().to_string(), &["cert", "issue"]).timeout(LONGEST);
    wizard.host.run(&command, on_line)?;
    Ok(())
}

fn mailboxes(wizard: &Wizard, spec: &Spec) -> Result<BTreeMap<Mailbox, MailboxSeen>, WizardError> {
    let mut sizes = wizard.mail_sizes(spec)?;
    let zone = jiff::tz::TimeZone::system();
    let mut seen = BTreeMap::new();
    for account in &spec.accounts {
        let address = &account.address;
        let last_login = wizard.last_login(spec, address)?;
        let last_login = last_login.map(|at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string());
        seen.insert(address.clone(), MailboxSeen { bytes: sizes.remove(address), last_login });
    }
    Ok(seen)
}

/// The wish that holds on this server.
pub(super) fn holding(wizard: &Wizard) -> Result<Spec, WizardError> {
    wizard.applied()?.map(Spec::normalised).ok_or(WizardError::NothingSetUp)
}
