//! Asks the machine: the running configuration of Postfix and Dovecot, their tables and files of accounts, the signers.

use std::path::{Path, PathBuf};

use super::aliases::{self, Served};
use super::doveconf::Block;
use super::mail_layout::mail_layout;
use super::postfix::{self, Parameters, Table};
use super::{Left, Understood, dovecot, logins, main_cf, passwd_file, relay, signers};
use crate::host::{Host, HostError};
use crate::spec::{AliasAddress, Domain, Mailbox, Secret};
use crate::stacks::CommandLine;

/// The operator's own lines, which win over what is rendered.
const OWN_MAIN_CF: &str = "/etc/mailwizard/local/main.cf";

/// Reads the server that runs here. Changes nothing.
pub fn look(host: &dyn Host) -> Result<Understood, HostError> {
    let missing = |program: &str| host.which(program).is_none();
    if missing("postconf") || missing("doveconf") {
        return Err(HostError::Unexpected {
            what: "the mail server of this machine".into(),
            reason: "Postfix and Dovecot are not both installed: only a server made of these two can be taken over"
                .into(),
        });
    }
    let parameters = Parameters::parse(&printed(host, "postconf", &["-x"])?);
    let set = Parameters::parse(&printed(host, "postconf", &["-n"])?);
    let configuration = Block::parse(&printed(host, "doveconf", &["-n"])?);
    let mut found = Understood { hostname: parameters.hostname(), ..Understood::default() };
    domains(host, &parameters, &mut found)?;
    accounts(host, &configuration, &mut found)?;
    aliases(host, &parameters, &mut found)?;
    admin(host, &parameters, &mut found)?;
    dkim(host, &mut found)?;
    leaves_by(host, &parameters, &mut found)?;
    found.certificate = certificate(&parameters);
    if found.certificate.is_none() {
        found.left.push(Left::note("the certificate", "Postfix names none: another one is made or got."));
    }
    found.message_size = set.get("message_size_limit").and_then(|size| size.parse().ok());
    let (own_lines, others) = main_cf::other_settings(&set);
    found.own_lines = own_lines;
    found.left.extend(others);
    found.left.extend(main_cf::filters(&parameters));
    found.own_dovecot_lines = dovecot::own_lines(&configuration);
    found.left.extend(dovecot::other_settings(&configuration));
    Ok(found)
}

fn printed(host: &dyn Host, program: &str, arguments: &[&str]) -> Result<String, HostError> {
    let output = host.run(&CommandLine::new(program, arguments), &mut |_| ())?;
    if output.succeeded() {
        return Ok(output.stdout);
    }
    let said = output.stderr.lines().last().unwrap_or_default();
    Err(HostError::Unexpected { what: format!("what '{program}' says"), reason: crate::printable::excerpt(said, 200) })
}

fn text(host: &dyn Host, path: &Path) -> Result<Option<String>, HostError> {
    Ok(host.read(path)?.map(|file| String::from_utf8_lossy(&file.content).into_owned()))
}

fn rows(host: &dyn Host, tables: &[Table]) -> Result<Vec<(String, String)>, HostError> {
    let mut all = Vec::new();
    for table in tables {
        match table.name.strip_prefix("texthash:") {
            Some(path) => all.extend(postfix::text_rows(&text(host, Path::new(path))?.unwrap_or_default())),
            None => all.extend(postfix::rows(&printed(host, "postmap", &["-s", &table.name])?)),
        }
    }
    Ok(all)
}

fn domains(host: &dyn Host, parameters: &Parameters, found: &mut Understood) -> Result<(), HostError> {
    for parameter in ["virtual_mailbox_domains", "virtual_alias_domains"] {
        let list = with_files(host, &parameters.list(parameter))?;
        let list: Vec<&str> = list.iter().map(String::as_str).collect();
        let (tables, plain, left) = postfix::tables(&list, parameter);
        found.left.extend(left);
        let mut names: Vec<String> = plain.into_iter().map(str::to_owned).collect();
        // The default of virtual_alias_domains is the table of aliases: only its keys without '@' are domains.
        names.extend(
            rows(host, &tables)?.into_iter().map(|(key, _)| key).filter(|key| !key.contains('@') && key.contains('.')),
        );
        for name in names {
            match Domain::parse(&name) {
                Ok(domain) if !found.domains.contains(&domain) => found.domains.push(domain),
                Ok(_) => {}
                Err(e) => found.left.push(Left::stop(format!("the domain '{name}'"), e.to_string())),
            }
        }
    }
    let host_name = parameters.get("myhostname").unwrap_or_default();
    for name in parameters.list("mydestination") {
        let is_hosts_own = name == host_name || name.starts_with("localhost") || !name.contains('.');
        let served = Domain::parse(name).is_ok_and(|domain| found.domains.contains(&domain));
        if !is_hosts_own && !served {
            found.left.push(Left::stop(
                format!("mydestination = {name}"),
                "Its mail goes to this machine's own users. Make it a virtual domain first: accounts in a passwd-file, the domain in \
                 virtual_mailbox_domains.",
            ));
        }
    }
    if let Some(relayed) = parameters.get("relay_domains").filter(|_| !own_line(host, "relay_domains")) {
        found.left.push(Left::stop(
            format!("relay_domains = {relayed}"),
            format!(
                "Mail for them is passed on, which is not carried over. To keep it, set relay_domains, and transport_maps where they \
                 have a way of their own, in {OWN_MAIN_CF} first."
            ),
        ));
    }
    if found.domains.is_empty() {
        found.left.push(Left::stop("domains", "Postfix has no virtual domain, so there is nothing to take over."));
    }
    Ok(())
}

/// Whether the operator keeps the parameter himself already.
fn own_line(host: &dyn Host, parameter: &str) -> bool {
    let own = text(host, Path::new(OWN_MAIN_CF)).ok().flatten().unwrap_or_default();
    own.lines().any(|line| line.split_once('=').is_some_and(|(name, _)| name.trim() == parameter))
}

/// The words of a list of domains; a path stands for the words in that file (postconf(5), mydestination).
fn with_files(host: &dyn Host, list: &[&str]) -> Result<Vec<String>, HostError> {
    let mut all = Vec::new();
    for word in list {
        if word.starts_with('/') {
            let content = text(host, Path::new(word))?.unwrap_or_default();
            let lines = content.lines().filter(|line| !line.starts_with('#'));
            all.extend(lines.flat_map(postfix::words).map(str::to_owned));
        } else {
            all.push((*word).to_owned());
        }
    }
    Ok(all)
}

fn accounts(host: &dyn Host, configuration: &Block, found: &mut Understood) -> Result<(), HostError> {
    let (files, left) = dovecot::passwd_files(configuration);
    found.left.extend(left);
    let (layout, left) = mail_layout(configuration);
    let is_understood = left.is_empty();
    found.left.extend(left);
    if files.is_empty() {
        found.left.push(Left::stop(
            "accounts",
            "Dovecot checks no logins against a passwd-file: no password can be taken over.",
        ));
    }
    for file in files.iter().filter(|_| is_understood) {
        let Some(places) = file.places(&found.domains) else {
            found.left.push(Left::stop(
                format!("passdb passwd-file '{}'", file.path.display()),
                "Its path depends on the user: put all accounts into one file first, or into one for each domain.",
            ));
            continue;
        };
        let is_one = places.len() == 1;
        for (path, domains) in places {
            let Some(content) = text(host, &path)? else {
                // Of files for each domain, those of domains with aliases only need not be there.
                if is_one {
                    let why = "Dovecot names this file of accounts, but it is not there.";
                    found.left.push(Left::stop(path.display().to_string(), why));
                }
                continue;
            };
            let entries = passwd_file::parse(&Secret::new(content));
            let (accounts, left) = logins::accounts(&entries, &file.scheme, &domains, &layout);
            for account in accounts {
                if found.accounts.iter().all(|known| known.address != account.address) {
                    found.accounts.push(account);
                }
            }
            found.left.extend(left);
        }
    }
    Ok(())
}

fn aliases(host: &dyn Host, parameters: &Parameters, found: &mut Understood) -> Result<(), HostError> {
    let (tables, _, left) = postfix::tables(&parameters.list("virtual_alias_maps"), "virtual_alias_maps");
    found.left.extend(left);
    let accounts: Vec<Mailbox> = found.accounts.iter().map(|account| account.address.clone()).collect();
    let origin = parameters.get("myorigin").map(|origin| match origin.starts_with('/') {
        true => text(host, Path::new(origin)).ok().flatten().unwrap_or_default().trim().to_owned(),
        false => origin.to_owned(),
    });
    let origin = origin.and_then(|origin| Domain::parse(&origin).ok());
    let served = Served { domains: &found.domains, accounts: &accounts, origin: origin.as_ref() };
    let (aliases, left) = aliases::aliases(&rows(host, &tables)?, &served);
    found.aliases = aliases;
    found.left.extend(left);
    // A mailbox without a login would refuse its mail from now on.
    let (tables, _, left) = postfix::tables(&parameters.list("virtual_mailbox_maps"), "virtual_mailbox_maps");
    found.left.extend(left);
    for (key, _) in rows(host, &tables)? {
        let is_known = Mailbox::parse(&key).is_ok_and(|address| {
            let alias = AliasAddress::One(address.clone());
            accounts.contains(&address) || found.aliases.iter().any(|known| known.address == alias)
        });
        if !is_known {
            found.left.push(Left::stop(
                format!("the mailbox '{key}'"),
                "Nobody can log in to it: give it a password in the passwd-file, or take it out of virtual_mailbox_maps.",
            ));
        }
    }
    Ok(())
}

/// Root's mail, where `/etc/aliases` sends it to an address of the served domains or another whole one.
fn admin(host: &dyn Host, parameters: &Parameters, found: &mut Understood) -> Result<(), HostError> {
    let Some(text) = text(host, Path::new("/etc/aliases"))? else { return Ok(()) };
    for (name, value) in text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match (name.trim(), Mailbox::parse(value)) {
            ("root", Ok(address)) => found.admin = Some(address),
            ("postmaster" | "mailer-daemon" | "nobody", _) if value == "root" => {}
            (name, _) if !value.is_empty() => found.left.push(Left::note(
                format!("the host's own alias '{name}: {value}'"),
                format!(
                    "Mail of {} itself goes to the administrator.",
                    parameters.get("myhostname").unwrap_or("this host")
                ),
            )),
            _ => {}
        }
    }
    Ok(())
}

fn dkim(host: &dyn Host, found: &mut Understood) -> Result<(), HostError> {
    if let Some(conf) = text(host, Path::new("/etc/opendkim.conf"))? {
        let (table, one) = signers::opendkim_conf(&conf);
        found.dkim.extend(one);
        if let Some(table) = table {
            let (keys, left) = signers::key_table(&text(host, &table)?.unwrap_or_default());
            found.dkim.extend(keys);
            found.left.extend(left);
        }
    }
    if host.which("rspamadm").is_some() {
        let dump = host.run(&CommandLine::new("rspamadm", &["configdump", "-j", "dkim_signing"]), &mut |_| ())?;
        for key in signers::rspamd(&dump.stdout, &found.domains) {
            if host.read(&key.path)?.is_some() {
                found.dkim.push(key);
            }
        }
    }
    found.dkim.retain(|key| found.domains.contains(&key.domain));
    Ok(())
}

fn leaves_by(host: &dyn Host, parameters: &Parameters, found: &mut Understood) -> Result<(), HostError> {
    let Some(relayhost) = parameters.get("relayhost") else { return Ok(()) };
    let (tables, _, _) = postfix::tables(&parameters.list("smtp_sasl_password_maps"), "smtp_sasl_password_maps");
    match relay::relay(relayhost, &rows(host, &tables)?) {
        Ok(relay) => found.relay = Some(relay),
        Err(left) => found.left.push(left),
    }
    Ok(())
}

fn certificate(parameters: &Parameters) -> Option<(PathBuf, PathBuf)> {
    // smtpd_tls_chain_files: the key first, then its chain, often in one file.
    if let [key, rest @ ..] = parameters.list("smtpd_tls_chain_files").as_slice() {
        return Some((rest.first().unwrap_or(key).into(), key.into()));
    }
    let chain = parameters.get("smtpd_tls_cert_file")?;
    let key = parameters.get("smtpd_tls_key_file").unwrap_or(chain);
    Some((chain.into(), key.into()))
}
