//! DMARC policy records (RFC 9989) as text.

use crate::spec::DmarcPolicy;

use super::tags::Tags;

/// Tags of RFC 9989 section 4.7; receivers ignore all others.
const KNOWN_TAGS: [&str; 11] = ["v", "p", "sp", "np", "adkim", "aspf", "fo", "rua", "ruf", "psd", "t"];
/// Tags of RFC 7489 that RFC 9989 took away.
const REMOVED_TAGS: [&str; 3] = ["pct", "rf", "ri"];

/// A policy record as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dmarc {
    /// `p=`; `None` also stands for a missing or unknown one where a report address makes the record count.
    pub policy: DmarcPolicy,
    /// `sp=`.
    pub subdomain_policy: Option<DmarcPolicy>,
    /// `np=`.
    pub nonexistent_policy: Option<DmarcPolicy>,
    /// `t=y`: receivers are asked to apply the next weaker policy.
    pub testing: bool,
    /// `psd=`: whether the tree walk ends here ("y", "n").
    pub psd: Option<String>,
    /// Addresses for aggregate reports, as URIs.
    pub rua: Vec<String>,
    /// What works but should be put right, one sentence each.
    pub warnings: Vec<String>,
}

/// Whether a TXT record is a DMARC record at all: `v` first, its value exactly `DMARC1` (RFC 9989 section 4.8).
pub fn is_dmarc(txt: &str) -> bool {
    let Some((tag, rest)) = txt.split_once('=') else { return false };
    let value = rest.split(';').next().unwrap_or_default();
    tag.trim_matches([' ', '\t']) == "v" && value.trim_matches([' ', '\t']) == "DMARC1"
}

impl Dmarc {
    /// Parses a record for which [`is_dmarc`] holds. The error is why receivers take it as no record.
    pub fn parse(txt: &str) -> Result<Self, String> {
        if !is_dmarc(txt) {
            return Err("it does not begin with 'v=DMARC1'".into());
        }
        let tags = Tags::parse(txt)?;
        if let Some(doubled) = tags.doubled().first() {
            return Err(format!("'{}=' stands more than once", crate::printable::excerpt(doubled, 20)));
        }
        let mut warnings = Vec::new();
        for (tag, _) in tags.iter() {
            if REMOVED_TAGS.contains(&tag) {
                warnings.push(format!("'{tag}=' was removed by RFC 9989 and is ignored: leave it out."));
            } else if !KNOWN_TAGS.contains(&tag) {
                let shown = crate::printable::excerpt(tag, 20);
                warnings.push(format!("'{shown}=' is no tag of DMARC and is ignored."));
            }
        }
        if tags.iter().nth(1).is_some_and(|(tag, _)| tag != "p") {
            warnings.push("'p=' should come right behind 'v=DMARC1': older receivers need it there.".into());
        }
        let rua = addresses(tags.get("rua"), "rua", &mut warnings);
        addresses(tags.get("ruf"), "ruf", &mut warnings);
        let policy = match tags.get("p").map(policy_value) {
            Some(Some(policy)) => policy,
            _ if rua.is_empty() => {
                return Err("it has no 'p=none', 'p=quarantine' or 'p=reject', and no report address".into());
            }
            Some(None) => {
                let shown = crate::printable::excerpt(tags.get("p").unwrap_or_default(), 20);
                warnings.push(format!("'p={shown}' is no policy: receivers take it as 'p=none'."));
                DmarcPolicy::None
            }
            None => {
                warnings.push("'p=' is missing: receivers take it as 'p=none'.".into());
                DmarcPolicy::None
            }
        };
        Ok(Self {
            policy,
            subdomain_policy: tags.get("sp").and_then(policy_value),
            nonexistent_policy: tags.get("np").and_then(policy_value),
            testing: tags.get("t").is_some_and(|t| t.eq_ignore_ascii_case("y")),
            psd: tags.get("psd").map(str::to_ascii_lowercase),
            rua,
            warnings,
        })
    }

    /// The domains that aggregate reports are sent to by mail, in lower case.
    pub fn report_domains(&self) -> Vec<String> {
        let mut domains: Vec<String> = Vec::new();
        for uri in &self.rua {
            let Some(address) = strip_scheme(uri) else { continue };
            let address = address.split(['!', '?']).next().unwrap_or_default();
            if let Some((_, domain)) = address.rsplit_once('@') {
                let domain = domain.trim_end_matches('.').to_ascii_lowercase();
                if !domains.contains(&domain) {
                    domains.push(domain);
                }
            }
        }
        domains
    }
}

fn policy_value(text: &str) -> Option<DmarcPolicy> {
    let policies = [DmarcPolicy::None, DmarcPolicy::Quarantine, DmarcPolicy::Reject];
    policies.into_iter().find(|p| p.as_str().eq_ignore_ascii_case(text))
}

fn addresses(value: Option<&str>, tag: &str, warnings: &mut Vec<String>) -> Vec<String> {
    let mut good = Vec::new();
    for uri in value.into_iter().flat_map(|v| v.split(',')).map(|u| u.trim_matches([' ', '\t'])) {
        let shown = crate::printable::excerpt(uri, 60);
        match strip_scheme(uri) {
            Some(address) if address.contains('@') => {
                if address.contains('!') {
                    warnings.push(format!("'{shown}': a size limit behind '!' is obsolete, leave it out."));
                }
                good.push(uri.to_owned());
            }
            _ => warnings.push(format!("{tag} '{shown}' is no 'mailto:' address: no report goes there.")),
        }
    }
    good
}

fn strip_scheme(uri: &str) -> Option<&str> {
    uri.get(..7).filter(|s| s.eq_ignore_ascii_case("mailto:")).and_then(|_| uri.get(7..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_receivers_accept_is_accepted() {
        let record = Dmarc::parse("v=DMARC1; p=none; rua=mailto:a@example.org;").unwrap();
        assert_eq!((record.policy, record.rua.len(), record.warnings.len()), (DmarcPolicy::None, 1, 0));
        let odd = Dmarc::parse("v=DMARC1; p=bogus; rua=mailto:a@example.org").unwrap();
        assert_eq!(odd.policy, DmarcPolicy::None, "an unknown policy with a report address counts as none");
        assert_eq!(odd.warnings, ["'p=bogus' is no policy: receivers take it as 'p=none'."]);
        assert_eq!(Dmarc::parse("v=DMARC1; rua=mailto:a@Other.Net!10m").unwrap().report_domains(), ["other.net"]);
    }

    #[test]
    fn what_receivers_refuse_is_refused() {
        assert!(!is_dmarc("v=dmarc1; p=none"), "the version is case-sensitive");
        assert!(!is_dmarc("p=none; v=DMARC1"));
        assert!(is_dmarc("v = DMARC1 ;p=none"));
        for (text, reason) in [
            ("v=DMARC1; p=none; p=reject", "'p=' stands more than once"),
            ("v=DMARC1; p=maybe", "it has no 'p=none', 'p=quarantine' or 'p=reject', and no report address"),
            ("v=DMARC1; none", "'none' is not written as tag=value"),
        ] {
            assert_eq!(Dmarc::parse(text).unwrap_err(), reason);
        }
    }

    #[test]
    fn old_and_unknown_tags_are_only_warned_about() {
        let record = Dmarc::parse("v=DMARC1; sp=reject; p=reject; pct=50; x=1; rua=a@example.org").unwrap();
        assert_eq!(record.policy, DmarcPolicy::Reject);
        assert_eq!(
            record.warnings,
            [
                "'pct=' was removed by RFC 9989 and is ignored: leave it out.",
                "'x=' is no tag of DMARC and is ignored.",
                "'p=' should come right behind 'v=DMARC1': older receivers need it there.",
                "rua 'a@example.org' is no 'mailto:' address: no report goes there.",
            ]
        );
    }
}
