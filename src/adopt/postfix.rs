//! What Postfix says of itself: `postconf -x`, `postconf -n`, and its tables.

use std::collections::BTreeMap;

use super::{FoundRelay, Left};
use crate::spec::{Alias, AliasAction, AliasAddress, Domain, Fqdn, Mailbox, Secret};

/// Parameters that were understood, are rendered here, or are a distribution's own.
const UNDERSTOOD: [&str; 66] = [
    "alias_database",
    "alias_maps",
    "append_dot_mydomain",
    "biff",
    "command_directory",
    "compatibility_level",
    "content_filter",
    "daemon_directory",
    "data_directory",
    "debug_peer_level",
    "debugger_command",
    "home_mailbox",
    "html_directory",
    "inet_interfaces",
    "inet_protocols",
    "internal_mail_filter_classes",
    "local_recipient_maps",
    "mail_owner",
    "mailbox_command",
    "mailbox_size_limit",
    "mailq_path",
    "maillog_file",
    "manpage_directory",
    "message_size_limit",
    "milter_default_action",
    "milter_mail_macros",
    "milter_protocol",
    "mydestination",
    "mydomain",
    "myhostname",
    "mynetworks",
    "myorigin",
    "newaliases_path",
    "non_smtpd_milters",
    "queue_directory",
    "readme_directory",
    "recipient_delimiter",
    "relayhost",
    "sample_directory",
    "sendmail_path",
    "setgid_group",
    "shlib_directory",
    "smtp_dns_support_level",
    "smtp_sasl_auth_enable",
    "smtp_sasl_password_maps",
    "smtp_sasl_security_options",
    "smtp_tls_CApath",
    "smtp_tls_loglevel",
    "smtp_tls_security_level",
    "smtp_tls_session_cache_database",
    "smtpd_milters",
    "smtpd_relay_restrictions",
    "smtpd_sasl_auth_enable",
    "smtpd_sasl_path",
    "smtpd_sasl_type",
    "smtpd_tls_cert_file",
    "smtpd_tls_chain_files",
    "smtpd_tls_key_file",
    "smtpd_tls_security_level",
    "smtpd_tls_session_cache_database",
    "smtpd_use_tls",
    "unknown_local_recipient_reject_code",
    "virtual_alias_domains",
    "virtual_alias_maps",
    "virtual_mailbox_domains",
    "virtual_transport",
];

/// More of them: where mail is and whose.
const UNDERSTOOD_TOO: [&str; 11] = [
    "cyrus_sasl_config_path",
    "meta_directory",
    "mynetworks_style",
    "smtp_tls_CAfile",
    "smtpd_banner",
    "virtual_gid_maps",
    "virtual_mailbox_base",
    "virtual_mailbox_limit",
    "virtual_mailbox_maps",
    "virtual_minimum_uid",
    "virtual_uid_maps",
];

/// Parameters of the operator's taste, which hurt nothing: they are carried over as his own lines.
const CARRIED: [&str; 13] = [
    "bounce_queue_lifetime",
    "bounce_template_file",
    "default_destination_concurrency_limit",
    "default_destination_recipient_limit",
    "delay_warning_time",
    "disable_dns_lookups",
    "maximal_backoff_time",
    "maximal_queue_lifetime",
    "minimal_backoff_time",
    "notify_classes",
    "queue_run_delay",
    "smtp_bind_address",
    "smtp_bind_address6",
];

/// Parameters with their values, variables opened.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `postconf -x`: one `name = value` a line.
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Self(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The words of a list.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        words(self.get(name).unwrap_or_default())
    }

    /// The host's name.
    pub(super) fn hostname(&self) -> Option<Fqdn> {
        Fqdn::parse(self.get("myhostname")?).ok()
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split([',', ' ', '\t']).filter(|word| !word.is_empty()).collect()
}

/// A lookup table: its type and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// "hash:/etc/postfix/virtual", as `postmap -s` takes it.
    pub name: String,
}

/// The tables in a list, and what in it is no table (a domain, a path). `proxy:` is only the way to a table.
pub(super) fn tables<'v>(list: &[&'v str], parameter: &str) -> (Vec<Table>, Vec<&'v str>, Vec<Left>) {
    let (mut tables, mut plain, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for word in list {
        let word = word.strip_prefix("proxy:").unwrap_or(word);
        match word.split_once(':') {
            Some(("hash" | "btree" | "lmdb" | "cdb" | "dbm" | "texthash", path)) if path.starts_with('/') => {
                tables.push(Table { name: word.to_owned() });
            }
            Some(("static", _)) | None => plain.push(word),
            Some((kind, _)) => left.push(Left::stop(
                format!("{parameter} = {word}"),
                format!(
                    "A table of the type '{kind}' cannot be listed: write what it answers into a hash table first."
                ),
            )),
        }
    }
    (tables, plain, left)
}

/// Reads `postmap -s`: a key, a tab, a value.
pub(super) fn rows(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())).collect()
}

/// The rows of a table's source, which `postmap -s` does not list for `texthash:`; a line that begins with white space
/// continues the one before (postmap(1)).
pub(super) fn text_rows(text: &str) -> Vec<(String, String)> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), rows.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((key, value)) = line.trim().split_once(char::is_whitespace) {
            rows.push((key.to_owned(), value.trim().to_owned()));
        }
    }
    rows
}

/// The aliases of a table of `virtual_alias_maps`, and why a row is none. `accounts` are addresses with a mailbox.
pub(super) fn aliases(rows: &[(String, String)], domains: &[Domain], accounts: &[Mailbox]) -> (Vec<Alias>, Vec<Left>) {
    let (mut aliases, mut left) = (Vec::new(), Vec::new());
    for (key, value) in rows {
        match alias(key, value, domains, accounts) {
            Ok(alias) => aliases.extend(alias),
            Err(why) => left.push(Left::note(format!("the alias '{key}'"), why)),
        }
    }
    (aliases, left)
}

fn alias(key: &str, value: &str, domains: &[Domain], accounts: &[Mailbox]) -> Result<Option<Alias>, String> {
    if !key.contains('@') {
        return Err(match Domain::parse(key).is_ok_and(|domain| domains.contains(&domain)) {
            // "example.org anything": the old way to name a domain of aliases.
            true => return Ok(None),
            false => "It has no domain: it was only for this host's own mail.".into(),
        });
    }
    let address = match key.strip_prefix('@') {
        Some(domain) => AliasAddress::CatchAll(Domain::parse(domain).map_err(|e| e.to_string())?),
        None => AliasAddress::One(Mailbox::parse(key).map_err(|e| e.to_string())?),
    };
    if !domains.contains(address.domain()) {
        return Err(format!("No mail is taken for '{}'.", address.domain()));
    }
    let targets = words(value);
    if targets.iter().any(|target| target.starts_with('@')) {
        return Err("It maps a whole domain onto another: name its addresses one by one.".into());
    }
    let targets: Vec<Mailbox> =
        targets.into_iter().map(Mailbox::parse).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
    if let AliasAddress::One(one) = &address
        && accounts.contains(one)
    {
        return match targets.as_slice() {
            // It only keeps a catch-all away from the account.
            [only] if only == one => Ok(None),
            _ => Err("It is an account too. Let its owner forward with Sieve (redirect :copy) instead.".into()),
        };
    }
    Ok(Some(Alias { address, targets, action: AliasAction::Deliver }))
}

/// The relay, and its login out of the rows of its password map.
pub(super) fn relay(relayhost: &str, rows: &[(String, String)]) -> Result<FoundRelay, Left> {
    let not_understood = || {
        Left::stop(
            format!("relayhost = {relayhost}"),
            "It is not understood: set network.relay after the adoption, or take it out.",
        )
    };
    let bare = relayhost.trim_start_matches('[');
    let (host, port) = match bare.split_once("]:").or_else(|| bare.split_once(':')) {
        Some((host, port)) => (host, port.parse().or_else(|_| service(port)).map_err(|()| not_understood())?),
        None => (bare.trim_end_matches(']'), 25),
    };
    let host = Fqdn::parse(host).map_err(|_| not_understood())?;
    let found = rows.iter().find(|(key, _)| key == relayhost || key.trim_matches(['[', ']']) == host.as_str());
    let login = found.and_then(|(_, value)| value.split_once(':'));
    let login = login.map(|(user, password)| (user.to_owned(), Secret::new(password.to_owned())));
    Ok(FoundRelay { host, port, login })
}

fn service(name: &str) -> Result<u16, ()> {
    match name {
        "smtp" => Ok(25),
        "submission" => Ok(587),
        "submissions" | "smtps" => Ok(465),
        _ => Err(()),
    }
}

/// What `postconf -n` sets beyond what was understood: lines to carry over, and the rest as one sentence.
pub(super) fn other_settings(set: &Parameters) -> (Vec<(String, String)>, Option<Left>) {
    let carried = set.0.iter().filter(|(name, _)| CARRIED.contains(&name.as_str()));
    let carried = carried.map(|(name, value)| (name.clone(), value.clone())).collect();
    let known = |name: &str| UNDERSTOOD.contains(&name) || UNDERSTOOD_TOO.contains(&name) || CARRIED.contains(&name);
    let others: Vec<&str> = set.0.keys().map(String::as_str).filter(|name| !known(name)).collect();
    let left = (!others.is_empty()).then(|| Left {
        what: others.join(", "),
        why: "These settings of main.cf are not carried over: what you still need of them belongs into /etc/mailwizard/local/main.cf."
            .into(),
        stops: false,
    });
    (carried, left)
}

/// Filters that mail went through and will not any more.
pub(super) fn filters(parameters: &Parameters) -> Vec<Left> {
    let rspamd = |milter: &&str| milter.contains("11332") || milter.contains("rspamd");
    let milters: Vec<&str> = parameters.list("smtpd_milters").into_iter().filter(|milter| !rspamd(milter)).collect();
    let mut left = Vec::new();
    let loopback = |net: &str| net.starts_with("127.") || net.contains("::1") || net.contains("::ffff:127.");
    let networks: Vec<&str> = parameters.list("mynetworks").into_iter().filter(|net| !loopback(net)).collect();
    if !networks.is_empty() {
        left.push(Left::note(
            format!("mynetworks = {}", networks.join(", ")),
            "Who sends from there must log in from now on; to let them in without, name them in /etc/mailwizard/local/main.cf.",
        ));
    }
    if !milters.is_empty() {
        left.push(Left::note(
            format!("smtpd_milters = {}", milters.join(", ")),
            "Rspamd filters and signs from now on. Those programs run on unused: stop them when all is well.",
        ));
    }
    if let Some(filter) = parameters.get("content_filter") {
        left.push(Left::note(
            format!("content_filter = {filter}"),
            "Rspamd filters from now on; that one is asked no more.",
        ));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains(names: &[&str]) -> Vec<Domain> {
        names.iter().map(|name| Domain::parse(name).unwrap()).collect()
    }

    fn row(key: &str, value: &str) -> (String, String) {
        (key.into(), value.into())
    }

    #[test]
    fn a_server_made_by_hand_is_read() {
        for text in [
            include_str!("../../tests/adopt/postconf-x-bookworm.txt"),
            include_str!("../../tests/adopt/postconf-x-trixie.txt"),
        ] {
            let parameters = Parameters::parse(text);
            assert_eq!(parameters.hostname().unwrap().as_str(), "mail.example.lab");
            let (tables, plain, left) = tables(&parameters.list("virtual_mailbox_domains"), "virtual_mailbox_domains");
            assert_eq!((tables, plain, left), (vec![], vec!["example.lab"], vec![]));
            assert_eq!(filters(&parameters), [], "Rspamd stays");
        }
        let set = Parameters::parse(include_str!("../../tests/adopt/postconf-n-trixie.txt"));
        let (carried, left) = other_settings(&set);
        assert_eq!((carried, left), (vec![], None));
        let set = Parameters::parse("delay_warning_time = 2h\nsmtpd_client_restrictions = reject_rbl_client x\n");
        let (carried, left) = other_settings(&set);
        assert_eq!(carried, [row("delay_warning_time", "2h")]);
        assert_eq!(left.unwrap().what, "smtpd_client_restrictions");
    }

    #[test]
    fn tables_that_can_be_listed_are_and_others_stop() {
        let list =
            ["hash:/etc/postfix/virtual", "proxy:hash:/etc/more", "proxy:mysql:/etc/postfix/sql.cf", "example.org"];
        let (tables, plain, left) = tables(&list, "virtual_alias_maps");
        assert_eq!(
            tables.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(),
            ["hash:/etc/postfix/virtual", "hash:/etc/more"]
        );
        assert_eq!(plain, ["example.org"]);
        assert!(left.len() == 1 && left[0].stops && left[0].why.contains("'mysql'"), "{left:?}");
    }

    #[test]
    fn aliases_are_read_and_what_is_none_is_said() {
        let rows = [
            row("info@example.org", "alice@example.org, bob@other.net"),
            row("@example.org", "alice@example.org"),
            row("alice@example.org", "alice@example.org"),
            row("bob@example.org", "bob@example.org, carol@other.net"),
            row("root", "alice@example.org"),
            row("@example.net", "@example.org"),
            row("x@elsewhere.net", "alice@example.org"),
        ];
        let accounts = ["alice@example.org", "bob@example.org"].map(|a| Mailbox::parse(a).unwrap());
        let (aliases, left) = aliases(&rows, &domains(&["example.org", "example.net"]), &accounts);
        let shown: Vec<String> = aliases.iter().map(|a| format!("{} {}", a.address, a.targets.len())).collect();
        assert_eq!(shown, ["info@example.org 2", "*@example.org 1"]);
        let whats: Vec<&str> = left.iter().map(|l| l.what.as_str()).collect();
        assert_eq!(
            whats,
            [
                "the alias 'bob@example.org'",
                "the alias 'root'",
                "the alias '@example.net'",
                "the alias 'x@elsewhere.net'"
            ]
        );
    }

    #[test]
    fn a_source_is_read_with_its_continued_lines() {
        let text = "# table\n\ninfo@x.org alice@x.org,\n  bob@x.org\nx.org anything\n";
        assert_eq!(text_rows(text), [row("info@x.org", "alice@x.org, bob@x.org"), row("x.org", "anything")]);
    }

    #[test]
    fn a_relay_is_read_with_its_login() {
        let rows = [row("[smtp.relay.example]:587", "user:pass:word")];
        let found = relay("[smtp.relay.example]:587", &rows).unwrap();
        assert_eq!((found.host.as_str(), found.port), ("smtp.relay.example", 587));
        assert_eq!(found.login.unwrap(), ("user".into(), Secret::new("pass:word".into())));
        assert_eq!(relay("smtp.relay.example:submission", &[]).unwrap().port, 587);
        assert!(relay("[192.0.2.1]", &[]).unwrap_err().stops);
    }
}
