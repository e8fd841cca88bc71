//! `mailwizard trace`: what happened to a message, told by every daemon that had it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::host::{Host, RealHost, logs};
use crate::symptoms::log::{Seconds, read};
use crate::symptoms::trace::{Fate, Passage, Trace, Wanted};

/// What to follow, and where.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An address, a domain (@example.org), a queue id, or a Message-ID in angle brackets
    #[arg(value_name = "ADDRESS|QUEUE-ID|<MESSAGE-ID>")]
    wanted: String,
    /// Read these log files, plain or gzip, in place of this machine's logs
    #[arg(long, value_name = "FILE", num_args = 1..)]
    log: Vec<PathBuf>,
    /// How many days back this machine's logs are read
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=366), conflicts_with = "log")]
    days: u16,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The JSON object.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    wanted: &'a str,
    messages: Vec<Message<'a>>,
    /// How many more there were.
    more: usize,
    /// What could not be read.
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Message<'a> {
    fate: Fate,
    #[serde(flatten)]
    passage: &'a Passage,
}

/// Follows the message and prints what became of it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wanted = Wanted::parse(&args.wanted).ok_or_else(|| {
        let shown = crate::printable::excerpt(&args.wanted, 60);
        let sentence = format!(
            "'{shown}' is neither an address, nor a queue id, nor a Message-ID in angle brackets. Try 'alice@example.org', '4F1A2B3C4D' or '<id@example.org>'."
        );
        Failure::new(Exit::Usage, sentence)
    })?;
    let host = RealHost;
    let clock = logs::clock(&host);
    let mut trace = Trace::new(wanted);
    let mut each = |line: &str| trace.read(&read(line, &clock));
    let mut problems = Vec::new();
    if args.log.is_empty() {
        if !host.is_root() {
            return Err(Failure::new(
                Exit::Usage,
                "this machine's logs are for root: start it again with sudo, or give --log FILE.",
            ));
        }
        let back = Duration::from_secs(u64::from(args.days) * 24 * 3600);
        problems = logs::of_this_machine(&host, back, &mut each);
    }
    for path in &args.log {
        logs::file(&host, path, &mut each)?;
    }
    let (found, more) = trace.finish();
    let mut out = Output::stdout();
    if args.json {
        let messages = found.iter().map(|passage| Message { fate: passage.fate(), passage }).collect();
        let document = Document { schema: 1, wanted: &args.wanted, messages, more, problems };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write(&found, more, &problems, &mut out)?;
    }
    out.flush()?;
    Ok(if found.is_empty() { Exit::Failed } else { Exit::Done })
}

fn write(found: &[Passage], more: usize, problems: &[String], out: &mut impl Write) -> std::io::Result<()> {
    for passage in found {
        let from = match passage.from.as_deref() {
            Some("") => "the mail system (a bounce)",
            Some(from) => from,
            None => "an unknown sender",
        };
        let to: Vec<&str> = passage.to.iter().map(String::as_str).collect();
        let to = if to.is_empty() { "an unknown recipient".to_owned() } else { to.join(", ") };
        writeln!(out, "[{}] {from} -> {to}", word(passage.fate()))?;
        if !passage.queue_ids.is_empty() {
            writeln!(out, "  queue id   {}", passage.queue_ids.join(", "))?;
        }
        if let Some(id) = &passage.message_id {
            writeln!(out, "  Message-ID <{}>", crate::printable::excerpt(id, 200))?;
        }
        for event in &passage.events {
            writeln!(out, "  {}  {}: {}", stamp(event.time), event.program, event.text)?;
        }
        writeln!(out)?;
    }
    for problem in problems {
        writeln!(out, "not read: {problem}")?;
    }
    match (found.len(), more) {
        (0, _) => {
            writeln!(out, "Nothing of it is in the log. Mail that never reached this server leaves no line here.")
        }
        (1, 0) => writeln!(out, "1 message."),
        (n, 0) => writeln!(out, "{n} messages."),
        (n, more) => writeln!(out, "{n} messages; {more} more were found."),
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Delivered => "delivered",
        Fate::Waiting => "waiting",
        Fate::Bounced => "bounced",
        Fate::Refused => "refused",
        Fate::Open => "no end in the log",
    }
}

/// "11-21 09:11:42", UTC; blanks where the log does not say.
fn stamp(time: Option<Seconds>) -> String {
    let at = time.and_then(|t| jiff::Timestamp::from_second(t).ok());
    at.map_or_else(|| " ".repeat(15), |at| at.strftime("%m-%d %H:%M:%SZ").to_string())
}
