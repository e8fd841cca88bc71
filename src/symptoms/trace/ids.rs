//! What a line calls a message, and whom it says the message is from and for.
//!
//! A million lines are read for one message: expressions only find where something stands, which costs a tenth of taking
//! their groups out.

use std::sync::LazyLock;

use regex::Regex;

struct Expressions {
    filter: Regex,
    from: Regex,
    to: Regex,
    message_id: Regex,
    next: Regex,
}

static EXPRESSIONS: LazyLock<Expressions> = LazyLock::new(|| {
    let new = |text: &str| {
        #[allow(clippy::panic, reason = "the expressions are constants, and the tests use every one")]
        Regex::new(text).unwrap_or_else(|error| panic!("{error}"))
    };
    Expressions {
        filter: new(r"(?-u:\b)qid: <[0-9A-Za-z]+>"),
        from: new("(?:^|[ ,])from=<[^>]*>"),
        to: new("(?:^|[ ,])(?:to|orig_to|rcpt)=<[^>]*>"),
        message_id: new(r"(?:message-id=|msgid=|(?-u:\b)id: )<[^>]*>"),
        next: new(r"(?:queued as |forwarded as |notification: |evpid=)[0-9A-Za-z]{6,20}(?-u:\b)"),
    }
});

/// The queue id before what Postfix says of a message, and what it says. Short ids are hexadecimal, long ones
/// (enable_long_queue_ids) are of 52 letters and digits.
pub(super) fn of_postfix(message: &str) -> Option<(&str, &str)> {
    let (id, text) = message.split_once(": ")?;
    let is_short = (6..=15).contains(&id.len()) && id.bytes().all(|c| matches!(c, b'0'..=b'9' | b'A'..=b'F'));
    let is_long =
        (10..=20).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() && !b"AEIOUaeiou".contains(&c));
    (is_short || is_long).then_some((id, text))
}

/// The session of a line of OpenSMTPD, and what it says.
pub(super) fn of_opensmtpd(message: &str) -> Option<(&str, &str)> {
    let (session, text) = message.split_once(' ')?;
    let is_session = session.len() == 16 && session.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
    let is_of_mail = ["smtp ", "mta ", "mda "].iter().any(|part| text.starts_with(part));
    (is_session && is_of_mail).then_some((session, text))
}

/// The queue id that Rspamd names.
pub(super) fn of_filter(message: &str) -> Option<&str> {
    bracketed(&EXPRESSIONS.filter, message)
}

/// The Message-ID that is named.
pub(super) fn message_id(text: &str) -> Option<&str> {
    bracketed(&EXPRESSIONS.message_id, text)
}

/// The envelope sender.
pub(super) fn from(text: &str) -> Option<&str> {
    bracketed(&EXPRESSIONS.from, text)
}

/// The recipients.
pub(super) fn to(text: &str) -> impl Iterator<Item = &str> {
    EXPRESSIONS.to.find_iter(text).filter_map(|found| inside(found.as_str()))
}

/// The ids under which the message goes on.
pub(super) fn next(text: &str) -> impl Iterator<Item = &str> {
    EXPRESSIONS.next.find_iter(text).filter_map(|found| found.as_str().rsplit([' ', '=']).next())
}

fn bracketed<'t>(expression: &Regex, text: &'t str) -> Option<&'t str> {
    // Most lines have none, which is seen at once.
    memchr::memchr(b'<', text.as_bytes())?;
    inside(expression.find(text)?.as_str())
}

/// What stands between the brackets at the end.
fn inside(found: &str) -> Option<&str> {
    found.split_once('<')?.1.strip_suffix('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_daemons_give_and_nothing_else() {
        let of_postfix_cases = [
            ("4E1AA4CA35: removed", Some(("4E1AA4CA35", "removed"))),
            ("4bXyZ2QjPfz9rYk: client=a[192.0.2.1]", Some(("4bXyZ2QjPfz9rYk", "client=a[192.0.2.1]"))),
            ("NOQUEUE: reject: RCPT", None),
            ("4E1AA: too short", None),
            ("4e1aa4ca: a small hexadecimal id is none of Postfix", None),
            ("warning: no id", None),
            ("4E1AA4CA35:removed", None),
        ];
        for (message, expected) in of_postfix_cases {
            assert_eq!(of_postfix(message), expected, "{message}");
        }
        assert_eq!(of_opensmtpd("00b1f5a0c8d1e2f3 mta delivery"), Some(("00b1f5a0c8d1e2f3", "mta delivery")));
        assert_eq!(of_opensmtpd("00b1f5a0c8d1e2f3 scheduler x"), None);
        assert_eq!(of_filter("<a1>; task; id: <m@x>, qid: <4E1AA4CA35>, ip: 192.0.2.1"), Some("4E1AA4CA35"));
    }

    #[test]
    fn addresses_and_ids_are_found_where_they_stand() {
        let line =
            "to=<a@x.org>, orig_to=<b@x.org>, relay=y, from=<>, status=sent (250 2.0.0 Ok: queued as 4E1AA4CA36)";
        assert_eq!(to(line).collect::<Vec<_>>(), ["a@x.org", "b@x.org"]);
        assert_eq!(from(line), Some(""));
        assert_eq!(next(line).collect::<Vec<_>>(), ["4E1AA4CA36"]);
        assert_eq!(message_id("message-id=<20261127.1@x.org>"), Some("20261127.1@x.org"));
        assert_eq!(message_id("msgid=<unclosed"), None);
    }
}
