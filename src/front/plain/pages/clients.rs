//! What each person needs to read mail.

use super::Setup;
use crate::front::exit::Failure;
use crate::front::plain::Asker;
use crate::front::plain::walk::Onward;

impl Setup<'_> {
    pub(super) fn clients(&mut self, asker: &mut dyn Asker) -> Result<Onward, Failure> {
        self.show_passwords(asker)?;
        let Some(spec) = &self.accepted else { return Ok(Onward::GoOn) };
        asker.show("")?;
        asker.say("The same for everybody; the user name is the whole address.")?;
        asker.show(&format!("  Incoming  IMAP  {}  port 993  TLS", spec.hostname))?;
        asker.show(&format!("  Outgoing  SMTP  {}  port 465  TLS", spec.hostname))?;
        asker.show("")?;
        for account in &spec.accounts {
            asker.show(&format!("  {}", account.address))?;
        }
        Ok(Onward::GoOn)
    }
}
