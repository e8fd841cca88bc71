//! One small look at the machine for each part of an overview. Blocking; none changes anything but our own keys.

mod accounts;
mod certificate;
mod checks;
mod dkim;
mod machine;
mod mail;
mod queue;
mod system;
mod timers;
mod updates;

use super::{Found, Part, ServedDomain, Server};
use crate::front::wizard::{Wizard, WizardError};
use crate::spec::Spec;

/// One look: what it finds goes to `tell`, part by part.
type Look = fn(&Wizard, &Spec, &mut dyn FnMut(Found));

/// Every look, the quick ones first.
static LOOKS: [Look; 10] = [
    |_, spec, tell| tell(Found::Server(Part::Known(server(spec)))),
    |wizard, _, tell| tell(Found::Checks(part(checks::last(wizard)))),
    |wizard, spec, tell| tell(Found::Rotations(part(dkim::look(wizard, spec)))),
    |wizard, _, tell| tell(Found::Queue(part(queue::look(&*wizard.host)))),
    |wizard, _, tell| tell(Found::System(part(system::look(&*wizard.host)))),
    machine::look,
    |wizard, spec, tell| tell(Found::Certificate(part(certificate::look(wizard, spec)))),
    |wizard, spec, tell| tell(Found::Accounts(part(accounts::look(&*wizard.host, spec)))),
    |wizard, _, tell| tell(Found::Mail(part(mail::look(&*wizard.host)))),
    |wizard, _, tell| tell(Found::Updates(part(updates::look(&*wizard.host)))),
];

pub use checks::last;

/// Takes every look at the same time; each tells what it found as soon as it is done.
pub fn around(wizard: &Wizard, spec: &Spec, tell: &(dyn Fn(Found) + Sync)) {
    std::thread::scope(|scope| {
        for look in &LOOKS {
            scope.spawn(move || look(wizard, spec, &mut |found| tell(found)));
        }
    });
}

fn part<T>(looked: Result<T, WizardError>) -> Part<T> {
    match looked {
        Ok(found) => Part::Known(found),
        Err(error) => Part::Unknown(error.to_string()),
    }
}

fn server(spec: &Spec) -> Server {
    let domain = |domain: &crate::spec::MailDomain| ServedDomain {
        name: domain.name.clone(),
        is_moving: domain.moving_from_another_server,
    };
    Server {
        hostname: spec.hostname.clone(),
        domains: spec.domains.iter().map(domain).collect(),
        accounts: spec.accounts.len(),
        aliases: spec.aliases.len(),
    }
}
