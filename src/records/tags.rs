//! Lists of `tag=value` separated by `;`, as DKIM (RFC 6376 section 3.2), DMARC (RFC 9989) and TLS-RPT (RFC 8460)
//! records are written.

/// A parsed list, in the order it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

impl Tags {
    /// Parses a list; a part without `=` is named in the error. A final `;` is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tags = Vec::new();
        for part in text.split(';') {
            let part = part.trim_matches([' ', '\t', '\r', '\n']);
            if part.is_empty() {
                continue;
            }
            let Some((tag, value)) = part.split_once('=') else {
                return Err(format!("'{}' is not written as tag=value", crate::printable::excerpt(part, 40)));
            };
            tags.push((tag.trim_end_matches([' ', '\t']).to_owned(), value.trim_start_matches([' ', '\t']).to_owned()));
        }
        Ok(Self(tags))
    }

    /// The first value of a tag.
    pub fn get(&self, tag: &str) -> Option<&str> {
        self.0.iter().find(|(t, _)| t == tag).map(|(_, v)| v.as_str())
    }

    /// Each tag with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(t, v)| (t.as_str(), v.as_str()))
    }

    /// Tags that stand more than once.
    pub fn doubled(&self) -> Vec<&str> {
        let mut doubled: Vec<&str> = Vec::new();
        for (at, (tag, _)) in self.0.iter().enumerate() {
            if self.0[..at].iter().any(|(t, _)| t == tag) && !doubled.contains(&tag.as_str()) {
                doubled.push(tag);
            }
        }
        doubled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_a_last_semicolon_do_not_matter() {
        let tags = Tags::parse("v=DMARC1 ; p = none;; rua=mailto:a@example.org ;").unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("v", "DMARC1"), ("p", "none"), ("rua", "mailto:a@example.org")]);
        assert_eq!(Tags::parse("p=1; q=2; p=3").unwrap().doubled(), ["p"]);
        assert_eq!(Tags::parse("v=DMARC1; none").unwrap_err(), "'none' is not written as tag=value");
    }
}
