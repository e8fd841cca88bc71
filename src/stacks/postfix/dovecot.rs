//! Dovecot 2.3 and 2.4: IMAP, delivery by LMTP with Sieve, and the passwords for Postfix.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;

use minijinja::context;

use super::addresses::administrator;
use super::release::DovecotSyntax;
use super::server::Server;
use crate::plan::MailOwner;
use crate::spec::Secret;
use crate::stacks::{
    CommandLine, DerivedFile, Desired, Directory, ManagedFile, OpenPort, Readiness, RenderError, Service, SystemUser,
};

/// Accounts and password hashes.
const USERS_FILE: &str = "/etc/dovecot/mailwizard-users";
/// The script that files spam; compiled beside it, as no mail process may write there.
const JUNK_SIEVE: &str = "/var/lib/dovecot/mailwizard/junk.sieve";
/// Dovecot may not write there, so it is compiled beforehand.
const JUNK_SIEVE_COMPILED: &str = "/var/lib/dovecot/mailwizard/junk.svbin";
/// Where mail is: `<domain>/<local part>/Maildir`.
pub(super) const MAIL_ROOT: &str = "/var/vmail";
/// Whose it is: the name of a user and of a group.
pub(super) const MAIL_USER: &str = "vmail";
/// The uid and gid that it gets where it does not exist.
const VMAIL_ID: u32 = 5000;
/// The file in an account's folder that says when it was used last, as `dovecot.conf` names it.
pub(super) const LAST_LOGIN: &str = "last-login";
/// Folders that every account has, with the special use of their name (RFC 6154).
const FOLDERS: [&str; 4] = ["Drafts", "Sent", "Junk", "Trash"];
pub(super) const UNIT: &str = "dovecot.service";

pub(super) fn add(server: &Server, desired: &mut Desired) -> Result<(), RenderError> {
    let packages = ["dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-sieve"];
    desired.packages.names.extend(packages.map(str::to_owned));
    let (uid, gid) = server.facts.vmail_ids.unwrap_or((VMAIL_ID, VMAIL_ID));
    desired.users.push(SystemUser { name: MAIL_USER.into(), id: Some(uid), home: MAIL_ROOT.into() });
    desired.directories.extend([
        Directory { path: MAIL_ROOT.into(), mode: 0o770, owner: MAIL_USER.into(), group: MAIL_USER.into() },
        Directory { path: "/etc/dovecot/local.d".into(), mode: 0o755, owner: "root".into(), group: "root".into() },
        Directory {
            path: "/var/lib/dovecot/mailwizard".into(),
            mode: 0o755,
            owner: "root".into(),
            group: "root".into(),
        },
    ]);
    let template = match server.release.dovecot {
        DovecotSyntax::V2_3 => "dovecot-2.3.conf.j2",
        DovecotSyntax::V2_4 => "dovecot-2.4.conf.j2",
    };
    let postmaster = administrator(server.spec)
        .map_or_else(|| format!("postmaster@{}", server.spec.hostname), |address| address.to_string());
    let values = context! {
        users_file => USERS_FILE,
        junk_sieve => JUNK_SIEVE,
        mail_root => MAIL_ROOT,
        folders => FOLDERS,
        scheme => server.spec.protection.password_scheme.as_str(),
        vmail_uid => uid,
        vmail_gid => gid,
        postmaster,
        // Dovecot does not start when it is to listen on a family that the kernel has not.
        listen => if server.facts.addresses.interfaces.iter().any(IpAddr::is_ipv6) { "*, ::" } else { "*" },
        chain_file => server.chain_file(),
        key_file => server.key_file(),
    };
    desired.files.extend([
        ManagedFile::text("/etc/dovecot/dovecot.conf", server.templates.render(template, values)?, "Dovecot, whole")
            .used_by(&[UNIT]),
        ManagedFile::text(JUNK_SIEVE, server.templates.render("junk.sieve", context! {})?, "files spam into Junk")
            .used_by(&[UNIT]),
        ManagedFile::secret(USERS_FILE, users(server)?, "accounts and their password hashes")
            .readable_by("dovecot", 0o640)
            .used_by(&[UNIT]),
    ]);
    desired.derived.push(DerivedFile {
        path: PathBuf::from(JUNK_SIEVE_COMPILED),
        from: PathBuf::from(JUNK_SIEVE),
        command: CommandLine::new("sievec", &[JUNK_SIEVE]),
        unit: UNIT,
    });
    desired.ports.push(OpenPort { port: 993, purpose: "imaps" });
    desired.services.push(Service {
        validate: vec![
            CommandLine::new("doveconf", &["-n"]),
            // It only looks (sievec(1)).
            CommandLine::new("sievec", &["-d", JUNK_SIEVE, "-"]),
        ],
        ready: vec![
            Readiness::TcpPort(993),
            Readiness::UnixSocket(PathBuf::from("/var/spool/postfix/private/dovecot-lmtp")),
            Readiness::UnixSocket(PathBuf::from("/var/spool/postfix/private/auth")),
        ],
        ..Service::daemon(UNIT, "keeps mailboxes, serves IMAP, checks passwords")
    });
    Ok(())
}

/// As `mail_home` in `dovecot.conf` says it.
pub(super) fn mail_folder(owner: &MailOwner) -> PathBuf {
    let root = PathBuf::from(MAIL_ROOT);
    match owner {
        MailOwner::Account(address) => root.join(address.domain().as_str()).join(address.local()),
        MailOwner::Domain(domain) => root.join(domain.as_str()),
    }
}

/// `address:hash::::::fields` for each account, with its quota and, where it is disabled, no network that it may log in
/// from: then no password fits, and its mail is delivered nevertheless. uid, gid and home are the same rule for all and stand in dovecot.conf. The
/// checks' own login is taken from this machine only (`allow_nets`).
fn users(server: &Server) -> Result<Secret, RenderError> {
    let mut text = String::new();
    for account in &server.spec.accounts {
        let hash = server.materials.password_hashes.get(&account.address).ok_or_else(|| RenderError::Missing {
            what: format!("A password for '{}'", account.address),
            fix: "set one, or remove the account".into(),
        })?;
        // Writing to a String cannot fail.
        let _ = write!(text, "{}:{}::::::", account.address, hash.expose());
        let mut fields = Vec::new();
        if account.disabled {
            fields.push("allow_nets=0.0.0.0/32".to_owned());
        }
        if let Some(quota) = account.quota_mb {
            fields.push(match server.release.dovecot {
                DovecotSyntax::V2_3 => format!("userdb_quota_rule=*:storage={quota}M"),
                DovecotSyntax::V2_4 => format!("userdb_quota_storage_size={quota}M"),
            });
        }
        let _ = writeln!(text, "{}", fields.join(" "));
    }
    if let Some(check) = &server.materials.check_account {
        let nets = ["127.0.0.0/8".to_owned(), "::1/128".to_owned()].into_iter().chain(server.own_addresses());
        let nets: Vec<String> = nets.collect();
        let _ = writeln!(text, "{}:{}::::::allow_nets={}", check.address, check.hash.expose(), nets.join(","));
    }
    Ok(Secret::new(text))
}
