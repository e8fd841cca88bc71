//! The login that the checks use: an address of its own with a random password that only root can read.
//!
//! The daemons get its hash through [`CheckAccount`]; the password itself stays in `/var/lib/mailwizard` (0600) and goes
//! only over verified or loopback TLS.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{KeyError, password};
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::spec::{Mailbox, PasswordScheme, Secret, Spec};
use crate::stacks::CheckAccount;
use crate::store::Paths;

/// The login with its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckLogin {
    /// What the stack needs of it.
    pub account: CheckAccount,
    /// Its password.
    pub password: Secret,
}

/// The file's fields as they are read; their strings move into secrets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    address: Mailbox,
    password: String,
    hash: String,
}

/// The file's fields as they are written.
#[derive(Serialize)]
struct Borrowed<'a> {
    address: &'a Mailbox,
    password: &'a str,
    hash: &'a str,
}

/// The login's address for this wish: in the first domain that takes mail here; `None` where none does yet.
pub fn address(spec: &Spec) -> Option<Mailbox> {
    let domain = spec.domains.iter().find(|d| !d.moving_from_another_server)?;
    Mailbox::at(CheckAccount::LOCAL_PART, &domain.name).ok()
}

/// The stored login; `None` where no apply has made one yet.
pub fn load(host: &dyn Host, paths: &Paths) -> Result<Option<CheckLogin>, KeyError> {
    let path = paths.check_account();
    let Some(found) = host.read(&path)? else { return Ok(None) };
    let damaged = |reason: String| KeyError::State { path: path.clone(), reason };
    let text = String::from_utf8(found.content).map(Zeroizing::new).map_err(|_| damaged("it is not text".into()))?;
    let file: Stored = toml::from_str(&text).map_err(|e| damaged(e.message().to_owned()))?;
    Ok(Some(CheckLogin {
        account: CheckAccount { address: file.address, hash: Secret::new(file.hash) },
        password: Secret::new(file.password),
    }))
}

/// The stored login with the address that this wish gives it; password and hash are made once and then kept, so that a
/// second apply renders the same files. `None` where no domain takes mail here yet.
pub fn load_or_make(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Option<CheckLogin>, KeyError> {
    let Some(address) = address(spec) else { return Ok(None) };
    let stored = load(host, paths)?;
    if let Some(login) = &stored
        && login.account.address == address
    {
        return Ok(stored);
    }
    let login = match stored {
        Some(moved) => CheckLogin { account: CheckAccount { address, ..moved.account }, password: moved.password },
        None => {
            let password = password::generate()?;
            // The password is random: 99 bits need no slow hash, and the scheme stays when the users' one changes.
            let hash = password::hash(&password, PasswordScheme::Sha512Crypt)?;
            CheckLogin { account: CheckAccount { address, hash }, password }
        }
    };
    save(host, paths, &login)?;
    Ok(Some(login))
}

fn save(host: &dyn Host, paths: &Paths, login: &CheckLogin) -> Result<(), KeyError> {
    let path = paths.check_account();
    let account = &login.account;
    let file = Borrowed { address: &account.address, password: login.password.expose(), hash: account.hash.expose() };
    let text = toml::to_string(&file)
        .map(Zeroizing::new)
        .map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() })?;
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let content =
        ObservedFile { content: text.as_bytes().to_vec(), mode: 0o600, owner: "root".into(), group: "root".into() };
    Ok(host.write(&path, &content)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;
    use crate::spec::{Domain, Fqdn, MailDomain};

    fn spec(domains: &[&str]) -> Spec {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.domains = domains.iter().map(|d| MailDomain::new(Domain::parse(d).unwrap())).collect();
        spec
    }

    #[test]
    fn the_password_outlives_a_change_of_domain_and_is_only_roots() {
        let host = FakeHost::default();
        let paths = Paths::default();
        let first = load_or_make(&host, &paths, &spec(&["example.org"])).unwrap().unwrap();
        assert_eq!(first.account.address.to_string(), "mailwizard-check@example.org");
        assert_eq!(load_or_make(&host, &paths, &spec(&["example.org"])).unwrap(), Some(first.clone()));
        let moved = load_or_make(&host, &paths, &spec(&["example.net"])).unwrap().unwrap();
        assert_eq!(moved.account.address.to_string(), "mailwizard-check@example.net");
        assert_eq!((&moved.password, &moved.account.hash), (&first.password, &first.account.hash));
        assert_eq!(host.read(&paths.check_account()).unwrap().unwrap().mode, 0o600);
    }

    #[test]
    fn a_domain_on_the_move_gets_no_login() {
        let mut spec = spec(&["example.org"]);
        spec.domains[0].moving_from_another_server = true;
        assert_eq!(load_or_make(&FakeHost::default(), &Paths::default(), &spec).unwrap(), None);
    }
}
