//! From what was understood to an accepted wish: keys, hashes and the plan for the mail in place, nothing of the server
//! changed yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Examined, FoundAccount, Login, Understood};
use crate::facts::{Facts, ResolvConfOwner};
use crate::host::Host;
use crate::keys::password::{self, Hashing, ToHash};
use crate::keys::{KeyError, dkim};
use crate::plan::ObservedFile;
use crate::spec::{Account, Certificate, Fqdn, MailDomain, Mailbox, Relay, ResolverMode, Secret, Spec};
use crate::stacks::CommandLine;
use crate::store::{Paths, Pending, StoreError, pending};

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

/// In the operator's own folder of Dovecot's settings.
const OWN_DOVECOT_LINES: &str = "/etc/dovecot/local.d/adopted.conf";

/// What was put in place.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The accepted wish.
    pub spec: Spec,
    /// The copy of the whole configuration as it was.
    pub copy: PathBuf,
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
        disabled: account.disabled,
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

/// Copies the whole configuration, keeps keys and hashes, and accepts the wish for apply. Of the server nothing is changed.
pub fn take_over(
    host: &dyn Host,
    paths: &Paths,
    facts: &Facts,
    found: &Understood,
    examined: &Examined,
    hostname: &Fqdn,
) -> Result<Taken, TakeOverError> {
    let mut spec = wish(found, facts, examined.certificate.clone(), hostname);
    match spec.clone().normalised().problems() {
        problems if problems.is_empty() => {}
        problems => return Err(TakeOverError::Problems(problems)),
    }
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let copy = copy(host, paths)?;
    for (key, private) in &examined.keys {
        dkim::adopt(host, paths, &key.domain, &key.selector, private)?;
    }
    if let (Some(relay), Some((_, secret))) =
        (&mut spec.network.relay, found.relay.as_ref().and_then(|relay| relay.login.as_ref()))
    {
        let content = format!("{}\n", secret.expose()).into_bytes();
        host.write(&paths.relay_password(), &private(content))?;
        relay.password_file = Some(paths.relay_password());
    }
    own_lines(host, paths, found)?;
    let hashes = hashes(&spec, &found.accounts)?;
    pending::save_adopted(host, paths, &Pending { spec: spec.clone(), hashes }, &examined.moves)?;
    Ok(Taken { spec, copy })
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

/// What the operator may change afterwards: files of his own that are there stay.
fn own_lines(host: &dyn Host, paths: &Paths, found: &Understood) -> Result<(), TakeOverError> {
    let note = "# Taken over from the configuration that was here before.\n";
    let file = |text: String| ObservedFile { mode: 0o644, ..private(format!("{note}{text}").into_bytes()) };
    let main_cf = paths.local().join("main.cf");
    if !found.own_lines.is_empty() && host.read(&main_cf)?.is_none() {
        host.make_directory(paths.etc(), 0o755, "root", "root")?;
        host.make_directory(&paths.local(), 0o755, "root", "root")?;
        let text = found.own_lines.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
        host.write(&main_cf, &file(text))?;
    }
    let dovecot = Path::new(OWN_DOVECOT_LINES);
    if !found.own_dovecot_lines.is_empty() && host.read(dovecot)?.is_none() {
        host.make_directory(dovecot.parent().unwrap_or(dovecot), 0o755, "root", "root")?;
        host.write(dovecot, &file(found.own_dovecot_lines.clone()))?;
    }
    Ok(())
}

fn hashes(spec: &Spec, accounts: &[FoundAccount]) -> Result<BTreeMap<Mailbox, Secret>, KeyError> {
    let mut hashes = BTreeMap::new();
    let mut to_hash = Vec::new();
    for account in accounts {
        match &account.login {
            Login::Hash(hash) => drop(hashes.insert(account.address.clone(), hash.clone())),
            Login::Password(password) => to_hash.push((account, password.clone())),
            // Nobody knows it, and the account is disabled.
            Login::None => to_hash.push((account, password::generate()?)),
        }
    }
    let to_hash: Vec<ToHash> = to_hash
        .into_iter()
        .map(|(account, password)| ToHash { address: account.address.clone(), password, before: None })
        .collect();
    hashes.extend(password::hash_all(&to_hash, spec.protection.password_scheme, &Hashing::default())?);
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
