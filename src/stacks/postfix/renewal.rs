//! The certificate that the daemons read, and the timer that renews it.

use minijinja::context;

use super::server::Server;
use crate::spec::CertificateMethod;
use crate::stacks::{Desired, Directory, ManagedFile, OpenPort, RenderError, Service, WantedCertificate};

/// Where this program is where nothing else is known.
const PROGRAM: &str = "/usr/local/bin/mailwizard";
const TIMER: &str = "mailwizard-renew.timer";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    let folder = format!("/etc/ssl/mailwizard/{}", server.spec.hostname);
    desired.directories.extend(["/etc/ssl/mailwizard".to_owned(), folder].map(|path| Directory {
        path: path.into(),
        mode: 0o755,
        owner: "root".into(),
        group: "root".into(),
    }));
    desired.certificate = Some(WantedCertificate {
        names: vec![server.spec.hostname.clone()],
        chain_file: server.chain_file().into(),
        key_file: server.key_file().into(),
        used_by: vec!["dovecot.service", "postfix.service"],
    });
    let method = server.spec.certificate.method;
    if method == CertificateMethod::AcmeHttp {
        desired.ports.push(OpenPort { port: 80, purpose: "proof for the certificate" });
    }
    // A self-signed certificate lasts: clients that accepted it would have to accept a new one.
    if method == CertificateMethod::SelfSigned {
        return Ok(());
    }
    let program = server.facts.program.as_ref().map_or_else(|| PROGRAM.to_owned(), |p| p.display().to_string());
    let service = server.templates.render("mailwizard-renew.service.j2", context! { program })?;
    let timer = server.templates.render("mailwizard-renew.timer.j2", context! {})?;
    desired.files.extend([
        ManagedFile::text("/etc/systemd/system/mailwizard-renew.service", service, "renews the certificate"),
        ManagedFile::text("/etc/systemd/system/mailwizard-renew.timer", timer, "renews the certificate in time")
            .used_by(&[TIMER]),
    ]);
    desired.services.push(Service {
        unit: TIMER,
        state_unit: TIMER,
        validate: Vec::new(),
        restart_on_change: true,
        ready: Vec::new(),
        enabled: true,
        purpose: "renews the certificate in time",
    });
    Ok(())
}
