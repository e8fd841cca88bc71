//! `Authentication-Results` headers (RFC 8601) of a message, as the receiver wrote them that it was read at.

use mail_parser::MessageParser;

use crate::records::tags::Tags;
use crate::spec::{Domain, Selector};

/// What a receiver found out: method and result ("spf", "pass") in the order they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Results {
    /// Who says so.
    pub server: String,
    /// Each method with its result, lower case.
    pub verdicts: Vec<(String, String)>,
}

impl Results {
    /// The results of one method.
    pub fn of(&self, method: &str) -> impl Iterator<Item = &str> {
        self.verdicts.iter().filter(move |(m, _)| m == method).map(|(_, result)| result.as_str())
    }

    /// Whether one of them is "pass".
    pub fn passes(&self, method: &str) -> bool {
        self.of(method).any(|result| result == "pass")
    }
}

/// The headers of a message, name and unfolded value, topmost first.
pub(super) fn headers(message: &[u8]) -> Vec<(String, String)> {
    let Some(parsed) = MessageParser::default().parse_headers(message) else { return Vec::new() };
    parsed
        .headers_raw()
        .map(|(name, value)| (name.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect()
}

/// The keys that signed a message, by its DKIM-Signature headers; what is no domain or selector is left out.
pub(super) fn signing_keys(headers: &[(String, String)]) -> Vec<(Domain, Selector)> {
    let signatures = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature"));
    signatures
        .filter_map(|(_, value)| {
            let tags = Tags::parse(value).ok()?;
            Some((Domain::parse(tags.get("d")?).ok()?, Selector::parse(tags.get("s")?).ok()?))
        })
        .collect()
}

/// What the last receiver says. It writes above all others, so only headers with the id of the topmost one count: any
/// below may have come with the message (RFC 8601 section 5). `ARC-Authentication-Results` are other headers.
pub(super) fn results(headers: &[(String, String)]) -> Option<Results> {
    let lines = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Authentication-Results"));
    let mut found: Option<Results> = None;
    for (_, value) in lines {
        let value = without_comments(value);
        let mut parts = value.split(';').map(str::trim);
        // The id may be followed by a version.
        let Some(server) = parts.next().and_then(|id| id.split(' ').next()).filter(|id| !id.is_empty()) else {
            continue;
        };
        let results =
            found.get_or_insert_with(|| Results { server: server.to_ascii_lowercase(), verdicts: Vec::new() });
        if !results.server.eq_ignore_ascii_case(server) {
            continue;
        }
        for part in parts {
            let Some((method, rest)) = part.split_once('=') else { continue };
            let result = rest.trim().split(' ').next().unwrap_or_default();
            let method = method.trim().split('/').next().unwrap_or_default();
            results.verdicts.push((method.trim().to_ascii_lowercase(), result.to_ascii_lowercase()));
        }
    }
    found
}

/// The text without what stands in parentheses, which may be nested.
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut escaped = false;
    let mut kept = String::new();
    for c in text.chars() {
        match (c, escaped) {
            (_, true) => escaped = false,
            ('\\', false) => escaped = true,
            ('(', false) => depth += 1,
            (')', false) => depth = depth.saturating_sub(1),
            (c, false) if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_topmost_servers_word_counts() {
        let message = b"Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@example.org header.s=r2026a (a; b=c);\r\n \
            spf=pass (google.com: domain of a@example.org designates 192.0.2.1 as permitted sender) smtp.mailfrom=a@example.org;\r\n \
            dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=example.org\r\n\
            ARC-Authentication-Results: i=1; mx.google.com; dmarc=pass\r\n\
            Authentication-Results: forged.example; dmarc=pass\r\n\
            From: a@example.org\r\n\r\nbody Authentication-Results: mx.google.com; dmarc=pass\r\n";
        let results = results(&headers(message)).unwrap();
        assert_eq!(results.server, "mx.google.com");
        assert!(results.passes("dkim") && results.passes("spf") && !results.passes("dmarc"));
        assert_eq!(results.of("dmarc").collect::<Vec<_>>(), ["fail"]);
    }

    #[test]
    fn several_headers_of_one_server_are_one() {
        let message = b"Authentication-Results: mail.example.org 1; spf=pass\r\nAuthentication-Results: mail.example.org;\r\n dkim=none\r\n\r\n";
        let results = results(&headers(message)).unwrap();
        assert_eq!(results.verdicts.len(), 2);
        assert_eq!(super::results(&headers(b"From: a@b\r\n\r\n")), None);
    }

    #[test]
    fn selectors_come_from_the_signatures() {
        let message = "DKIM-Signature: v=1; a=rsa-sha256; d=Example.org;\r\n\ts=r2026a; h=From; bh=x; b=y\r\nDKIM-Signature: d=esp.example; s=k1; b=z\r\nDKIM-Signature: nonsense\r\nFrom: a@example.org\r\n\r\n";
        let keys: Vec<String> =
            signing_keys(&headers(message.as_bytes())).iter().map(|(d, s)| format!("{s}._domainkey.{d}")).collect();
        assert_eq!(keys, ["r2026a._domainkey.example.org", "k1._domainkey.esp.example"]);
    }
}
