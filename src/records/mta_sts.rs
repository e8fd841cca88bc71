//! The policy file of MTA-STS (RFC 8461 section 3.2) as text.

/// The longest `max_age`, in seconds (RFC 8461 section 3.2).
pub const LONGEST_AGE: u64 = 31_557_600;

/// What senders are to do with a host that the policy or its certificate does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Not to send there.
    Enforce,
    /// To send, and to report.
    Testing,
    /// The policy is being withdrawn.
    None,
}

/// A parsed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// What senders do.
    pub mode: Mode,
    /// Hosts and wildcards, A-labels in lower case.
    pub mx: Vec<String>,
    /// How long senders keep it, in seconds.
    pub max_age: u64,
    /// What is odd, but read by everybody.
    pub oddities: Vec<String>,
}

impl Policy {
    /// Parses a policy; lines end in CRLF or LF. The error names every fault.
    pub fn parse(body: &[u8]) -> Result<Self, Vec<String>> {
        let Ok(text) = std::str::from_utf8(body) else { return Err(vec!["it is not UTF-8 text".into()]) };
        let mut faults = Vec::new();
        let mut oddities = Vec::new();
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        for line in text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).filter(|l| !l.trim().is_empty()) {
            let Some((key, value)) = line.split_once(':').map(|(k, v)| (k.trim(), v.trim())) else {
                faults.push(format!("'{}' is not written as 'key: value'", crate::printable::excerpt(line, 60)));
                continue;
            };
            let single = match key {
                "version" => &mut version,
                "mode" => &mut mode,
                "max_age" => &mut max_age,
                "mx" => {
                    mx.push(value.trim_end_matches('.').to_ascii_lowercase());
                    continue;
                }
                // Senders ignore keys that they do not know.
                _ => continue,
            };
            match single {
                None => *single = Some(value.to_owned()),
                Some(_) => oddities.push(format!("'{key}' stands twice, and only the first one counts")),
            }
        }
        match version.as_deref() {
            Some("STSv1") => {}
            Some(other) => faults.push(format!("'version: {}' is not STSv1", crate::printable::excerpt(other, 40))),
            None => faults.push("'version: STSv1' is missing".into()),
        }
        let mode = match mode.as_deref() {
            Some("enforce") => Some(Mode::Enforce),
            Some("testing") => Some(Mode::Testing),
            Some("none") => Some(Mode::None),
            Some(other) => {
                faults.push(format!("'mode: {}' is no mode", crate::printable::excerpt(other, 40)));
                None
            }
            None => {
                faults.push("'mode' is missing".into());
                None
            }
        };
        let age = match max_age.as_deref().map(|a| (a, a.parse::<u64>())) {
            Some((_, Ok(age))) if age <= LONGEST_AGE => Some(age),
            Some((text, _)) => {
                let text = crate::printable::excerpt(text, 40);
                faults.push(format!("'max_age: {text}' is not a number of seconds up to {LONGEST_AGE}"));
                None
            }
            None => {
                faults.push("'max_age' is missing".into());
                None
            }
        };
        if mx.is_empty() && mode.is_some_and(|m| m != Mode::None) {
            faults.push("it names no 'mx'".into());
        }
        match (mode, age) {
            (Some(mode), Some(max_age)) if faults.is_empty() => Ok(Self { mode, mx, max_age, oddities }),
            _ => Err(faults),
        }
    }

    /// Whether a host (A-labels) is one of the policy's.
    pub fn covers(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.mx.iter().any(|pattern| matches(pattern, &host))
    }
}

/// A wildcard stands for exactly one label (RFC 8461 section 4.1).
pub fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(first, below)| !first.is_empty() && below == rest),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Policy, Vec<String>> {
        Policy::parse(text.as_bytes())
    }

    #[test]
    fn either_line_end_is_read_and_so_are_unknown_keys() {
        let text = "version: STSv1\nmode: enforce\nmx: mail.example.org\nmx: *.example.net\nmax_age: 604800\nnew: x\n";
        let policy = parse(text).unwrap();
        assert_eq!(policy, parse(&text.replace('\n', "\r\n")).unwrap());
        assert_eq!((policy.mode, policy.max_age, policy.mx.len()), (Mode::Enforce, 604_800, 2));
        assert_eq!(parse("version: STSv1\nmode: none\nmax_age: 86400").unwrap().mode, Mode::None);
    }

    #[test]
    fn every_fault_is_named() {
        let faults = parse("version: STSv2\nmode: strict\nmax_age: forever").unwrap_err().join("; ");
        for part in ["'version: STSv2'", "'mode: strict'", "'max_age: forever'"] {
            assert!(faults.contains(part), "{faults}");
        }
        assert_eq!(parse("version: STSv1\nmode: testing\nmax_age: 1").unwrap_err(), ["it names no 'mx'"]);
        assert!(parse("<html>").unwrap_err()[0].contains("'key: value'"));
        let twice = parse("version: STSv1\nmode: none\nmode: enforce\nmax_age: 1").unwrap();
        assert_eq!((twice.mode, twice.oddities.len()), (Mode::None, 1));
    }

    #[test]
    fn a_wildcard_is_one_label_and_names_are_compared_in_a_labels() {
        assert!(matches("*.example.com", "mx1.example.com"));
        assert!(!matches("*.example.com", "example.com"));
        assert!(!matches("*.example.com", "a.b.example.com"));
        let policy = parse("version: STSv1\nmode: enforce\nmx: MX.xn--bcher-kva.example.\nmax_age: 604800").unwrap();
        assert!(policy.covers("mx.xn--bcher-kva.example."));
        assert!(!policy.covers("mx.bucher.example"));
    }
}
