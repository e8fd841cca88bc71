//! `rep-domain-age`: how long our domains have been registered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::asked::domain;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::http::{HttpSeen, get_tls};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Domain, Fqdn};

/// Only worth knowing: a young domain is watched, and nothing helps but time.
pub static REP_DOMAIN_AGE: Check = Check {
    id: "rep-domain-age",
    area: Area::Reputation,
    why: "Filters distrust mail of a domain that was registered a few days ago.",
    rfc: "RFC 9082, RFC 9083 section 4.5",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| Box::pin(registered(context, subject)),
};

/// Leads to the registry that knows a domain (the registries' own list is too long to fetch each time).
const DIRECTORY: &str = "rdap.org";
/// A young domain's days.
const YOUNG: i64 = 30;

async fn registered(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let Some(name) = registrable(domain) else { return Finding::skipped(format!("{domain} is nobody's to register")) };
    let transcript = Transcript::new();
    match fetch(&context, &name, &transcript).await {
        Ok(seen) => judge(&seen, &name, context.now()),
        // Without the directory nothing is missed that could be mended.
        Err(reason) => Finding::skipped(format!("the registry could not be asked: {reason}")),
    }
    .evidence(transcript.evidence())
}

/// What a registry has registered: the public suffix and one label.
fn registrable(domain: &Domain) -> Option<String> {
    psl::domain_str(domain.as_str()).map(str::to_owned)
}

/// The directory answers with where to ask: that one step is meant to be followed, and no other is.
async fn fetch(context: &Context, name: &str, transcript: &Transcript) -> Result<HttpSeen, String> {
    let directory = Fqdn::parse(DIRECTORY).map_err(|e| e.to_string())?;
    let first = get(context, &directory, &format!("/domain/{name}"), transcript).await?;
    let Some(location) = first.redirect() else { return Ok(first) };
    let (host, path) = location
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| "the directory of registries leads nowhere".to_owned())?;
    let host = Fqdn::parse(host).map_err(|e| e.to_string())?;
    get(context, &host, &format!("/{path}"), transcript).await
}

async fn get(context: &Context, host: &Fqdn, path: &str, transcript: &Transcript) -> Result<HttpSeen, String> {
    let (addresses, _) = context.dns.addresses(host.as_str()).await;
    let mut last = format!("{host} has no address here");
    for address in addresses {
        let target = Target::new(SocketAddr::new(address, 443));
        match get_tls(&target, host, path, &context.trust, transcript.clone()).await {
            Ok(seen) if seen.tls.as_ref().is_some_and(|t| t.trust.is_ok() && t.name.is_ok()) => return Ok(seen),
            Ok(_) => return Err(format!("the certificate of {host} is not trusted")),
            Err(error @ ProbeError::Flood(_)) => return Err(error.to_string()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

fn judge(seen: &HttpSeen, name: &str, now: Timestamp) -> Finding {
    match seen.status {
        200 => {}
        404 => return Finding::info(format!("the registry says nothing about {name}")),
        status => return Finding::unknown(format!("the registry answers {status}")),
    }
    let Some(begin) = registration(&seen.body) else {
        return Finding::info(format!("the registry does not say since when {name} is registered"));
    };
    let days = now.duration_since(begin).as_hours() / 24;
    let found = format!("{name} is registered since {}", begin.strftime("%Y-%m-%d"));
    match days {
        ..YOUNG => Finding::info(format!("{found}: send little at first, until filters know it")),
        _ => Finding::pass(found),
    }
}

/// The date of the event "registration" (RFC 9083 section 4.5).
fn registration(body: &[u8]) -> Option<Timestamp> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let events = answer.get("events")?.as_array()?;
    let event = events.iter().find(|e| e.get("eventAction").and_then(|a| a.as_str()) == Some("registration"))?;
    event.get("eventDate")?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn answer(status: u16, body: &str) -> HttpSeen {
        HttpSeen { status, headers: Vec::new(), body: body.as_bytes().to_vec(), is_cut: false, tls: None }
    }

    #[test]
    fn a_young_domain_is_never_more_than_a_note() {
        let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let at = |date: &str| {
            format!(
                "{{\"events\":[{{\"eventAction\":\"last changed\",\"eventDate\":\"2026-01-01T00:00:00Z\"}},{{\"eventAction\":\"registration\",\"eventDate\":\"{date}\"}}]}}"
            )
        };
        let judged = |seen: HttpSeen| judge(&seen, "example.org", now).outcome;
        assert_eq!(judged(answer(200, &at("1995-08-31T04:00:00Z"))), Outcome::Pass);
        assert_eq!(judged(answer(200, &at("2026-11-15T04:00:00Z"))), Outcome::Info);
        assert_eq!(judged(answer(404, "")), Outcome::Info);
        assert_eq!(judged(answer(429, "")), Outcome::Unknown);
        assert_eq!(judged(answer(200, "<html>")), Outcome::Info);
    }

    #[test]
    fn the_registry_is_asked_about_what_it_registers() {
        let of = |name: &str| registrable(&Domain::parse(name).unwrap());
        assert_eq!(of("lists.sub.example.co.uk").as_deref(), Some("example.co.uk"));
        assert_eq!(of("example.org").as_deref(), Some("example.org"));
    }
}
