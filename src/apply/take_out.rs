//! One apply taken out from among others, and an undone one done again: the settings that it changed are changed back, or
//! once more, on the wish that holds, and that wish is applied. What came later stays.

use super::undo::standing;
use super::{ApplyError, Ended, Event, Network, apply, present_wish, unfinished};
use crate::host::Host;
use crate::plan::{EditChoices, MailMove};
use crate::printable::excerpt;
use crate::spec::{Difference, Obstacle};
use crate::store::{Before, Entry, History, Paths, Pending, pending};

/// Takes the apply `id` out; all others stay in effect. It is an apply of its own, with an entry of its own, whose undo
/// puts `id` into effect again. Refuses, with the reason, where a later one depends on it.
pub fn take_out(
    host: &dyn Host,
    network: &dyn Network,
    paths: &Paths,
    id: &str,
    choices: &EditChoices,
    listen: &mut dyn FnMut(&Event),
) -> Result<Ended, ApplyError> {
    require_settled(host, paths)?;
    let history = History::new(host, paths);
    let entry = standing(&history, id)?;
    let moves_mail = |before: &Before| {
        matches!(before, Before::MailAdopted { .. } | Before::MailMoved { .. } | Before::MailArchived { .. })
    };
    let mail_moved = history.before(&entry)?.iter().any(moves_mail);
    let changes = changes(&history, paths, &entry)?;
    let with_later = format!("'mailwizard undo {id} --and-later' undoes it with all that came after it.");
    if changes.is_empty() {
        return Err(ApplyError::Depends(format!(
            "{id} changed no setting, so there is nothing to take out of what came later. {with_later}"
        )));
    }
    if mail_moved {
        return Err(ApplyError::Depends(format!(
            "{id} moved or packed mail, which goes back only together with what came later. {with_later}"
        )));
    }
    let holds = holding(host, paths)?;
    let (spec, hashes) = changes.clone().reversed().carried_over((&holds.spec, &holds.hashes)).map_err(|obstacle| {
        match later(&history, paths, &entry, &changes) {
            Ok(later) => refused(id, &obstacle, &later, &with_later),
            Err(error) => error,
        }
    })?;
    pending::save(host, paths, &Pending { spec: spec.clone(), hashes })?;
    pending::save_takes_out(host, paths, id)?;
    carried_out(host, network, paths, spec, choices, listen)
}

/// Does once more what the undone apply `id` changed of the settings.
pub fn apply_again(
    host: &dyn Host,
    network: &dyn Network,
    paths: &Paths,
    id: &str,
    choices: &EditChoices,
    listen: &mut dyn FnMut(&Event),
) -> Result<Ended, ApplyError> {
    require_settled(host, paths)?;
    let history = History::new(host, paths);
    let shown = excerpt(id, 40);
    let entry = history.find(id)?.ok_or_else(|| {
        ApplyError::NothingToUndo(format!("'{shown}' is no apply that is known. 'mailwizard history' lists them."))
    })?;
    if !history.is_undone(&entry)? {
        return Err(ApplyError::Depends(format!("{shown} is in effect: only what was undone can be done again.")));
    }
    let wish = match pending::load_spec(host, &paths.spec())? {
        None => history.wish_after(&entry)?.ok_or_else(|| unknown(&entry))?,
        Some(_) => {
            let holds = holding(host, paths)?;
            let carried = changes(&history, paths, &entry)?.carried_over((&holds.spec, &holds.hashes));
            let (spec, hashes) = carried.map_err(|obstacle| {
                ApplyError::Depends(format!("{shown} cannot be done again: {}", sentence(&obstacle.to_string())))
            })?;
            Pending { spec, hashes }
        }
    };
    match adopted(&history, &entry)? {
        moves if moves.is_empty() => pending::save(host, paths, &wish)?,
        moves => pending::save_adopted(host, paths, &wish, &moves)?,
    }
    carried_out(host, network, paths, wish.spec, choices, listen)
}

/// Mail of an adopted server that the entry moved.
fn adopted(history: &History, entry: &Entry) -> Result<Vec<MailMove>, ApplyError> {
    let before = history.before(entry)?.into_iter();
    Ok(before.filter_map(|before| if let Before::MailAdopted { mail } = before { Some(mail) } else { None }).collect())
}

/// A refusal leaves nothing behind that a later apply would carry out.
fn carried_out(
    host: &dyn Host,
    network: &dyn Network,
    paths: &Paths,
    spec: crate::spec::Spec,
    choices: &EditChoices,
    listen: &mut dyn FnMut(&Event),
) -> Result<Ended, ApplyError> {
    let ended = apply(host, network, paths, spec, choices, listen);
    if ended.is_err() && unfinished(host, paths)?.is_none() {
        pending::clear(host, paths)?;
    }
    ended
}

/// What was begun or accepted has to be settled first: two wishes at once would be mixed up.
fn require_settled(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    if !host.is_root() {
        return Err(ApplyError::NotRoot);
    }
    if let Some(holder) = super::at_work(host, paths)? {
        return Err(ApplyError::Locked(holder));
    }
    if let Some(stopped) = unfinished(host, paths)? {
        return Err(ApplyError::Depends(format!(
            "{} did not come to its end. 'mailwizard apply' goes on with it, 'mailwizard undo' takes it back: do one of them first.",
            stopped.id
        )));
    }
    if pending::load(host, paths)?.is_some() {
        return Err(ApplyError::Depends(
            "Another set-up was accepted and waits to be applied: run 'mailwizard apply' first.".into(),
        ));
    }
    Ok(())
}

fn holding(host: &dyn Host, paths: &Paths) -> Result<Pending, ApplyError> {
    let spec = present_wish(host, paths)?.normalised();
    Ok(Pending { spec, hashes: pending::load_hashes(host, &paths.password_hashes())? })
}

/// What the entry changed of the wish.
fn changes(history: &History, paths: &Paths, entry: &Entry) -> Result<Difference, ApplyError> {
    let Some(after) = history.wish_after(entry)? else { return Ok(Difference::default()) };
    let before = history.wish_before(entry, paths)?;
    let before = before.as_ref().map(|wish| (&wish.spec, &wish.hashes));
    Ok(Difference::between(before, (&after.spec, &after.hashes))?)
}

/// Applies in effect that came after `entry` and changed the same: the newest first.
fn later(history: &History, paths: &Paths, entry: &Entry, what: &Difference) -> Result<Vec<String>, ApplyError> {
    let mut found = Vec::new();
    for later in history.entries()?.into_iter().rev().take_while(|later| later.id != entry.id) {
        if !history.is_undone(&later)? && changes(history, paths, &later)?.meets(what) {
            found.push(later.id);
        }
    }
    Ok(found)
}

fn refused(id: &str, obstacle: &Obstacle, later: &[String], with_later: &str) -> ApplyError {
    let reason = sentence(&obstacle.to_string());
    let by = match (obstacle, later) {
        (Obstacle::ChangedSince(_), [one]) => format!(" {one} did that: undo it first."),
        (Obstacle::ChangedSince(_), [_, ..]) => format!(" These did that: undo them first: {}.", later.join(", ")),
        _ => String::new(),
    };
    ApplyError::Depends(format!("{id} cannot be undone alone: {reason}{by} Or {with_later}"))
}

fn unknown(entry: &Entry) -> ApplyError {
    ApplyError::Depends(format!("{} did not come so far that it could be done again.", entry.id))
}

/// Ends in one full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
