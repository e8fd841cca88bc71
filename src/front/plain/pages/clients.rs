//! What each person needs to read mail.

use super::Setup;
use crate::clients::ClientSettings;
use crate::front::exit::Failure;
use crate::front::plain::Asker;
use crate::front::plain::walk::Onward;
use crate::steps::Engine;

impl Setup<'_> {
    pub(super) fn clients(&mut self, asker: &mut dyn Asker, engine: &Engine) -> Result<Onward, Failure> {
        self.show_passwords(asker)?;
        let Some(spec) = self.wish(engine) else { return Ok(Onward::GoOn) };
        for account in &spec.accounts {
            asker.show("")?;
            ClientSettings::of(&spec, account).text().lines().try_for_each(|line| asker.show(line))?;
        }
        asker.show("")?;
        asker.say("`mailwizard client ADDRESS` shows a sheet again; with --format mobileconfig it is a file for Apple devices.")?;
        Ok(Onward::GoOn)
    }
}
