//! One [`Field`] asked through an [`Asker`].

use std::io;
use std::path::Path;

use super::{Asker, Reply};
use crate::front::wizard::answer_with;
use crate::keys::csv_import::ImportedAccount;
use crate::keys::password;
use crate::spec::{Mailbox, Secret};
use crate::steps::{Draft, Field, Kind, Value};

/// Reads the accounts of a file that was named in place of an account.
pub type ReadAccounts<'a> = &'a dyn Fn(&Path) -> Result<Vec<ImportedAccount>, String>;

/// Asks a field until its answer is taken or the operator goes elsewhere. A list is judged line by line.
pub fn ask(asker: &mut dyn Asker, draft: &mut Draft, field: &Field, read: ReadAccounts<'_>) -> io::Result<Reply<()>> {
    loop {
        let (present, source) = field.answer_or_suggestion(draft);
        if let Some(source) = source {
            let found = match &present {
                // A list is shown by the question itself.
                Value::List(_) => format!("Suggested: {source}."),
                value => format!("Found: {}, {source}.", value.in_words(field.kind)),
            };
            asker.say(&found)?;
        }
        let value = match once(asker, draft, field, present, read)? {
            Reply::Given(value) => value,
            Reply::Back => return Ok(Reply::Back),
            Reply::Leave => return Ok(Reply::Leave),
        };
        match draft.answer(field, value) {
            Ok(()) => return Ok(Reply::Given(())),
            Err(sentence) => asker.say(&sentence)?,
        }
    }
}

fn once(
    asker: &mut dyn Asker,
    draft: &mut Draft,
    field: &Field,
    present: Value,
    read: ReadAccounts<'_>,
) -> io::Result<Reply<Value>> {
    let (label, help) = (field.label, field.help);
    match field.kind {
        Kind::Text => {
            let present = if let Value::Text(text) = present { text } else { String::new() };
            Ok(asker.text(label, help, &present)?.map(Value::Text))
        }
        Kind::YesNo => {
            let present = if let Value::YesNo(yes) = present { Some(yes) } else { None };
            Ok(asker.yes_no(label, help, present)?.map(Value::YesNo))
        }
        Kind::Choice(choices) => {
            let present = match present {
                Value::Choice(value) => choices.iter().position(|c| c.value == value),
                _ => None,
            };
            let chosen = asker.choice(label, help, choices, present)?;
            Ok(chosen.map(|at| choices.get(at).map_or(Value::Missing, |c| Value::Choice(c.value.into()))))
        }
        Kind::List { entry, takes_files } => {
            let present = lines(present);
            let mut accept = |list: &mut Vec<String>| {
                let file = list.last().filter(|last| takes_files && last.starts_with('/')).cloned();
                let Some(path) = file else { return draft.clone().answer(field, Value::List(list.clone())) };
                list.pop();
                let imported = read(Path::new(&path))?;
                // With the passwords, which no list shows.
                draft.answer(field, Value::List(list.clone()))?;
                answer_with(draft, field, imported)?;
                *list = lines((field.get)(draft));
                Ok(())
            };
            Ok(asker.list(label, help, entry, present, &mut accept)?.map(Value::List))
        }
        Kind::Several { items } => {
            let items = items(draft);
            let chosen = lines(present);
            let present: Vec<usize> = (0..items.len()).filter(|i| chosen.contains(&items[*i])).collect();
            let reply = asker.several(label, help, &items, &present)?;
            Ok(reply.map(|chosen| Value::List(chosen.into_iter().filter_map(|at| items.get(at).cloned()).collect())))
        }
        Kind::Secret => Ok(asker.secret(label, help)?.map(Value::Secret)),
        Kind::Passwords { items, keeps } => {
            let items: Vec<(String, bool)> = items(draft).into_iter().map(|i| (i.clone(), keeps(draft, &i))).collect();
            passwords(asker, label, help, &items)
        }
    }
}

fn lines(value: Value) -> Vec<String> {
    if let Value::List(lines) = value { lines } else { Vec::new() }
}

fn passwords(asker: &mut dyn Asker, label: &str, help: &str, items: &[(String, bool)]) -> io::Result<Reply<Value>> {
    asker.say(&format!("{label}. {help}"))?;
    let mut given = Vec::new();
    for (item, is_kept) in items {
        match one_password(asker, help, item, *is_kept)? {
            Reply::Given(secret) => given.push((item.clone(), secret)),
            Reply::Back => return Ok(Reply::Back),
            Reply::Leave => return Ok(Reply::Leave),
        }
    }
    Ok(Reply::Given(Value::Passwords(given)))
}

fn one_password(asker: &mut dyn Asker, help: &str, item: &str, is_kept: bool) -> io::Result<Reply<Option<Secret>>> {
    let otherwise = if is_kept { "Enter to keep the one it has" } else { "Enter for a generated one" };
    loop {
        let first = match asker.secret(&format!("Password for {item}, or {otherwise}"), help)? {
            Reply::Given(secret) => secret,
            Reply::Back => return Ok(Reply::Back),
            Reply::Leave => return Ok(Reply::Leave),
        };
        if first.expose().is_empty() {
            return Ok(Reply::Given(None));
        }
        if let Err(refusal) = Secret::parse_password(first.expose()) {
            asker.say(&refusal.to_string())?;
            continue;
        }
        let address = Mailbox::parse(item).ok();
        asker.say(&format!("This password is {}.", password::strength(&first, address.as_ref()).word()))?;
        match asker.secret("The same again", help)? {
            Reply::Given(second) if second == first => return Ok(Reply::Given(Some(first))),
            Reply::Given(_) => asker.say(&format!("The two differ. Type it twice the same, or {otherwise}."))?,
            Reply::Back => return Ok(Reply::Back),
            Reply::Leave => return Ok(Reply::Leave),
        }
    }
}
