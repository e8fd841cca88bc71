//! What went over the wire, line by line, kept so that an operator can see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::printable::excerpt;

/// Characters kept of one line; an EHLO or a DKIM record fits, a flood does not.
const MAX_LINE: usize = 1_000;
/// Lines kept of one dialogue.
const MAX_LINES: usize = 500;
/// Characters kept of one dialogue.
const MAX_CHARACTERS: usize = 64 * 1024;

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// We.
    Client,
    /// The other side.
    Server,
    /// Nobody: what happened ("connected", "TLS 1.3").
    Note,
}

impl Direction {
    /// The mark before the line.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Client => ">",
            Self::Server => "<",
            Self::Note => "=",
        }
    }
}

/// One line of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who spoke.
    pub direction: Direction,
    /// When, since the dialogue began.
    pub at: Duration,
    /// What, printable, at most 1,000 characters, never with a secret.
    pub text: String,
}

impl std::fmt::Display for Line {
    /// "   12 ms < 220 mail.example.org ESMTP".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>5} ms {} {}", self.at.as_millis(), self.direction.mark(), self.text)
    }
}

/// A dialogue. A clone is a handle to the same one, so that what was said before an error or a time-out is not lost.
#[derive(Debug, Clone)]
pub struct Transcript {
    started: Instant,
    kept: Arc<Mutex<Kept>>,
    watcher: Option<Watcher>,
}

/// Sees every line as it is said, also those that are too many to be kept.
#[derive(Clone)]
struct Watcher(Arc<dyn Fn(&Line) + Send + Sync>);

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watcher")
    }
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<Line>,
    characters: usize,
    left_out: usize,
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

impl Transcript {
    /// A dialogue that begins now.
    pub fn new() -> Self {
        Self { started: Instant::now(), kept: Arc::default(), watcher: None }
    }

    /// A dialogue that begins now and shows each line to `watcher` as it is said.
    pub fn watched(watcher: impl Fn(&Line) + Send + Sync + 'static) -> Self {
        Self { watcher: Some(Watcher(Arc::new(watcher))), ..Self::new() }
    }

    /// We said `text`; the caller has left secrets out.
    pub fn client(&self, text: &str) {
        self.keep(Direction::Client, text);
    }

    /// The other side said this.
    pub fn server(&self, bytes: &[u8]) {
        self.keep(Direction::Server, &String::from_utf8_lossy(bytes));
    }

    /// This happened.
    pub fn note(&self, text: &str) {
        self.keep(Direction::Note, text);
    }

    /// Every line so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lock().lines.clone()
    }

    /// Every line as text, "  12 ms < 220 mail.example.org ESMTP", and how many were left out.
    pub fn evidence(&self) -> Vec<String> {
        let kept = self.lock();
        let mut texts: Vec<String> = kept.lines.iter().map(ToString::to_string).collect();
        if kept.left_out > 0 {
            texts.push(format!("{} further lines were left out", kept.left_out));
        }
        texts
    }

    fn keep(&self, direction: Direction, text: &str) {
        let line = Line { direction, at: self.started.elapsed(), text: excerpt(text, MAX_LINE) };
        if let Some(Watcher(watch)) = &self.watcher {
            watch(&line);
        }
        let mut kept = self.lock();
        if kept.lines.len() >= MAX_LINES || kept.characters >= MAX_CHARACTERS {
            kept.left_out += 1;
            return;
        }
        kept.characters += line.text.len();
        kept.lines.push(line);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // A panic elsewhere leaves whole lines behind: they may be read on.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_bounded_and_counted() {
        let transcript = Transcript::new();
        for _ in 0..2_000 {
            transcript.server(&[b'x'; 5_000]);
        }
        let lines = transcript.lines();
        assert!(lines.iter().map(|l| l.text.len()).sum::<usize>() <= MAX_CHARACTERS + MAX_LINE);
        assert_eq!(
            transcript.evidence().last().unwrap(),
            &format!("{} further lines were left out", 2_000 - lines.len())
        );
    }

    #[test]
    fn control_characters_and_bytes_beyond_ascii_stay_on_their_line() {
        let transcript = Transcript::new();
        transcript.server(b"220 \x1b[2Jx\xff\xfe");
        assert_eq!(transcript.lines()[0].text, "220 \\u{1b}[2Jx\u{fffd}\u{fffd}");
    }
}
