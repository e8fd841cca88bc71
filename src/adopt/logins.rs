//! From the lines of a passwd-file to accounts whose passwords stay the same.

use super::mail_layout::MailLayout;
use super::passwd_file::Entry;
use super::{FoundAccount, Left, Login};
use crate::keys::imported_hash;
use crate::spec::{Domain, Mailbox, Secret};

/// Schemes that hold the password itself.
const READABLE: [&str; 3] = ["{PLAIN}", "{CLEARTEXT}", "{CLEAR}"];

/// The accounts of the served domains, and why a line is none of them.
pub(super) fn accounts(
    entries: &[Entry],
    scheme: &str,
    domains: &[Domain],
    layout: &MailLayout,
) -> (Vec<FoundAccount>, Vec<Left>) {
    let (mut accounts, mut left) = (Vec::new(), Vec::new());
    for entry in entries {
        match account(entry, scheme, domains, layout) {
            Ok((account, notes)) => {
                accounts.push(account);
                left.extend(notes);
            }
            Err(reason) => left.push(reason),
        }
    }
    (accounts, left)
}

fn account(
    entry: &Entry,
    scheme: &str,
    domains: &[Domain],
    layout: &MailLayout,
) -> Result<(FoundAccount, Vec<Left>), Left> {
    let named = format!("the account '{}'", entry.user);
    let address = match (entry.user.contains('@'), domains) {
        (true, _) => Mailbox::parse(&entry.user),
        (false, [only]) => Mailbox::at(&entry.user, only),
        (false, _) => {
            return Err(Left::stop(
                named,
                "Its name has no domain, and there is more than one: give it a whole address.",
            ));
        }
    };
    let address = address.map_err(|e| Left::stop(&named, e.to_string()))?;
    if !domains.contains(address.domain()) {
        return Err(Left::note(named, format!("Postfix takes no mail for '{}'.", address.domain())));
    }
    if entry.own_mail {
        return Err(Left::stop(
            named,
            "Its mail is elsewhere than everybody's (userdb_mail): move it to the common place.",
        ));
    }
    let Some(mail) = layout.of(&address, entry) else {
        return Err(Left::stop(
            named,
            "Where its mail is was not understood: see mail_location and userdb of Dovecot.",
        ));
    };
    let (login, note) = login(&entry.password, scheme).map_err(|why| Left::stop(&named, why))?;
    let mut notes: Vec<Left> = note.map(|why| Left::note(&named, why)).into_iter().collect();
    if !entry.others.is_empty() {
        notes.push(Left::note(named, format!("Its fields {} are not carried over.", entry.others.join(", "))));
    }
    let disabled = entry.no_login || login == Login::None;
    Ok((FoundAccount { address, login, disabled, mail: Some(mail), quota: entry.quota.clone() }, notes))
}

/// The login, and what should be known about it.
pub(super) fn login(field: &Secret, scheme: &str) -> Result<(Login, Option<String>), String> {
    let text = field.expose();
    if text.is_empty() || text.starts_with(['!', '*']) {
        let note = "It has no password: it takes mail, and nobody can log in to it, as before.";
        return Ok((Login::None, Some(note.into())));
    }
    let whole = if text.starts_with('{') { text.to_owned() } else { format!("{{{scheme}}}{text}") };
    if let Some(password) = READABLE.iter().find_map(|readable| whole.strip_prefix(readable)) {
        let password = Secret::parse_password(password).map_err(|e| e.to_string())?;
        let note = "Its password was stored readably; from now on only a hash of it is.";
        return Ok((Login::Password(password), Some(note.into())));
    }
    if let Ok(hash) = imported_hash::parse(&whole) {
        return Ok((Login::Hash(hash), None));
    }
    // What Dovecot could check before, it can check from now on.
    if whole.chars().any(|c| c.is_whitespace() || c.is_control() || c == ':') || whole.ends_with('}') {
        return Err("Its password hash is not one line of a passwd-file.".into());
    }
    let (scheme, _) = whole.split_once('}').unwrap_or((&whole, ""));
    let scheme = crate::printable::excerpt(scheme.trim_start_matches('{'), 24);
    let note = format!(
        "Its hash is of the scheme {scheme}, which falls to guessing: it works on, a new password would be better."
    );
    Ok((Login::Hash(Secret::new(whole)), Some(note)))
}

#[cfg(test)]
mod tests {
    use super::super::doveconf::Block;
    use super::super::{mail_layout, passwd_file};
    use super::*;

    const SHA512: &str = "$6$rounds=5000$abcdefghijklmnop$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    fn read(text: &str, domains: &[&str]) -> (Vec<FoundAccount>, Vec<Left>) {
        let domains: Vec<Domain> = domains.iter().map(|d| Domain::parse(d).unwrap()).collect();
        let (layout, _) = mail_layout::mail_layout(&Block::parse("mail_location = maildir:/srv/%d/%n\n"));
        accounts(&passwd_file::parse(&Secret::new(text.into())), "CRYPT", &domains, &layout)
    }

    #[test]
    fn no_password_changes_whatever_it_was_stored_as() {
        let text = format!(
            "alice@example.org:{{SHA512-CRYPT}}{SHA512}::::::\nbob@example.org:{SHA512}\ncarol@example.org:{{PLAIN}}secret word\ndave@example.org:{{SSHA256}}abc=\n"
        );
        let (accounts, left) = read(&text, &["example.org"]);
        let hash = Secret::new(format!("{{SHA512-CRYPT}}{SHA512}"));
        assert_eq!(accounts[0].login, Login::Hash(hash.clone()));
        assert_eq!(accounts[1].login, Login::Hash(hash));
        assert_eq!(accounts[2].login, Login::Password(Secret::new("secret word".into())));
        assert_eq!(accounts[3].login, Login::Hash(Secret::new("{SSHA256}abc=".into())));
        assert_eq!(left.len(), 2, "the readable and the weak one are told: {left:?}");
        assert!(left.iter().all(|l| !l.stops && !format!("{l:?}").contains("secret word")));
    }

    #[test]
    fn a_bare_name_belongs_to_the_only_domain_and_to_none_of_several() {
        let line = format!("alice:{SHA512}\n");
        assert_eq!(read(&line, &["example.org"]).0[0].address.to_string(), "alice@example.org");
        let (accounts, left) = read(&line, &["example.org", "example.net"]);
        assert!(accounts.is_empty() && left[0].stops, "{left:?}");
    }

    #[test]
    fn who_could_not_log_in_cannot_and_strangers_are_named() {
        let text = format!(
            "x@other.net:{SHA512}\ny@example.org:!\nz@example.org:{SHA512}::::::nologin allow_nets=192.0.2.1\n"
        );
        let (accounts, left) = read(&text, &["example.org"]);
        assert_eq!(accounts[0].login, Login::None);
        assert!(accounts.iter().all(|account| account.disabled));
        assert_eq!(left.iter().map(|l| l.stops).collect::<Vec<_>>(), [false, false, false]);
        assert!(left[2].why.contains("allow_nets"), "{left:?}");
    }
}
