//! Which message is followed: what the operator can say about it.

use jiff::{ToSpan, Zoned};

use super::passage::Passage;
use crate::printable::excerpt;
use crate::symptoms::log::Seconds;

/// How far from the time that was said a message may be, in seconds.
const ABOUT: Seconds = 45 * 60;

/// What is followed: a message must be all that was said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: Option<Name>,
    /// Who sent it, as the envelope says.
    pub from: Option<Party>,
    /// A recipient of the envelope.
    pub to: Option<Party>,
    /// When something happened to it.
    pub around: Option<Window>,
}

/// How a message is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Mail from or to someone.
    Party(Party),
    /// A queue id of Postfix, a session or envelope of OpenSMTPD.
    QueueId(String),
    /// A Message-ID header, without its angle brackets.
    MessageId(String),
}

/// An address ("alice@example.org") or all of a domain ("@example.org"), in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party(String);

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first second.
    pub first: Seconds,
    /// Its last second.
    pub last: Seconds,
}

impl Party {
    /// Reads "alice@example.org" or "@example.org".
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = text.trim().trim_matches(['<', '>']).to_lowercase();
        let domain = address.rsplit_once('@').map(|(_, domain)| domain);
        let is_one = !address.contains(char::is_whitespace) && address.len() <= 320;
        match domain {
            Some(domain) if is_one && !domain.is_empty() => Ok(Self(address)),
            _ => Err(format!(
                "'{}' is not an address. It looks like 'alice@example.org', a whole domain like '@example.org'.",
                excerpt(text, 60)
            )),
        }
    }

    fn is(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        address == self.0 || (self.0.starts_with('@') && address.ends_with(&self.0))
    }
}

impl Name {
    /// What the operator means: `<x@y>` is a Message-ID, `x@y` an address, what holds no `@` a queue id.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_one = !text.is_empty() && text.len() <= 500 && !text.contains(char::is_whitespace);
        if let Some(id) = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).filter(|_| is_one) {
            return Ok(Self::MessageId(id.to_owned()));
        }
        if is_one && text.contains('@') {
            return Party::parse(text).map(Self::Party);
        }
        match is_one && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
            true => Ok(Self::QueueId(text.to_owned())),
            false => Err(format!(
                "'{}' is neither an address, nor a queue id, nor a Message-ID in angle brackets. Try \
                 'alice@example.org', '4F1A2B3C4D' or '<id@example.org>'.",
                excerpt(text, 60)
            )),
        }
    }
}

impl Window {
    /// Around a moment.
    pub fn around(moment: Seconds) -> Self {
        Self { first: moment - ABOUT, last: moment + ABOUT }
    }

    /// Whether a moment is in it.
    pub fn holds(self, moment: Seconds) -> bool {
        (self.first..=self.last).contains(&moment)
    }

    /// Reads "15:00", "3pm", "three", "noon", "yesterday 15:00", "2026-11-27 15:00". A time without a day is the last
    /// one before `now`, and one that says neither morning nor afternoon the last of both.
    pub fn parse(text: &str, now: &Zoned) -> Result<Self, String> {
        let refusal = || {
            format!(
                "'{}' is not a time. Try '15:00', '3pm', 'yesterday 15:00' or '2026-11-27 15:00'.",
                excerpt(text.trim(), 40)
            )
        };
        let lower = text.trim().to_lowercase().replace("o'clock", "").replace(" uhr", "").replace('t', " t");
        let lower = lower.replace(" t", "t");
        let mut words: Vec<&str> = lower.split_whitespace().collect();
        // "3 pm" is one word.
        let joined;
        if let [before @ .., hour, half @ ("am" | "pm")] = words.as_slice() {
            joined = format!("{hour}{half}");
            words = before.iter().copied().chain([joined.as_str()]).collect();
        }
        let (day, time) = match words.as_slice() {
            [one] => one.split_once('t').filter(|(day, _)| day.len() == 10).map_or((None, *one), |(d, t)| (Some(d), t)),
            [day, time] => (Some(*day), *time),
            _ => return Err(refusal()),
        };
        let hours = clock_times(time).ok_or_else(refusal)?;
        let today = now.date();
        let date = match day {
            None => None,
            Some("today" | "heute") => Some(today),
            Some("yesterday" | "gestern") => Some(today.yesterday().map_err(|_| refusal())?),
            Some(day) => Some(day.parse::<jiff::civil::Date>().map_err(|_| refusal())?),
        };
        let at = |date: jiff::civil::Date, (hour, minute): (i8, i8)| {
            date.at(hour, minute, 0, 0).to_zoned(now.time_zone().clone()).ok()
        };
        let of_day = |date: jiff::civil::Date| hours.iter().filter_map(move |time| at(date, *time)).collect::<Vec<_>>();
        let candidates = match date {
            Some(date) => of_day(date),
            None => [today, today.yesterday().map_err(|_| refusal())?].into_iter().flat_map(of_day).collect(),
        };
        // "At about three", said a minute before three, means now.
        let soon = now.checked_add(10.minutes()).map_err(|_| refusal())?;
        let past = candidates.iter().filter(|moment| **moment <= soon).max();
        let moment = past.or(candidates.iter().min()).ok_or_else(refusal)?;
        Ok(Self::around(moment.timestamp().as_second()))
    }
}

/// The times of day that a word may mean: "15:00" is one, "three" and "3" are two.
fn clock_times(word: &str) -> Option<Vec<(i8, i8)>> {
    const HOURS: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    match word {
        "noon" | "midday" | "mittag" => return Some(vec![(12, 0)]),
        "midnight" | "mitternacht" => return Some(vec![(0, 0)]),
        _ => {}
    }
    if let Some(place) = HOURS.iter().position(|hour| *hour == word) {
        let hour = i8::try_from(place).ok()? + 1;
        return Some(vec![(hour % 12, 0), (hour % 12 + 12, 0)]);
    }
    let (digits, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (word.strip_suffix('h').unwrap_or(word), None),
    };
    let (hour, minute) = match digits.split_once([':', '.', 'h']) {
        Some((hour, minute)) if minute.len() >= 2 => (hour, minute.get(..2)?),
        Some(_) => return None,
        None => (digits, "0"),
    };
    let says_minutes = digits.len() > hour.len();
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    if !(0..60).contains(&minute) {
        return None;
    }
    match half {
        Some(half) => (1..=12).contains(&hour).then(|| vec![(hour % 12 + half, minute)]),
        None if !(0..24).contains(&hour) => None,
        // A bare "3" is morning or afternoon; "03:00" and "15" are not.
        None if !says_minutes && (1..=12).contains(&hour) => Some(vec![(hour % 12, 0), (hour % 12 + 12, 0)]),
        None => Some(vec![(hour, minute)]),
    }
}

impl Wanted {
    /// What is named, whoever sent it and whenever.
    pub fn named(name: Name) -> Self {
        Self { name: Some(name), ..Self::default() }
    }

    /// What a sentence asks for: "the mail from alice@example.org to bob@example.net at about three". `None` when it
    /// names nobody.
    pub fn in_words(text: &str, now: &Zoned) -> Option<Self> {
        let mut wanted = Self::default();
        let mut before = "";
        let words: Vec<&str> = text.split_whitespace().collect();
        for (place, word) in words.iter().enumerate() {
            let bare = word.trim_matches(['<', '>', ',', '.', '?', '!', '"', '\'', ';']);
            match before {
                "around" | "about" | "at" | "near" | "gegen" | "um" if wanted.around.is_none() => {
                    let two = words.get(place + 1).map(|next| format!("{bare} {next}"));
                    let said = two.as_deref().and_then(|two| time_in(two, now)).or_else(|| time_in(bare, now));
                    wanted.around = said;
                }
                _ => {}
            }
            if let Ok(party) = Party::parse(bare) {
                match before {
                    "from" | "by" | "von" => wanted.from = Some(party),
                    "to" | "for" | "an" | "fuer" | "für" => wanted.to = Some(party),
                    _ => wanted.name = Some(Name::Party(party)),
                }
            }
            before = match *word {
                "yesterday" | "gestern" | "the" | "half" => before,
                other => other,
            };
        }
        (wanted.name.is_some() || wanted.from.is_some() || wanted.to.is_some()).then_some(wanted)
    }

    /// Whether this passage is what is wanted, whenever it was.
    pub(super) fn is(&self, passage: &Passage) -> bool {
        let from = |party: &Party| passage.from.iter().any(|a| party.is(a));
        let to = |party: &Party| passage.to.iter().any(|a| party.is(a));
        let name = match &self.name {
            None => self.from.is_some() || self.to.is_some() || self.around.is_some(),
            Some(Name::Party(party)) => from(party) || to(party),
            Some(Name::QueueId(id)) => passage.queue_ids.contains(id) || passage.related.contains(id),
            Some(Name::MessageId(id)) => passage.message_id.as_ref() == Some(id),
        };
        name && self.from.as_ref().is_none_or(from) && self.to.as_ref().is_none_or(to)
    }

    /// Whether something happened to it when it should have.
    pub(super) fn is_when(&self, passage: &Passage) -> bool {
        self.around.is_none_or(|window| passage.events.iter().filter_map(|e| e.time).any(|time| window.holds(time)))
    }
}

/// A time where a sentence may hold one; a bare number in it is a time only after such a word.
fn time_in(text: &str, now: &Zoned) -> Option<Window> {
    Window::parse(text.trim_matches(['?', '!', ',', '.', '"']), now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-11-27T16:20:00+01:00[Europe/Berlin]".parse().unwrap()
    }

    /// The middle of the window, as the clock on the wall shows it.
    fn middle(text: &str) -> String {
        let window = Window::parse(text, &now()).unwrap_or_else(|error| panic!("{error}"));
        let moment = jiff::Timestamp::from_second((window.first + window.last) / 2).unwrap();
        moment.to_zoned(now().time_zone().clone()).strftime("%m-%d %H:%M").to_string()
    }

    #[test]
    fn times_as_people_say_them() {
        for (said, meant) in [
            ("15:00", "11-27 15:00"),
            ("15.30", "11-27 15:30"),
            ("3pm", "11-27 15:00"),
            ("3 pm", "11-27 15:00"),
            ("3:15am", "11-27 03:15"),
            ("three", "11-27 15:00"),
            ("3", "11-27 15:00"),
            ("five", "11-27 05:00"),
            ("15", "11-27 15:00"),
            ("16:25", "11-27 16:25"),
            ("17:00", "11-26 17:00"),
            ("noon", "11-27 12:00"),
            ("yesterday 15:00", "11-26 15:00"),
            ("gestern 15 uhr", "11-26 15:00"),
            ("2026-11-20 03:00", "11-20 03:00"),
            ("2026-11-20T03:00:12", "11-20 03:00"),
        ] {
            assert_eq!(middle(said), meant, "{said}");
        }
    }

    #[test]
    fn what_is_no_time_gets_one_sentence() {
        for said in ["", "tea time", "25:00", "3:7", "15:61", "13pm", "2026-13-01 10:00", "\u{1b}[2J"] {
            let sentence = Window::parse(said, &now()).unwrap_err();
            assert!(sentence.contains("is not a time. Try '15:00'") && !sentence.contains('\u{1b}'), "{sentence}");
        }
    }

    #[test]
    fn what_is_meant() {
        let party = |text: &str| Party::parse(text).unwrap();
        assert_eq!(Name::parse("Alice@Example.org"), Ok(Name::Party(party("alice@example.org"))));
        assert_eq!(Name::parse("<a@b>"), Ok(Name::MessageId("a@b".into())));
        assert_eq!(Name::parse("4F1A2B3C4D"), Ok(Name::QueueId("4F1A2B3C4D".into())));
        for text in ["", "a b", "../x", "alice@"] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
        assert!(Party::parse("alice").unwrap_err().contains("'alice' is not an address"));
    }

    #[test]
    fn a_sentence_says_who_and_when() {
        let wanted = Wanted::in_words(
            "what happened to the mail from Alice@example.org to <bob@example.net> at about three?",
            &now(),
        )
        .unwrap();
        assert_eq!(wanted.from, Some(Party::parse("alice@example.org").unwrap()));
        assert_eq!(wanted.to, Some(Party::parse("bob@example.net").unwrap()));
        assert_eq!(wanted.around, Some(Window::parse("15:00", &now()).unwrap()));
        assert_eq!(wanted.name, None);
        let german = Wanted::in_words("wo ist die mail von a@b.example gegen 15 uhr", &now()).unwrap();
        assert_eq!(german.around, Some(Window::parse("15:00", &now()).unwrap()));
        let yesterday = Wanted::in_words("mail to bob@example.net at yesterday 15:00", &now()).unwrap();
        assert_eq!(yesterday.around, Some(Window::parse("yesterday 15:00", &now()).unwrap()));
        assert_eq!(Wanted::in_words("where is my mail", &now()), None);
    }
}
