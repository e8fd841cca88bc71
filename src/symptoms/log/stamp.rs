//! The many ways a log says when.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds since 1970, UTC.
pub type Seconds = i64;

/// What a stamp without a year or zone is read by.
#[derive(Debug, Clone)]
pub struct Clock {
    now: Seconds,
    year: i64,
    /// Seconds east of UTC, of the machine that wrote the log.
    offset: i64,
}

impl Clock {
    /// Reads stamps as the machine would that is in `zone` at `now`.
    pub fn new(now: Timestamp, zone: &TimeZone) -> Self {
        let offset = i64::from(zone.to_offset(now).seconds());
        let year = i64::from(now.to_zoned(zone.clone()).year());
        Self { now: now.as_second(), year, offset }
    }

    /// The moment that this clock was made for.
    pub fn now(&self) -> Seconds {
        self.now
    }

    /// The stamp at the beginning of a line, and what follows it without the space between.
    pub fn read<'a>(&self, line: &'a str) -> Option<(Seconds, &'a str)> {
        self.iso(line).or_else(|| self.bsd(line)).or_else(|| unix(line))
    }

    /// RFC 3339 and its relatives: `2026-11-21T08:50:12.123456+01:00`, `2026-11-21 08:50:12,550`, `… 08:50:12`.
    fn iso<'a>(&self, line: &'a str) -> Option<(Seconds, &'a str)> {
        let b = line.as_bytes();
        if b.len() < 19 || b[4] != b'-' || b[7] != b'-' || !matches!(b[10], b'T' | b' ') || b[13] != b':' {
            return None;
        }
        let day = days(number(&b[0..4])?, number(&b[5..7])?, number(&b[8..10])?)?;
        let seconds = day * 86_400 + time_of_day(&b[11..19])?;
        let mut at = 19;
        if matches!(b.get(at), Some(b'.' | b',')) {
            at += 1;
            at += b[at..].iter().take_while(|c| c.is_ascii_digit()).count();
        }
        let (offset, length) = zone(&b[at..]).unwrap_or((self.offset, 0));
        Some((seconds - offset, rest(line, at + length)))
    }

    /// RFC 3164: `Nov  2 08:50:12`, in the year that does not lie in the future.
    fn bsd<'a>(&self, line: &'a str) -> Option<(Seconds, &'a str)> {
        let b = line.as_bytes();
        if b.len() < 15 || b[3] != b' ' || b[6] != b' ' || b[9] != b':' {
            return None;
        }
        let month = 1 + MONTHS.iter().position(|m| m.as_bytes() == &b[0..3])?;
        let day = if b[4] == b' ' { number(&b[5..6])? } else { number(&b[4..6])? };
        let within = time_of_day(&b[7..15])?;
        let month = i64::try_from(month).ok()?;
        let at = |year: i64| days(year, month, day).map(|d| d * 86_400 + within - self.offset);
        // A clock may be a little behind the one that wrote the line: a day of grace.
        let this_year = at(self.year).filter(|t| *t <= self.now + 86_400);
        let seconds = this_year.or_else(|| at(self.year - 1)).or_else(|| at(self.year - 4))?;
        Some((seconds, rest(line, 15)))
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `1700000000.123456`, as `journalctl -o short-unix` writes it.
fn unix(line: &str) -> Option<(Seconds, &str)> {
    let b = line.as_bytes();
    let whole = b.iter().take_while(|c| c.is_ascii_digit()).count();
    if !(9..=11).contains(&whole) || b.get(whole) != Some(&b'.') {
        return None;
    }
    let fraction = b[whole + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
    Some((number(&b[..whole])?, rest(line, whole + 1 + fraction)))
}

fn rest(line: &str, at: usize) -> &str {
    line.get(at..).unwrap_or_default().trim_start_matches(' ')
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |n, c| c.is_ascii_digit().then(|| n * 10 + i64::from(c - b'0')))
}

/// `08:50:12` as seconds; 60 is a leap second.
fn time_of_day(b: &[u8]) -> Option<i64> {
    if b[2] != b':' || b[5] != b':' {
        return None;
    }
    let (h, m, s) = (number(&b[0..2])?, number(&b[3..5])?, number(&b[6..8])?);
    (h < 24 && m < 60 && s <= 60).then_some(h * 3600 + m * 60 + s)
}

/// `Z`, `+01:00`, `+0100`: seconds east, and how many bytes it took.
fn zone(b: &[u8]) -> Option<(i64, usize)> {
    let sign = match b.first()? {
        b'Z' => return Some((0, 1)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = number(b.get(1..3)?)?;
    let colon = usize::from(b.get(3) == Some(&b':'));
    let minutes = number(b.get(3 + colon..5 + colon)?)?;
    Some((sign * (hours * 3600 + minutes * 60), 5 + colon))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible date algorithms").
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let of_era = y - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::fixed(jiff::tz::offset(1)))
    }

    fn utc(line: &str) -> (String, String) {
        let (seconds, rest) = clock().read(line).unwrap();
        (Timestamp::from_second(seconds).unwrap().to_string(), rest.to_owned())
    }

    #[test]
    fn every_way_to_say_when() {
        for (line, expected) in [
            ("2026-01-05T08:50:12.123456+01:00 host x", "2026-01-05T07:50:12Z"),
            ("2026-01-05T08:50:12+0100 host x", "2026-01-05T07:50:12Z"),
            ("2026-01-05T08:50:12Z host x", "2026-01-05T08:50:12Z"),
            ("2026-01-05 08:50:12,550 host x", "2026-01-05T07:50:12Z"),
            ("2026-01-05 08:50:12 host x", "2026-01-05T07:50:12Z"),
            ("Jan  5 08:50:12 host x", "2026-01-05T07:50:12Z"),
            ("Jan 05 08:50:12 host x", "2026-01-05T07:50:12Z"),
            ("Dec 31 23:59:59 host x", "2025-12-31T22:59:59Z"),
            ("Feb 29 00:00:00 host x", "2022-03-01T00:00:00Z"),
            ("1767599412.345678 host x", "2026-01-05T07:50:12Z"),
        ] {
            if line.starts_with("Feb") {
                // Neither this year nor the last had one, nor the one four years back: no stamp.
                assert_eq!(clock().read(line), None);
                continue;
            }
            assert_eq!(utc(line), (expected.to_owned(), "host x".to_owned()), "{line}");
        }
    }

    #[test]
    fn what_only_looks_like_a_stamp_is_none() {
        for line in [
            "",
            "2026-13-05T08:50:12Z x",
            "2026-02-30T08:50:12Z x",
            "Foo 12 08:50:12 x",
            "Jan 5",
            "12345 x",
            "é".repeat(20).as_str(),
        ] {
            assert_eq!(clock().read(line), None, "{line}");
        }
    }
}
