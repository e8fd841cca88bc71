//! Domains that arrive from another server.

use super::Setup;
use super::dns::Awaited;
use crate::apply::Outcome;
use crate::front::exit::Failure;
use crate::front::plain::question::ask;
use crate::front::plain::walk::{Onward, Pages as _};
use crate::front::plain::{Asker, Reply};
use crate::front::wizard::accept;
use crate::steps::Engine;

impl Setup<'_> {
    pub(super) fn cut_over(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        let Some(field) = engine.fields().next() else { return Ok(Onward::GoOn) };
        let before = engine.draft.domains.clone();
        match ask(asker, &mut engine.draft, field, &|path| self.accounts_in(path))? {
            Reply::Given(()) => {}
            Reply::Back => return Ok(Onward::Back),
            Reply::Leave => return Ok(Onward::Leave),
        }
        if engine.draft.domains == before {
            return Ok(Onward::GoOn);
        }
        let accepted = accept(&*self.wizard.host, &self.wizard.paths, &mut engine.draft)?;
        self.accepted = Some(accepted.spec);
        asker.say("From now on this server accepts their mail.")?;
        if matches!(self.carry_out(asker)?, Outcome::Failed | Outcome::Stopped) {
            // Until it works the domains stay where they are.
            engine.draft.domains = before;
            self.failed = true;
            return Ok(Onward::Back);
        }
        self.dns(asker, engine, Awaited::All)
    }
}
