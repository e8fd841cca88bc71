//! Mail of an adopted server on a machine in memory: moved, killed after every single change, moved back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;
use crate::apply::tests::{
    DISLIKED, Inside, WISH, assert_same, assert_set_up, points, run, set_unit, state, unit_state,
};
use crate::apply::{ApplyError, Event, Outcome, apply_again, past, present_wish, take_out, undo};
use crate::host::FakeHost;
use crate::host::fake::{Machine, printed};
use crate::plan::EditChoices;
use crate::spec::{StackId, answers};
use crate::store::{Paths, Pending, pending};

const HOME: &str = "/var/vmail/x.org/alice";

fn mail(from: &str, to: &str) -> MailMove {
    MailMove { from: from.into(), to: to.into(), owner: "virtual".into(), group: "virtual".into() }
}

fn host() -> FakeHost {
    let host = FakeHost::default();
    host.script("chown", chown);
    host
}

fn is_open(host: &FakeHost, mail: &MailMove) -> bool {
    super::is_open(host, stack(StackId::default()), mail).unwrap()
}

fn message(host: &FakeHost, folder: &str) -> Option<String> {
    host.machine().text(&format!("{folder}/cur/1"))
}

#[test]
fn what_was_moved_goes_back_to_its_place_and_owner_with_what_came_beside_it() {
    let inside = format!("{HOME}/Maildir");
    for (from, to) in [("/srv/alice", HOME), (HOME, inside.as_str())] {
        let (host, mail) = (host(), mail(from, to));
        host.machine().put(&format!("{from}/cur/1"), "mail");
        assert!(is_open(&host, &mail));
        carry(&host, stack(StackId::default()), &mail, &mut |_| ()).unwrap();
        assert_eq!(message(&host, to).as_deref(), Some("mail"), "{from}");
        assert!(!is_open(&host, &mail));
        host.machine().put(&format!("{HOME}/last-login"), "now");
        for _ in 0..2 {
            move_back(&host, &mail, &mut |_| ()).unwrap();
            assert_eq!(message(&host, from).as_deref(), Some("mail"), "{from}");
            assert_eq!(host.machine().text(&format!("{from}/last-login")).as_deref(), Some("now"), "{from}");
        }
        assert!(host.machine().runs("chown -R -h virtual:virtual") > 0);
        assert!(is_open(&host, &mail));
    }
}

#[test]
fn a_kill_between_the_two_renames_is_seen_and_goes_on_or_back() {
    let mail = mail(HOME, &format!("{HOME}/Maildir"));
    for goes_on in [true, false] {
        let host = host();
        host.machine().put(&format!("{}/cur/1", mail.on_the_way().display()), "mail");
        host.machine().directories.insert(HOME.into(), (0o700, "vmail".into(), "vmail".into()));
        assert!(is_open(&host, &mail));
        let wanted = if goes_on {
            carry(&host, stack(StackId::default()), &mail, &mut |_| ()).unwrap();
            &mail.to
        } else {
            move_back(&host, &mail, &mut |_| ()).unwrap();
            &mail.from
        };
        assert_eq!(message(&host, &wanted.display().to_string()).as_deref(), Some("mail"));
    }
}

#[test]
fn mail_in_its_place_that_is_anothers_changes_its_owner_only() {
    let (host, mail) = (host(), mail("/var/vmail/x.org", "/var/vmail/x.org"));
    host.machine().put(&format!("{HOME}/Maildir/cur/1"), "mail");
    host.machine().directories.insert("/var/vmail/x.org".into(), (0o700, "virtual".into(), "virtual".into()));
    assert!(is_open(&host, &mail));
    carry(&host, stack(StackId::default()), &mail, &mut |_| ()).unwrap();
    assert_eq!(host.machine().runs("chown -R -h vmail:vmail -- /var/vmail/x.org"), 1);
    assert!(message(&host, &format!("{HOME}/Maildir")).is_some());
}

fn chown(command: &CommandLine, machine: &mut Machine) -> crate::host::CommandOutput {
    let [_, _, names, _, tree] = command.args.as_slice() else { panic!("{command}") };
    let (owner, group) = names.split_once(':').unwrap();
    for (_, file) in machine.files.iter_mut().filter(|(path, _)| path.starts_with(tree)) {
        (file.owner, file.group) = (owner.into(), group.into());
    }
    for (_, folder) in machine.directories.iter_mut().filter(|(path, _)| path.starts_with(tree)) {
        *folder = (folder.0, owner.into(), group.into());
    }
    printed("")
}

/// A server that somebody else set up and that runs, with the mail of one account in a place of its own and that of
/// another one level too high, and the wish to adopt it.
fn by_hand() -> FakeHost {
    let host = crate::apply::tests::vps();
    host.script("chown", chown);
    let wish = format!("{WISH}[[accounts]]\naddress = \"bob@example.org\"\n");
    let spec = answers::parse(&wish).unwrap().spec.normalised();
    let hash =
        |address: &crate::spec::Mailbox| (address.clone(), crate::spec::Secret::new("{SHA512-CRYPT}$6$x".into()));
    let hashes: BTreeMap<_, _> = spec.accounts.iter().map(|account| hash(&account.address)).collect();
    {
        let mut machine = host.machine();
        machine.put("/fake/installed", "postfix\ndovecot-core\n");
        machine.put("/etc/postfix/main.cf", "# by hand\n");
        machine.put("/etc/dovecot/dovecot.conf", "# by hand\n");
        for unit in ["postfix.service", "dovecot.service"] {
            set_unit(&mut machine, unit, (true, true));
        }
        let bob = "/var/vmail/example.org/bob";
        for (folder, message) in [("/srv/alice", "/srv/alice/Maildir/cur/1"), (bob, "/var/vmail/example.org/bob/cur/1")]
        {
            machine.put(message, "mail");
            machine.directories.insert(folder.into(), (0o700, "virtual".into(), "virtual".into()));
        }
        let virtuals = |path: &Path| path.starts_with("/srv/alice") || path.starts_with(bob);
        for (_, file) in machine.files.iter_mut().filter(|(path, _)| virtuals(path)) {
            (file.owner, file.group) = ("virtual".into(), "virtual".into());
        }
        for path in ["/var/vmail", "/var/vmail/example.org"] {
            machine.directories.insert(path.into(), (0o770, "vmail".into(), "vmail".into()));
        }
        machine.users.insert("vmail".into(), (5000, 5000));
    }
    let moves =
        [mail("/srv/alice", HOME_OF_ALICE), mail("/var/vmail/example.org/bob", "/var/vmail/example.org/bob/Maildir")];
    crate::keys::dkim::load_or_make(&host, &Paths::default(), &spec).unwrap();
    crate::keys::check_account::load_or_make(&host, &Paths::default(), &spec).unwrap();
    pending::save_adopted(&host, &Paths::default(), &Pending { spec, hashes }, &moves).unwrap();
    host
}

const HOME_OF_ALICE: &str = "/var/vmail/example.org/alice";

/// Everything but what an installed package brings.
fn state_by_hand(host: &FakeHost) -> BTreeMap<PathBuf, String> {
    let mut state = state(host);
    state.retain(|path, _| {
        !path.starts_with("/fake/units") || path.ends_with("postfix.service") || path.ends_with("dovecot.service")
    });
    state
}

fn assert_adopted(host: &FakeHost, context: &str) {
    assert_set_up(host, context);
    for account in ["alice", "bob"] {
        let message = format!("/var/vmail/example.org/{account}/Maildir/cur/1");
        let machine = host.machine();
        let file = machine.files.get(Path::new(&message)).unwrap_or_else(|| panic!("{context}: {message}"));
        assert_eq!(file.owner, "vmail", "{context}");
    }
}

#[test]
fn killed_after_any_change_an_adoption_goes_on_or_back_and_no_mail_is_lost() {
    let fresh = by_hand();
    let before = state_by_hand(&fresh);
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    assert_eq!(run(&whole).unwrap().outcome, Outcome::Done);
    let total = whole.machine().changes - begun;
    assert_adopted(&whole, "whole");
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(run(&host));
        host.machine().revive();
        let context = format!("killed at change {point} of {total}");
        let back = host.fork();
        assert_eq!(run(&host).unwrap().outcome, Outcome::Done, "{context}");
        assert_adopted(&host, &context);
        for (host, how) in [(host, "went on"), (back, "undone at once")] {
            match undo(&host, &Paths::default(), None, &mut |_| ()) {
                Ok(_) | Err(ApplyError::NothingToUndo(_)) => {}
                Err(e) => panic!("{context}: {e}"),
            }
            assert_same(&state_by_hand(&host), &before, &format!("{context}, {how}"));
        }
    }
}

#[test]
fn an_undo_that_is_killed_after_any_change_leads_back_when_it_is_called_again() {
    let fresh = by_hand();
    let before = state_by_hand(&fresh);
    run(&fresh).unwrap();
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    undo(&whole, &Paths::default(), None, &mut |_| ()).unwrap();
    let total = whole.machine().changes - begun;
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(undo(&host, &Paths::default(), None, &mut |_| ()));
        host.machine().revive();
        match undo(&host, &Paths::default(), None, &mut |_| ()) {
            Ok(_) | Err(ApplyError::NothingToUndo(_)) => {}
            Err(e) => panic!("killed at change {point}: {e}"),
        }
        assert_same(&state_by_hand(&host), &before, &format!("undo killed at change {point} of {total}"));
    }
}

#[test]
fn a_daemon_that_refuses_leaves_the_server_by_hand_running_with_its_mail() {
    let host = by_hand();
    let before = state_by_hand(&host);
    host.machine().put(DISLIKED, "mydestination =");
    let mut reasons = Vec::new();
    let paths = Paths::default();
    let spec = present_wish(&host, &paths).unwrap();
    let ended = crate::apply::apply(&host, &Inside, &paths, spec, &EditChoices::default(), &mut |event| {
        if let Event::Failed { reason, .. } = event {
            reasons.push(reason.clone());
        }
    });
    assert_eq!(ended.unwrap().outcome, Outcome::Failed);
    assert!(reasons.concat().contains("postfix runs with them again"), "{reasons:?}");
    // Folders that the next attempt needs are left, empty.
    let mut after = state_by_hand(&host);
    after.retain(|path, text| before.contains_key(path) || !text.starts_with('('));
    assert_same(&after, &before, "rolled back");
    assert_eq!(unit_state(&host.machine(), "dovecot.service"), (true, true));
}

#[test]
fn an_adoption_is_not_taken_out_from_among_others_and_done_again_takes_the_mail_along() {
    let host = by_hand();
    let paths = Paths::default();
    let id = run(&host).unwrap().id.unwrap();
    let out = take_out(&host, &Inside, &paths, &id, &EditChoices::default(), &mut |_| ());
    assert!(matches!(out, Err(ApplyError::Depends(_))), "{out:?}");
    undo(&host, &paths, None, &mut |_| ()).unwrap();
    assert!(past(&host, &paths).unwrap()[0].undone);
    let again = apply_again(&host, &Inside, &paths, &id, &EditChoices::default(), &mut |_| ()).unwrap();
    assert_eq!(again.outcome, Outcome::Done);
    assert_adopted(&host, "done again");
}
