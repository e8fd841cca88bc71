//! `mailwizard backup FILE`: the server in one encrypted file, read back before it is called one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::apply::ApplyError;
use crate::backup::age::{Key, Lock};
use crate::backup::{self, Contents, Include, Kind, Progress};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::passphrase::OpenWith;
use crate::front::size;
use crate::front::wizard::Wizard;
use crate::printable::printable;
use crate::spec::StackId;

/// What to back up, where to, and who can open it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write; with --list the one to read
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Read and verify FILE, and say what is in it
    #[arg(long, conflicts_with_all = ["mail", "history", "recipient"])]
    list: bool,
    /// Put all mail in
    #[arg(long)]
    mail: bool,
    /// Put the history of applies in
    #[arg(long)]
    history: bool,
    /// Lock it for this age key instead of a passphrase; more than one may be given
    #[arg(long, value_name = "AGE1...", conflicts_with_all = ["passphrase_file", "identity"])]
    recipient: Vec<String>,
    #[command(flatten)]
    open_with: OpenWith,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Writes or lists a backup.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let host = &*wizard.host;
    if !host.is_root() {
        return Err(ApplyError::NotRoot.into());
    }
    if args.list {
        let key = args.open_with.key(host)?;
        let contents = backup::verify(host, &args.file, &key)?;
        return list(&args.file, &contents, args.json);
    }
    wizard.require_no_other_run()?;
    let lock = args.open_with.lock(host, &args.recipient)?;
    let include = Include { mail: args.mail, history: args.history };
    let (written, contents) = write(&wizard, &args.file, &lock, include)?;
    report(&wizard, args, &lock, &written, contents.as_ref())
}

/// Writes a backup and, where that can be done with what locked it, reads it back.
pub(super) fn write(
    wizard: &Wizard,
    file: &Path,
    lock: &Lock,
    include: Include,
) -> Result<(backup::Written, Option<Contents>), Failure> {
    let host = &*wizard.host;
    // Its folder is synced, and so must have a name.
    let file = &std::path::absolute(file)?;
    let facts = wizard.facts(StackId::default())?;
    let mut counter = Counter::new("mail saved");
    let written = backup::write(host, &wizard.paths, &facts, file, lock, include, &mut |at| counter.told(at))?;
    let contents = match lock {
        Lock::Passphrase(passphrase) => Some(backup::verify(host, file, &Key::Passphrase(passphrase.clone()))?),
        Lock::Recipients(_) => None,
    };
    Ok((written, contents))
}

fn report(
    wizard: &Wizard,
    args: &Args,
    lock: &Lock,
    written: &backup::Written,
    contents: Option<&Contents>,
) -> Result<Exit, Failure> {
    let file = shown(&args.file);
    let size = wizard.host.entry(&args.file)?.map_or(0, |entry| match entry.kind {
        crate::host::EntryKind::File(length) => length,
        _ => 0,
    });
    let mut out = Output::stdout();
    if args.json {
        let object = json!({
            "schema": 1, "file": file, "bytes": size, "members": written.members, "read_back": contents.is_some(),
            "mail": { "files": written.mail.files, "bytes": written.mail.bytes }, "notes": written.notes,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&object)?)?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    match contents {
        Some(contents) => {
            writeln!(out, "{file} is written and was read back whole: {}, for root only.", size::bytes(size))?;
            kinds(contents, &mut out)?;
        }
        None => writeln!(
            out,
            "{file} is written: {}, {} files. Only the secret key opens it: read it back with --list --identity.",
            size::bytes(size),
            written.members
        )?,
    }
    for note in &written.notes {
        writeln!(out, "note: {note}")?;
    }
    if !args.mail {
        writeln!(out, "Mail is not in it; --mail puts it in.")?;
    }
    if matches!(lock, Lock::Passphrase(_)) {
        writeln!(out, "Nobody opens it without the passphrase. Keep both away from this machine.")?;
    }
    writeln!(out, "On a fresh VPS: mailwizard restore {file}")?;
    out.flush()?;
    Ok(Exit::Done)
}

fn list(file: &Path, contents: &Contents, json: bool) -> Result<Exit, Failure> {
    let about = &contents.about;
    let mut out = Output::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&object(contents))?)?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    writeln!(
        out,
        "{} is whole: the server {}, {}, written by mailwizard {} at {}.",
        shown(file),
        about.hostname,
        printable(&about.distribution),
        printable(&about.program),
        printable(&about.made)
    )?;
    kinds(contents, &mut out)?;
    for name in contents.small.keys() {
        writeln!(out, "    {}", printable(name))?;
    }
    for (account, (messages, length)) in &contents.mail {
        writeln!(out, "    mail of {}: {messages}, {}", printable(account), size::bytes(*length))?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// What a backup holds, as JSON.
pub(super) fn object(contents: &Contents) -> serde_json::Value {
    let about = &contents.about;
    let kinds: serde_json::Map<String, serde_json::Value> = contents
        .kinds
        .iter()
        .map(|(kind, (files, bytes))| (kind.label().to_owned(), json!({ "files": files, "bytes": bytes })))
        .collect();
    let mail: serde_json::Map<String, serde_json::Value> = contents
        .mail
        .iter()
        .map(|(account, (messages, bytes))| (account.clone(), json!({ "messages": messages, "bytes": bytes })))
        .collect();
    json!({
        "schema": 1, "hostname": about.hostname, "made": about.made, "program": about.program,
        "distribution": about.distribution, "ipv4": about.ipv4, "ipv6": about.ipv6, "holds": kinds, "mail": mail,
        "files": contents.small.keys().collect::<Vec<_>>(),
    })
}

/// One line for each kind of thing in it.
pub(super) fn kinds(contents: &Contents, out: &mut impl Write) -> io::Result<()> {
    for (kind, (files, length)) in &contents.kinds {
        let of = match contents.mail.len() {
            1 if *kind == Kind::Mail => ", of 1 account".to_owned(),
            accounts if *kind == Kind::Mail => format!(", of {accounts} accounts"),
            _ => String::new(),
        };
        let word = if *files == 1 { "file" } else { "files" };
        writeln!(out, "  {:<21} {files:>6} {word}, {}{of}", kind.label(), size::bytes(*length))?;
    }
    Ok(())
}

fn shown(file: &Path) -> String {
    printable(&file.display().to_string())
}

/// Tells on standard error how far the mail is, now and then.
pub(super) struct Counter {
    what: &'static str,
    last: Instant,
}

impl Counter {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, last: Instant::now() }
    }

    pub(super) fn told(&mut self, at: Progress) {
        if self.last.elapsed() >= Duration::from_secs(10) {
            self.last = Instant::now();
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "  {}: {} files, {}", self.what, at.files, size::bytes(at.bytes));
        }
    }
}
