//! The certificate that the daemons read, and the timer that renews it.

use std::path::PathBuf;

use minijinja::context;

use super::server::Server;
use crate::spec::{CertificateMethod, Spec};
use crate::stacks::{Desired, Directory, ManagedFile, OpenPort, RenderError, Service, WantedCertificate};

const CERTBOT_HOOK: &str = "/etc/letsencrypt/renewal-hooks/deploy/mailwizard";
const TIMER: &str = "mailwizard-renew.timer";

/// Where Postfix and Dovecot look for the certificate.
pub(super) fn certificate(spec: &Spec) -> WantedCertificate {
    let folder = PathBuf::from(format!("/etc/ssl/mailwizard/{}", spec.hostname));
    WantedCertificate {
        names: vec![spec.hostname.clone()],
        chain_file: folder.join("fullchain.pem"),
        key_file: folder.join("privkey.pem"),
        used_by: vec!["dovecot.service", "postfix.service"],
    }
}

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    let folder = format!("/etc/ssl/mailwizard/{}", server.spec.hostname);
    desired.directories.extend(["/etc/ssl/mailwizard".to_owned(), folder].map(|path| Directory {
        path: path.into(),
        mode: 0o755,
        owner: "root".into(),
        group: "root".into(),
    }));
    desired.certificate = Some(certificate(server.spec));
    let method = server.spec.certificate.method;
    if method == CertificateMethod::AcmeHttp {
        desired.ports.push(OpenPort { port: 80, purpose: "proof for the certificate" });
    }
    // A self-signed certificate lasts: clients that accepted it would have to accept a new one.
    if method == CertificateMethod::SelfSigned || !server.spec.certificate.automatic_renewal {
        return Ok(());
    }
    let program = server.program();
    let service = server.templates.render("mailwizard-renew.service.j2", context! { program => program.clone() })?;
    let timer = server.templates.render("mailwizard-renew.timer.j2", context! {})?;
    desired.files.extend([
        ManagedFile::text("/etc/systemd/system/mailwizard-renew.service", service, "renews the certificate"),
        ManagedFile::text("/etc/systemd/system/mailwizard-renew.timer", timer, "renews the certificate in time")
            .used_by(&[TIMER]),
    ]);
    // Certbot runs what is in this folder after each renewal; other programs' renewals are found by the timer.
    if is_from_certbot(server.spec) {
        let hook = server.templates.render("certbot-hook.j2", context! { program })?;
        desired.files.push(
            ManagedFile::text(CERTBOT_HOOK, hook, "hands certbot's renewals to the mail daemons")
                .readable_by("root", 0o755),
        );
    }
    desired.services.push(Service::timer(TIMER, "renews the certificate in time"));
    Ok(())
}

/// Whether the certificate that the operator named lies in certbot's tree.
fn is_from_certbot(spec: &Spec) -> bool {
    let certificate = &spec.certificate;
    certificate.method == CertificateMethod::Existing
        && certificate.chain_file.as_deref().is_some_and(|f| f.starts_with("/etc/letsencrypt/live"))
}
