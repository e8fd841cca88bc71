//! "Something is wrong": from the operator's words over few questions to the verdict and the fix.

use tui_input::Input;

use crate::finding::{CheckResult, FixKind};
use crate::front::diagnosis::{Found, Trail, is_of_dns};
use crate::printable::excerpt;
use crate::symptoms::bounce::Bounce;
use crate::symptoms::{
    Concluded, Direction, Evidence, Interview, Match, Question, Repair, Symptom, matching, symptoms,
};

/// How many matches are shown while words are typed.
const MATCHES: usize = 3;

/// The page.
#[derive(Debug, Default)]
pub struct TroublePage {
    /// How far it is.
    pub stage: Stage,
    /// The operator's words.
    pub words: Input,
    /// A bounce or headers.
    pub pasted: Option<Pasted>,
    /// Index of the selected line: of the matches, of the list, of the answers.
    pub selected: usize,
    /// The text that answers a question.
    pub answer: Input,
    /// Questions and answers.
    pub interview: Interview,
    /// What a first look showed.
    pub evidence: Option<Box<Evidence>>,
    /// What was done for it.
    pub trail: Trail,
    /// The checks that ended.
    pub results: Vec<CheckResult>,
    /// The verdict.
    pub found: Option<Box<Found>>,
    /// Index of the cause that is shown.
    pub cause: usize,
    /// The fix of that cause.
    pub mending: Mending,
    /// While records are waited for: what the last look found.
    pub waiting: Option<String>,
    /// Counts what was asked of the runner: what it tells of older work is dropped.
    pub run: u64,
}

/// How far the page is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Stage {
    /// The operator says what hurts.
    #[default]
    Words,
    /// He chooses from the list.
    List,
    /// The logs are read.
    Looking,
    /// He is asked.
    Asking(Question),
    /// The checks are made.
    Checking,
    /// The cause, or that nothing was found.
    Verdict,
    /// What a fix would do, and what it did.
    Mending,
    /// It could not be looked.
    Failed(String),
}

/// A fix, before, while and after it is carried out.
#[derive(Debug, Default)]
pub struct Mending {
    /// How far it is.
    pub state: MendState,
    /// What was told.
    pub lines: Vec<String>,
}

/// How far a fix is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum MendState {
    /// It is shown.
    #[default]
    Shown,
    /// It is carried out.
    Running,
    /// It was carried out; whether the checks prove it.
    Done {
        /// Whether something was done.
        applied: bool,
        /// Whether the checks pass.
        proved: bool,
    },
    /// It is being taken back.
    Undoing,
    /// It was taken back.
    Undone,
    /// It could not be carried out or taken back.
    Failed(String),
}

/// A bounce, an error text or headers that were pasted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// The text as it came.
    pub text: String,
    /// What it says.
    pub bounce: Bounce,
}

impl Pasted {
    /// Reads what was pasted.
    pub fn read(text: String) -> Self {
        let bounce = Bounce::read(text.as_bytes());
        Self { text, bounce }
    }

    /// What it says, in one line.
    pub fn summary(&self) -> String {
        let verdicts: Vec<String> =
            self.bounce.authentication.iter().map(|a| format!("{}={}", a.method, a.result)).collect();
        let failed = self.bounce.failed.first();
        if let Some(words) = failed.and_then(|f| f.diagnostic.as_deref().or(f.status.as_deref())) {
            return excerpt(words, 200);
        }
        if !verdicts.is_empty() {
            return format!("the receiver found {}", verdicts.join(", "));
        }
        match self.bounce.matches.first() {
            Some((_, line)) => excerpt(line, 200),
            None => format!("{} lines, none of which is known here", self.text.lines().count()),
        }
    }
}

/// One line of the list.
#[derive(Debug, Clone, Copy)]
pub enum Listing {
    /// Everything is looked for.
    Everything,
    /// A symptom.
    Symptom(&'static Symptom),
}

impl TroublePage {
    /// What the words fit, best first.
    pub fn matches(&self) -> Vec<Match> {
        matching(self.words.value(), MATCHES)
    }

    /// Everything that can be chosen, by where it hurts.
    pub fn listing() -> Vec<Listing> {
        let of = |direction: Direction| symptoms().iter().filter(move |s| s.direction == direction);
        let by_direction = Direction::ALL.iter().flat_map(|(direction, _)| of(*direction)).map(Listing::Symptom);
        [Listing::Everything].into_iter().chain(by_direction).collect()
    }

    /// The cause that is shown.
    pub fn concluded(&self) -> Option<&Concluded> {
        self.found.as_ref()?.diagnosis.causes.get(self.cause)
    }

    /// Whether the cause that is shown can be mended here and now.
    pub fn can_mend(&self) -> bool {
        self.stage == Stage::Verdict
            && self.concluded().is_some_and(|c| c.fix.kind == FixKind::Automatic && !c.fix.proved)
    }

    /// Whether a record decides about the cause that is shown.
    pub fn can_wait(&self) -> bool {
        let waits_for = |c: &Concluded| c.fix.kind == FixKind::Instructions && is_of_dns(c);
        self.stage == Stage::Verdict && self.concluded().is_some_and(waits_for)
    }

    /// Whether a plain letter is text now.
    pub fn takes_text(&self) -> bool {
        match &self.stage {
            Stage::Words => true,
            Stage::Asking(question) => question.answers.is_empty(),
            _ => false,
        }
    }
}

/// Whether the fix of this cause is `mailwizard apply`, which shows its differences and can be taken back.
pub fn applies_the_wish(cause: &Concluded) -> bool {
    matches!(cause.repair, Some(Repair::Apply | Repair::ApplyAndRestart(_)))
}
