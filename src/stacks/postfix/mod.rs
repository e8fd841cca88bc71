//! The stack `postfix`: Postfix, Dovecot and Rspamd from the distribution's packages.

use super::{Capabilities, CommandLine, Desired, Materials, RenderError, Stack};
use crate::facts::Facts;
use crate::spec::{Secret, SignerKind, Spec, StackId};

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
        &["postfix", "dovecot-core", "rspamd", "fail2ban", "unbound"]
    }

    fn merged_files(&self) -> &'static [&'static str] {
        &["/etc/postfix/master.cf", "/etc/hosts", "/etc/aliases"]
    }

    fn render(&self, _spec: &Spec, _facts: &Facts, _materials: &Materials) -> Result<Desired, RenderError> {
        Ok(Desired::default())
    }

    fn log_source(&self, minutes: u32) -> CommandLine {
        CommandLine::new("journalctl", &["--no-pager", "--output=short-iso", &format!("--since=-{minutes}min")])
    }

    fn prove_hash(&self, _hash: &Secret) -> Option<CommandLine> {
        None
    }
}
