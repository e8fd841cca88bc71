//! What one answer says about a wanted record, type by type.

use super::super::dkim::{DkimPublic, DkimRecord};
use super::super::dmarc::{Dmarc, is_dmarc};
use super::super::spf::{Mechanism, Spf, is_spf, missing_terms};
use super::super::{Answer, Record, RecordKind};
use crate::spec::{DmarcPolicy, Fqdn};

/// What one set of data says about a wanted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As wanted, perhaps with something to know.
    Good { note: Option<String> },
    /// Not there.
    Missing,
    /// Something else is there.
    Wrong { reason: String, advice: String },
}

impl Verdict {
    fn good() -> Self {
        Self::Good { note: None }
    }

    fn noted(note: impl Into<String>) -> Self {
        Self::Good { note: Some(note.into()) }
    }

    fn wrong(reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Wrong { reason: reason.into(), advice: advice.into() }
    }

    pub(super) fn is_good(&self) -> bool {
        matches!(self, Self::Good { .. })
    }
}

/// The data at the name that concerns this record: of TXT only what is of the same kind.
pub(super) fn relevant(wanted: &Record, data: &[String]) -> Vec<String> {
    if wanted.kind != RecordKind::Txt {
        return data.to_vec();
    }
    data.iter().filter(|text| same_purpose(&wanted.data, text)).cloned().collect()
}

fn same_purpose(wanted: &str, text: &str) -> bool {
    if is_spf(wanted) {
        // Also what was meant as SPF, so that it can be named.
        return is_spf(text) || unquoted(text).to_ascii_lowercase().starts_with("v=spf") || text.starts_with("v-spf1");
    }
    if is_dmarc(wanted) {
        return unquoted(text).to_ascii_lowercase().contains("dmarc1");
    }
    match wanted.split_once([';', ' ']) {
        Some(("v=TLSRPTv1", _)) => text.starts_with("v=TLSRPT"),
        _ => true,
    }
}

pub(super) fn judge(wanted: &Record, answer: &Answer, hostname: &Fqdn) -> Verdict {
    let data = relevant(wanted, &answer.data);
    if let (RecordKind::A | RecordKind::Aaaa, Some(target)) = (wanted.kind, &answer.canonical_name) {
        return Verdict::wrong(
            format!("{} is an alias (CNAME) of {}.", bare(&wanted.name), bare(target)),
            "Replace the CNAME with A and AAAA records: the name of a mail server must not be an alias (RFC 2181 section 10.3).",
        );
    }
    if data.is_empty() {
        return Verdict::Missing;
    }
    match wanted.kind {
        RecordKind::A | RecordKind::Aaaa => judge_addresses(wanted, &data),
        RecordKind::Mx => judge_mx(wanted, &data),
        RecordKind::Txt if is_spf(&wanted.data) => judge_spf(wanted, &data, hostname),
        RecordKind::Txt if is_dmarc(&wanted.data) => judge_dmarc(wanted, &data),
        RecordKind::Txt if wanted.name.contains("._domainkey.") => judge_dkim(wanted, &data),
        RecordKind::Txt => judge_text(wanted, &data),
        RecordKind::Caa => judge_caa(wanted, &data),
        RecordKind::Srv => judge_srv(wanted, &data),
        RecordKind::Ptr => judge_ptr(wanted, &data),
        RecordKind::Cname | RecordKind::Tlsa => judge_exact(wanted, &data),
    }
}

fn judge_addresses(wanted: &Record, data: &[String]) -> Verdict {
    let others: Vec<&str> = data.iter().map(String::as_str).filter(|d| !same_address(d, &wanted.data)).collect();
    if others.len() == data.len() {
        return Verdict::wrong(
            format!("It leads to {}.", joined(&others)),
            format!("Change it to {}, which is this server.", wanted.data),
        );
    }
    if others.is_empty() {
        return Verdict::good();
    }
    Verdict::noted(format!("It also leads to {}: mail may go there instead.", joined(&others)))
}

fn same_address(a: &str, b: &str) -> bool {
    match (a.parse::<std::net::IpAddr>(), b.parse::<std::net::IpAddr>()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// Preference and target of an MX in presentation form.
fn mx_parts(data: &str) -> Option<(u16, &str)> {
    let (preference, target) = data.split_once(' ')?;
    Some((preference.parse().ok()?, target))
}

fn judge_mx(wanted: &Record, data: &[String]) -> Verdict {
    let ours = mx_parts(&wanted.data).map(|(_, target)| target).unwrap_or_default();
    let mut found: Vec<(u16, &str)> = data.iter().filter_map(|d| mx_parts(d)).collect();
    found.sort_unstable();
    let change = format!("Publish {} as the only MX, or as the one with the lowest number.", wanted.data);
    if found.iter().any(|(_, target)| *target == ".") {
        return Verdict::wrong("It says that this domain takes no mail (null MX, RFC 7505).", change);
    }
    let Some(own) = found.iter().find(|(_, target)| *target == ours).map(|(preference, _)| *preference) else {
        let targets: Vec<&str> = found.iter().map(|(_, target)| *target).collect();
        let doubled = format!("{ours}{}", wanted.zone);
        if targets.contains(&doubled.as_str()) {
            return Verdict::wrong(
                format!("It leads to {doubled}, so the name was completed with the zone."),
                format!("Write the name with a dot at its end: {ours}"),
            );
        }
        return Verdict::wrong(format!("Mail goes to {}.", joined(&targets)), change);
    };
    let others: Vec<&str> = found.iter().filter(|(_, t)| *t != ours).map(|(_, t)| *t).collect();
    if found.iter().any(|(preference, target)| *target != ours && *preference <= own) {
        return Verdict::wrong(format!("Mail goes to {} first or as well.", joined(&others)), change);
    }
    if others.is_empty() {
        return Verdict::good();
    }
    Verdict::noted(format!("{} takes mail while this server is down.", joined(&others)))
}

fn judge_spf(wanted: &Record, data: &[String], hostname: &Fqdn) -> Verdict {
    let records: Vec<&String> = data.iter().filter(|t| is_spf(t)).collect();
    let advice = format!("Replace it with {}", wanted.data);
    let found = match records.as_slice() {
        [] => return Verdict::wrong(format!("It does not begin with 'v=spf1 ': {}", excerpt(&data[0])), advice),
        [one] => one,
        many => {
            return Verdict::wrong(
                format!("There are {} SPF records, and receivers then use none (RFC 7208 section 4.5).", many.len()),
                format!("Delete all but one, and make that {}", wanted.data),
            );
        }
    };
    let found = match Spf::parse(found) {
        Ok(found) => found,
        Err(reason) => return Verdict::wrong(format!("Receivers cannot read it: {reason}."), advice),
    };
    let Ok(ours) = Spf::parse(&wanted.data) else { return judge_exact(wanted, data) };
    if wanted.name == hostname.absolute() && ours.to_string() == "v=spf1 a -all" {
        return judge_helo_spf(&found, hostname, advice);
    }
    match missing_terms(&found, &ours, hostname.as_str()).as_slice() {
        [] => Verdict::good(),
        missing => Verdict::wrong(format!("It does not pass this server: {} is missing.", missing.join(" ")), advice),
    }
}

/// The HELO name's own record: `a` and `a:host` mean the same there; written out addresses are the checks' to evaluate.
fn judge_helo_spf(found: &Spf, hostname: &Fqdn, advice: String) -> Verdict {
    let own = format!(":{hostname}");
    let mut lists_addresses = false;
    for mechanism in found.passing() {
        match mechanism {
            Mechanism::A(args) if args.is_empty() || args.eq_ignore_ascii_case(&own) => return Verdict::good(),
            Mechanism::Ip4(..) | Mechanism::Ip6(..) => lists_addresses = true,
            _ => {}
        }
    }
    if lists_addresses {
        return Verdict::noted("It lists addresses: it has to change when they do.");
    }
    Verdict::wrong("It does not pass the server itself: 'a' is missing.", advice)
}

fn judge_dmarc(wanted: &Record, data: &[String]) -> Verdict {
    let records: Vec<&String> = data.iter().filter(|t| is_dmarc(t)).collect();
    let advice = format!("Replace it with {}", wanted.data);
    let found = match records.as_slice() {
        [] => return Verdict::wrong(format!("It does not begin with 'v=DMARC1': {}", excerpt(&data[0])), advice),
        [one] => one,
        many => {
            return Verdict::wrong(
                format!("There are {} DMARC records, and receivers then use none.", many.len()),
                "Delete all but one.",
            );
        }
    };
    let found = match Dmarc::parse(found) {
        Ok(found) => found,
        Err(reason) => return Verdict::wrong(format!("Receivers cannot read it: {reason}."), advice),
    };
    let weaker = |a: DmarcPolicy, b: DmarcPolicy| strictness(a) < strictness(b);
    if Dmarc::parse(&wanted.data).is_ok_and(|ours| weaker(found.policy, ours.policy)) {
        return Verdict::wrong(format!("Its policy is '{}', which is weaker.", found.policy.as_str()), advice);
    }
    if found.rua.is_empty() {
        return Verdict::noted("It names nobody to report to (rua=), so nobody will tell you about forged mail.");
    }
    match found.warnings.first() {
        Some(warning) => Verdict::noted(warning),
        None => Verdict::good(),
    }
}

fn strictness(policy: DmarcPolicy) -> u8 {
    match policy {
        DmarcPolicy::None => 0,
        DmarcPolicy::Quarantine => 1,
        DmarcPolicy::Reject => 2,
    }
}

fn judge_dkim(wanted: &Record, data: &[String]) -> Verdict {
    let advice = format!("Replace it with {}", wanted.data);
    let found = match data {
        [one] => one,
        many => {
            return Verdict::wrong(
                format!("There are {} records under this name, and receivers may take either.", many.len()),
                "Delete all but ours.",
            );
        }
    };
    let Ok(ours) = DkimRecord::parse(&wanted.data) else { return judge_exact(wanted, data) };
    let found = match DkimRecord::parse(&unquoted(found)) {
        Ok(_) if found.contains('"') => {
            return Verdict::wrong(
                "It holds quotation marks as part of the text.",
                "Enter the text without quotation marks.",
            );
        }
        Ok(found) => found,
        Err(reason) => return Verdict::wrong(format!("Receivers cannot read it: {reason}."), advice),
    };
    if found.public.is_empty() {
        return Verdict::wrong("It says that the key is revoked ('p=' is empty).", advice);
    }
    if found.key_type == ours.key_type && DkimPublic::same_key(&found.public, &ours.public) {
        return Verdict::good();
    }
    if ours.public.starts_with(&found.public) {
        return Verdict::wrong(
            format!("The key was cut off after {} characters.", found.public.len()),
            "Enter it as several strings of at most 255 characters each, as the zone file spelling shows.",
        );
    }
    Verdict::wrong("It holds another key.", advice)
}

fn judge_text(wanted: &Record, data: &[String]) -> Verdict {
    let spaceless = |text: &str| text.split_ascii_whitespace().collect::<String>();
    match data {
        [one] if spaceless(one).trim_end_matches(';') == spaceless(&wanted.data).trim_end_matches(';') => {
            Verdict::good()
        }
        // Reports may go wherever the operator wants them.
        [one] if one.starts_with("v=TLSRPTv1") && one.contains("rua=") => {
            Verdict::noted("Reports go to another address than ours.")
        }
        [one] => Verdict::wrong(format!("It says {}", excerpt(one)), format!("Replace it with {}", wanted.data)),
        many => Verdict::wrong(format!("There are {} such records.", many.len()), "Delete all but ours."),
    }
}

fn judge_caa(wanted: &Record, data: &[String]) -> Verdict {
    let issue = |text: &str| -> Option<String> {
        let mut parts = text.splitn(3, ' ');
        let (_, tag, value) = (parts.next()?, parts.next()?, parts.next()?);
        tag.eq_ignore_ascii_case("issue").then(|| value.trim_matches('"').replace(' ', ""))
    };
    let Some(ours) = issue(&wanted.data) else { return judge_exact(wanted, data) };
    let issues: Vec<String> = data.iter().filter_map(|d| issue(d)).collect();
    if issues.contains(&ours) {
        return Verdict::good();
    }
    let ca = |value: &str| value.split(';').next().unwrap_or_default().to_owned();
    if issues.iter().any(|i| ca(i) == ca(&ours)) {
        if ours.contains(';') {
            return Verdict::wrong(
                "It does not name our account with the certificate authority.",
                format!("Replace it with {}", wanted.data),
            );
        }
        return Verdict::good();
    }
    if issues.is_empty() {
        return Verdict::Missing;
    }
    Verdict::wrong(
        format!("Only {} may issue certificates for this name.", issues.join(", ")),
        format!("Add {}", wanted.data),
    )
}

fn judge_srv(wanted: &Record, data: &[String]) -> Verdict {
    let tail = |text: &str| text.splitn(3, ' ').nth(2).unwrap_or_default().to_owned();
    match data.iter().all(|d| tail(d) == tail(&wanted.data)) {
        true => Verdict::good(),
        false => Verdict::wrong(
            format!("It says {}", excerpt(&data.join(" and "))),
            format!("Replace it with {}", wanted.data),
        ),
    }
}

fn judge_ptr(wanted: &Record, data: &[String]) -> Verdict {
    let others: Vec<&str> = data.iter().map(String::as_str).filter(|d| *d != wanted.data).collect();
    if others.is_empty() {
        return Verdict::good();
    }
    if others.len() == data.len() {
        return Verdict::wrong(
            format!("The reverse name is {}.", joined(&others)),
            format!("Set it to {} where the machine is rented.", wanted.data.trim_end_matches('.')),
        );
    }
    Verdict::noted(format!(
        "There is also {}: some receivers look only at one of them. Leave only ours.",
        joined(&others)
    ))
}

fn judge_exact(wanted: &Record, data: &[String]) -> Verdict {
    if data.contains(&wanted.data) {
        return Verdict::good();
    }
    Verdict::wrong(format!("It says {}", excerpt(&data.join(" and "))), format!("Replace it with {}", wanted.data))
}

fn unquoted(text: &str) -> String {
    text.replace(['"', '\u{201c}', '\u{201d}'], "")
}

fn excerpt(text: &str) -> String {
    crate::printable::excerpt(text, 120)
}

pub(super) fn joined(names: &[&str]) -> String {
    let names: Vec<&str> = names.iter().map(|n| bare(n)).collect();
    crate::printable::excerpt(&names.join(", "), 200)
}

/// A name without its final dot.
fn bare(name: &str) -> &str {
    if name == "." { name } else { name.trim_end_matches('.') }
}
