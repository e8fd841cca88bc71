//! Mail that is not where it is looked for from now on, or is another's.

use std::path::{Path, PathBuf};

use super::{FoundAccount, FoundMail, Left};
use crate::host::{EntryKind, Host, HostError};
use crate::plan::{MailMove, MailOwner};
use crate::stacks::Stack;

/// What a home holds besides the mail: the active script, and the folder of scripts (Pigeonhole's defaults).
const SCRIPTS: [&str; 2] = [".dovecot.sieve", "sieve"];

/// The moves, in order, and why mail cannot be moved.
pub(super) fn moves(
    host: &dyn Host,
    stack: &dyn Stack,
    accounts: &[FoundAccount],
) -> Result<(Vec<MailMove>, Vec<Left>), HostError> {
    let mut search = Search { host, stack, moves: Vec::new(), left: Vec::new() };
    for account in accounts {
        let Some(mail) = &account.mail else { continue };
        let home = stack.mail_folder(&MailOwner::Account(account.address.clone()));
        search.account(mail, &home)?;
    }
    Ok((search.moves, search.left))
}

struct Search<'a> {
    host: &'a dyn Host,
    stack: &'a dyn Stack,
    moves: Vec<MailMove>,
    left: Vec<Left>,
}

impl Search<'_> {
    fn account(&mut self, mail: &FoundMail, home: &Path) -> Result<(), HostError> {
        // Nobody may go through a folder that is another's: first of all that of the domain.
        for folder in [home.parent().unwrap_or(home), home] {
            self.change_owner(folder)?;
        }
        for way in ways(mail, home) {
            self.way(way)?;
        }
        Ok(())
    }

    fn change_owner(&mut self, folder: &Path) -> Result<(), HostError> {
        let Some(entry) = self.host.entry(folder)? else { return Ok(()) };
        let is_covered = self.moves.iter().any(|mail| mail.stays() && folder.starts_with(&mail.from));
        if entry.kind == EntryKind::Directory && entry.owner != self.stack.mail_user() && !is_covered {
            let path = folder.to_owned();
            self.moves.push(MailMove { from: path.clone(), to: path, owner: entry.owner, group: entry.group });
        }
        Ok(())
    }

    fn way(&mut self, Way { now, from, to, is_mail }: Way) -> Result<(), HostError> {
        let Some(entry) = self.host.entry(&now)? else { return Ok(()) };
        let shown = now.display().to_string();
        let folder = if entry.kind == EntryKind::Directory { &now } else { now.parent().unwrap_or(&now) };
        if is_mail && entry.kind != EntryKind::Directory {
            self.left.push(Left::stop(shown, "It is no folder: put the mail itself there first."));
        } else if now != to && self.host.entry(&to)?.is_some() {
            let why = format!("It belongs to {}, but something is there already: move that away first.", to.display());
            self.left.push(Left::stop(shown, why));
        } else if !self.host.same_file_system(folder, self.stack.mail_root())? {
            let root = self.stack.mail_root().display();
            let why = format!(
                "It belongs below {root}, which is on another file system: mount that file system, or a folder of it, at {root}, \
                 and let Dovecot find the mail there first."
            );
            self.left.push(Left::stop(shown, why));
        } else {
            self.moves.push(MailMove { from, to, owner: entry.owner, group: entry.group });
        }
        Ok(())
    }
}

/// One thing that has to go somewhere.
struct Way {
    /// Where it is.
    now: PathBuf,
    /// Where it is once what stands before it is done.
    from: PathBuf,
    to: PathBuf,
    is_mail: bool,
}

/// The mail first, then the scripts: the whole home, where it holds the Maildir under its own name.
fn ways(mail: &FoundMail, home: &Path) -> Vec<Way> {
    let wanted = home.join("Maildir");
    let goes = |from: &Path, to: &Path| Way { now: from.into(), from: from.into(), to: to.into(), is_mail: true };
    let old = mail.home.as_deref();
    if let Some(old) = old.filter(|old| mail.maildir == old.join("Maildir")) {
        return if old == home { Vec::new() } else { vec![goes(old, home)] };
    }
    let mut ways = Vec::new();
    if mail.maildir != wanted {
        ways.push(goes(&mail.maildir, &wanted));
    }
    if let Some(old) = old.filter(|old| *old != home || mail.maildir == **old) {
        ways.extend(SCRIPTS.map(|script| {
            let now = old.join(script);
            // What lies inside the mail has gone along with it.
            let from = now.strip_prefix(&mail.maildir).map_or(now.clone(), |rest| wanted.join(rest));
            Way { now, from, to: home.join(script), is_mail: false }
        }));
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::{Mailbox, Secret, StackId};
    use crate::stacks::stack;

    const HERE: &str = "/var/vmail/example.org/alice";

    fn ways_of(home: Option<&str>, maildir: &str) -> Vec<(String, String)> {
        let mail = FoundMail { home: home.map(PathBuf::from), maildir: maildir.into() };
        let shown = |path: PathBuf| path.display().to_string();
        ways(&mail, Path::new(HERE)).into_iter().map(|way| (shown(way.from), shown(way.to))).collect()
    }

    fn found(host: &FakeHost, home: Option<&str>, maildir: &str) -> (Vec<String>, Vec<Left>) {
        let account = FoundAccount {
            address: Mailbox::parse("alice@example.org").unwrap(),
            login: super::super::Login::Hash(Secret::new("x".into())),
            disabled: false,
            mail: Some(FoundMail { home: home.map(PathBuf::from), maildir: maildir.into() }),
            quota: None,
        };
        let (moves, left) = moves(host, stack(StackId::default()), &[account]).unwrap();
        (moves.iter().map(ToString::to_string).collect(), left)
    }

    #[test]
    fn mail_that_is_in_place_stays_and_other_mail_goes_with_its_home_or_its_scripts() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let inside = format!("{HERE}/Maildir");
        assert_eq!(ways_of(Some(HERE), &inside), []);
        assert_eq!(ways_of(Some("/srv/alice"), "/srv/alice/Maildir"), [pair("/srv/alice", HERE)]);
        assert_eq!(ways_of(None, HERE), [pair(HERE, &inside)]);
        assert_eq!(
            ways_of(Some("/srv/alice"), "/srv/alice/mail"),
            [
                pair("/srv/alice/mail", &inside),
                pair("/srv/alice/.dovecot.sieve", &format!("{HERE}/.dovecot.sieve")),
                pair("/srv/alice/sieve", &format!("{HERE}/sieve")),
            ]
        );
        assert_eq!(
            ways_of(Some(HERE), HERE)[1],
            pair(&format!("{inside}/.dovecot.sieve"), &format!("{HERE}/.dovecot.sieve")),
            "the home is the Maildir"
        );
    }

    #[test]
    fn what_is_there_is_moved_and_what_stands_in_the_way_stops() {
        let host = FakeHost::default();
        host.machine().put("/srv/alice/Maildir/cur/1", "mail");
        assert_eq!(
            found(&host, Some("/srv/alice"), "/srv/alice/Maildir").0,
            [format!("mail in /srv/alice: to {HERE}")]
        );
        assert_eq!(found(&host, Some("/srv/bob"), "/srv/bob/Maildir"), (vec![], vec![]), "no mail yet");
        host.machine().directories.insert(HERE.into(), (0o700, "vmail".into(), "vmail".into()));
        let (moves, left) = found(&host, Some("/srv/alice"), "/srv/alice/Maildir");
        assert!(moves.is_empty() && left[0].stops && left[0].why.contains(HERE), "{moves:?} {left:?}");
    }

    #[test]
    fn a_script_inside_the_mail_is_found_where_it_is_now() {
        let host = FakeHost::default();
        host.machine().put(&format!("{HERE}/cur/1"), "mail");
        host.machine().put(&format!("{HERE}/.dovecot.sieve"), "keep;");
        for folder in ["/var/vmail/example.org", HERE] {
            host.machine().directories.insert(folder.into(), (0o700, "vmail".into(), "vmail".into()));
        }
        let inside = format!("{HERE}/Maildir");
        let wanted = [
            format!("mail in {HERE}: to {inside}"),
            format!("mail in {inside}/.dovecot.sieve: to {HERE}/.dovecot.sieve"),
        ];
        assert_eq!(found(&host, Some(HERE), HERE), (wanted.to_vec(), vec![]));
    }

    #[test]
    fn folders_in_place_that_are_anothers_change_their_owner_once() {
        let host = FakeHost::default();
        for folder in ["/var/vmail/example.org", HERE] {
            host.machine().directories.insert(folder.into(), (0o700, "virtual".into(), "virtual".into()));
        }
        let (moves, left) = found(&host, Some(HERE), &format!("{HERE}/Maildir"));
        assert_eq!(
            (moves, left),
            (vec!["mail in /var/vmail/example.org: another owner, virtual before".into()], vec![])
        );
    }
}
