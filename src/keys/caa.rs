//! Whether CAA records let a CA issue for a name (RFC 8659, with the parameters of RFC 8657). Pure.

use crate::printable::excerpt;

/// One CAA record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaaRecord {
    /// Whether a CA that does not know the tag must refuse (flag bit 0, value 128).
    pub critical: bool,
    /// The tag, lower case.
    pub tag: String,
    /// The value as it stands.
    pub value: String,
}

impl CaaRecord {
    /// Reads presentation form, `0 issue "letsencrypt.org; accounturi=…"`.
    pub fn parse(data: &str) -> Option<Self> {
        let (flags, rest) = data.trim().split_once(' ')?;
        let (tag, value) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        let critical = flags.parse::<u8>().ok()? & 128 != 0;
        Some(Self { critical, tag: tag.to_ascii_lowercase(), value: value.replace("\\;", ";") })
    }

    /// The issuer's domain, and the parameters after it.
    fn issuer(&self) -> (&str, impl Iterator<Item = (&str, &str)>) {
        let mut parts = self.value.split(';');
        let domain = parts.next().unwrap_or_default().trim();
        (domain, parts.filter_map(|p| p.split_once('=')).map(|(name, value)| (name.trim(), value.trim())))
    }
}

/// Who wants to issue, for whom, and how.
#[derive(Debug, Clone, Copy)]
pub struct Issuance<'a> {
    /// The names the CA calls itself by in CAA (`meta.caaIdentities` of its directory); empty when it names none.
    pub identities: &'a [String],
    /// The account's URL; none matches an `accounturi` then.
    pub account: Option<&'a str>,
    /// The way of the proof, "http-01".
    pub method: &'a str,
}

/// Why the records that apply to an ordinary (not wildcard) name forbid it; `None` when they allow it.
///
/// `records` are those of the nearest ancestor that has any (RFC 8659 section 3). Without `issue` among them, every CA
/// may. When the CA does not say what it is called, only what forbids every CA is held against it.
pub fn forbids(records: &[CaaRecord], issuance: Issuance<'_>) -> Option<String> {
    const KNOWN: [&str; 5] = ["issue", "issuewild", "iodef", "issuemail", "contactemail"];
    if let Some(strange) = records.iter().find(|r| r.critical && !KNOWN.contains(&r.tag.as_str())) {
        return Some(format!(
            "the critical tag '{}' is one that no CA may pass over without knowing it",
            excerpt(&strange.tag, 30)
        ));
    }
    let mut reasons = Vec::new();
    for record in records.iter().filter(|r| r.tag == "issue") {
        match refusal(record, issuance) {
            None => return None,
            Some(reason) => reasons.push(reason),
        }
    }
    // The one that comes nearest is the one to mend: a refusal over a parameter says more than another CA's name.
    reasons.sort();
    reasons.into_iter().next().map(|(_, reason)| reason)
}

/// Why one `issue` record does not let this CA issue, with how far off it is.
fn refusal(record: &CaaRecord, issuance: Issuance<'_>) -> Option<(u8, String)> {
    let (domain, parameters) = record.issuer();
    if domain.is_empty() {
        return Some((2, "'issue \";\"' lets no CA issue".into()));
    }
    if issuance.identities.is_empty() {
        return None;
    }
    if !issuance.identities.iter().any(|i| i.eq_ignore_ascii_case(domain)) {
        let ours = issuance.identities.join("' or '");
        return Some((1, format!("only '{}' may issue, and this CA is '{ours}'", excerpt(domain, 60))));
    }
    for (name, value) in parameters {
        match name.to_ascii_lowercase().as_str() {
            "accounturi" if issuance.account != Some(value) => {
                let ours = issuance.account.unwrap_or("not made yet");
                return Some((
                    0,
                    format!("only the account '{}' may ask, and ours is '{}'", excerpt(value, 100), excerpt(ours, 100)),
                ));
            }
            "validationmethods" if !value.split(',').any(|m| m.trim().eq_ignore_ascii_case(issuance.method)) => {
                return Some((
                    0,
                    format!("only {} may be used as proof, and ours is {}", excerpt(value, 60), issuance.method),
                ));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(records: &[&str]) -> Option<String> {
        let records: Vec<CaaRecord> = records.iter().map(|r| CaaRecord::parse(r).unwrap()).collect();
        let identities = ["letsencrypt.org".to_owned()];
        let account = Some("https://acme.example/acct/7");
        forbids(&records, Issuance { identities: &identities, account, method: "http-01" })
    }

    #[test]
    fn records_that_allow() {
        for records in [
            &[][..],
            &["0 iodef \"mailto:a@example.org\""],
            &["0 issuewild \";\""],
            &["0 issuemail \";\""],
            &["0 issue \"letsencrypt.org\""],
            &["0 issue \"LetsEncrypt.org\"", "0 issue \"other.example\""],
            &["0 issue \";\"", "0 issue \"letsencrypt.org\""],
            &["128 issue \"letsencrypt.org; accounturi=https://acme.example/acct/7\""],
            &["0 issue \"letsencrypt.org;validationmethods=dns-01,http-01\""],
            &["0 unknown \"x\""],
        ] {
            assert_eq!(verdict(records), None, "{records:?}");
        }
    }

    #[test]
    fn records_that_forbid_say_why() {
        for (records, reason) in [
            (&["0 issue \";\""][..], "'issue \";\"' lets no CA issue"),
            (&["0 issue \"other.example\""], "only 'other.example' may issue, and this CA is 'letsencrypt.org'"),
            (&["128 tbs \"x\""], "the critical tag 'tbs' is one that no CA may pass over without knowing it"),
            (
                &["0 issue \"other.example\"", "0 issue \"letsencrypt.org; accounturi=https://acme.example/acct/8\""],
                "only the account 'https://acme.example/acct/8' may ask, and ours is 'https://acme.example/acct/7'",
            ),
            (
                &["0 issue \"letsencrypt.org; validationmethods=dns-01\""],
                "only dns-01 may be used as proof, and ours is http-01",
            ),
        ] {
            assert_eq!(verdict(records).as_deref(), Some(reason), "{records:?}");
        }
    }

    #[test]
    fn a_ca_without_a_name_is_stopped_only_by_what_stops_all() {
        let unnamed = Issuance { identities: &[], account: None, method: "http-01" };
        let other = CaaRecord::parse("0 issue \"other.example\"").unwrap();
        assert_eq!(forbids(&[other], unnamed), None);
        let none = CaaRecord::parse("0 issue \";\"").unwrap();
        assert!(forbids(&[none], unnamed).is_some());
    }
}
