//! From what was understood to an accepted wish: keys, hashes and the plan for the mail in place, nothing of the server
//! changed yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{FoundAccount, FoundMail, Left, Login, Understood, rsa_key};
use crate::facts::{Facts, ResolvConfOwner};
use crate::host::{EntryKind, Host};
use crate::keys::password::{self, Hashing, ToHash};
use crate::keys::{CertificateInfo, KeyError, dkim};
use crate::plan::ObservedFile;
use crate::spec::{
    Account, Certificate, CertificateMethod, Fqdn, MailDomain, Mailbox, Relay, ResolverMode, Secret, Spec,
};
use crate::stacks::{CommandLine, stack};
use crate::store::{self, MailMove, Paths, Pending, StoreError, pending};

/// Folders that a mail server's configuration is in.
const CONFIGURATION: [&str; 12] = [
    "/etc/postfix",
    "/etc/dovecot",
    "/etc/rspamd",
    "/etc/opendkim",
    "/etc/opendkim.conf",
    "/etc/dkimkeys",
    "/etc/aliases",
    "/etc/mailname",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/default/opendkim",
    "/var/lib/rspamd/dkim",
];

/// What was put in place.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The accepted wish.
    pub spec: Spec,
    /// The copy of the whole configuration as it was.
    pub copy: PathBuf,
    /// Mail that apply will move.
    pub moves: Vec<MailMove>,
    /// What is left after all, with the reason.
    pub left: Vec<Left>,
}

/// Why taking over failed.
#[derive(Debug, thiserror::Error)]
pub enum TakeOverError {
    /// What was understood makes no server.
    #[error("{}", .0.join("\n"))]
    Problems(Vec<String>),
    /// The configuration could not be copied.
    #[error("the configuration could not be copied, so nothing was changed: {0}")]
    NotCopied(String),
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] crate::host::HostError),
    /// A key or hash could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Our own state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The wish that this server amounts to. Pure.
pub fn wish(found: &Understood, facts: &Facts, certificate: Certificate, hostname: &Fqdn) -> Spec {
    let mut spec = Spec::new(hostname.clone());
    spec.domains = found.domains.iter().cloned().map(MailDomain::new).collect();
    let account = |account: &FoundAccount| Account {
        quota_mb: account.quota.as_deref().and_then(megabytes),
        ..Account::new(account.address.clone())
    };
    spec.accounts = found.accounts.iter().map(account).collect();
    spec.aliases = found.aliases.clone();
    spec.admin_email = found.admin.clone().or_else(|| {
        let roots = ["postmaster", "root", "admin", "hostmaster"];
        let served = |address: &Mailbox| spec.account(address).is_some() || !spec.mailboxes_behind(address).is_empty();
        let named = roots.iter().filter_map(|root| Mailbox::at(root, &found.domains.first()?.clone()).ok());
        named.into_iter().find(served)
    });
    spec.certificate = certificate;
    if let Some(size) = found.message_size.filter(|size| *size > 0) {
        spec.protection.message_size_mb = u32::try_from(size.div_ceil(1_000_000)).unwrap_or(50).clamp(1, 1000);
    }
    spec.network.relay = found.relay.as_ref().map(|relay| Relay {
        host: relay.host.clone(),
        port: relay.port,
        username: relay.login.as_ref().map(|(user, _)| user.clone()),
        password_file: None,
        spf: None,
    });
    // Names are resolved as before: another resolver is the operator's to choose.
    let own = facts.resolver.servers.iter().all(|server| server.is_loopback())
        && !facts.resolver.servers.is_empty()
        && facts.resolver.owner != ResolvConfOwner::SystemdResolved;
    spec.resolver.mode = if own { ResolverMode::Unbound } else { ResolverMode::Keep };
    spec
}

/// A quota as Dovecot writes it ("2G", "500M", bytes), in megabytes of 1,048,576 bytes, rounded up; none where it is 0.
fn megabytes(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches(['B', 'b', 'i']);
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return None,
    };
    let bytes = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    u32::try_from(bytes.div_ceil(1 << 20)).ok().filter(|megabytes| *megabytes > 0)
}

/// Copies the whole configuration, keeps keys and hashes, and accepts the wish for apply.
pub fn take_over(
    host: &dyn Host,
    paths: &Paths,
    facts: &Facts,
    found: &Understood,
    hostname: &Fqdn,
) -> Result<Taken, TakeOverError> {
    let (certificate, mut left) = certificate(host, found, hostname)?;
    let mut spec = wish(found, facts, certificate, hostname);
    match spec.clone().normalised().problems() {
        problems if problems.is_empty() => {}
        problems => return Err(TakeOverError::Problems(problems)),
    }
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let copy = copy(host, paths)?;
    for key in &found.dkim {
        let Some(file) = host.read(&key.path)? else {
            left.push(Left::note(key.path.display().to_string(), "The DKIM key is not there: another one is made."));
            continue;
        };
        match rsa_key::pkcs8(&file.content) {
            Ok(private) => dkim::adopt(host, paths, &key.domain, &key.selector, &private)?,
            Err(why) => left.push(Left::note(
                format!("the DKIM key '{}' of {}", key.selector, key.domain),
                format!("It is not taken over: {why}. Another one is made; publish its record."),
            )),
        }
    }
    if let (Some(relay), Some((_, secret))) =
        (&mut spec.network.relay, found.relay.as_ref().and_then(|relay| relay.login.as_ref()))
    {
        let content = format!("{}\n", secret.expose()).into_bytes();
        host.write(&paths.relay_password(), &private(content))?;
        relay.password_file = Some(paths.relay_password());
    }
    own_lines(host, paths, &found.own_lines)?;
    let moves = moves(host, &spec, &found.accounts, &mut left)?;
    let hashes = hashes(&spec, &found.accounts)?;
    store::save_moves(host, paths, &moves)?;
    pending::save(host, paths, &Pending { spec: spec.clone(), hashes })?;
    Ok(Taken { spec, copy, moves, left })
}

fn private(content: Vec<u8>) -> ObservedFile {
    ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() }
}

/// All of it in one archive: whatever adopting forgets, it is there.
fn copy(host: &dyn Host, paths: &Paths) -> Result<PathBuf, TakeOverError> {
    let folder = paths.var().join("before-adopt");
    host.make_directory(&folder, 0o700, "root", "root")?;
    let archive = folder.join(format!("{}.tar.gz", host.now().strftime("%Y%m%dT%H%M%SZ")));
    let mut arguments = vec![
        "--create".to_owned(),
        "--gzip".into(),
        format!("--file={}", archive.display()),
        "--directory=/".into(),
        "--".into(),
    ];
    for path in CONFIGURATION {
        if host.entry(Path::new(path))?.is_some() {
            arguments.push(path.trim_start_matches('/').to_owned());
        }
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output =
        host.run(&CommandLine::new("tar", &arguments).timeout(std::time::Duration::from_secs(300)), &mut |_| ())?;
    if output.succeeded() {
        return Ok(archive);
    }
    Err(TakeOverError::NotCopied(crate::printable::excerpt(output.stderr.trim(), 200)))
}

/// The certificate in use, where the daemons could serve it under the host's name.
fn certificate(
    host: &dyn Host,
    found: &Understood,
    hostname: &Fqdn,
) -> Result<(Certificate, Vec<Left>), TakeOverError> {
    let self_signed = Certificate { method: CertificateMethod::SelfSigned, ..Certificate::default() };
    let Some((chain, key)) = &found.certificate else { return Ok((self_signed, Vec::new())) };
    let info = match host.read(chain)? {
        Some(file) => CertificateInfo::from_pem(&file.content),
        None => Err("it is not there".to_owned()),
    };
    let why = match info {
        Ok(info) if !info.covers(hostname) => format!("it is for {}, not for {hostname}", info.names.join(", ")),
        Ok(info) if !info.is_valid_at(host.now()) => "it has expired".into(),
        Ok(_) => {
            let existing = Certificate {
                method: CertificateMethod::Existing,
                chain_file: Some(chain.clone()),
                key_file: Some(key.clone()),
                ..Certificate::default()
            };
            return Ok((existing, Vec::new()));
        }
        Err(why) => why,
    };
    let left = Left::note(
        format!("the certificate '{}'", chain.display()),
        format!("It is not taken over: {why}. A self-signed one serves until `mailwizard setup` gets another."),
    );
    Ok((self_signed, vec![left]))
}

fn own_lines(host: &dyn Host, paths: &Paths, lines: &[(String, String)]) -> Result<(), TakeOverError> {
    let path = paths.local().join("main.cf");
    if lines.is_empty() || host.read(&path)?.is_some() {
        return Ok(());
    }
    host.make_directory(paths.etc(), 0o755, "root", "root")?;
    host.make_directory(&paths.local(), 0o755, "root", "root")?;
    let text: String = lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
    let content = format!("# Taken over from the main.cf that was here before.\n{text}").into_bytes();
    Ok(host.write(&path, &ObservedFile { mode: 0o644, ..private(content) })?)
}

fn hashes(spec: &Spec, accounts: &[FoundAccount]) -> Result<BTreeMap<Mailbox, Secret>, KeyError> {
    let mut hashes = BTreeMap::new();
    let mut to_hash = Vec::new();
    for account in accounts {
        match &account.login {
            Login::Hash(hash) => drop(hashes.insert(account.address.clone(), hash.clone())),
            Login::Password(password) => {
                to_hash.push(ToHash { address: account.address.clone(), password: password.clone(), before: None })
            }
        }
    }
    hashes.extend(password::hash_all(&to_hash, spec.protection.password_scheme, &Hashing::default())?);
    Ok(hashes)
}

/// Mail that is not where it is looked for from now on.
fn moves(
    host: &dyn Host,
    spec: &Spec,
    accounts: &[FoundAccount],
    left: &mut Vec<Left>,
) -> Result<Vec<MailMove>, TakeOverError> {
    let root = stack(spec.stack).mail_root();
    let mut moves = Vec::new();
    for account in accounts {
        let Some(mail) = &account.mail else { continue };
        let home = root.join(account.address.domain().as_str()).join(account.address.local());
        let Some((from, to)) = needed(mail, &home) else { continue };
        let Some(entry) = host.entry(&from)? else { continue };
        match entry.kind {
            EntryKind::Directory if host.entry(&to)?.is_none() => {
                moves.push(MailMove { from, to, owner: entry.owner, group: entry.group });
            }
            EntryKind::Directory => left.push(Left::stop(
                format!("mail of '{}' in {}", account.address, from.display()),
                format!("It belongs to {}, but something is there already: move that away first.", to.display()),
            )),
            _ => left
                .push(Left::stop(format!("{}", from.display()), "It is no folder: put the mail itself there first.")),
        }
    }
    Ok(moves)
}

/// What has to be moved so that the Maildir is `home/Maildir`: the whole home, where it holds the Maildir under that name.
fn needed(mail: &FoundMail, home: &Path) -> Option<(PathBuf, PathBuf)> {
    let wanted = home.join("Maildir");
    if mail.maildir == wanted {
        return None;
    }
    match &mail.home {
        Some(old) if mail.maildir == old.join("Maildir") => Some((old.clone(), home.to_owned())),
        _ => Some((mail.maildir.clone(), wanted)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed_for(home: Option<&str>, maildir: &str) -> Option<(String, String)> {
        let mail = FoundMail { home: home.map(PathBuf::from), maildir: maildir.into() };
        let shown = |path: PathBuf| path.display().to_string();
        needed(&mail, Path::new("/var/vmail/example.org/alice")).map(|(from, to)| (shown(from), shown(to)))
    }

    #[test]
    fn quotas_are_carried_over_in_megabytes() {
        for (text, wanted) in [
            ("2G", Some(2048)),
            ("500M", Some(500)),
            ("1048577", Some(2)),
            ("0", None),
            ("10GB", Some(10_240)),
            ("x", None),
        ] {
            assert_eq!(megabytes(text), wanted, "{text}");
        }
    }

    #[test]
    fn mail_that_is_in_place_stays_and_other_mail_is_moved_with_its_home() {
        let pair = |from: &str, to: &str| Some((from.to_owned(), to.to_owned()));
        let here = "/var/vmail/example.org/alice";
        assert_eq!(needed_for(Some(here), &format!("{here}/Maildir")), None);
        assert_eq!(needed_for(Some("/srv/alice"), "/srv/alice/Maildir"), pair("/srv/alice", here));
        assert_eq!(needed_for(None, here), pair(here, &format!("{here}/Maildir")));
        assert_eq!(
            needed_for(Some("/srv/alice"), "/srv/alice/mail"),
            pair("/srv/alice/mail", &format!("{here}/Maildir"))
        );
    }
}
