//! The domains.

use std::collections::BTreeSet;

use super::field::always;
use super::{Draft, Field, Kind, Page, Step, Suggestion, Value};
use crate::spec::{Domain, MailDomain, Section};

/// The step.
pub static STEP: Step = Step {
    id: "domains",
    title: "Domains",
    intro: "The domains this server receives and sends mail for: what stands after the '@'.",
    fields: &[DOMAINS, MOVING],
    page: Page::Questions,
    live_checks: &[],
    shown: always,
    notes,
    problems: |draft| match draft.present() {
        Some(spec) if draft.domains.is_empty() => {
            vec![format!("No domain is given: name at least one, like '{}'.", spec.hostname.parent())]
        }
        Some(spec) => spec.problems_of(Section::Domains),
        None => Vec::new(),
    },
};

const DOMAINS: Field = Field {
    id: "domains",
    label: "Domains",
    help: "One a line. Each gets its own records and its own DKIM keys.",
    kind: Kind::List { entry: "domain", takes_files: false },
    shown: always,
    suggest: |draft| {
        let hostname = draft.hostname.as_ref()?;
        let domain = psl::domain_str(hostname.as_str())?;
        Some(Suggestion { value: Value::List(vec![domain.to_owned()]), source: format!("the domain of {hostname}") })
    },
    get: |draft| list(draft.domains.iter().map(|d| d.name.to_string())),
    set: |draft, value| {
        let mut domains: Vec<MailDomain> = Vec::new();
        for line in value.list()? {
            let name = Domain::parse(&line).map_err(|e| e.to_string())?;
            if domains.iter().any(|d| d.name == name) {
                return Err(format!("The domain '{name}' is given twice: leave one of them out."));
            }
            let known = draft.domains.iter().find(|d| d.name == name).cloned();
            let dmarc = draft.domains.first().map(|d| d.dmarc).unwrap_or_default();
            domains.push(known.unwrap_or(MailDomain { dmarc, ..MailDomain::new(name) }));
        }
        draft.domains = domains;
        Ok(())
    },
};

const MOVING: Field = Field {
    id: "domains.moving_from_another_server",
    label: "Moving here",
    help: "Their mail goes to another server today. Mark those that stay there until everything works here: until the \
           cut-over this server leaves their mail alone, so none is lost.",
    kind: Kind::Several { items: |draft| candidates(draft).iter().map(ToString::to_string).collect() },
    shown: |draft| !candidates(draft).is_empty(),
    suggest: |draft| {
        let elsewhere: Vec<&Domain> =
            draft.domains.iter().map(|d| &d.name).filter(|d| mx_elsewhere(draft, d).is_some()).collect();
        (!elsewhere.is_empty()).then(|| Suggestion {
            value: Value::List(elsewhere.iter().map(ToString::to_string).collect()),
            source: "where their MX points now".into(),
        })
    },
    get: |draft| list(draft.domains.iter().filter(|d| d.moving_from_another_server).map(|d| d.name.to_string())),
    set: |draft, value| {
        let chosen: BTreeSet<Domain> =
            value.list()?.iter().map(|l| Domain::parse(l)).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
        if let Some(stranger) = chosen.iter().find(|c| !draft.domains.iter().any(|d| d.name == **c)) {
            return Err(format!("'{stranger}' is not one of the domains."));
        }
        for domain in &mut draft.domains {
            domain.moving_from_another_server = chosen.contains(&domain.name);
        }
        Ok(())
    },
};

fn list(lines: impl Iterator<Item = String>) -> Value {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { Value::Missing } else { Value::List(lines) }
}

fn mx_elsewhere<'a>(draft: &'a Draft, domain: &Domain) -> Option<&'a [String]> {
    draft.seen.mx_elsewhere(domain, draft.hostname.as_ref())
}

/// Domains that may be moving: their MX is another host's, or they were marked before.
fn candidates(draft: &Draft) -> Vec<Domain> {
    draft
        .domains
        .iter()
        .filter(|d| d.moving_from_another_server || mx_elsewhere(draft, &d.name).is_some())
        .map(|d| d.name.clone())
        .collect()
}

fn notes(draft: &Draft) -> Vec<String> {
    let mut notes = Vec::new();
    for domain in &draft.domains {
        if draft.hostname.as_ref().is_some_and(|h| domain.name == *h) {
            notes.push(format!(
                "'{}' is also the host name. It works, but moving the web site or the mail of this domain to another \
                 machine then moves both.",
                domain.name
            ));
        }
        if let Some(hosts) = mx_elsewhere(draft, &domain.name) {
            let shown = crate::printable::excerpt(&hosts.join(", "), 60);
            notes.push(format!("Mail for {} goes to {shown} today.", domain.name));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Fqdn;

    fn draft() -> Draft {
        Draft { hostname: Some(Fqdn::parse("mail.example.org").unwrap()), ..Draft::default() }
    }

    #[test]
    fn a_domain_given_twice_is_refused_and_changes_nothing() {
        let mut draft = draft();
        draft.answer(&DOMAINS, Value::List(vec!["example.org".into()])).unwrap();
        let twice = Value::List(vec!["a.example".into(), "A.example".into()]);
        assert_eq!(
            draft.answer(&DOMAINS, twice),
            Err("The domain 'a.example' is given twice: leave one of them out.".into())
        );
        assert_eq!((DOMAINS.get)(&draft), Value::List(vec!["example.org".into()]));
    }

    #[test]
    fn a_domain_whose_mail_goes_elsewhere_is_suggested_as_moving() {
        let mut draft = draft();
        draft.answer(&DOMAINS, Value::List(vec!["example.org".into(), "move.example".into()])).unwrap();
        assert!(!(MOVING.shown)(&draft));
        let domain = |name: &str| Domain::parse(name).unwrap();
        draft.seen.mx.insert(domain("example.org"), vec!["mail.example.org".into()]);
        draft.seen.mx.insert(domain("move.example"), vec!["mx.old.example".into()]);
        let (value, source) = MOVING.answer_or_suggestion(&draft);
        assert_eq!(value, Value::List(vec!["move.example".into()]));
        assert_eq!(source.as_deref(), Some("where their MX points now"));
        draft.answer(&MOVING, Value::List(Vec::new())).unwrap();
        assert_eq!(MOVING.answer_or_suggestion(&draft), (Value::List(Vec::new()), None));
    }

    #[test]
    fn new_domains_keep_what_was_decided_for_the_old_ones() {
        let mut draft = draft();
        draft.answer(&DOMAINS, Value::List(vec!["a.example".into()])).unwrap();
        draft.domains[0].moving_from_another_server = true;
        draft.answer(&DOMAINS, Value::List(vec!["b.example".into(), "a.example".into()])).unwrap();
        assert!(draft.domains[1].moving_from_another_server);
    }
}
