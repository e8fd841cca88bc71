//! The config folder of docker-mailserver: accounts, aliases, quotas, DKIM keys.

use std::path::{Path, PathBuf};

use super::aliases::{Served, aliases};
use super::{FoundAccount, FoundKey, FoundMail, Left, Login, Understood, logins};
use crate::host::{Host, HostError};
use crate::spec::{Domain, Fqdn, Mailbox, Secret};

/// Files of the operator's own that change the image's settings: they are for the image alone.
const FOR_THE_IMAGE: [&str; 8] = [
    "dovecot.cf",
    "postfix-main.cf",
    "postfix-master.cf",
    "postfix-regexp.cf",
    "postfix-send-access.cf",
    "postfix-receive-access.cf",
    "user-patches.sh",
    "before.dovecot.sieve",
];

/// Reads the folder; `mail` is the one that is mounted at `/var/mail`, where it is known. Changes nothing.
pub fn read(host: &dyn Host, folder: &Path, mail: Option<&Path>) -> Result<Understood, HostError> {
    let accounts = text(host, &folder.join("postfix-accounts.cf"))?;
    let Some(accounts) = accounts else {
        return Err(HostError::Unexpected {
            what: format!("'{}'", folder.display()),
            reason: "it has no postfix-accounts.cf: give the folder that is mounted at /tmp/docker-mailserver".into(),
        });
    };
    let virtuals = text(host, &folder.join("postfix-virtual.cf"))?.unwrap_or_default();
    let quotas = text(host, &folder.join("dovecot-quotas.cf"))?.unwrap_or_default();
    let mut found = Understood::default();
    found_accounts(&Secret::new(accounts), &quotas, mail, &mut found);
    found_aliases(&virtuals, &mut found);
    let keys = text(host, &folder.join("opendkim/KeyTable"))?.unwrap_or_default();
    found_keys(&keys, folder, &mut found);
    found.domains.extend(rspamd_keys(host, folder, &mut found.dkim)?);
    found.domains.sort();
    found.domains.dedup();
    for name in FOR_THE_IMAGE {
        if host.read(&folder.join(name))?.is_some() {
            found.left.push(Left::note(name, "It changes the image's own settings; nothing of it is carried over."));
        }
    }
    found.hostname = found.domains.first().and_then(|domain| Fqdn::parse(&format!("mail.{domain}")).ok());
    if mail.is_none() {
        found.left.push(Left::stop(
            "mail",
            "It is in the folder that is mounted at /var/mail: stop the container, and give that folder with --mail.",
        ));
    }
    let sieve = |name: &String| name.ends_with(".dovecot.sieve") && name.contains('@');
    for script in host.list(folder)?.into_iter().filter(sieve) {
        found.left.push(Left::note(
            script,
            "Put it as .dovecot.sieve into the account's folder below /var/vmail afterwards.",
        ));
    }
    found.left.push(Left::note("the certificate", "A self-signed one serves until `mailwizard setup` gets another."));
    Ok(found)
}

fn text(host: &dyn Host, path: &Path) -> Result<Option<String>, HostError> {
    Ok(host.read(path)?.map(|file| String::from_utf8_lossy(&file.content).into_owned()))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// `address|{SHA512-CRYPT}$6$...`, and `address:1G` for a quota.
fn found_accounts(accounts: &Secret, quotas: &str, mail: Option<&Path>, found: &mut Understood) {
    for line in lines(accounts.expose()) {
        let mut fields = line.split('|');
        let (name, hash) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let named = format!("the account '{name}'");
        let address = match Mailbox::parse(name) {
            Ok(address) => address,
            Err(e) => {
                found.left.push(Left::stop(named, e.to_string()));
                continue;
            }
        };
        match logins::login(&Secret::new(hash.to_owned()), "SHA512-CRYPT") {
            Ok((login, note)) => {
                found.left.extend(note.map(|why| Left::note(named, why)));
                let quota = lines(quotas).find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.to_owned()));
                found.domains.push(address.domain().clone());
                // In the image a home is beside the folders, not around them (its dovecot.conf: mail_location, home).
                let mail = mail.map(|root| {
                    let maildir = root.join(address.domain().as_str()).join(address.local());
                    FoundMail { home: Some(maildir.join("home")), maildir }
                });
                let disabled = login == Login::None;
                found.accounts.push(FoundAccount { address, login, disabled, mail, quota });
            }
            Err(why) => found.left.push(Left::stop(named, why)),
        }
    }
}

/// `alias target,target`: Postfix's own form.
fn found_aliases(virtuals: &str, found: &mut Understood) {
    let rows: Vec<(String, String)> = lines(virtuals)
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect();
    let domains =
        rows.iter().filter_map(|(key, _)| key.rsplit_once('@')).filter_map(|(_, domain)| Domain::parse(domain).ok());
    found.domains.extend(domains);
    let accounts: Vec<Mailbox> = found.accounts.iter().map(|account| account.address.clone()).collect();
    let served = Served { domains: &found.domains, accounts: &accounts, origin: None };
    let (aliases, left) = aliases(&rows, &served);
    found.aliases = aliases;
    found.left.extend(left);
}

/// The table names the image's paths, `/etc/opendkim/keys/...`; here they are below the folder.
fn found_keys(table: &str, folder: &Path, found: &mut Understood) {
    let (keys, left) = super::signers::key_table(table);
    found.left.extend(left);
    for key in keys {
        let path =
            key.path.strip_prefix("/etc/opendkim").map_or(key.path.clone(), |rest| folder.join("opendkim").join(rest));
        found.domains.push(key.domain.clone());
        found.dkim.push(FoundKey { path, ..key });
    }
}

/// With Rspamd in the image: `rspamd/dkim/rsa-2048-<selector>-<domain>.private.txt`.
fn rspamd_keys(host: &dyn Host, folder: &Path, keys: &mut Vec<FoundKey>) -> Result<Vec<Domain>, HostError> {
    let folder: PathBuf = folder.join("rspamd/dkim");
    let mut domains = Vec::new();
    for name in host.list(&folder)? {
        let Some(stem) = name.strip_suffix(".private.txt") else { continue };
        let mut parts = stem.splitn(4, '-');
        let (Some("rsa"), Some(_bits), Some(selector), Some(domain)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if let (Ok(domain), Ok(selector)) = (Domain::parse(domain), crate::spec::Selector::parse(selector)) {
            domains.push(domain.clone());
            keys.push(FoundKey { domain, selector, path: folder.join(&name) });
        }
    }
    Ok(domains)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;

    const HASH: &str = "{SHA512-CRYPT}$6$rounds=5000$abcdefghijklmnop$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

    #[test]
    fn a_config_folder_is_read() {
        let host = FakeHost::default();
        let put = |name: &str, content: &str| host.machine().put(&format!("/srv/dms/config/{name}"), content);
        put("postfix-accounts.cf", &format!("alice@example.org|{HASH}\nbob@example.net|{HASH}|more\nnonsense\n"));
        put(
            "postfix-virtual.cf",
            "info@example.org alice@example.org,bob@example.net\nalice@example.org alice@example.org\n",
        );
        put("dovecot-quotas.cf", "alice@example.org:2G\n");
        put(
            "opendkim/KeyTable",
            "mail._domainkey.example.org example.org:mail:/etc/opendkim/keys/example.org/mail.private\n",
        );
        put("rspamd/dkim/rsa-2048-mail-example.net.private.txt", "x");
        put("postfix-main.cf", "x = 1\n");
        let found = read(&host, Path::new("/srv/dms/config"), Some(Path::new("/srv/dms/mail"))).unwrap();
        assert_eq!(found.domains.iter().map(Domain::as_str).collect::<Vec<_>>(), ["example.net", "example.org"]);
        assert_eq!(found.accounts.len(), 2);
        assert_eq!(found.accounts[0].quota.as_deref(), Some("2G"));
        assert!(matches!(&found.accounts[1].login, Login::Hash(hash) if hash.expose() == HASH));
        assert_eq!(
            found.accounts[0].mail.as_ref().map(|mail| mail.maildir.as_path()),
            Some(Path::new("/srv/dms/mail/example.org/alice"))
        );
        assert_eq!(found.aliases.len(), 1);
        let paths: Vec<String> = found.dkim.iter().map(|k| k.path.display().to_string()).collect();
        assert_eq!(
            paths,
            [
                "/srv/dms/config/opendkim/keys/example.org/mail.private",
                "/srv/dms/config/rspamd/dkim/rsa-2048-mail-example.net.private.txt"
            ]
        );
        let stops: Vec<&str> = found.left.iter().filter(|l| l.stops).map(|l| l.what.as_str()).collect();
        assert_eq!(stops, ["the account 'nonsense'"]);
        assert!(found.left.iter().any(|l| l.what == "postfix-main.cf"));
    }

    #[test]
    fn without_its_mail_it_is_not_taken_over() {
        let host = FakeHost::default();
        host.machine().put("/srv/dms/postfix-accounts.cf", &format!("alice@example.org|{HASH}\n"));
        let found = read(&host, Path::new("/srv/dms"), None).unwrap();
        assert!(found.left.iter().any(|l| l.stops && l.why.contains("--mail")), "{:?}", found.left);
    }

    #[test]
    fn a_folder_that_is_none_is_refused() {
        let refusal = read(&FakeHost::default(), Path::new("/srv/x"), None).unwrap_err().to_string();
        assert!(refusal.contains("postfix-accounts.cf"), "{refusal}");
    }
}
