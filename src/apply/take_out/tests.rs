//! One apply taken out from among others, done again, and the bound of the history, on a machine in memory.

use std::path::Path;

use super::*;
use crate::apply::tests::{Inside, WISH, accept, assert_same, assert_set_up, run, state, vps};
use crate::apply::{Outcome, past, undo};
use crate::host::FakeHost;
use crate::host::fake::Machine;
use crate::store::KEPT_APPLIES;

const SECOND: &str = "[[domains]]\nname = \"example.net\"\n";
const CAROL: &str = "[[accounts]]\naddress = \"carol@example.org\"\n";
const SIZE: &str = "[protection]\nmessage_size_mb = 77\n";

fn wish(added: &[&str]) -> String {
    format!("{WISH}{}", added.concat())
}

fn applied(host: &FakeHost, added: &[&str]) -> String {
    accept(host, &wish(added));
    let ended = run(host).unwrap();
    assert_eq!(ended.outcome, Outcome::Done, "{}", ended.message);
    host.machine().clock += 60;
    ended.id.unwrap()
}

fn out(host: &FakeHost, id: &str) -> Result<Ended, ApplyError> {
    take_out(host, &Inside, &Paths::default(), id, &EditChoices::default(), &mut |_| ())
}

fn again(host: &FakeHost, id: &str) -> Result<Ended, ApplyError> {
    apply_again(host, &Inside, &Paths::default(), id, &EditChoices::default(), &mut |_| ())
}

fn back(host: &FakeHost, id: Option<&str>) {
    undo(host, &Paths::default(), id, &mut |_| ()).unwrap();
}

/// Certificates are asked for by every apply of the fake; only what was applied counts here.
fn standing_ids(host: &FakeHost) -> Vec<String> {
    past(host, &Paths::default()).unwrap().into_iter().filter(|p| !p.undone).map(|p| p.id).collect()
}

/// The same server set up with exactly these additions.
fn server(added: &[&str]) -> FakeHost {
    let host = vps();
    applied(&host, added);
    host
}

fn assert_like(host: &FakeHost, added: &[&str], context: &str) {
    let wanted = server(added);
    // The keys of a domain stay ours when it goes, and each machine made its own.
    let comparable = |host: &FakeHost| {
        let mut state = state(host);
        state.retain(|path, _| !path.starts_with("/var/lib/rspamd/dkim") && !path.starts_with("/etc/mailwizard"));
        state.retain(|path, _| path != Path::new("/etc/dovecot/mailwizard-users"));
        state
    };
    assert_same(&comparable(host), &comparable(&wanted), context);
    assert_set_up(host, context);
}

#[test]
fn an_apply_in_the_middle_is_taken_out_and_the_later_ones_stay() {
    let host = vps();
    applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    applied(&host, &[SECOND, CAROL]);
    let ended = out(&host, &second).unwrap();
    assert_eq!(ended.outcome, Outcome::Done);
    assert_like(&host, &[CAROL], "taken out");
    let list = past(&host, &Paths::default()).unwrap();
    assert_eq!(list[0].takes_out.as_ref(), Some(&second));
    assert_eq!(list[0].changed.clone().unwrap(), ["domain example.net removed"]);
    assert!(list[2].undone && !list[1].undone, "{list:?}");

    back(&host, None);
    assert_like(&host, &[SECOND, CAROL], "the undo is undone");
    assert!(standing_ids(&host).contains(&second));
}

#[test]
fn what_a_later_apply_depends_on_is_refused_with_the_reason() {
    let host = vps();
    let first = applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    let third = applied(&host, &[SECOND, "[[accounts]]\naddress = \"bob@example.net\"\n"]);
    let fourth = applied(
        &host,
        &["[[domains]]\nname = \"example.net\"\ndmarc = \"reject\"\n", "[[accounts]]\naddress = \"bob@example.net\"\n"],
    );
    let before = state(&host);
    let refusal = out(&host, &second).unwrap_err().to_string();
    assert!(refusal.starts_with(&format!("{second} cannot be undone alone: the domain example.net")), "{refusal}");
    assert!(refusal.contains(&fourth) && refusal.contains("--and-later"), "{refusal}");
    back(&host, Some(&fourth));
    let refusal = out(&host, &second).unwrap_err().to_string();
    assert!(refusal.contains("bob@example.net"), "{refusal}");
    let refusal = out(&host, &first).unwrap_err().to_string();
    assert!(refusal.contains(&format!("'mailwizard undo {first} --and-later'")), "{refusal}");
    assert_eq!(standing_ids(&host), [third, second.clone(), first.clone()]);
    assert!(pending::load(&host, &Paths::default()).unwrap().is_none(), "nothing waits to be applied");
    applied(
        &host,
        &["[[domains]]\nname = \"example.net\"\ndmarc = \"reject\"\n", "[[accounts]]\naddress = \"bob@example.net\"\n"],
    );
    assert_same(&state(&host), &before, "nothing was touched by the refusals");
    back(&host, Some(&first));
    assert_eq!(standing_ids(&host), Vec::<String>::new());
}

#[test]
fn what_moved_mail_is_not_taken_out_alone() {
    let host = vps();
    applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    let paths = Paths::default();
    let history = History::new(&host, &paths);
    let entry = history.entries().unwrap().pop().unwrap();
    let moved = Before::MailMoved { from: "/var/vmail/a".into(), to: "/var/vmail/b".into() };
    history.keep(&entry, &moved).unwrap();
    applied(&host, &[SECOND, CAROL]);
    let refusal = out(&host, &second).unwrap_err().to_string();
    assert!(refusal.contains("moved or packed mail") && refusal.contains("--and-later"), "{refusal}");
    assert!(pending::load(&host, &paths).unwrap().is_none());
}

#[test]
fn what_was_undone_can_be_done_again() {
    let host = vps();
    applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    assert!(matches!(again(&host, &second), Err(ApplyError::Depends(_))), "it is in effect");
    back(&host, None);
    applied(&host, &[CAROL]);
    assert!(matches!(out(&host, &second), Err(ApplyError::NothingToUndo(_))), "it is undone already");
    assert_eq!(again(&host, &second).unwrap().outcome, Outcome::Done);
    assert_like(&host, &[SECOND, CAROL], "again");
}

#[test]
fn a_set_up_that_was_undone_whole_can_be_done_again() {
    let host = vps();
    let first = applied(&host, &[SIZE]);
    let set_up = state(&host);
    back(&host, None);
    assert_eq!(again(&host, &first).unwrap().outcome, Outcome::Done);
    assert_same(&state(&host), &set_up, "again");
}

#[test]
fn an_undo_that_goes_back_past_one_that_took_out_leads_to_how_it_was_then() {
    let host = vps();
    let first = applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    let before_third = state(&host);
    let third = applied(&host, &[SECOND, CAROL]);
    out(&host, &second).unwrap();
    back(&host, Some(&third));
    assert_same(&state(&host), &before_third, "with the second in effect again");
    assert_eq!(standing_ids(&host), [second, first]);
}

#[test]
fn taking_out_that_is_killed_after_any_change_is_settled_by_the_next_apply() {
    let fresh = vps();
    applied(&fresh, &[]);
    let second = applied(&fresh, &[SECOND]);
    applied(&fresh, &[SECOND, CAROL]);
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    out(&whole, &second).unwrap();
    let total = whole.machine().changes - begun;
    let taken_out = state(&whole);
    let untouched = state(&fresh);
    for point in 0..total {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(out(&host, &second));
        host.machine().revive();
        let context = format!("killed at change {point} of {total}");
        assert_eq!(run(&host).unwrap().outcome, Outcome::Done, "{context}");
        let now = state(&host);
        let wanted = if now.get(Path::new("/etc/mailwizard/spec.toml"))
            == taken_out.get(Path::new("/etc/mailwizard/spec.toml"))
        {
            &taken_out
        } else {
            &untouched
        };
        assert_same(&now, wanted, &context);
        assert_set_up(&host, &context);
    }
}

#[test]
fn what_was_stopped_or_accepted_is_settled_first() {
    let host = vps();
    let first = applied(&host, &[]);
    let second = applied(&host, &[SECOND]);
    accept(&host, &wish(&[SECOND, CAROL]));
    let refusal = out(&host, &first).unwrap_err().to_string();
    assert!(refusal.contains("'mailwizard apply' first"), "{refusal}");
    host.machine().changes_until_kill = Some(25);
    drop(run(&host));
    host.machine().revive();
    let refusal = out(&host, &second).unwrap_err().to_string();
    assert!(refusal.contains("did not come to its end"), "{refusal}");
}

#[test]
fn the_history_has_a_bound_and_what_the_rest_needs_of_it_stays() {
    let host = vps();
    host.machine().put("/etc/rspamd/local.d/actions.conf", "# there before us\n");
    applied(&host, &[SECOND]);
    let domain_file = |machine: &Machine| machine.text("/etc/rspamd/local.d/actions.conf").unwrap();
    let written = domain_file(&host.machine());
    for round in 0..KEPT_APPLIES + 3 {
        let size = format!("[protection]\nmessage_size_mb = {}\n", 60 + round);
        applied(&host, &[SECOND, &size]);
    }
    let list = past(&host, &Paths::default()).unwrap();
    assert_eq!(list.len(), KEPT_APPLIES);
    assert!(list.iter().all(|p| p.changed.as_ref().is_some_and(|c| c[0].starts_with("protection.message_size_mb"))));
    assert_eq!(domain_file(&host.machine()), written);

    // A hand edit of a file of the first apply, whose entry is gone, can still be merged.
    host.machine().put("/etc/rspamd/local.d/actions.conf", &format!("{written}# mine\n"));
    accept(&host, &wish(&[SECOND, "[protection]\njunk_score_tenths = 70\n"]));
    let choices = crate::plan::Edited::Merge.into();
    let spec = present_wish(&host, &Paths::default()).unwrap();
    apply(&host, &Inside, &Paths::default(), spec, &choices, &mut |_| ()).unwrap();
    let merged = domain_file(&host.machine());
    assert!(merged.contains("# mine") && merged.contains('7'), "{merged}");
}

#[test]
fn pruning_that_is_killed_after_any_change_goes_on() {
    let host = vps();
    for round in 0..5 {
        applied(&host, &[&format!("[protection]\nmessage_size_mb = {}\n", 60 + round)]);
    }
    let paths = Paths::default();
    let prune = |host: &FakeHost| {
        let written = crate::store::load_written(host, &paths).unwrap();
        History::new(host, &paths).prune(2, &written)
    };
    let ours = |host: &FakeHost| -> Vec<_> {
        let machine = host.machine();
        machine.files.iter().map(|(path, file)| (path.clone(), file.content.clone())).collect()
    };
    let whole = host.fork();
    let begun = whole.machine().changes;
    prune(&whole).unwrap();
    assert_eq!(past(&whole, &paths).unwrap().len(), 2);
    let total = whole.machine().changes - begun;
    for point in 0..total {
        let host = host.fork();
        host.machine().changes_until_kill = Some(point);
        drop(prune(&host));
        host.machine().revive();
        prune(&host).unwrap();
        assert_eq!(past(&host, &paths).unwrap().len(), 2, "killed at {point} of {total}");
        assert_eq!(ours(&host), ours(&whole), "killed at {point} of {total}");
    }
}
