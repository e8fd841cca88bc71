//! The plan while it is carried out by a process of its own.

use std::time::Duration;

/// Lines of output kept for the transcript.
const LINES: usize = 5000;

/// What is known of the apply that runs, or of the last one.
#[derive(Debug, Default)]
pub struct ApplyPage {
    /// How far it is.
    pub state: ApplyState,
    /// Its steps, in order.
    pub steps: Vec<ApplyStep>,
    /// What the operator should know.
    pub notes: Vec<String>,
    /// Everything that was told, for the transcript.
    pub lines: Vec<String>,
    /// How long it has been going on.
    pub elapsed: Duration,
    /// Whether an earlier apply is taken back.
    pub undoes: bool,
    /// What the operator asked of it.
    pub request: Request,
}

/// What the operator asked while a plan is, or was, carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Request {
    /// Nothing.
    #[default]
    None,
    /// To stop after the present step.
    Stop,
    /// To take it back; asked again before it is done.
    Undo,
}

/// How far an apply is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ApplyState {
    /// Nothing was started.
    #[default]
    Idle,
    /// Its process runs.
    Running,
    /// It ended.
    Ended {
        /// Whether all was done, be it that nothing had to be.
        well: bool,
        /// Whether the operator must act before it is complete.
        operator_must_act: bool,
        /// One sentence.
        message: String,
    },
}

/// One step of an apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyStep {
    /// One line.
    pub title: String,
    /// How far it is.
    pub state: StepState,
    /// The last line that a program printed.
    pub last_line: String,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// At work for so long.
    Running(Duration),
    /// Done in so long.
    Done(Duration),
    /// It failed, for this reason.
    Failed(String),
    /// It was begun, and its end is not known: the process was ended.
    CutShort,
}

/// What apply told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It began.
    Began {
        /// How long ago.
        ago: Duration,
        /// Whether an earlier apply is taken back.
        undoes: bool,
    },
    /// These are its steps; those that are done keep their numbers.
    Planned(Vec<String>),
    /// Step `step`, counted from 1, began.
    Started {
        /// Its number.
        step: usize,
        /// How long ago.
        ago: Duration,
    },
    /// A program of the step printed a line.
    Line {
        /// The step's number.
        step: usize,
        /// The line.
        text: String,
    },
    /// The step is done.
    Done {
        /// Its number.
        step: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// The step failed.
    Failed {
        /// Its number.
        step: usize,
        /// Why.
        reason: String,
    },
    /// Something to know.
    Note(String),
    /// It ended.
    Finished {
        /// Whether all was done.
        well: bool,
        /// Whether the operator must act first.
        operator_must_act: bool,
        /// How long it took, where that is known.
        elapsed: Option<Duration>,
        /// One sentence.
        message: String,
    },
}

impl ApplyPage {
    /// Takes in what apply told.
    pub fn take(&mut self, progress: Progress) {
        match progress {
            Progress::Began { ago, undoes } => {
                *self = Self { state: ApplyState::Running, elapsed: ago, undoes, ..Self::default() };
            }
            Progress::Planned(titles) => {
                let before = std::mem::take(&mut self.steps);
                let known = |i: usize| before.get(i).filter(|s| s.state != StepState::Waiting);
                self.steps = titles
                    .into_iter()
                    .enumerate()
                    .map(|(i, title)| match known(i) {
                        Some(step) => ApplyStep { title, ..step.clone() },
                        None => ApplyStep { title, state: StepState::Waiting, last_line: String::new() },
                    })
                    .collect();
            }
            Progress::Started { step, ago } => {
                let title = self.change(step, |s| s.state = StepState::Running(ago));
                self.log(format!("{step}. {title}"));
            }
            Progress::Line { step, text } => {
                self.log(format!("   {text}"));
                self.change(step, |s| s.last_line = text);
            }
            Progress::Done { step, elapsed } => {
                self.change(step, |s| {
                    s.state = StepState::Done(elapsed);
                    s.last_line.clear();
                });
                self.log(format!("   done in {}", seconds(elapsed)));
            }
            Progress::Failed { step, reason } => {
                self.log(format!("   failed: {reason}"));
                self.change(step, |s| s.state = StepState::Failed(reason));
            }
            Progress::Note(text) => {
                self.log(format!("note: {text}"));
                self.notes.push(text);
            }
            Progress::Finished { well, operator_must_act, elapsed, message } => {
                self.elapsed = elapsed.unwrap_or(self.elapsed);
                self.log(message.clone());
                self.request = Request::None;
                for step in self.steps.iter_mut().filter(|s| matches!(s.state, StepState::Running(_))) {
                    step.state = StepState::CutShort;
                }
                self.state = ApplyState::Ended { well, operator_must_act, message };
            }
        }
    }

    /// Another second has passed.
    pub fn tick(&mut self, passed: Duration) {
        if self.state != ApplyState::Running {
            return;
        }
        self.elapsed += passed;
        for step in &mut self.steps {
            if let StepState::Running(since) = &mut step.state {
                *since += passed;
            }
        }
    }

    /// Says that nobody carries it out any more, where it told no end: it was killed, or the machine restarted.
    pub fn cut_short(&mut self) {
        if self.state != ApplyState::Running {
            return;
        }
        let (done, all) = self.progress();
        let message = if all == 0 {
            "Stopped before its first step.".to_owned()
        } else {
            format!("Stopped at step {} of {all}: the program was ended, or the machine restarted.", done + 1)
        };
        self.take(Progress::Finished { well: false, operator_must_act: false, elapsed: None, message });
    }

    /// Steps that are done, and all.
    pub fn progress(&self) -> (usize, usize) {
        (self.steps.iter().filter(|s| matches!(s.state, StepState::Done(_))).count(), self.steps.len())
    }

    fn change(&mut self, step: usize, change: impl FnOnce(&mut ApplyStep)) -> String {
        match step.checked_sub(1).and_then(|i| self.steps.get_mut(i)) {
            Some(step) => {
                change(step);
                step.title.clone()
            }
            None => String::new(),
        }
    }

    fn log(&mut self, line: String) {
        if self.lines.len() < LINES {
            self.lines.push(line);
        }
    }
}

/// "4.1 s", "2 min 10 s".
pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100),
        s @ 10..=119 => format!("{s} s"),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_plan_keeps_what_is_done() {
        let mut page = ApplyPage::default();
        let second = Duration::from_secs(1);
        page.take(Progress::Began { ago: Duration::ZERO, undoes: false });
        page.take(Progress::Planned(vec!["install".into(), "write".into()]));
        page.take(Progress::Started { step: 1, ago: Duration::ZERO });
        page.tick(second);
        assert_eq!(page.steps[0].state, StepState::Running(second));
        page.take(Progress::Done { step: 1, elapsed: second });
        page.take(Progress::Planned(vec!["install".into(), "write 3 files".into(), "start".into()]));
        assert_eq!(page.progress(), (1, 3));
        page.take(Progress::Failed { step: 7, reason: "beyond the plan".into() });
        page.take(Progress::Finished { well: true, operator_must_act: false, elapsed: None, message: "Done.".into() });
        page.tick(second);
        assert_eq!(page.elapsed, second);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(seconds(Duration::from_millis(4120)), "4.1 s");
        assert_eq!(seconds(Duration::from_millis(26_900)), "26 s");
        assert_eq!(seconds(Duration::from_secs(130)), "2 min 10 s");
    }
}
