//! `tls-outbound`: how our own mail leaves.

use std::path::Path;
use std::time::Duration;

use super::{Check, Context, Own, Reach};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// Mail that leaves is encrypted wherever the receiver can.
pub static TLS_OUTBOUND: Check = Check {
    id: "tls-outbound",
    area: Area::Tls,
    why: "Large receivers refuse mail that arrives in clear (Gmail: 4.7.29).",
    rfc: "RFC 3207, RFC 7672 section 2, postconf(5) smtp_tls_security_level",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: Context::this_host,
    run: |context, _| Box::pin(context.on_host(outbound)),
};

const SETTINGS: [&str; 4] = ["smtp_tls_security_level", "smtp_use_tls", "smtp_dns_support_level", "relayhost"];

fn outbound(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    if host.which("postconf").is_none() || host.read(Path::new("/etc/postfix/main.cf"))?.is_none() {
        return Ok(Finding::skipped("Postfix is not what sends here"));
    }
    let output = host
        .run(&CommandLine::new("postconf", &["-x", SETTINGS[0], SETTINGS[1], SETTINGS[2], SETTINGS[3]]), &mut |_| {})?;
    let lines: Vec<String> = output.stdout.lines().map(str::to_owned).collect();
    Ok(judge(&lines).evidence(lines))
}

fn judge(lines: &[String]) -> Finding {
    let value = |name: &str| {
        lines.iter().find_map(|l| l.split_once('=').filter(|(n, _)| n.trim() == name).map(|(_, v)| v.trim().to_owned()))
    };
    let Some(level) = value(SETTINGS[0]) else { return Finding::unknown("postconf says nothing about it") };
    let expected = "smtp_tls_security_level = may or dane";
    match level.as_str() {
        // What Postfix did before there were levels (postconf(5) smtp_use_tls).
        "" if value(SETTINGS[1]).as_deref() == Some("yes") => Finding::pass("may, by smtp_use_tls"),
        "" | "none" => Finding::fail("mail leaves in clear", expected).automatic("mailwizard apply"),
        "dane" | "dane-only" if value(SETTINGS[2]).as_deref() != Some("dnssec") => Finding::warn(
            format!("smtp_tls_security_level = {level}, but smtp_dns_support_level is not dnssec: DANE is never used"),
            "smtp_dns_support_level = dnssec",
        )
        .automatic("mailwizard apply"),
        "may" | "dane" => Finding::pass(level),
        "encrypt" | "verify" | "secure" | "fingerprint" | "dane-only"
            if value(SETTINGS[3]).is_some_and(|r| r.is_empty()) =>
        {
            Finding::warn(
                format!("smtp_tls_security_level = {level}: mail to servers that cannot satisfy it stays in the queue"),
                expected,
            )
            .automatic("mailwizard apply")
        }
        "encrypt" | "verify" | "secure" | "fingerprint" | "dane-only" => {
            Finding::pass(format!("{level}, towards the relay"))
        }
        other => {
            Finding::unknown(format!("'{}' is a level that is not known here", crate::printable::excerpt(other, 40)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn opportunistic_is_enough_and_a_relay_may_be_held_to_more() {
        let judge = |level: &str, dns: &str, relay: &str| {
            judge(&[
                format!("smtp_tls_security_level = {level}"),
                "smtp_use_tls = no".to_owned(),
                format!("smtp_dns_support_level = {dns}"),
                format!("relayhost = {relay}"),
            ])
            .outcome
        };
        assert_eq!(judge("may", "", ""), Outcome::Pass);
        assert_eq!(judge("dane", "dnssec", ""), Outcome::Pass);
        assert_eq!(judge("dane", "", ""), Outcome::Warn);
        assert_eq!(judge("", "", ""), Outcome::Fail);
        assert_eq!(judge("none", "", ""), Outcome::Fail);
        assert_eq!(judge("encrypt", "", ""), Outcome::Warn);
        assert_eq!(judge("encrypt", "", "[relay.example]:587"), Outcome::Pass);
    }
}
