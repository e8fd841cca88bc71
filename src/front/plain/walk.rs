//! The walk through the steps, question by question.

use std::path::Path;

use super::question::ask;
use super::{Asker, Reply};
use crate::front::exit::Failure;
use crate::keys::csv_import::ImportedAccount;
use crate::steps::{Engine, Field, Page, Value};

/// Where to go from a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    /// To the next step.
    GoOn,
    /// To the step before.
    Back,
    /// To the step of this name.
    To(&'static str),
    /// Out; the answers are kept.
    Leave,
}

/// What the walk needs besides questions: the machine, the network, the pages that do something.
pub trait Pages {
    /// Finds out what the questions of a page speak of, before they are asked.
    fn prepare(&mut self, engine: &mut Engine);
    /// Looks at what the answers of a page of questions mean out there, shows it, and puts it into the draft. `true` when
    /// the operator should look at it before going on.
    fn look(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<bool, Failure>;
    /// Does what a page does that asks nothing.
    fn page(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure>;
    /// The accounts of a file that was named in place of an account.
    fn accounts_in(&self, path: &Path) -> Result<Vec<ImportedAccount>, String>;
    /// Keeps the answers: the operator goes on to another step.
    fn keep(&mut self, engine: &Engine) -> Result<(), Failure>;
}

/// Walks until the last step is done (`true`) or the operator leaves (`false`).
pub fn walk(asker: &mut dyn Asker, engine: &mut Engine, pages: &mut dyn Pages) -> Result<bool, Failure> {
    loop {
        heading(asker, engine)?;
        let onward = match engine.step().page {
            Page::Questions => questions(asker, engine, pages)?,
            _ => pages.page(asker, engine)?,
        };
        match onward {
            Onward::Leave => {
                pages.keep(engine)?;
                return Ok(false);
            }
            Onward::Back => {
                if !engine.back() {
                    asker.say("This is the first step.")?;
                }
            }
            Onward::To(step) => {
                engine.go_to(step);
            }
            Onward::GoOn => match engine.go_on() {
                Ok(true) => {}
                Ok(false) => return Ok(true),
                Err(problems) => problems.iter().try_for_each(|p| asker.say(p))?,
            },
        }
        pages.keep(engine)?;
    }
}

fn heading(asker: &mut dyn Asker, engine: &Engine) -> std::io::Result<()> {
    let (at, of) = engine.position();
    asker.show("")?;
    asker.say(&format!("Step {at} of {of}: {}", engine.step().title))?;
    asker.say(engine.step().intro)
}

/// Asks what is undecided, shows what the answers mean out there, and lets each answer be changed.
fn questions(asker: &mut dyn Asker, engine: &mut Engine, pages: &mut dyn Pages) -> Result<Onward, Failure> {
    let mut asked: Vec<&'static Field> = Vec::new();
    let mut seen_asked: Option<usize> = None;
    let mut said: Vec<String> = Vec::new();
    pages.prepare(engine);
    loop {
        let notes: Vec<String> =
            (engine.step().notes)(&engine.draft).into_iter().filter(|note| !said.contains(note)).collect();
        for note in &notes {
            asker.say(&format!("Note: {note}"))?;
        }
        said.extend(notes);
        if let Some(field) = next_question(engine, &asked) {
            asker.show("")?;
            match ask(asker, &mut engine.draft, field, &|path| pages.accounts_in(path))? {
                Reply::Given(()) => asked.push(field),
                Reply::Leave => return Ok(Onward::Leave),
                // The question before is undecided again; before the first one stands the step before.
                Reply::Back => match asked.pop() {
                    Some(before) => drop(engine.draft.answered.remove(before.id)),
                    None => return Ok(Onward::Back),
                },
            }
            continue;
        }
        let mut worth_a_look = false;
        if seen_asked != Some(asked.len()) {
            seen_asked = Some(asked.len());
            worth_a_look = pages.look(asker, engine)?;
            // What was seen may open new questions.
            if next_question(engine, &asked).is_some() {
                continue;
            }
        }
        let problems = engine.problems();
        for problem in &problems {
            asker.say(problem)?;
        }
        let fields: Vec<&'static Field> = engine.fields().collect();
        let everything_was_asked = fields.iter().all(|f| asked.iter().any(|a| a.id == f.id));
        if everything_was_asked && problems.is_empty() && said.is_empty() && !worth_a_look {
            return Ok(Onward::GoOn);
        }
        let answers: Vec<String> = fields.iter().map(|f| answer_line(engine, f)).collect();
        asker.show("")?;
        match asker.menu(&answers)? {
            Reply::Given(None) if problems.is_empty() => return Ok(Onward::GoOn),
            Reply::Given(None) => {}
            Reply::Given(Some(at)) => {
                if let Some(field) = fields.get(at) {
                    match ask(asker, &mut engine.draft, field, &|path| pages.accounts_in(path))? {
                        Reply::Leave => return Ok(Onward::Leave),
                        Reply::Given(()) => seen_asked = None,
                        Reply::Back => {}
                    }
                }
            }
            Reply::Back => return Ok(Onward::Back),
            Reply::Leave => return Ok(Onward::Leave),
        }
    }
}

/// The first shown question that nobody decided and that has no default.
fn next_question(engine: &Engine, asked: &[&'static Field]) -> Option<&'static Field> {
    engine.fields().find(|f| {
        !engine.draft.is_answered(f.id)
            && (f.get)(&engine.draft) == Value::Missing
            && !asked.iter().any(|a| a.id == f.id)
    })
}

fn answer_line(engine: &Engine, field: &Field) -> String {
    format!("{}: {}", field.label, field.answer_or_suggestion(&engine.draft).0.in_words(field.kind))
}
