//! The cut-over: domains that were at another server arrive here.

use super::{Draft, Field, Kind, Page, Step, Value, none};

/// The step.
pub static STEP: Step = Step {
    id: "cutover",
    title: "Cut-over",
    intro: "These domains still get their mail at another server. When you are ready, this server accepts their mail, \
            and then you change their MX records.",
    fields: &[NOW],
    page: Page::CutOver,
    live_checks: &[],
    shown: |draft| !moving(draft).is_empty(),
    notes: none,
    problems: none,
};

const NOW: Field = Field {
    id: "cutover",
    label: "Cut over now",
    help: "Copy the old mail over first, and lower the TTL of the MX records a day before. The others stay as they \
           are; run `mailwizard setup` again for them.",
    kind: Kind::Several { items: moving },
    shown: |draft| !moving(draft).is_empty(),
    suggest: super::field::nothing,
    get: |_| Value::Missing,
    set: |draft, value| {
        let chosen = value.list()?;
        if let Some(stranger) = chosen.iter().find(|c| !moving(draft).contains(c)) {
            return Err(format!(
                "'{}' is not one of the domains that are moving here.",
                crate::printable::excerpt(stranger, 80)
            ));
        }
        for domain in draft.domains.iter_mut().filter(|d| chosen.contains(&d.name.to_string())) {
            domain.moving_from_another_server = false;
        }
        Ok(())
    },
};

fn moving(draft: &Draft) -> Vec<String> {
    draft.domains.iter().filter(|d| d.moving_from_another_server).map(|d| d.name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Domain, MailDomain};

    #[test]
    fn only_the_chosen_domain_arrives() {
        let mut draft = Draft::default();
        for name in ["a.example", "b.example"] {
            let name = Domain::parse(name).unwrap();
            draft.domains.push(MailDomain { moving_from_another_server: true, ..MailDomain::new(name) });
        }
        assert!(draft.answer(&NOW, Value::List(vec!["c.example".into()])).is_err());
        draft.answer(&NOW, Value::List(vec!["b.example".into()])).unwrap();
        assert_eq!(moving(&draft), ["a.example"]);
        assert!((STEP.shown)(&draft), "one is still elsewhere");
        draft.answer(&NOW, Value::List(vec!["a.example".into()])).unwrap();
        assert!(!(STEP.shown)(&draft), "nothing is left to choose");
    }
}
