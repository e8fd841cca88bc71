//! The certificate in place and what is served.

use crate::front::certificate::CertificateStatus;
use crate::front::overview::Certificate;
use crate::front::wizard::{Wizard, WizardError};
use crate::spec::Spec;

pub(super) fn look(wizard: &Wizard, spec: &Spec) -> Result<Certificate, WizardError> {
    let status = CertificateStatus::look(&*wizard.host, &wizard.paths, spec)?;
    let good = status.served.iter().filter(|socket| socket.current).count();
    let held = status.certificate.as_ref();
    Ok(Certificate {
        days_left: held.map(|c| c.days_left),
        lifetime: held.map_or(0, |c| c.not_after.duration_since(c.not_before).as_hours() / 24),
        is_self_signed: held.is_some_and(|c| c.self_signed),
        served: (good, status.served.len()),
        last_error: status.last_error,
        due: status.due,
    })
}
