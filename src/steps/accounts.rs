//! Accounts, their passwords, aliases.

use std::collections::BTreeSet;

use super::field::always;
use super::{Draft, Field, Kind, Page, Password, Step, Suggestion, Value};
use crate::printable::excerpt;
use crate::spec::{self, Account, Alias, AliasAction, AliasAddress, Mailbox, Secret, Section};

/// The step.
pub static STEP: Step = Step {
    id: "accounts",
    title: "Accounts",
    intro: "Who reads mail here. An account is a mailbox with a password; an alias is an address that leads to one.",
    fields: &[ACCOUNTS, PASSWORDS, ADMIN, ALIASES],
    page: Page::Questions,
    live_checks: &[],
    shown: always,
    notes,
    problems: |draft| {
        if draft.accounts.is_empty() {
            return vec![
                "No account is given: name at least one, so that somebody reads what is sent to postmaster.".into(),
            ];
        }
        draft.present().map(|s| s.normalised().problems_of(Section::Accounts)).unwrap_or_default()
    },
};

const ACCOUNTS: Field = Field {
    id: "accounts",
    label: "Accounts",
    help: "One a line: the address, then the person's name if you like. 'alice@example.org Alice Example'. Or the path \
           of a CSV file, '/root/people.csv': address,name,password-or-hash.",
    kind: Kind::List { entry: "account", takes_files: true },
    shown: always,
    suggest: super::field::nothing,
    get: |draft| list(draft.accounts.iter().map(account_line)),
    set: |draft, value| {
        let mut accounts: Vec<Account> = Vec::new();
        for line in value.list()? {
            let account = parse_account(draft, &line)?;
            if accounts.iter().any(|a| a.address == account.address) {
                return Err(format!("The account '{}' is given twice: leave one of them out.", account.address));
            }
            accounts.push(account);
        }
        draft.accounts = accounts;
        let kept: BTreeSet<Mailbox> = draft.accounts.iter().map(|a| a.address.clone()).collect();
        draft.passwords.retain(|address, _| kept.contains(address));
        Ok(())
    },
};

const PASSWORDS: Field = Field {
    id: "accounts.password_file",
    label: "Passwords",
    help: "Empty: a good one is made and shown once. Or type one twice.",
    kind: Kind::Passwords {
        items: |draft| draft.accounts.iter().map(|a| a.address.to_string()).collect(),
        keeps: |draft, item| {
            let Ok(address) = Mailbox::parse(item) else { return false };
            match draft.passwords.get(&address) {
                Some(password) => matches!(password, Password::Hash(_)),
                None => draft.base.as_ref().is_some_and(|base| base.account(&address).is_some()),
            }
        },
    },
    shown: |draft| !draft.accounts.is_empty(),
    suggest: super::field::nothing,
    get: |draft| {
        if !draft.is_answered("accounts.password_file") {
            return Value::Missing;
        }
        let of = |address: &Mailbox| match draft.passwords.get(address) {
            Some(Password::Given(secret)) => Some(secret.clone()),
            _ => None,
        };
        Value::Passwords(draft.accounts.iter().map(|a| (a.address.to_string(), of(&a.address))).collect())
    },
    set: |draft, value| {
        let Value::Passwords(passwords) = value else { return Err("This takes a password for each account.".into()) };
        for (address, password) in passwords {
            let address = Mailbox::parse(&address).map_err(|e| e.to_string())?;
            if !draft.accounts.iter().any(|a| a.address == address) {
                return Err(format!("'{address}' is not one of the accounts."));
            }
            match password {
                Some(secret) => {
                    let secret = Secret::parse_password(secret.expose()).map_err(|e| e.to_string())?;
                    draft.passwords.insert(address, Password::Given(secret));
                }
                // A hash that came from an import is a decision too.
                None if matches!(draft.passwords.get(&address), Some(Password::Hash(_))) => {}
                None => {
                    draft.passwords.remove(&address);
                }
            }
        }
        Ok(())
    },
};

const ADMIN: Field = Field {
    id: "admin_email",
    label: "Reports go to",
    help: "Who reads what the server has to say: warnings, DMARC reports, mail to root.",
    kind: Kind::Text,
    shown: |draft| !draft.accounts.is_empty(),
    suggest: |draft| {
        let first = draft.first_account()?;
        Some(Suggestion { value: Value::Text(first.to_string()), source: "the first account".into() })
    },
    get: |draft| draft.admin_email.as_ref().map_or(Value::Missing, |a| Value::Text(a.to_string())),
    set: |draft, value| {
        let text = value.text()?;
        draft.admin_email = match text.trim() {
            "" => None,
            address => Some(Mailbox::parse(address).map_err(|e| e.to_string())?),
        };
        Ok(())
    },
};

const ALIASES: Field = Field {
    id: "aliases",
    label: "Aliases",
    help: "One a line: 'info@example.org -> alice@example.org, bob@example.org'. '*@example.org -> ...' takes what is \
           sent to any other address; '= reject' and '= discard' are for addresses that nobody reads.",
    kind: Kind::List { entry: "alias", takes_files: false },
    shown: |draft| !draft.accounts.is_empty(),
    suggest: |draft| {
        let aliases = role_aliases(draft);
        (!aliases.is_empty()).then(|| Suggestion {
            value: Value::List(aliases.iter().map(alias_line).collect()),
            source: "the addresses every domain should answer to (RFC 2142)".into(),
        })
    },
    get: |draft| list(draft.aliases.iter().map(alias_line)),
    set: |draft, value| {
        let mut aliases: Vec<Alias> = Vec::new();
        for line in value.list()? {
            let alias = parse_alias(&line)?;
            if aliases.iter().any(|a| a.address == alias.address) {
                return Err(format!("The alias '{}' is given twice: put all its targets into one.", alias.address));
            }
            aliases.push(alias);
        }
        draft.aliases = aliases;
        Ok(())
    },
};

fn list(lines: impl Iterator<Item = String>) -> Value {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { Value::Missing } else { Value::List(lines) }
}

fn account_line(account: &Account) -> String {
    match &account.name {
        Some(name) => format!("{} {name}", account.address),
        None => account.address.to_string(),
    }
}

fn parse_account(draft: &Draft, line: &str) -> Result<Account, String> {
    if line.trim_start().starts_with('/') {
        return Err(format!("The accounts of '{}' are not taken yet: press Enter there.", excerpt(line.trim(), 100)));
    }
    let (address, name) = line.trim().split_once([' ', '\t']).unwrap_or((line.trim(), ""));
    let address = Mailbox::parse(address).map_err(|e| e.to_string())?;
    let name = name.trim();
    if name.chars().any(char::is_control) || name.len() > 200 {
        return Err(format!("The name of '{address}' holds a control character or is longer than 200 bytes."));
    }
    if !draft.domains.is_empty() && !draft.domains.iter().any(|d| d.name == *address.domain()) {
        let domains: Vec<&str> = draft.domains.iter().map(|d| d.name.as_str()).collect();
        return Err(format!("'{address}' is in none of the domains: they are {}.", excerpt(&domains.join(", "), 200)));
    }
    let known = draft.accounts.iter().find(|a| a.address == address).cloned();
    let name = (!name.is_empty()).then(|| name.to_owned());
    Ok(Account { name, ..known.unwrap_or_else(|| Account::new(address)) })
}

fn alias_line(alias: &Alias) -> String {
    match alias.action {
        AliasAction::Deliver => {
            let targets: Vec<String> = alias.targets.iter().map(ToString::to_string).collect();
            format!("{} -> {}", alias.address, targets.join(", "))
        }
        AliasAction::Reject => format!("{} = reject", alias.address),
        AliasAction::Discard => format!("{} = discard", alias.address),
    }
}

fn parse_alias(line: &str) -> Result<Alias, String> {
    let address = |text: &str| AliasAddress::parse(text.trim()).map_err(|e| e.to_string());
    if let Some((name, targets)) = line.split_once("->") {
        let targets = targets
            .split(',')
            .map(|t| Mailbox::parse(t.trim()).map_err(|e| e.to_string()))
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(Alias { address: address(name)?, targets, action: AliasAction::Deliver });
    }
    // A local part may hold '=', so the action is what follows the last one after a space.
    if let Some((name, action)) = line.rsplit_once(" =") {
        let action = match action.trim() {
            "reject" => AliasAction::Reject,
            "discard" => AliasAction::Discard,
            other => return Err(format!("'{}' is neither reject nor discard.", excerpt(other, 40))),
        };
        return Ok(Alias { address: address(name)?, targets: Vec::new(), action });
    }
    Err(format!(
        "'{}' is not an alias: write it like 'info@example.org -> alice@example.org'.",
        excerpt(line.trim(), 80)
    ))
}

/// The role addresses of every domain.
fn role_aliases(draft: &Draft) -> Vec<Alias> {
    draft.domains.iter().flat_map(|domain| spec::role_aliases(&domain.name, &draft.accounts)).collect()
}

fn notes(draft: &Draft) -> Vec<String> {
    let Some(spec) = draft.present().map(spec::Spec::normalised) else { return Vec::new() };
    let mut notes = Vec::new();
    for domain in &spec.domains {
        let Ok(postmaster) = Mailbox::at("postmaster", &domain.name) else { continue };
        let refused = spec.mailboxes_behind(&postmaster).is_empty()
            && !spec.aliases.iter().any(|a| a.address == AliasAddress::One(postmaster.clone()));
        if refused && !spec.accounts.is_empty() && draft.is_answered(ALIASES.id) {
            notes.push(format!(
                "Nobody reads '{postmaster}'. Every domain must have that address (RFC 5321), and blocked senders write to it."
            ));
        }
    }
    let foreign = spec.aliases.iter().flat_map(|a| &a.targets).find(|t| spec.domain(t.domain()).is_none());
    if let Some(target) = foreign {
        notes.push(format!(
            "Mail is forwarded to '{target}' at another server. Senders are rewritten (SRS) so that it is accepted there; \
             what is spam is not forwarded."
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Domain, MailDomain};

    fn draft(accounts: &[&str]) -> Draft {
        let mut draft = Draft::default();
        for name in ["example.org", "example.net"] {
            draft.domains.push(MailDomain::new(Domain::parse(name).unwrap()));
        }
        let lines = accounts.iter().map(|a| (*a).to_owned()).collect();
        draft.answer(&ACCOUNTS, Value::List(lines)).unwrap();
        draft
    }

    #[test]
    fn role_addresses_lead_to_somebody_of_the_same_domain() {
        let draft = draft(&["alice@example.org Alice Example", "bob@example.net", "abuse@example.net"]);
        let (Value::List(lines), Some(source)) = ALIASES.answer_or_suggestion(&draft) else { panic!("no suggestion") };
        assert_eq!(source, "the addresses every domain should answer to (RFC 2142)");
        assert_eq!(lines.len(), 7, "abuse@example.net is an account: {lines:?}");
        assert_eq!(lines[0], "postmaster@example.org -> alice@example.org");
        assert_eq!(lines[4], "postmaster@example.net -> bob@example.net");
        assert_eq!(draft.accounts[0].name.as_deref(), Some("Alice Example"));
    }

    #[test]
    fn lines_that_are_no_aliases_say_why() {
        for (line, part) in [
            ("info@example.org alice@example.org", "is not an alias: write it like"),
            ("info@example.org -> ", "is not a mail address: it is empty"),
            ("info -> alice@example.org", "is not an alias: it has no '@'"),
            ("info@example.org = drop", "'drop' is neither reject nor discard"),
        ] {
            let sentence = parse_alias(line).unwrap_err();
            assert!(sentence.contains(part), "{line}: {sentence}");
        }
        for line in
            ["*@example.org -> a@example.org, b@other.net", "x@example.org = reject", "a=b@example.org = discard"]
        {
            assert_eq!(alias_line(&parse_alias(line).unwrap()), line);
        }
    }

    #[test]
    fn a_removed_account_takes_its_password_with_it() {
        let mut draft = draft(&["alice@example.org", "bob@example.org"]);
        let given = Value::Passwords(vec![
            ("alice@example.org".into(), Some(Secret::new("one".into()))),
            ("bob@example.org".into(), None),
        ]);
        draft.answer(&PASSWORDS, given).unwrap();
        assert_eq!(draft.passwords.len(), 1);
        draft.answer(&ACCOUNTS, Value::List(vec!["bob@example.org".into()])).unwrap();
        assert!(draft.passwords.is_empty());
    }

    #[test]
    fn an_account_outside_the_domains_is_refused() {
        let mut draft = draft(&[]);
        let refusal = draft.answer(&ACCOUNTS, Value::List(vec!["eve@other.example".into()])).unwrap_err();
        assert_eq!(refusal, "'eve@other.example' is in none of the domains: they are example.org, example.net.");
    }
}
