//! `mailwizard troubleshoot`: from the operator's words to the cause and the fix.

mod after;
mod ask;
mod show;

use std::io::{IsTerminal, Read, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use crate::checks::CHECKS;
use crate::finding::FixKind;
use crate::front::diagnosis::{Given, Session, carry_out, carry_out_agreed};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::output::Output;
use crate::front::tui;
use crate::front::wizard::Wizard;
use crate::host::environment::Environment;
use crate::host::{Host, HostError, RealHost};
use crate::printable::{excerpt, printable};
use crate::spec::Domain;
use crate::store::Paths;
use crate::symptoms::bounce::MAX_BOUNCE;
use crate::symptoms::{
    Answer, Concluded, Interview, Opening, Question, RuledOut, matching, symptom, symptoms, symptoms_with_check,
};

use after::Next;

/// What hurts.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is wrong, in your words or pasted ("gmail says unauthenticated"), the id of a symptom, or of a failed check
    #[arg(value_name = "SYMPTOM|WORDS")]
    words: Vec<String>,
    /// Look for everything
    #[arg(long, conflicts_with = "words")]
    all: bool,
    /// List the symptoms
    #[arg(long, conflicts_with_all = ["words", "all"])]
    list: bool,
    /// Read these logs of another machine, plain or compressed, in place of this machine
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// The domain that the other machine serves: its DNS is looked at beside the logs
    #[arg(long, value_name = "DOMAIN", requires = "log")]
    domain: Vec<String>,
    /// A bounce, or the headers of a message that arrived elsewhere; '-' reads standard input
    #[arg(long, value_name = "FILE")]
    bounce: Option<PathBuf>,
    /// Answer a question beforehand; JSON names the one that is open
    #[arg(long, value_name = "QUESTION=ANSWER")]
    answer: Vec<String>,
    /// Carry out the fixes that are safe, and prove them
    #[arg(long, conflicts_with = "log")]
    fix: bool,
    /// Carry out the fix that was agreed to on the screen, which starts this by itself
    #[arg(long, conflicts_with_all = ["words", "all", "list", "log", "bounce", "answer", "fix", "json"])]
    agreed: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The JSON object.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    symptom: Option<&'a str>,
    /// What the words led to.
    matched: Vec<Matched<'a>>,
    /// The question that would tell most, where one is open.
    question: Option<Question>,
    causes: &'a [Concluded],
    ruled_out: &'a [RuledOut],
    remaining: &'a [String],
    trail: &'a [String],
}

#[derive(Serialize)]
struct Matched<'a> {
    id: &'a str,
    because: &'a [&'static str],
}

/// Diagnoses, and with `--fix` mends.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    if args.list {
        for symptom in symptoms() {
            writeln!(out, "{}  {:<24} {}", symptom.number, symptom.id, symptom.title)?;
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    let host = Arc::new(RealHost);
    if args.agreed {
        return carry_out_agreed(&Session::new(host, Paths::default(), Given::default())?);
    }
    let environment = Environment::of(&*host);
    let wants_lines = options.plain || environment.wants_plain_lines();
    let has_terminal = stdin().is_terminal() && stdout().is_terminal();
    if args.says_nothing() && has_terminal && !wants_lines && !options.prompts {
        return tui::troubleshoot(options, Wizard::on_this_machine());
    }
    let (logs, words) = logs_and_words(args, &*host);
    let said = words.join(" ");
    let opening = opening(args, &said);
    let mut answers = answers(&args.answer)?;
    let given = Given { logs, domains: domains(&args.domain)?, bounce: bounce(args, &*host)? };
    let session = Session::new(host, Paths::default(), given)?;
    let mut asker = ask::asker(args, options, wants_lines, has_terminal, environment.no_color);
    if args.says_nothing() && !args.json && asker.is_none() {
        return Err(Failure::new(Exit::Usage, SAY_SOMETHING));
    }
    if let Some(asker) = &mut asker {
        asker.say("Looking at the logs of the last day and at what is not as it was set up.")?;
    }
    let mut interview = Interview::new(opening);
    let mut glance = session.glance(&interview)?;
    let mut evidence = glance.evidence.clone();
    let open = loop {
        let Some(question) = interview.next(&evidence) else { break None };
        let answer = match answers.iter().position(|(id, _)| *id == question.id) {
            Some(place) => Answer::Given(answers.swap_remove(place).1),
            None => match &mut asker {
                Some(asker) => match ask::ask(asker.as_mut(), &question, &interview, has_terminal)? {
                    ask::Asked::Answer(answer) => answer,
                    ask::Asked::Back => {
                        if interview.back().is_none() {
                            return Err(left());
                        }
                        continue;
                    }
                    ask::Asked::Nobody if args.says_nothing() && interview.answers().is_empty() => {
                        return Err(Failure::new(Exit::Usage, SAY_SOMETHING));
                    }
                    ask::Asked::Nobody => break Some(question),
                    ask::Asked::Left => return Err(left()),
                },
                None => break Some(question),
            },
        };
        if let Err(sentence) = interview.answer(question, answer) {
            match &mut asker {
                Some(asker) => asker.say(&sentence)?,
                None => return Err(Failure::new(Exit::Usage, sentence)),
            }
        }
        interview.tell(&mut evidence);
    };
    let matches = match interview.opening() {
        Opening::Words(words) => matching(words, 3),
        Opening::Everything | Opening::Symptom(_) | Opening::Check(_) => Vec::new(),
    };
    if args.says_nothing() && interview.answers().is_empty() {
        // Only JSON comes here: the first question is the answer.
        return say_first_question(open, &mut out);
    }
    let mut found = session.conclude(&glance, &interview, &Default::default())?;
    loop {
        if !args.json {
            show::show(&said, &matches, &found, &mut out)?;
            out.flush()?;
        }
        let next = match &mut asker {
            _ if args.fix => Next::Mend,
            Some(asker) => after::next(asker.as_mut(), &session, &found.diagnosis.causes)?,
            None => Next::End,
        };
        match next {
            Next::End => break,
            Next::Mend => {
                mend(&session, &mut found.diagnosis.causes, args.json)?;
                break;
            }
            Next::LookAgain => {
                glance = session.glance(&interview)?;
                found = session.conclude(&glance, &interview, &Default::default())?;
            }
        }
    }
    if args.json {
        let diagnosis = &found.diagnosis;
        let document = Document {
            schema: 1,
            symptom: found.symptom.map(|s| s.id.as_str()),
            matched: matches.iter().map(|m| Matched { id: m.id, because: &m.because }).collect(),
            question: open,
            causes: &diagnosis.causes,
            ruled_out: &diagnosis.ruled_out,
            remaining: &diagnosis.remaining,
            trail: &found.trail,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    }
    out.flush()?;
    Ok(exit(&found.diagnosis.causes))
}

const SAY_SOMETHING: &str =
    "say what is wrong: 'mailwizard troubleshoot gmail says unauthenticated', or --all to look for everything.";

fn say_first_question(question: Option<Question>, out: &mut impl Write) -> Result<Exit, Failure> {
    let remaining = [SAY_SOMETHING.to_owned()];
    let document = Document {
        schema: 1,
        symptom: None,
        matched: Vec::new(),
        question,
        causes: &[],
        ruled_out: &[],
        remaining: &remaining,
        trail: &[],
    };
    writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    out.flush()?;
    Ok(Exit::OperatorMustAct)
}

/// The log files and the words. A shell makes several files of one pattern (`--log mail.log*`): those after the first are
/// files too, not words.
fn logs_and_words(args: &Args, host: &dyn Host) -> (Vec<PathBuf>, Vec<String>) {
    let mut logs = args.log.clone();
    let is_file = |word: &str| word.contains(['.', '/']) && host.open(Path::new(word)).is_ok_and(|file| file.is_some());
    let (files, words): (Vec<String>, Vec<String>) =
        args.words.iter().cloned().partition(|word| !args.log.is_empty() && is_file(word));
    logs.extend(files.into_iter().map(PathBuf::from));
    (logs, words)
}

/// Everything proved or nothing found is good; what only the operator can do is left to him.
fn exit(causes: &[Concluded]) -> Exit {
    let open: Vec<&Concluded> = causes.iter().filter(|c| !c.fix.proved).collect();
    match open.iter().all(|c| c.fix.kind == FixKind::Instructions) {
        _ if open.is_empty() => Exit::Done,
        true => Exit::OperatorMustAct,
        false => Exit::Failed,
    }
}

impl Args {
    fn says_nothing(&self) -> bool {
        self.words.is_empty() && !self.all && self.log.is_empty() && self.bounce.is_none()
    }
}

/// What it begins with.
fn opening(args: &Args, said: &str) -> Opening {
    if args.all {
        return Opening::Everything;
    }
    if let [name] = args.words.as_slice() {
        if let Some(symptom) = symptom(name) {
            return Opening::Symptom(symptom);
        }
        if CHECKS.iter().any(|check| check.id == name) || !symptoms_with_check(name).is_empty() {
            return Opening::Check(name.clone());
        }
    }
    // Words that fit no symptom are no reason not to look: then everything is.
    Opening::Words(said.to_owned())
}

/// The answers that were given beforehand.
fn answers(texts: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let usage = |sentence: String| Failure::new(Exit::Usage, sentence);
    let ids = Question::ids();
    let read = |text: &String| {
        let (id, answer) = text
            .split_once('=')
            .ok_or_else(|| usage(format!("'{}' is no answer: it looks like --answer where=out.", excerpt(text, 60))))?;
        match ids.contains(&id) {
            true => Ok((id.to_owned(), answer.to_owned())),
            false => Err(usage(format!("'{}' is no question. The questions are {}.", excerpt(id, 40), ids.join(", ")))),
        }
    };
    texts.iter().map(read).collect()
}

fn domains(names: &[String]) -> Result<Vec<Domain>, Failure> {
    names.iter().map(|name| Domain::parse(name).map_err(|error| Failure::new(Exit::Usage, error.to_string()))).collect()
}

/// The bounce, from its file or standard input.
fn bounce(args: &Args, host: &dyn Host) -> Result<Option<Vec<u8>>, Failure> {
    let Some(path) = &args.bounce else { return Ok(None) };
    let is_stdin = path == Path::new("-");
    let opened: Box<dyn Read> = if is_stdin {
        Box::new(stdin().lock())
    } else {
        let missing =
            || HostError::File { verb: "read", path: path.clone(), source: std::io::ErrorKind::NotFound.into() };
        Box::new(host.open(path)?.ok_or_else(missing)?)
    };
    let mut content = Vec::new();
    opened.take(MAX_BOUNCE as u64).read_to_end(&mut content)?;
    if content.trim_ascii().is_empty() {
        let name = if is_stdin { "standard input".to_owned() } else { format!("'{}'", path.display()) };
        let sentence = format!("{name} is empty: a bounce, its error text, or the headers of a message are needed.");
        return Err(Failure::new(Exit::Usage, sentence));
    }
    Ok(Some(content))
}

fn left() -> Failure {
    Failure::new(Exit::Left, "left without an answer.")
}

/// Carries out what may be carried out; the words go to standard error where standard output is JSON.
fn mend(session: &Session, causes: &mut [Concluded], json: bool) -> Result<(), Failure> {
    let mut out: Box<dyn Write> = if json { Box::new(stderr()) } else { Box::new(Output::stdout()) };
    for cause in causes {
        if cause.fix.kind == FixKind::Instructions {
            continue;
        }
        let mut lost = None;
        carry_out(session, cause, &mut |line| {
            let written = writeln!(out, "{}", printable(line)).and_then(|()| out.flush());
            lost = written.err().or(lost.take());
        })?;
        if let Some(error) = lost {
            return Err(error.into());
        }
        let ended = match (cause.fix.applied, cause.fix.proved) {
            (true, true) => "mended, and proved by the checks",
            (true, false) => "carried out, but the checks do not all pass yet",
            (false, _) => "not carried out",
        };
        writeln!(out, "{}: {ended}.", cause.id)?;
    }
    out.flush()?;
    Ok(())
}
