//! Mail that moves, is packed up or goes with its account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Act, Acted, must};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::plan::MailOwner;
use crate::spec::{Mailbox, Spec};
use crate::stacks::{CommandLine, stack};
use crate::store::Before;

/// The longest that a big mailbox may take to be packed or moved to another file system.
const LONGEST: Duration = Duration::from_secs(3600);

impl Act<'_> {
    /// The folder moves first and leaves a link behind, so that what still arrives at the old address arrives in it.
    pub(super) fn move_mail(
        &mut self,
        spec: &Spec,
        from: &Mailbox,
        to: &Mailbox,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let folder = |address: &Mailbox| stack(spec.stack).mail_folder(&MailOwner::Account(address.clone()));
        let (from, to) = (folder(from), folder(to));
        let is_moved = self.host.link_target(&from)?.is_some();
        match (is_moved, self.host.directory(&from)?, self.host.directory(&to)?) {
            (true, _, _) | (false, None, None) => return Ok(Acted::Done),
            (false, None, Some(_)) => {}
            (false, Some(_), Some(_)) => {
                return Err(ApplyError::Step(format!(
                    "'{}' holds mail of an account that had this address before. Move that folder away, then run this again.",
                    to.display()
                )));
            }
            (false, Some(_), None) => {
                self.keep(Before::MailMoved { from: from.clone(), to: to.clone() })?;
                self.way_back.mail_moved(&from, &to);
                move_folder(self.host, &from, &to, on_line)?;
            }
        }
        self.host.link(&from, &to)?;
        Ok(Acted::Done)
    }

    /// No daemon knows the old address any more: the link may go.
    pub(super) fn end_move(&mut self, spec: &Spec, from: &Mailbox) -> Result<Acted, ApplyError> {
        let link = stack(spec.stack).mail_folder(&MailOwner::Account(from.clone()));
        if self.host.link_target(&link)?.is_some() {
            self.host.remove(&link)?;
        }
        Ok(Acted::Done)
    }

    pub(super) fn archive_mail(
        &mut self,
        spec: &Spec,
        owner: &MailOwner,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let folder = stack(spec.stack).mail_folder(owner);
        let archive = self.paths.mail_archive().join(format!("{owner}-{}.tar.gz", self.entry.id));
        let noted = || Acted::Noted(format!("The mail of '{owner}' is in {}.", archive.display()));
        if self.host.directory(&folder)?.is_none() {
            let is_packed = self.host.open(&archive)?.is_some();
            return Ok(if is_packed { noted() } else { Acted::Noted(format!("'{owner}' had no mail to archive.")) });
        }
        self.keep(Before::MailArchived { folder: folder.clone(), archive: archive.clone() })?;
        self.host.make_directory(&self.paths.mail_archive(), 0o700, "root", "root")?;
        // A whole archive is there under its name only once it is whole: what is removed below is in it.
        if self.host.open(&archive)?.is_none() {
            let part = archive.with_extension("part");
            let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else { return Ok(Acted::Done) };
            let words = ["--create", "--gzip", "--file", &text(&part), "--directory", &text(parent), "--"];
            let name = name.to_string_lossy();
            let words: Vec<&str> = words.into_iter().chain([&*name]).collect();
            must(self.host, &CommandLine::new("tar", &words).timeout(LONGEST), on_line)?;
            must(self.host, &CommandLine::new("chmod", &["0600", "--", &text(&part)]), on_line)?;
            must(self.host, &CommandLine::new("mv", &["-T", "--", &text(&part), &text(&archive)]), on_line)?;
        }
        remove_folder(self.host, &folder, on_line)?;
        Ok(noted())
    }

    pub(super) fn purge_mail(
        &mut self,
        spec: &Spec,
        owner: &MailOwner,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        remove_folder(self.host, &stack(spec.stack).mail_folder(owner), on_line)?;
        Ok(Acted::Done)
    }

    /// Whoever is logged in holds a session that knows the old password, address or right to log in.
    pub(super) fn end_sessions(
        &mut self,
        spec: &Spec,
        address: &Mailbox,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        if let Some(command) = stack(spec.stack).end_sessions(address) {
            // It fails where nobody is logged in (doveadm-kick(1)).
            self.host.run(&command, on_line)?;
        }
        Ok(Acted::Done)
    }
}

/// Moves a folder; its new parent is made like the old one.
pub(in crate::apply) fn move_folder(
    host: &dyn Host,
    from: &Path,
    to: &Path,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), ApplyError> {
    if let (Some(old), Some(new)) = (from.parent(), to.parent())
        && host.directory(new)?.is_none()
        && let Some((mode, owner, group)) = host.directory(old)?
    {
        host.make_directory(new, mode, &owner, &group)?;
    }
    must(host, &CommandLine::new("mv", &["-T", "--", &text(from), &text(to)]).timeout(LONGEST), on_line)?;
    Ok(())
}

/// Moves a folder back to where a link stands now; `false` where it has moved on.
pub(in crate::apply) fn move_back(host: &dyn Host, from: &Path, to: &Path) -> Result<bool, ApplyError> {
    if host.directory(to)?.is_none() {
        return Ok(false);
    }
    if host.link_target(from)?.is_some() {
        host.remove(from)?;
    }
    if host.directory(from)?.is_some() {
        return Ok(false);
    }
    move_folder(host, to, from, &mut |_| ())?;
    Ok(true)
}

/// Unpacks an archive where its folder was, unless one is there again.
pub(in crate::apply) fn unpack(host: &dyn Host, folder: &Path, archive: &Path) -> Result<bool, ApplyError> {
    let Some(parent) = folder.parent() else { return Ok(false) };
    if host.directory(folder)?.is_some() || host.open(archive)?.is_none() {
        return Ok(false);
    }
    let words = ["--extract", "--gzip", "--same-owner", "--file", &text(archive), "--directory", &text(parent)];
    must(host, &CommandLine::new("tar", &words).timeout(LONGEST), &mut |_| ())?;
    Ok(true)
}

fn remove_folder(host: &dyn Host, folder: &Path, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
    must(host, &CommandLine::new("rm", &["-rf", "--one-file-system", "--", &text(folder)]).timeout(LONGEST), on_line)?;
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// What a folder that moved was called before, for the way back.
pub(super) type Moved = (PathBuf, PathBuf);
