//! Words that a line must contain to be matched by an expression: one pass over the line for the words of all patterns
//! leaves the few expressions that are worth a try.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// A word shorter than this is in nearly every line, and tells nothing.
const TELLING: usize = 3;

/// Words of which at least one stands in everything that an expression matches.
pub(super) type Words = Vec<Vec<u8>>;

/// The words of a list of expressions, found all at once.
pub(super) struct Required {
    words: AhoCorasick,
    /// For each word, the expressions that may match where it stands.
    of: Vec<Vec<usize>>,
}

impl Required {
    /// Of expressions that have these [words](words_of).
    pub(super) fn of<'a>(expressions: impl Iterator<Item = &'a Words>) -> Result<Self, String> {
        let (mut words, mut of) = (Vec::<&[u8]>::new(), Vec::<Vec<usize>>::new());
        for (index, own) in expressions.enumerate() {
            for word in own {
                match words.iter().position(|known| known == word) {
                    Some(known) => of[known].push(index),
                    None => {
                        words.push(word);
                        of.push(vec![index]);
                    }
                }
            }
        }
        let words = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::Standard)
            .build(words)
            .map_err(|e| e.to_string())?;
        Ok(Self { words, of })
    }

    /// Calls `each` with the indices of the expressions that may match `text`; one whose words stand there several times
    /// as often.
    pub(super) fn candidates(&self, text: &[u8], mut each: impl FnMut(usize)) {
        for word in self.words.find_overlapping_iter(text) {
            self.of[word.pattern().as_usize()].iter().copied().for_each(&mut each);
        }
    }
}

/// The words of an expression, which is read as bytes, with ASCII classes. One without telling words would be tried on
/// every line of a log: that is an error.
pub(super) fn words_of(expression: &str) -> Result<Words, String> {
    let read = ParserBuilder::new().unicode(false).utf8(false).build().parse(expression);
    let hir = read.map_err(|e| format!("{expression}: {e}"))?;
    let words = required(&hir).filter(|words| shortest(words) >= TELLING);
    words.ok_or_else(|| format!("{expression}: no word of three letters or more stands in all that it matches"))
}

fn required(hir: &Hir) -> Option<Words> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        // The part with the longest words is the rarest.
        HirKind::Concat(parts) => parts.iter().filter_map(required).max_by_key(|words| shortest(words)),
        HirKind::Alternation(ways) => {
            let ways: Option<Vec<Vec<Vec<u8>>>> = ways.iter().map(required).collect();
            ways.map(Vec::into_iter).map(|ways| ways.flatten().collect())
        }
        _ => None,
    }
}

fn shortest(words: &[Vec<u8>]) -> usize {
    words.iter().map(Vec::len).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expression: &str) -> Option<Vec<String>> {
        let words = words_of(expression).ok()?;
        Some(words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect())
    }

    #[test]
    fn the_longest_words_that_must_stand_there_are_taken() {
        let cases: [(&str, Option<&[&str]>); 7] = [
            (r"connect to (?P<host>\S+)\[\d+\]: Connection timed out", Some(&["]: Connection timed out"])),
            (r"(?:bind|listen)\(.*\) failed: in use", Some(&[") failed: in use"])),
            (r"alert (?:unknown ca|bad certificate)", Some(&["unknown ca", "bad certificate"])),
            (r"a(?:bcd)?(?:efg)+", Some(&["efg"])),
            (r"known|\d+", None),
            (r"\w+: (?P<code>\d{3})", None),
            (r"[Pp]assword", Some(&["assword"])),
        ];
        for (expression, expected) in cases {
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(words(expression), expected, "{expression}");
        }
    }

    #[test]
    fn only_what_may_match_is_left() {
        let list = [r"timed out", r"refused by (\S+)", r"out of memory", r"(?:no|all) outs"];
        let list = list.map(|expression| words_of(expression).unwrap());
        let required = Required::of(list.iter()).unwrap();
        let candidates = |text: &str| {
            let mut found = Vec::new();
            required.candidates(text.as_bytes(), |index| found.push(index));
            found
        };
        assert_eq!(candidates("it timed out of memory"), [0, 2]);
        assert_eq!(candidates("nothing"), [0; 0]);
        assert_eq!(candidates("all outs"), [3]);
        assert_eq!(candidates("timed out, timed out"), [0, 0]);
    }
}
