//! Mail of an adopted server, moved to where it is looked for from now on; and back.

use std::path::Path;
use std::time::Duration;

use super::{Act, Acted, must};
use crate::apply::{ApplyError, Prepared};
use crate::host::{Host, HostError};
use crate::stacks::{CommandLine, stack};
use crate::store::{self, Before, MailMove};

/// Giving very much mail to another owner takes its time.
const CHANGE_OWNER: Duration = Duration::from_secs(3600);

/// Whether there is something left to do for it.
pub(in crate::apply) fn is_open(host: &dyn Host, mail: &MailMove) -> Result<bool, HostError> {
    let there = |path: &Path| Ok::<_, HostError>(host.entry(path)?.is_some());
    Ok(there(&mail.on_the_way())? || (there(&mail.from)? && !there(&mail.to)?))
}

impl Act<'_> {
    /// While nothing delivers and nothing reads: a sender who comes meanwhile tries again.
    pub(super) fn adopt_mail(
        &mut self,
        prepared: &Prepared,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        for unit in stack(prepared.spec.stack).certificate(&prepared.spec).used_by {
            self.host
                .run(&CommandLine::new("systemctl", &["stop", unit]).timeout(Duration::from_secs(180)), on_line)?;
        }
        let root = stack(prepared.spec.stack).mail_root();
        let (_, owner, group) = self.host.directory(root)?.unwrap_or((0, "vmail".into(), "vmail".into()));
        for mail in store::load_moves(self.host, self.paths)? {
            if !is_open(self.host, &mail)? {
                continue;
            }
            self.keep(Before::MailAdopted { mail: mail.clone() })?;
            on_line(&format!("{} -> {}", mail.from.display(), mail.to.display()));
            let from = mail.from.clone();
            let way = mail.on_the_way();
            if mail.goes_into_itself() && self.host.entry(&way)?.is_none() {
                self.host.rename(&from, &way)?;
            }
            self.make_folders(&mail.to, root, &owner, &group)?;
            self.host.rename(if mail.goes_into_itself() { &way } else { &from }, &mail.to)?;
            give(self.host, &mail.to, &owner, &group, (&mail.owner, &mail.group), on_line)?;
        }
        Ok(Acted::Done)
    }

    fn make_folders(&self, to: &Path, root: &Path, owner: &str, group: &str) -> Result<(), ApplyError> {
        let mut missing: Vec<&Path> = to.ancestors().skip(1).take_while(|folder| folder.starts_with(root)).collect();
        missing.reverse();
        for folder in missing {
            if self.host.entry(folder)?.is_none() {
                self.host.make_directory(folder, 0o700, owner, group)?;
            }
        }
        Ok(())
    }
}

/// Undoes it. Daemons must not run.
pub(in crate::apply) fn move_back(
    host: &dyn Host,
    mail: &MailMove,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), ApplyError> {
    let way = mail.on_the_way();
    let (_, owner, group) = match host.entry(&mail.to)? {
        Some(entry) => (entry.mode, entry.owner, entry.group),
        None => return if host.entry(&way)?.is_some() { Ok(host.rename(&way, &mail.from)?) } else { Ok(()) },
    };
    on_line(&format!("{} -> {}", mail.to.display(), mail.from.display()));
    if mail.goes_into_itself() {
        host.rename(&mail.to, &way)?;
        if !host.remove_empty_directory(&mail.from)? {
            // Something of Dovecot's own lies beside it; the mail itself stays where it came from: inside of it.
            host.rename(&way, &mail.to)?;
            return Ok(());
        }
        host.rename(&way, &mail.from)?;
    } else {
        host.rename(&mail.to, &mail.from)?;
    }
    give(host, &mail.from, &mail.owner, &mail.group, (&owner, &group), on_line)
}

/// Gives a tree to an owner, where it is another's.
fn give(
    host: &dyn Host,
    tree: &Path,
    owner: &str,
    group: &str,
    now: (&str, &str),
    on_line: &mut dyn FnMut(&str),
) -> Result<(), ApplyError> {
    if now == (owner, group) {
        return Ok(());
    }
    let arguments = ["-R", "-h", &format!("{owner}:{group}"), "--", &tree.display().to_string()];
    must(host, &CommandLine::new("chown", &arguments).timeout(CHANGE_OWNER), on_line)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;

    fn mail(from: &str, to: &str) -> MailMove {
        MailMove { from: from.into(), to: to.into(), owner: "virtual".into(), group: "virtual".into() }
    }

    #[test]
    fn what_was_moved_goes_back_to_its_place_and_owner() {
        for (from, to) in
            [("/srv/alice", "/var/vmail/x.org/alice"), ("/var/vmail/x.org/alice", "/var/vmail/x.org/alice/Maildir")]
        {
            let host = FakeHost::default();
            host.script("chown", |_, _| printed(""));
            host.machine().put(&format!("{to}/cur/1"), "mail");
            if from == "/var/vmail/x.org/alice" {
                host.machine().directories.insert(from.into(), (0o700, "vmail".into(), "vmail".into()));
            }
            assert!(!is_open(&host, &mail(from, to)).unwrap());
            move_back(&host, &mail(from, to), &mut |_| ()).unwrap();
            assert_eq!(host.machine().text(&format!("{from}/cur/1")).as_deref(), Some("mail"), "{from}");
            assert_eq!(host.machine().runs("chown -R -h virtual:virtual"), 1);
            assert!(is_open(&host, &mail(from, to)).unwrap());
            move_back(&host, &mail(from, to), &mut |_| ()).unwrap();
        }
    }

    #[test]
    fn a_kill_between_the_two_renames_is_seen_and_goes_back_too() {
        let host = FakeHost::default();
        let mail = mail("/var/vmail/x.org/alice", "/var/vmail/x.org/alice/Maildir");
        host.machine().put(&format!("{}/cur/1", mail.on_the_way().display()), "mail");
        assert!(is_open(&host, &mail).unwrap());
        move_back(&host, &mail, &mut |_| ()).unwrap();
        assert_eq!(host.machine().text("/var/vmail/x.org/alice/cur/1").as_deref(), Some("mail"));
    }
}
