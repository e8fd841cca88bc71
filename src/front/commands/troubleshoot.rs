//! `mailwizard troubleshoot`: from the operator's words to the cause and the fix.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::finding::FixKind;
use crate::front::diagnosis::{Found, Given, Session, carry_out};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::output::Output;
use crate::front::paragraph::wrapped;
use crate::host::RealHost;
use crate::printable::{excerpt, printable};
use crate::store::Paths;
use crate::symptoms::{
    Concluded, Interview, Match, Question, RuledOut, Symptom, matching, symptom, symptoms, symptoms_with_check,
};

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
    #[arg(long, value_name = "FILE", num_args = 1..)]
    log: Vec<PathBuf>,
    /// A bounce, or the headers of a message that arrived elsewhere
    #[arg(long, value_name = "FILE")]
    bounce: Option<PathBuf>,
    /// Carry out the fixes that are safe, and prove them
    #[arg(long, conflicts_with = "log")]
    fix: bool,
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
    let said = args.words.join(" ");
    let (matches, symptoms) = match understand(args, &said)? {
        Some(understood) => understood,
        None => ask(options)?,
    };
    let host = Arc::new(RealHost);
    let given = Given { said: said.clone(), symptoms, logs: args.log.clone(), bounce: args.bounce.clone() };
    let session = Session::new(host, Paths::default(), given)?;
    let mut found = session.find()?;
    if !args.json {
        show(&said, &matches, &found, &mut out)?;
        out.flush()?;
    }
    if args.fix {
        mend(&session, &mut found, args.json)?;
    }
    if args.json {
        let document = Document {
            schema: 1,
            symptom: found.symptom.map(|s| s.id.as_str()),
            matched: matches.iter().map(|m| Matched { id: m.id, because: &m.because }).collect(),
            causes: &found.diagnosis.causes,
            ruled_out: &found.diagnosis.ruled_out,
            remaining: &found.diagnosis.remaining,
            trail: &found.trail,
        };
        writeln!(out, "{}", serde_json::to_string_pretty(&document)?)?;
    }
    out.flush()?;
    Ok(exit(&found.diagnosis.causes))
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

type Understood = (Vec<Match>, Vec<&'static Symptom>);

/// The symptoms that are meant; `None` where the operator must be asked.
fn understand(args: &Args, said: &str) -> Result<Option<Understood>, Failure> {
    if args.all {
        return Ok(Some((Vec::new(), Vec::new())));
    }
    if let [name] = args.words.as_slice() {
        if let Some(symptom) = symptom(name) {
            return Ok(Some((Vec::new(), vec![symptom])));
        }
        let of_check = symptoms_with_check(name);
        if !of_check.is_empty() {
            return Ok(Some((Vec::new(), of_check)));
        }
    }
    let matches = matching(said, 3);
    if let Some(best) = matches.first().map(|m| m.score) {
        // What fits much worse than the best only adds noise.
        let near = matches.iter().filter(|m| m.score >= 0.4 * best).filter_map(|m| symptom(m.id)).collect();
        return Ok(Some((matches, near)));
    }
    if !said.is_empty() {
        let shown = excerpt(said, 80);
        let sentence = format!(
            "'{shown}' fits none of the known symptoms. Say what does not work and for whom, paste the error text, or choose from 'mailwizard troubleshoot --list'; --all looks for everything."
        );
        return Err(Failure::new(Exit::Usage, sentence));
    }
    // A bounce or a log says by itself what hurts.
    Ok((args.bounce.is_some() || !args.log.is_empty()).then(|| (Vec::new(), Vec::new())))
}

/// Two questions: where it hurts, and what it looks like.
fn ask(options: &Options) -> Result<Understood, Failure> {
    if !stdin().is_terminal() && !options.plain {
        let sentence =
            "say what is wrong: 'mailwizard troubleshoot gmail says unauthenticated', or --all to look for everything.";
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let mut interview = Interview::default();
    while let Some(question) = interview.question() {
        match choose(&question)? {
            Some(index) => {
                interview.answer(index);
            }
            // An empty answer goes back; at the first question it leaves.
            None if interview.back() => {}
            None => return Err(left()),
        }
    }
    Ok((Vec::new(), interview.symptom().into_iter().collect()))
}

fn left() -> Failure {
    Failure::new(Exit::Left, "left without an answer.")
}

/// The index of the chosen answer; `None` for an empty line.
fn choose(question: &Question) -> Result<Option<usize>, Failure> {
    let lines = &question.answers;
    let mut err = stderr();
    writeln!(err, "\n{} Enter alone goes back.", question.text)?;
    for (number, line) in lines.iter().enumerate() {
        writeln!(err, "  {:>2}  {line}", number + 1)?;
    }
    loop {
        write!(err, "Number [1-{}]: ", lines.len())?;
        err.flush()?;
        let mut answer = String::new();
        if stdin().lock().read_line(&mut answer)? == 0 {
            return Err(left());
        }
        let answer = answer.trim();
        if answer.is_empty() {
            return Ok(None);
        }
        match answer.parse::<usize>() {
            Ok(number) if (1..=lines.len()).contains(&number) => return Ok(Some(number - 1)),
            _ => writeln!(err, "'{}' is not a number from 1 to {}.", excerpt(answer, 20), lines.len())?,
        }
    }
}

fn show(said: &str, matches: &[Match], found: &Found, out: &mut impl Write) -> std::io::Result<()> {
    let mut lines: Vec<String> = Vec::new();
    if !said.is_empty() {
        lines.push(format!("You said    \"{}\"", excerpt(said, 300)));
    }
    for matched in matches {
        let title = symptom(matched.id).map(|s| s.title.as_str()).unwrap_or_default();
        let because = match matched.because.is_empty() {
            true => String::new(),
            false => format!(" (\"{}\")", matched.because.join("\", \"")),
        };
        lines.push(format!("  fits      {title}{because}"));
    }
    lines.extend(found.trail.iter().map(|step| format!("  looked    {}", printable(step))));
    let diagnosis = &found.diagnosis;
    for cause in &diagnosis.causes {
        lines.push(String::new());
        lines.push(format!("Cause       {} [{}]", printable(&cause.title), cause.id));
        lines.extend(cause.evidence.iter().flat_map(|e| e.lines()).map(|l| format!("  evidence  {}", printable(l))));
        let who = match cause.fix.kind {
            FixKind::Automatic => "mailwizard can do it: run troubleshoot with --fix",
            FixKind::Instructions => "yours to do",
        };
        lines.push(format!("  fix       ({who})"));
        lines.extend(cause.fix.text.lines().map(|l| format!("            {}", printable(l))));
    }
    if diagnosis.causes.is_empty() {
        lines.push(String::new());
        lines.push("Nothing wrong was found here. What remains:".into());
    } else if !diagnosis.remaining.is_empty() {
        lines.push(String::new());
        lines.push("Not settled".into());
    }
    let left = diagnosis.remaining.iter().flat_map(|text| text.lines());
    lines.extend(left.map(|line| format!("  {}", printable(line))));
    if !diagnosis.ruled_out.is_empty() {
        lines.push(String::new());
        lines.push("Ruled out".into());
        lines.extend(diagnosis.ruled_out.iter().map(|r| format!("  {}: {}", r.id, printable(&r.why))));
    }
    for line in lines.iter().flat_map(|line| if line.is_empty() { vec![String::new()] } else { wrapped(line) }) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Carries out what may be carried out; the words go to standard error where standard output is JSON.
fn mend(session: &Session, found: &mut Found, json: bool) -> Result<(), Failure> {
    let mut out: Box<dyn Write> = if json { Box::new(stderr()) } else { Box::new(Output::stdout()) };
    for cause in &mut found.diagnosis.causes {
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
