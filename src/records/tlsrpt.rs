//! TLS-RPT records (RFC 8460 section 3).

use super::tags::Tags;

/// A record that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsRpt {
    /// Where reports go: `mailto:` and `https:` addresses.
    pub addresses: Vec<String>,
    /// What stands between them and is neither.
    pub strange: Vec<String>,
}

/// Whether a TXT record is one for TLS reports: the version is its first tag; others at the name do not count.
pub fn is_tls_rpt(text: &str) -> bool {
    text.split(';').next().is_some_and(|version| version.trim_end_matches([' ', '\t']) == "v=TLSRPTv1")
}

impl TlsRpt {
    /// Reads a record; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let tags = Tags::parse(text)?;
        let Some(rua) = tags.get("rua") else { return Err("it has no 'rua'".into()) };
        let (addresses, strange): (Vec<&str>, Vec<&str>) =
            rua.split(',').map(str::trim).filter(|a| !a.is_empty()).partition(|a| is_address(a));
        match (addresses.is_empty(), strange.first()) {
            (true, None) => Err("it names no address".into()),
            (true, Some(first)) => {
                Err(format!("'{}' is neither a mailto: nor an https: address", crate::printable::excerpt(first, 80)))
            }
            (false, _) => Ok(Self { addresses: owned(&addresses), strange: owned(&strange) }),
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

/// A scheme is written in letters of either case (RFC 3986 section 3.1).
fn is_address(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    let rest = text.get(scheme.len() + 1..).unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "mailto" => rest.contains('@'),
        "https" => rest.strip_prefix("//").is_some_and(|host| !host.is_empty()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_comes_first_and_whole() {
        for (text, is) in [
            ("v=TLSRPTv1; rua=mailto:a@b", true),
            ("v=TLSRPTv1", true),
            ("v=TLSRPTv1 ;rua=mailto:a@b", true),
            ("v=TLSRPTv10; rua=mailto:a@b", false),
            ("v=tlsrptv1; rua=mailto:a@b", false),
            ("rua=mailto:a@b; v=TLSRPTv1", false),
        ] {
            assert_eq!(is_tls_rpt(text), is, "{text}");
        }
    }

    #[test]
    fn addresses_of_either_kind_and_what_is_none() {
        let read = TlsRpt::parse("v=TLSRPTv1; rua=MAILTO:a@b.example,https://c.example/v1 , tls@d.example;").unwrap();
        assert_eq!(read.addresses, ["MAILTO:a@b.example", "https://c.example/v1"]);
        assert_eq!(read.strange, ["tls@d.example"]);
        assert_eq!(TlsRpt::parse("v=TLSRPTv1;").unwrap_err(), "it has no 'rua'");
        assert_eq!(TlsRpt::parse("v=TLSRPTv1; rua=").unwrap_err(), "it names no address");
        assert!(TlsRpt::parse("v=TLSRPTv1; rua=http://a.example").unwrap_err().contains("'http://a.example'"));
        assert!(TlsRpt::parse("v=TLSRPTv1; mailto:a@b").unwrap_err().contains("tag=value"));
    }
}
