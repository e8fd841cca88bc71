//! `mailwizard trace`: what happened to a message, told by every daemon that had it.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::paragraph::wrapped;
use crate::host::{Host, RealHost, logs};
use crate::printable::excerpt;
use crate::symptoms::log::{Seconds, read};
use crate::symptoms::trace::{Fate, Followed, Name, Party, Passage, Recipient, Trace, Wanted, Window};

/// What to follow, and where.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An address, a domain (@example.org), a queue id, a Message-ID in angle brackets, or a sentence ("the mail from
    /// alice@example.org to bob@example.net at about three")
    #[arg(value_name = "ADDRESS|QUEUE-ID|<MESSAGE-ID>", required_unless_present_any = ["from", "to"])]
    wanted: Vec<String>,
    /// Only mail that this address or domain (@example.org) sent
    #[arg(long, value_name = "ADDRESS")]
    from: Option<String>,
    /// Only mail to this address or domain (@example.org)
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Only mail around this time ("15:00", "3pm", "yesterday 15:00", "2026-11-27 15:00"), by this machine's clock
    #[arg(long, value_name = "TIME")]
    around: Option<String>,
    /// Read these log files, plain or compressed, in place of this machine's logs
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
    wanted: String,
    messages: Vec<Message<'a>>,
    /// How many more there were.
    more: usize,
    /// Where nothing was around the time that was said: when the nearest was.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<Seconds>,
    /// What could not be read.
    problems: Vec<String>,
}

#[derive(Serialize)]
struct Message<'a> {
    fate: Fate,
    recipients: Vec<Recipient>,
    #[serde(flatten)]
    passage: &'a Passage,
}

/// Follows the message and prints what became of it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let host = RealHost;
    let now = host.now().to_zoned(TimeZone::system());
    let wanted = wanted(args, &now).map_err(|sentence| Failure::new(Exit::Usage, sentence))?;
    let clock = logs::clock(&host);
    let mut trace = Trace::new(wanted.clone());
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
    let found = trace.finish();
    let mut out = Output::stdout();
    if args.json {
        let message = |passage| Message { fate: Passage::fate(passage), recipients: passage.recipients(), passage };
        let document = Document {
            schema: 1,
            wanted: args.wanted.join(" "),
            messages: found.messages.iter().map(message).collect(),
            more: found.more,
            nearest: found.nearest,
            problems,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write(&found, wanted.around, &problems, &now, &mut out)?;
    }
    out.flush()?;
    Ok(if found.messages.is_empty() { Exit::Failed } else { Exit::Done })
}

/// What is followed; a sentence where that cannot be read.
fn wanted(args: &Args, now: &Zoned) -> Result<Wanted, String> {
    let mut wanted = match args.wanted.as_slice() {
        [] => Wanted::default(),
        [one] if !one.contains(char::is_whitespace) => Wanted::named(Name::parse(one)?),
        words => {
            let sentence = words.join(" ");
            Wanted::in_words(&sentence, now).ok_or_else(|| {
                format!(
                    "'{}' names no address. Say who sent it or who was to get it: 'mailwizard trace --from \
                     alice@example.org --to bob@example.net --around 15:00'.",
                    excerpt(&sentence, 80)
                )
            })?
        }
    };
    if let Some(from) = &args.from {
        wanted.from = Some(Party::parse(from)?);
    }
    if let Some(to) = &args.to {
        wanted.to = Some(Party::parse(to)?);
    }
    if let Some(time) = &args.around {
        wanted.around = Some(Window::parse(time, now)?);
    }
    Ok(wanted)
}

fn write(
    found: &Followed,
    around: Option<Window>,
    problems: &[String],
    now: &Zoned,
    out: &mut impl Write,
) -> std::io::Result<()> {
    for passage in &found.messages {
        let from = match passage.from.as_deref() {
            Some("") => "the mail system (a bounce)",
            Some(from) => from,
            None => "an unknown sender",
        };
        let to: Vec<&str> = passage.to.iter().map(String::as_str).collect();
        let to = if to.is_empty() { "an unknown recipient".to_owned() } else { to.join(", ") };
        writeln!(out, "[{}] {from} -> {to}", word(passage.fate()))?;
        for line in outcome(passage) {
            for line in wrapped(&format!("  {line}")) {
                writeln!(out, "{line}")?;
            }
        }
        if !passage.queue_ids.is_empty() {
            writeln!(out, "  queue id   {}", passage.queue_ids.join(", "))?;
        }
        if let Some(id) = &passage.message_id {
            writeln!(out, "  Message-ID <{}>", excerpt(id, 200))?;
        }
        for event in &passage.events {
            writeln!(out, "  {}  {}: {}", stamp(event.time), event.program, event.text)?;
        }
        writeln!(out)?;
    }
    for problem in problems {
        writeln!(out, "not read: {problem}")?;
    }
    match (found.messages.len(), found.more) {
        (0, _) => nothing(found.nearest, around, now, out),
        (1, 0) => writeln!(out, "1 message."),
        (n, 0) => writeln!(out, "{n} messages."),
        (n, more) => writeln!(out, "{n} messages; {more} more were found."),
    }
}

fn nothing(nearest: Option<Seconds>, around: Option<Window>, now: &Zoned, out: &mut impl Write) -> std::io::Result<()> {
    let shown = |time: Seconds| {
        let at = jiff::Timestamp::from_second(time).ok().map(|t| t.to_zoned(now.time_zone().clone()));
        at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d %H:%M").to_string())
    };
    match (nearest, around) {
        (Some(nearest), Some(window)) => writeln!(
            out,
            "Nothing of it between {} and {}. The nearest was at {}: give that time to --around.",
            shown(window.first),
            shown(window.last),
            shown(nearest)
        ),
        _ => writeln!(out, "Nothing of it is in the log. Mail that never reached this server leaves no line here."),
    }
}

/// What became of it, a sentence a recipient.
fn outcome(passage: &Passage) -> Vec<String> {
    let mut lines: Vec<String> = passage.recipients().iter().map(for_recipient).collect();
    if lines.is_empty()
        && let Some((fate, words)) = passage.refusal()
    {
        lines.push(match fate {
            Fate::Postponed => format!("it was told to come again later: {words}"),
            _ => format!("it was refused here: {words}"),
        });
    }
    lines
}

fn for_recipient(recipient: &Recipient) -> String {
    let Recipient { address, alias, fate, relay, folder, reply } = recipient;
    let who = match alias {
        Some(alias) => format!("{alias}, an alias, led to {address}"),
        None => address.clone(),
    };
    let relay = relay.as_deref().unwrap_or("its mail server");
    let reply = reply.as_deref().map_or_else(String::new, |reply| format!(": {}", excerpt(reply, 300)));
    match (fate, folder) {
        (Fate::Delivered, Some(folder)) => format!("{who}: put into the folder {folder}"),
        (Fate::Delivered, None) => format!("{who}: {relay} took it{reply}"),
        (Fate::Waiting, _) => format!("{who}: waits here and is tried again{reply}"),
        (Fate::Bounced, _) => format!("{who}: came back to its sender{reply}"),
        (Fate::Refused | Fate::Postponed | Fate::Open, _) => format!("{who}: the log does not say how it ended"),
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Delivered => "delivered",
        Fate::Waiting => "waiting",
        Fate::Postponed => "told to come again",
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
