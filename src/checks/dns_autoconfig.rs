//! `dns-autoconfig`: where Thunderbird and Outlook look for their settings.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, domain};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::dns::RecordType;
use crate::probe::http::{HttpSeen, get_tls};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Domain, Fqdn};

/// What answers at the well-known names leads to our server, or nothing does.
pub static DNS_AUTOCONFIG: Check = Check {
    id: "dns-autoconfig",
    area: Area::Dns,
    why: "A mail program that finds old settings there sets itself up for the wrong server.",
    rfc: "Mozilla Autoconfiguration, MS-OXDISCO section 3.1.5",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(45),
    subjects: Context::domains,
    run: |context, subject| Box::pin(settings(context, subject)),
};

async fn settings(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let (name, discovery) = (domain.below("autoconfig"), domain.below("_autodiscover._tcp"));
    let (seen, srv) =
        tokio::join!(context.dns.observe(&name, RecordType::A), ask(&context, &discovery, RecordType::SRV));
    let mut evidence = seen.evidence(&format!("A {}", name.trim_end_matches('.')));
    let autodiscover = match srv {
        Ok(asked) => {
            evidence.extend(asked.evidence);
            asked.answer.data
        }
        Err(unknown) => return unknown.evidence(evidence),
    };
    let Some(answer) = seen.settled() else { return Finding::unknown(seen.trouble()).evidence(evidence) };
    // A wildcard answers for every name, so nobody put anything there.
    if answer.data.is_empty() || seen.is_from_wildcard() {
        let found = match autodiscover.first() {
            Some(srv) => format!("Outlook is led to {}; Thunderbird guesses", excerpt(srv, 80)),
            None => "mail programs guess, or ask the SRV records".to_owned(),
        };
        return Finding::info(found).evidence(evidence);
    }
    let Ok(host) = Fqdn::parse(name.trim_end_matches('.')) else { return Finding::unknown("it is no host name") };
    let transcript = Transcript::new();
    let fetched = fetch(&context, &host, &answer.data, &transcript).await;
    judge(&fetched, domain, expected_hosts(&context)).evidence(evidence).evidence(transcript.evidence())
}

/// The hosts that right settings may name.
fn expected_hosts(context: &Context) -> Vec<String> {
    match context.own() {
        Ok(own) => vec![own.spec.hostname.to_string()],
        // Nobody outside knows where another's users read their mail.
        Err(_) => Vec::new(),
    }
}

async fn fetch(
    context: &Context,
    host: &Fqdn,
    addresses: &[String],
    transcript: &Transcript,
) -> Result<HttpSeen, ProbeError> {
    let mut last = ProbeError::Broken("it has no address".into());
    for address in addresses.iter().filter_map(|a| a.parse().ok()).take(2) {
        let _turn = context.turn(host).await;
        let target = Target::new(SocketAddr::new(address, 443));
        match get_tls(&target, host, "/mail/config-v1.1.xml", &context.trust, transcript.clone()).await {
            Ok(seen) => return Ok(seen),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn judge(fetched: &Result<HttpSeen, ProbeError>, domain: &Domain, expected: Vec<String>) -> Finding {
    let seen = match fetched {
        Ok(seen) => seen,
        // A name without a web server: mail programs go on to guess.
        Err(error) => {
            return Finding::info(format!("autoconfig.{domain} is published, and no settings are served: {error}"));
        }
    };
    if let Some(tls) = seen.tls.as_ref().filter(|t| t.trust.is_err() || t.name.is_err()) {
        return Finding::info(format!("autoconfig.{domain}: {}; mail programs go on to guess", tls.objection()));
    }
    let body = String::from_utf8_lossy(&seen.body);
    if seen.status != 200 || !body.contains("<clientConfig") {
        return Finding::info(format!("autoconfig.{domain} answers {}, without settings", seen.status));
    }
    let hosts = hostnames(&body);
    let wrong: Vec<&String> = hosts.iter().filter(|h| !expected.contains(h)).collect();
    match (expected.first(), wrong.first()) {
        (Some(ours), Some(wrong)) => Finding::fail(
            format!("the settings lead to {}", excerpt(wrong, 80)),
            format!("<hostname>{ours}</hostname>"),
        )
        .instructions(format!(
            "Put there what this prints:\nmailwizard client postmaster@{domain} --format autoconfig"
        )),
        _ if hosts.is_empty() => Finding::warn("the settings name no server", "<hostname>"),
        _ => Finding::pass(format!("the settings lead to {}", excerpt(&hosts.join(", "), 120))),
    }
}

/// What stands in `<hostname>` elements, each once, lower case.
fn hostnames(xml: &str) -> Vec<String> {
    let mut hosts: Vec<String> = xml
        .split("<hostname>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</hostname>")?.0.trim().to_ascii_lowercase()))
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain as subject, example};
    use super::*;
    use crate::finding::Outcome;

    fn served(status: u16, body: &str) -> Result<HttpSeen, ProbeError> {
        Ok(HttpSeen { status, headers: Vec::new(), body: body.as_bytes().to_vec(), is_cut: false, tls: None })
    }

    #[test]
    fn only_settings_for_another_server_are_wrong() {
        let domain = Domain::parse("example.org").unwrap();
        let xml = |host: &str| format!("<clientConfig version=\"1.1\"><hostname>{host}</hostname></clientConfig>");
        let judged = |fetched| judge(&fetched, &domain, vec!["mail.example.org".into()]).outcome;
        assert_eq!(judged(served(200, &xml("Mail.example.org"))), Outcome::Pass);
        assert_eq!(judged(served(200, &xml("imap.old.net"))), Outcome::Fail);
        assert_eq!(judged(served(404, "")), Outcome::Info);
        assert_eq!(judged(Err(ProbeError::Refused("192.0.2.1:443".parse().unwrap()))), Outcome::Info);
        assert_eq!(judge(&served(200, &xml("imap.other.net")), &domain, Vec::new()).outcome, Outcome::Pass);
    }

    #[tokio::test]
    async fn a_wildcard_is_nobodys_settings_and_absence_no_fault() {
        for lines in ["", "*.example.org. 60 A 192.0.2.1"] {
            let world = example(lines).run().await;
            let finding = settings(context(&world), subject()).await;
            assert_eq!(finding.outcome, Outcome::Info, "{lines}: {finding:?}");
            assert!(finding.found.contains("guess"), "{finding:?}");
        }
    }
}
