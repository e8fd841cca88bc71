//! Mail of an adopted server, moved to where it is looked for from now on and given to whom it belongs; and back.

use std::path::Path;
use std::time::Duration;

use super::{Act, Acted, must};
use crate::apply::{ApplyError, Prepared};
use crate::host::{Host, HostError};
use crate::plan::{MailMove, UnitVerb};
use crate::stacks::{CommandLine, Stack, stack};
use crate::store::Before;

/// Giving very much mail to another owner takes its time.
const CHANGE_OWNER: Duration = Duration::from_secs(3600);
const STOP: Duration = Duration::from_secs(180);

/// Whether there is something left to do for it.
pub(in crate::apply) fn is_open(host: &dyn Host, stack: &dyn Stack, mail: &MailMove) -> Result<bool, HostError> {
    let there = |path: &Path| Ok::<_, HostError>(host.entry(path)?.is_some());
    if mail.stays() {
        return Ok(host.entry(&mail.to)?.is_some_and(|entry| entry.owner != stack.mail_user()));
    }
    Ok(there(&mail.on_the_way())? || (there(&mail.from)? && !there(&mail.to)?))
}

impl Act<'_> {
    /// While nothing delivers and nothing reads: a sender who comes meanwhile tries again.
    pub(super) fn adopt_mail(
        &mut self,
        moves: &[MailMove],
        prepared: &Prepared,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let stack = stack(prepared.spec.stack);
        let users = stack.certificate(&prepared.spec).used_by;
        for service in prepared.desired.services.iter().filter(|service| users.contains(&service.unit)) {
            self.way_back.unit(service.unit, service.state_unit, UnitVerb::Restart, prepared);
            self.host.run(&CommandLine::new("systemctl", &["stop", service.unit]).timeout(STOP), on_line)?;
        }
        for mail in moves {
            if !is_open(self.host, stack, mail)? {
                continue;
            }
            self.keep(Before::MailAdopted { mail: mail.clone() })?;
            self.way_back.mail_adopted(mail);
            carry(self.host, stack, mail, on_line)?;
        }
        Ok(Acted::Done)
    }
}

/// The owner changes before the place does: a kill between the two leaves it where it is still looked for.
fn carry(host: &dyn Host, stack: &dyn Stack, mail: &MailMove, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
    let (user, way) = (stack.mail_user(), mail.on_the_way());
    let place = if mail.goes_into_itself() { &way } else { &mail.from };
    if mail.goes_into_itself() && host.entry(&way)?.is_none() {
        host.rename(&mail.from, &way)?;
    }
    if host.entry(place)?.is_some_and(|entry| (entry.owner.as_str(), entry.group.as_str()) != (user, user)) {
        give(host, place, user, user, on_line)?;
    }
    if mail.stays() {
        return Ok(());
    }
    on_line(&format!("{} -> {}", mail.from.display(), mail.to.display()));
    make_folders(host, stack, &mail.to)?;
    Ok(host.rename(place, &mail.to)?)
}

fn make_folders(host: &dyn Host, stack: &dyn Stack, to: &Path) -> Result<(), ApplyError> {
    let (root, user) = (stack.mail_root(), stack.mail_user());
    let mut missing: Vec<&Path> = to.ancestors().skip(1).take_while(|folder| folder.starts_with(root)).collect();
    missing.reverse();
    for folder in missing {
        if host.entry(folder)?.is_none() {
            host.make_directory(folder, 0o700, user, user)?;
        }
    }
    Ok(())
}

/// Undoes it, wherever a kill left it. Daemons must not run.
pub(in crate::apply) fn move_back(
    host: &dyn Host,
    mail: &MailMove,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), ApplyError> {
    if mail.goes_into_itself() {
        out_of_itself(host, mail)?;
    } else if !mail.stays() && host.entry(&mail.from)?.is_none() && host.entry(&mail.to)?.is_some() {
        on_line(&format!("{} -> {}", mail.to.display(), mail.from.display()));
        host.rename(&mail.to, &mail.from)?;
    }
    if host.entry(&mail.from)?.is_some() {
        give(host, &mail.from, &mail.owner, &mail.group, on_line)?;
    }
    Ok(())
}

/// What came to lie beside it meanwhile (the time of the last login, a new script) goes back into it.
fn out_of_itself(host: &dyn Host, mail: &MailMove) -> Result<(), ApplyError> {
    let (way, rest) = (mail.on_the_way(), mail.rest());
    if host.entry(&mail.to)?.is_some() && host.entry(&way)?.is_none() {
        host.rename(&mail.to, &way)?;
    }
    if host.entry(&way)?.is_some() {
        if host.entry(&mail.from)?.is_some() {
            host.rename(&mail.from, &rest)?;
        }
        host.rename(&way, &mail.from)?;
    }
    for name in host.list(&rest)? {
        if host.entry(&mail.from.join(&name))?.is_none() {
            host.rename(&rest.join(&name), &mail.from.join(&name))?;
        }
    }
    host.remove_empty_directory(&rest)?;
    Ok(())
}

/// Gives a tree to an owner. chown(1) comes to a folder after what is in it, so that the topmost changes last.
fn give(
    host: &dyn Host,
    tree: &Path,
    owner: &str,
    group: &str,
    on_line: &mut dyn FnMut(&str),
) -> Result<(), ApplyError> {
    let arguments = ["-R", "-h", &format!("{owner}:{group}"), "--", &tree.display().to_string()];
    must(host, &CommandLine::new("chown", &arguments).timeout(CHANGE_OWNER), on_line)?;
    Ok(())
}

#[cfg(test)]
mod tests;
