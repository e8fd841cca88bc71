//! The state of the server for the hub, and the certificate.

use std::time::Duration;

use super::Work;
use crate::front::certificate::CertificateStatus;
use crate::front::overview::look::{around, last};
use crate::front::overview::{Found, Part};
use crate::front::tui::msg::{Msg, Notice};
use crate::front::wizard::{Wizard, WizardError};
use crate::spec::Spec;
use crate::stacks::CommandLine;

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

/// The wish that holds on this server.
fn holding(wizard: &Wizard) -> Result<Spec, WizardError> {
    wizard.applied()?.map(Spec::normalised).ok_or(WizardError::NothingSetUp)
}
