//! OpenDKIM as the signer, seed 004's way. It can sign with RSA only.

use minijinja::context;

use super::filter::OPENDKIM_PORT;
use super::server::Server;
use crate::spec::SignerKind;
use crate::stacks::{
    CommandLine, Content, Desired, Directory, DkimAlgorithm, ManagedFile, Readiness, RenderError, Service,
};

const UNIT: &str = "opendkim.service";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    if server.spec.signer.kind != SignerKind::Opendkim {
        return Ok(());
    }
    desired.packages.names.insert("opendkim".into());
    desired.directories.extend(["/etc/opendkim", "/etc/opendkim/keys"].map(|path| Directory {
        path: path.into(),
        mode: 0o750,
        owner: "root".into(),
        group: "opendkim".into(),
    }));
    let mut key_table = String::new();
    let mut signing_table = String::new();
    for key in server.materials.dkim_keys.iter().filter(|k| k.algorithm == DkimAlgorithm::Rsa) {
        let (domain, selector) = (&key.domain, &key.selector);
        let path = format!("/etc/opendkim/keys/{domain}.{selector}.private");
        key_table.push_str(&format!("{selector}._domainkey.{domain} {domain}:{selector}:{path}\n"));
        signing_table.push_str(&format!("*@{domain} {selector}._domainkey.{domain}\n"));
        if server.host_signer() == Some(domain) {
            signing_table.push_str(&format!("*@{} {selector}._domainkey.{domain}\n", server.spec.hostname));
        }
        // OpenDKIM refuses a key that a group may read.
        desired.files.push(ManagedFile {
            owner: "opendkim".into(),
            ..ManagedFile::secret(path, key.private.clone(), "a DKIM key, as OpenDKIM reads it").used_by(&[UNIT])
        });
    }
    let files = [
        ("/etc/opendkim.conf", server.templates.render("opendkim.conf.j2", context! {})?, "OpenDKIM's settings"),
        ("/etc/opendkim/KeyTable", key_table, "DKIM keys by name"),
        ("/etc/opendkim/SigningTable", signing_table, "which sender is signed with which key"),
        ("/etc/opendkim/TrustedHosts", "127.0.0.1\n::1\n".into(), "hosts whose mail is signed without a login"),
    ];
    for (path, text, purpose) in files {
        desired.files.push(ManagedFile {
            content: Content::Text(text),
            ..ManagedFile::text(path, String::new(), purpose).used_by(&[UNIT])
        });
    }
    desired.services.push(Service {
        validate: vec![CommandLine::new("opendkim", &["-n", "-x", "/etc/opendkim.conf"])],
        restart_on_change: true,
        ready: vec![Readiness::TcpPort(OPENDKIM_PORT)],
        ..Service::daemon(UNIT, "signs mail")
    });
    Ok(())
}
