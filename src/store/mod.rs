//! Where the program keeps its own things: `/etc/mailwizard` (the wish) and `/var/lib/mailwizard` (state, 0700).

mod before;
mod history;
pub mod made;
pub mod pending;
mod prune;
mod written;

use std::path::{Path, PathBuf};

pub use before::{Before, FileBefore};
pub use history::{Entry, History};
pub use pending::{Pending, StoreError};
pub use prune::KEPT_APPLIES;
pub use written::{load_written, save_written};

/// The paths below one root, so that tests use a folder of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    etc: PathBuf,
    var: PathBuf,
}

impl Default for Paths {
    fn default() -> Self {
        Self { etc: "/etc/mailwizard".into(), var: "/var/lib/mailwizard".into() }
    }
}

impl Paths {
    /// The same tree below `root`.
    pub fn below(root: &Path) -> Self {
        Self { etc: root.join("etc/mailwizard"), var: root.join("var/lib/mailwizard") }
    }

    /// The wish that was last applied.
    pub fn spec(&self) -> PathBuf {
        self.etc.join("spec.toml")
    }

    /// What the operator wants to win: `main.cf`, `master.cf`, templates.
    pub fn local(&self) -> PathBuf {
        self.etc.join("local")
    }

    /// Answers of a set-up that is not finished.
    pub fn draft(&self) -> PathBuf {
        self.var.join("draft.toml")
    }

    /// The fix that was agreed to, while it is carried out and until its end was seen (0600).
    pub fn agreed_fix(&self) -> PathBuf {
        self.var.join("agreed-fix.json")
    }

    /// What that fix told, one JSON value a line (0600).
    pub fn fix_journal(&self) -> PathBuf {
        self.var.join("fix-journal")
    }

    /// What was accepted but not yet applied (0700).
    pub fn pending(&self) -> PathBuf {
        self.var.join("pending")
    }

    /// The wish that was accepted but not yet applied (0600).
    pub fn pending_spec(&self) -> PathBuf {
        self.pending().join("spec.toml")
    }

    /// The password hashes that belong to it (0600).
    pub fn pending_password_hashes(&self) -> PathBuf {
        self.pending().join("password-hashes.toml")
    }

    /// The mail of a server that it adopts and has to move; there only where it adopts one.
    pub fn pending_adopted(&self) -> PathBuf {
        self.pending().join("adopted.json")
    }

    /// What becomes of mail when it is applied (0600).
    pub fn pending_mail(&self) -> PathBuf {
        self.pending().join("mail.json")
    }

    /// Mail of accounts that were removed, packed (0700).
    pub fn mail_archive(&self) -> PathBuf {
        self.var.join("archive")
    }

    /// Passwords that were made and not yet shown (0600); gone once they were.
    pub fn made_passwords(&self) -> PathBuf {
        self.var.join("made-passwords.toml")
    }

    /// The apply that the pending wish takes out again, where it does that.
    pub fn pending_takes_out(&self) -> PathBuf {
        self.pending().join("takes-out")
    }

    /// There while the running apply is asked to stop after its present step.
    pub fn stop_request(&self) -> PathBuf {
        self.var.join("stop")
    }

    /// The relay's password as it was typed (0600).
    pub fn relay_password(&self) -> PathBuf {
        self.var.join("relay-password")
    }

    /// Password hashes by address of the wish that was last applied (0600).
    pub fn password_hashes(&self) -> PathBuf {
        self.var.join("password-hashes.toml")
    }

    /// The ACME account's key and URL (0600).
    pub fn acme_account(&self) -> PathBuf {
        self.var.join("acme-account.json")
    }

    /// What ACME directories say of their CAs, by the directory's address.
    pub fn acme_directories(&self) -> PathBuf {
        self.var.join("acme-directories.json")
    }

    /// How getting and renewing the certificate went.
    pub fn certificate_state(&self) -> PathBuf {
        self.var.join("certificate.json")
    }

    /// DKIM keys: `<domain>/<selector>.key` (0600).
    pub fn dkim(&self) -> PathBuf {
        self.var.join("dkim")
    }

    /// One folder for each apply: journal and backups.
    pub fn history(&self) -> PathBuf {
        self.var.join("history")
    }

    /// Files as they were before us, of applies that are too old to be kept.
    pub fn originals(&self) -> PathBuf {
        self.var.join("originals")
    }

    /// The lock that one apply holds.
    pub fn lock(&self) -> PathBuf {
        self.var.join("lock")
    }

    /// What was at `/usr/sbin/policy-rc.d` while ours is there.
    pub fn policy_before(&self) -> PathBuf {
        self.var.join("policy-rc.d.before")
    }

    /// The script that takes rules out of the firewall while they are unconfirmed.
    pub fn firewall_way_back(&self) -> PathBuf {
        self.var.join("firewall-revert.sh")
    }

    /// Content hashes of files as we wrote them.
    pub fn written(&self) -> PathBuf {
        self.var.join("written.json")
    }

    /// The releases that the applied configuration was rendered for.
    pub fn rendered_for(&self) -> PathBuf {
        self.var.join("rendered-for.json")
    }

    /// The MTA-STS policies that the last check saw, with their ids.
    pub fn mta_sts_seen(&self) -> PathBuf {
        self.var.join("mta-sts-seen.json")
    }

    /// The DKIM keys that the last checks saw published, by record name.
    pub fn dkim_seen(&self) -> PathBuf {
        self.var.join("dkim-seen.json")
    }

    /// The last result of the checks.
    pub fn last_check(&self) -> PathBuf {
        self.var.join("last-check.json")
    }

    /// The look that the nightly mail was last about.
    pub fn last_mailed(&self) -> PathBuf {
        self.var.join("last-mailed.json")
    }

    /// The checks' own login: address, password and its hash (0600).
    pub fn check_account(&self) -> PathBuf {
        self.var.join("check-account.toml")
    }

    /// Records written to files for the operator.
    pub fn records(&self) -> PathBuf {
        self.var.join("records")
    }

    /// The folder of state itself.
    pub fn var(&self) -> &Path {
        &self.var
    }

    /// The folder of the wish itself.
    pub fn etc(&self) -> &Path {
        &self.etc
    }
}
