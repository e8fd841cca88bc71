//! fail2ban: addresses that guess passwords are shut out of every port with a login.

use minijinja::context;

use super::server::Server;
use crate::stacks::{CommandLine, Desired, ManagedFile, Readiness, RenderError, Service};

const UNIT: &str = "fail2ban.service";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    if !server.spec.protection.fail2ban {
        return Ok(());
    }
    // The journal is read through python3-systemd; the ban is a rule of nftables.
    desired.packages.names.extend(["fail2ban", "python3-systemd", "nftables"].map(str::to_owned));
    let filter = server.templates.render("filter.conf.j2", context! {})?;
    // A check or a web mail on this machine must not lock the machine out.
    let jail = server.templates.render("jail.conf.j2", context! { own_addresses => server.own_addresses() })?;
    desired.files.extend([
        ManagedFile::text(
            "/etc/fail2ban/filter.d/mailwizard.conf",
            filter,
            "what a wrong password looks like in the log",
        )
        .used_by(&[UNIT]),
        ManagedFile::text("/etc/fail2ban/jail.d/mailwizard.conf", jail, "how often and how long").used_by(&[UNIT]),
    ]);
    desired.services.push(Service {
        validate: vec![CommandLine::new("fail2ban-client", &["-t"])],
        ready: vec![Readiness::UnixSocket("/run/fail2ban/fail2ban.sock".into())],
        ..Service::daemon(UNIT, "bans addresses that guess passwords")
    });
    Ok(())
}
