//! The stack `postfix`: Postfix, Dovecot and Rspamd from the distribution's packages (seed 004, its mistakes put right).
//!
//! One file a daemon here, its templates in `assets/postfix/`. What the operator keeps in `/etc/mailwizard/local/`
//! wins: `main.cf` and `master.cf` are merged, a file with a template's name replaces the template.

mod addresses;
mod bans;
mod dovecot;
mod filter;
mod forwarding;
mod host_name;
mod local_override;
mod main_cf;
mod maps;
mod master_cf;
mod nightly;
mod opendkim;
mod release;
mod renewal;
mod resolver;
mod rspamd;
mod server;
mod templates;

use std::path::{Path, PathBuf};

use super::{Capabilities, CommandLine, Desired, Materials, RenderError, Stack, WantedCertificate};
use crate::facts::Facts;
use crate::plan::MailOwner;
use crate::spec::{Mailbox, SignerKind, Spec, StackId};

/// Native Postfix + Dovecot (LMTP, Sieve) + Rspamd, or OpenDKIM as signer.
pub struct Postfix;

impl Stack for Postfix {
    fn id(&self) -> StackId {
        StackId::Postfix
    }

    fn title(&self) -> &'static str {
        "Postfix, Dovecot and Rspamd from Debian's packages"
    }

    fn capabilities(&self, spec: &Spec) -> Capabilities {
        Capabilities { ed25519: spec.signer.kind == SignerKind::Rspamd, junk_folder: true, bans: true }
    }

    fn version_packages(&self) -> &'static [&'static str] {
        &["postfix", "dovecot-core", "rspamd"]
    }

    fn merged_files(&self) -> &'static [&'static str] {
        &["/etc/postfix/master.cf", "/etc/hosts"]
    }

    fn certificate(&self, spec: &Spec) -> WantedCertificate {
        renewal::certificate(spec)
    }

    fn mail_root(&self) -> &'static Path {
        Path::new(dovecot::MAIL_ROOT)
    }

    fn mail_user(&self) -> &'static str {
        dovecot::MAIL_USER
    }

    fn own_folders(&self) -> &'static [&'static str] {
        &["/etc/dovecot/local.d"]
    }

    fn render(&self, spec: &Spec, facts: &Facts, materials: &Materials) -> Result<Desired, RenderError> {
        let spec = addresses::completed(spec);
        let server = server::Server {
            spec: &spec,
            facts,
            materials,
            release: release::Release::of(facts)?,
            templates: templates::Templates::new(&materials.local_overrides)?,
        };
        let mut desired = Desired::default();
        host_name::add(&server, &mut desired);
        resolver::add(&server, &mut desired)?;
        rspamd::add(&server, &mut desired)?;
        opendkim::add(&server, &mut desired)?;
        forwarding::add(&server, &mut desired);
        dovecot::add(&server, &mut desired)?;
        main_cf::add(&server, &mut desired)?;
        bans::add(&server, &mut desired)?;
        renewal::add(&server, &mut desired)?;
        nightly::add(&server, &mut desired)?;
        Ok(desired)
    }

    fn log_source(&self, minutes: u32) -> CommandLine {
        CommandLine::new("journalctl", &["--no-pager", "--output=short-iso", &format!("--since=-{minutes}min")])
    }

    fn prove_login(&self, address: &Mailbox) -> Option<CommandLine> {
        // doveadm-auth(1). `doveadm pw -t` would need the hash in its arguments.
        Some(CommandLine::new("doveadm", &["auth", "test", &address.to_string()]))
    }

    fn mail_folder(&self, owner: &MailOwner) -> PathBuf {
        dovecot::mail_folder(owner)
    }

    fn quota(&self, address: &Mailbox) -> CommandLine {
        CommandLine::new("doveadm", &["-f", "tab", "quota", "get", "-u", &address.to_string()])
    }

    fn last_login_file(&self, address: &Mailbox) -> PathBuf {
        dovecot::mail_folder(&MailOwner::Account(address.clone())).join(dovecot::LAST_LOGIN)
    }

    fn end_sessions(&self, address: &Mailbox) -> Option<CommandLine> {
        Some(CommandLine::new("doveadm", &["kick", &address.to_string()]))
    }
}
