//! The DKIM keys of one domain: looked at, made, dropped.

use tokio::runtime::Handle;

use super::Work;
use super::home::holding;
use crate::front::tui::model::DkimLook;
use crate::front::tui::msg::Msg;
use crate::front::wizard::{Wizard, WizardError};
use crate::spec::{Domain, MailDomain, Selector, Spec};

impl Work {
    pub(super) fn look_at_dkim(&self, domain: Domain) {
        self.with_keys(domain, |_, _, _| Ok(()));
    }

    pub(super) fn make_dkim_keys(&self, domain: Domain) {
        self.with_keys(domain, Wizard::make_next_keys);
    }

    pub(super) fn drop_dkim_keys(&self, domain: Domain, selectors: Vec<Selector>) {
        self.with_keys(domain, move |wizard, _, domain| wizard.drop_keys(&domain.name, &selectors));
    }

    /// Does this first, and tells what is there afterwards.
    fn with_keys(
        &self,
        name: Domain,
        first: impl FnOnce(&Wizard, &Spec, &MailDomain) -> Result<(), WizardError> + Send + 'static,
    ) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let look = || {
                let spec = holding(&wizard)?;
                let domain = spec.domain(&name).cloned().unwrap_or_else(|| MailDomain::new(name.clone()));
                first(&wizard, &spec, &domain)?;
                let keys = Handle::current().block_on(wizard.rotation(&spec, &domain))?;
                Ok(DkimLook { keys, at: wizard.host.now() })
            };
            let seen = look().map_err(|error: WizardError| error.to_string());
            let _ = sender.send(Msg::Dkim { domain: name, seen });
        });
    }
}
