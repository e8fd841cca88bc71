//! The way out, where port 25 is blocked.

use super::field::{always, nothing};
use super::{Choice, Draft, Field, Kind, Page, Step, Value, none};
use crate::spec::{Fqdn, Relay, Section};

/// The step.
pub static STEP: Step = Step {
    id: "outbound",
    title: "Way out",
    intro: "This machine cannot reach other mail servers on port 25: most hosters block it until you ask. Mail can \
            come in, but not go out.",
    fields: &[WAY, HOST, PORT, USERNAME, PASSWORD, SPF],
    page: Page::Questions,
    live_checks: &["firewall-outbound-25"],
    shown: |draft| draft.seen.port25_is_blocked() || draft.network.relay.is_some(),
    notes: none,
    problems,
};

const WAY: Field = Field {
    id: "network.relay",
    label: "Mail goes out",
    help: "A relay is a server that takes your outgoing mail with a user name and password and sends it on. Or ask \
           your hoster to open port 25 (most do on request) and go on; it is checked again.",
    kind: Kind::Choice(&[
        Choice { value: "direct", label: "directly, later", meaning: "port 25 will be opened; until then mail waits" },
        Choice { value: "relay", label: "through a relay", meaning: "with a user name and password" },
    ]),
    shown: always,
    suggest: nothing,
    get: |draft| Value::Choice(if wants_relay(draft) { "relay" } else { "direct" }.into()),
    set: |draft, value| {
        match value.text()?.as_str() {
            "direct" => {
                draft.network.relay = None;
                draft.relay_password = None;
                draft.answered.remove(WANTS_RELAY);
            }
            "relay" => {
                draft.answered.insert(WANTS_RELAY.into());
            }
            other => return Err(format!("'{other}' is neither direct nor relay.")),
        }
        Ok(())
    },
};

const HOST: Field = Field {
    id: "network.relay.host",
    label: "Relay",
    help: "The relay's host name, from your provider.",
    kind: Kind::Text,
    shown: wants_relay,
    suggest: nothing,
    get: |draft| relay(draft, |r| Some(r.host.to_string())),
    set: |draft, value| {
        let host = Fqdn::parse(&value.text()?).map_err(|e| e.to_string())?;
        match &mut draft.network.relay {
            Some(relay) => relay.host = host,
            none => *none = Some(Relay { host, port: 587, username: None, password_file: None, spf: None }),
        }
        Ok(())
    },
};

const PORT: Field = Field {
    id: "network.relay.port",
    label: "Port",
    help: "587 (STARTTLS) is usual; 465 speaks TLS from the first byte.",
    kind: Kind::Text,
    shown: |draft| draft.network.relay.is_some(),
    suggest: nothing,
    get: |draft| relay(draft, |r| Some(r.port.to_string())),
    set: |draft, value| {
        let text = value.text()?;
        let port = text.trim().parse::<u16>().ok().filter(|p| *p > 0);
        let port = port.ok_or_else(|| {
            format!(
                "'{}' is not a port: give a number from 1 to 65535, usually 587.",
                crate::printable::excerpt(&text, 20)
            )
        })?;
        change(draft, |relay| relay.port = port)
    },
};

const USERNAME: Field = Field {
    id: "network.relay.username",
    label: "User name",
    help: "Empty when the relay knows this machine by its address.",
    kind: Kind::Text,
    shown: |draft| draft.network.relay.is_some(),
    suggest: nothing,
    get: |draft| relay(draft, |r| r.username.clone()),
    set: |draft, value| {
        let name = value.text()?.trim().to_owned();
        if name.chars().any(|c| c.is_control() || c == ' ') {
            return Err("The user name holds a space or control character.".into());
        }
        change(draft, |relay| {
            relay.username = (!name.is_empty()).then_some(name);
            if relay.username.is_none() {
                relay.password_file = None;
            }
        })
    },
};

const PASSWORD: Field = Field {
    id: "network.relay.password_file",
    label: "Password",
    help: "Kept in a file that only root can read, never shown again.",
    kind: Kind::Secret,
    shown: |draft| draft.network.relay.as_ref().is_some_and(|r| r.username.is_some()),
    suggest: nothing,
    get: |draft| draft.relay_password.clone().map_or(Value::Missing, Value::Secret),
    set: |draft, value| {
        let Value::Secret(password) = value else { return Err("This takes a password.".into()) };
        let password = crate::spec::Secret::parse_password(password.expose()).map_err(|e| e.to_string())?;
        change(draft, |relay| relay.password_file = Some(Relay::PASSWORD_FILE.into()))?;
        draft.relay_password = Some(password);
        Ok(())
    },
};

const SPF: Field = Field {
    id: "network.relay.spf",
    label: "For SPF",
    help: "What the relay asks to have in your SPF record, like 'include:_spf.relay.example'. It is merged into it.",
    kind: Kind::Text,
    shown: |draft| draft.network.relay.is_some(),
    suggest: nothing,
    get: |draft| relay(draft, |r| r.spf.clone()),
    set: |draft, value| {
        let text = value.text()?.trim().to_owned();
        if !text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\') {
            return Err("This is not one SPF mechanism: write it like 'include:_spf.relay.example'.".into());
        }
        change(draft, |relay| relay.spf = (!text.is_empty()).then_some(text))
    },
};

/// Marks in [`Draft::answered`] that a relay was chosen before its host is known.
const WANTS_RELAY: &str = "network.relay = relay";

fn wants_relay(draft: &Draft) -> bool {
    draft.network.relay.is_some() || draft.is_answered(WANTS_RELAY)
}

fn relay(draft: &Draft, part: fn(&Relay) -> Option<String>) -> Value {
    draft.network.relay.as_ref().and_then(part).map_or(Value::Missing, Value::Text)
}

fn change(draft: &mut Draft, change: impl FnOnce(&mut Relay)) -> Result<(), String> {
    let relay = draft.network.relay.as_mut().ok_or("Name the relay first.")?;
    change(relay);
    Ok(())
}

fn problems(draft: &Draft) -> Vec<String> {
    let mut problems = Vec::new();
    if wants_relay(draft) && draft.network.relay.is_none() {
        problems.push("The relay's host name is missing.".into());
    }
    // A typed password is not kept when the set-up is left: the file that it goes to is not there yet.
    let is_kept = |file: &std::path::PathBuf| {
        file != std::path::Path::new(Relay::PASSWORD_FILE)
            || draft.relay_password.is_some()
            || draft.is_answered(PASSWORD.id)
    };
    let has_password = |relay: &Relay| relay.password_file.as_ref().is_some_and(is_kept);
    if draft.network.relay.as_ref().is_some_and(|r| r.username.is_some() && !has_password(r)) {
        problems.push("The relay's password is missing.".into());
    } else {
        problems.extend(draft.present().map(|s| s.problems_of(Section::Network)).unwrap_or_default());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Secret;

    #[test]
    fn a_relay_is_complete_only_with_its_password() {
        let mut draft = Draft::default();
        draft.answer(&WAY, Value::Choice("relay".into())).unwrap();
        assert_eq!(problems(&draft), ["The relay's host name is missing."]);
        draft.answer(&HOST, Value::Text("smtp.relay.example".into())).unwrap();
        draft.answer(&USERNAME, Value::Text("me".into())).unwrap();
        assert_eq!(problems(&draft), ["The relay's password is missing."]);
        draft.answer(&PASSWORD, Value::Secret(Secret::new("pw".into()))).unwrap();
        assert_eq!(problems(&draft), Vec::<String>::new());
        let mut resumed = draft.clone();
        resumed.relay_password = None;
        resumed.answered.remove(PASSWORD.id);
        assert_eq!(problems(&resumed), ["The relay's password is missing."]);
        draft.answer(&WAY, Value::Choice("direct".into())).unwrap();
        assert_eq!((draft.network.relay.clone(), draft.relay_password.clone()), (None, None));
    }
}
