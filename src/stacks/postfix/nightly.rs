//! The timer of the nightly look: what changed is mailed to the operator.

use minijinja::context;

use super::server::Server;
use crate::stacks::{Desired, ManagedFile, RenderError, Service};

const TIMER: &str = "mailwizard-nightly.timer";
const PURPOSE: &str = "looks at everything each night and mails what changed";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    if server.spec.nightly_readers().is_empty() {
        return Ok(());
    }
    let service = server.templates.render("mailwizard-nightly.service.j2", context! { program => server.program() })?;
    let timer = server.templates.render("mailwizard-nightly.timer.j2", context! {})?;
    desired.files.extend([
        ManagedFile::text("/etc/systemd/system/mailwizard-nightly.service", service, "the nightly look"),
        ManagedFile::text("/etc/systemd/system/mailwizard-nightly.timer", timer, "when the nightly look is made")
            .used_by(&[TIMER]),
    ]);
    desired.services.push(Service::timer(TIMER, PURPOSE));
    Ok(())
}
