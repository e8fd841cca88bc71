//! The certificate: a failure to get one is told, and the one in place serves on.

use super::{Act, Acted};
use crate::apply::{ApplyError, Prepared};
use crate::stacks::WantedCertificate;

impl Act<'_> {
    pub(super) fn obtain_certificate(
        &mut self,
        wanted: &WantedCertificate,
        prepared: &Prepared,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        match self.network.obtain_certificate(self.host, self.paths, &prepared.spec, wanted, on_line) {
            Ok(stale) if stale.is_empty() => Ok(Acted::Done),
            Ok(stale) => Ok(Acted::Noted(format!("The new certificate is in place, but {}.", stale.join("; ")))),
            Err(error) => Ok(Acted::OperatorMustAct(format!("{error} Then run 'mailwizard cert issue'."))),
        }
    }
}
