//! What of an overview needs the operator, the most urgent first.

use serde::Serialize;

use super::checked::is_about_records;
use super::{Overview, Records, Rotation, RotationStep, Trouble};
use crate::finding::Outcome;
use crate::spec::Domain;

/// Percent of a disk from which on it needs the operator.
const FULL: u8 = 90;
/// Days before the end of a certificate that nobody renews.
const SOON: i64 = 21;
/// Names that are told before the others are counted.
const NAMED: usize = 2;

/// One thing that needs the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// How bad it is: [`Outcome::Fail`], [`Outcome::Warn`] or [`Outcome::Info`].
    pub outcome: Outcome,
    /// What it is, on one line.
    pub text: String,
    /// What leads to it.
    pub leads: Leads,
    /// The domain that it is about, where it is about the keys of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<Domain>,
}

/// What leads to the end of a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leads {
    /// The plan, which settles it once it is applied.
    Review,
    /// The results of the checks.
    Checks,
    /// The records beside what is published.
    Records,
    /// The change of DKIM keys that is under way.
    Keys,
    /// The cut-over of domains that move here.
    CutOver,
    /// The certificate.
    Certificate,
    /// What runs by itself.
    Timers,
    /// Nothing of ours: it is done on the machine.
    Machine,
}

impl Leads {
    /// The command that does the same without the screen; `None` where there is none.
    pub fn command(self) -> Option<&'static str> {
        match self {
            Self::Review => Some("mailwizard plan"),
            Self::Checks => Some("mailwizard check"),
            Self::Records => Some("mailwizard records"),
            Self::Keys => Some("mailwizard dkim rotate DOMAIN"),
            Self::CutOver => Some("mailwizard domain add DOMAIN --accept-mail"),
            Self::Certificate => Some("mailwizard cert status"),
            Self::Timers => Some("mailwizard apply"),
            Self::Machine => None,
        }
    }
}

/// Everything that needs the operator.
pub fn needs(overview: &Overview) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut need = |outcome, leads, text: String| needs.push(Need { outcome, text, leads, domain: None });
    if let Some(machine) = overview.machine.known() {
        if let Some(sentence) = &machine.unfinished {
            need(Outcome::Fail, Leads::Review, sentence.clone());
        }
        if let Some(sentence) = &machine.upgraded {
            need(Outcome::Warn, Leads::Review, sentence.clone());
        }
        match machine.edited.as_slice() {
            [] => {}
            [one] => need(Outcome::Warn, Leads::Review, format!("you changed {} by hand: keep it?", one.display())),
            many => need(Outcome::Warn, Leads::Review, format!("you changed {} files by hand: keep them?", many.len())),
        }
        // After an upgrade that is what differs.
        let differs = if machine.upgraded.is_some() { &[] } else { machine.differs.as_slice() };
        match differs {
            [] => {}
            [one] => need(Outcome::Warn, Leads::Review, format!("not as it was set up: {one}")),
            [one, more @ ..] => {
                need(Outcome::Warn, Leads::Review, format!("not as it was set up: {one}, and {} more", more.len()));
            }
        }
    }
    checks(overview, &mut need);
    certificate(overview, &mut need);
    if let Some(server) = overview.server.known() {
        for domain in server.domains.iter().filter(|d| d.is_moving) {
            let text = format!("{} still gets its mail elsewhere: cut over when ready", domain.name);
            need(Outcome::Info, Leads::CutOver, text);
        }
        let new: Vec<String> = server
            .domains
            .iter()
            .filter(|d| matches!(overview.records(&d.name), Some(Records::NotLookedAt)))
            .map(|d| d.name.to_string())
            .collect();
        if !new.is_empty() {
            need(Outcome::Info, Leads::Records, format!("publish the records of {}", named(&new)));
        }
    }
    for timer in overview.timers.known().into_iter().flatten().filter(|t| !t.is_on) {
        need(Outcome::Warn, Leads::Timers, format!("{} is off: {}", timer.unit, timer.purpose));
    }
    if let Some(system) = overview.system.known().filter(|system| system.disk_used >= FULL) {
        need(Outcome::Warn, Leads::Machine, format!("the disk of mail is {} % full", system.disk_used));
    }
    if overview.updates.known().is_some_and(|updates| updates.needs_restart) {
        need(Outcome::Info, Leads::Machine, "an update waits for a restart of this machine".into());
    }
    needs.extend(overview.rotations.known().into_iter().flatten().map(rotation));
    needs.sort_by_key(|need| match need.outcome {
        Outcome::Fail => 0,
        Outcome::Warn => 1,
        _ => 2,
    });
    needs
}

fn rotation(rotation: &Rotation) -> Need {
    let name = &rotation.domain;
    let text = match rotation.next {
        RotationStep::Switch => format!("new DKIM keys of {name} wait: 'mailwizard dkim rotate {name}' goes on"),
        RotationStep::LetGo => format!("old DKIM records of {name} may go: 'mailwizard dkim rotate {name}' says which"),
    };
    Need { outcome: Outcome::Info, text, leads: Leads::Keys, domain: Some(name.clone()) }
}

fn checks(overview: &Overview, need: &mut dyn FnMut(Outcome, Leads, String)) {
    let Some(Some(last)) = overview.checks.known() else { return };
    for outcome in [Outcome::Fail, Outcome::Warn] {
        let of = |in_dns: bool| -> Vec<&Trouble> {
            let same = |t: &&Trouble| t.outcome == outcome && is_about_records(t.area) == in_dns;
            last.trouble.iter().filter(same).collect()
        };
        for (leads, found) in [(Leads::Checks, of(false)), (Leads::Records, of(true))] {
            match found.as_slice() {
                [] => {}
                [one] => need(outcome, leads, format!("{}, {}: {}", one.id, one.subject, one.found)),
                many => {
                    let ids: Vec<String> = many.iter().map(|t| t.id.clone()).collect();
                    let verb = if outcome == Outcome::Fail { "fail" } else { "warn" };
                    need(outcome, leads, format!("{} checks {verb}: {}", many.len(), named(&distinct(ids))));
                }
            }
        }
    }
}

fn certificate(overview: &Overview, need: &mut dyn FnMut(Outcome, Leads, String)) {
    let Some(certificate) = overview.certificate.known() else { return };
    match certificate.days_left {
        None => need(Outcome::Fail, Leads::Certificate, "no certificate that can be used".into()),
        Some(..0) => need(Outcome::Fail, Leads::Certificate, "the certificate has expired".into()),
        Some(days) => match (&certificate.last_error, certificate.due) {
            (Some(error), _) => {
                need(Outcome::Warn, Leads::Certificate, format!("renewing the certificate failed: {error}"));
            }
            (None, Some(reason)) => need(Outcome::Warn, Leads::Certificate, reason.into()),
            (None, None) if days < SOON.min(certificate.lifetime / 6) => {
                need(
                    Outcome::Warn,
                    Leads::Certificate,
                    format!("the certificate ends in {}", super::lines::days(days)),
                );
            }
            (None, None) => {}
        },
    }
    let (good, all) = certificate.served;
    if good < all {
        need(Outcome::Fail, Leads::Certificate, format!("{} of {all} sockets serve another certificate", all - good));
    }
}

fn distinct(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The first few, and how many more there are.
fn named(names: &[String]) -> String {
    match names {
        [first @ .., _] if names.len() > NAMED + 1 => {
            format!("{} and {} more", first[..NAMED].join(", "), names.len() - NAMED)
        }
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Certificate, LastCheck, Machine, Part, ServedDomain, Server, System, Timer};
    use super::*;
    use crate::spec::Fqdn;

    fn said(overview: &Overview) -> Vec<(Outcome, String)> {
        needs(overview).into_iter().map(|need| (need.outcome, need.text)).collect()
    }

    #[test]
    fn nothing_known_needs_nothing() {
        assert_eq!(needs(&Overview::default()), []);
    }

    #[test]
    fn what_is_broken_comes_before_what_waits() {
        let domain = |name: &str, is_moving| ServedDomain { name: Domain::parse(name).unwrap(), is_moving };
        let overview = Overview {
            server: Part::Known(Server {
                hostname: Fqdn::parse("mail.example.org").unwrap(),
                domains: vec![domain("example.org", true)],
                accounts: 1,
                aliases: 0,
            }),
            checks: Part::Known(Some(LastCheck::of(&[]))),
            machine: Part::Known(Machine { edited: vec!["/etc/postfix/main.cf".into()], ..Machine::default() }),
            certificate: Part::Known(Certificate {
                days_left: Some(80),
                lifetime: 90,
                is_self_signed: false,
                served: (5, 6),
                last_error: None,
                due: None,
            }),
            system: Part::Known(System {
                distribution: "Debian 13".into(),
                disk_used: 93,
                disk_free: 1,
                firewall: None,
            }),
            timers: Part::Known(vec![Timer {
                unit: "mailwizard-renew.timer".into(),
                purpose: "renews the certificate in time".into(),
                is_on: false,
                next: None,
                last: None,
            }]),
            ..Overview::default()
        };
        let said = said(&overview);
        let words: Vec<&str> = said.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            words,
            [
                "1 of 6 sockets serve another certificate",
                "you changed /etc/postfix/main.cf by hand: keep it?",
                "mailwizard-renew.timer is off: renews the certificate in time",
                "the disk of mail is 93 % full",
                "example.org still gets its mail elsewhere: cut over when ready",
                "publish the records of example.org",
            ]
        );
        assert_eq!(said[0].0, Outcome::Fail);
    }

    #[test]
    fn a_certificate_of_six_days_is_not_always_near_its_end() {
        let with = |days_left, lifetime| {
            let certificate = Certificate {
                days_left: Some(days_left),
                lifetime,
                is_self_signed: false,
                served: (6, 6),
                last_error: None,
                due: None,
            };
            said(&Overview { certificate: Part::Known(certificate), ..Overview::default() }).len()
        };
        assert_eq!((with(4, 6), with(0, 6), with(14, 90), with(30, 90)), (0, 1, 1, 0));
    }

    #[test]
    fn names_are_told_or_counted() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        assert_eq!(
            (named(&names[..1]), named(&names[..3]), named(&names)),
            ("a".into(), "a, b, c".into(), "a, b and 2 more".into())
        );
    }
}
