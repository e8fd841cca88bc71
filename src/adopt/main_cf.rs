//! Settings of `main.cf` that are neither domains nor mailboxes: carried over, not needed any more, or left behind.

use super::Left;
use super::postfix::Parameters;

/// Parameters that were understood, are rendered here, or are a distribution's own.
const UNDERSTOOD: [&str; 93] = [
    "alias_database",
    "alias_maps",
    "append_dot_mydomain",
    "biff",
    "command_directory",
    "compatibility_level",
    "content_filter",
    "cyrus_sasl_config_path",
    "daemon_directory",
    "data_directory",
    "debug_peer_level",
    "debugger_command",
    "disable_vrfy_command",
    "home_mailbox",
    "html_directory",
    "inet_interfaces",
    "inet_protocols",
    "internal_mail_filter_classes",
    "local_recipient_maps",
    "mail_owner",
    "mailbox_command",
    "mailbox_size_limit",
    "maillog_file",
    "mailq_path",
    "manpage_directory",
    "message_size_limit",
    "meta_directory",
    "milter_default_action",
    "milter_mail_macros",
    "milter_protocol",
    "mydestination",
    "mydomain",
    "myhostname",
    "mynetworks",
    "mynetworks_style",
    "myorigin",
    "newaliases_path",
    "non_smtpd_milters",
    "queue_directory",
    "readme_directory",
    "recipient_delimiter",
    "relay_domains",
    "relayhost",
    "sample_directory",
    "sendmail_path",
    "setgid_group",
    "shlib_directory",
    "smtp_dns_support_level",
    "smtp_sasl_auth_enable",
    "smtp_sasl_password_maps",
    "smtp_sasl_security_options",
    "smtp_sasl_tls_security_options",
    "smtp_tls_CAfile",
    "smtp_tls_CApath",
    "smtp_tls_loglevel",
    "smtp_tls_mandatory_protocols",
    "smtp_tls_note_starttls_offer",
    "smtp_tls_protocols",
    "smtp_tls_security_level",
    "smtp_tls_session_cache_database",
    "smtp_tls_wrappermode",
    "smtpd_banner",
    "smtpd_helo_required",
    "smtpd_milters",
    "smtpd_relay_restrictions",
    "smtpd_sasl_auth_enable",
    "smtpd_sasl_local_domain",
    "smtpd_sasl_path",
    "smtpd_sasl_security_options",
    "smtpd_sasl_type",
    "smtpd_tls_auth_only",
    "smtpd_tls_cert_file",
    "smtpd_tls_chain_files",
    "smtpd_tls_key_file",
    "smtpd_tls_loglevel",
    "smtpd_tls_mandatory_protocols",
    "smtpd_tls_protocols",
    "smtpd_tls_received_header",
    "smtpd_tls_security_level",
    "smtpd_tls_session_cache_database",
    "smtpd_use_tls",
    "smtputf8_enable",
    "unknown_local_recipient_reject_code",
    "virtual_alias_domains",
    "virtual_alias_maps",
    "virtual_gid_maps",
    "virtual_mailbox_base",
    "virtual_mailbox_domains",
    "virtual_mailbox_limit",
    "virtual_mailbox_maps",
    "virtual_minimum_uid",
    "virtual_transport",
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

/// What `postconf -n` sets beyond what was understood: lines to carry over, and the rest as one sentence.
pub(super) fn other_settings(set: &Parameters) -> (Vec<(String, String)>, Option<Left>) {
    let carried = set.iter().filter(|(name, _)| CARRIED.contains(name));
    let carried = carried.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let known = |name: &str| UNDERSTOOD.contains(&name) || CARRIED.contains(&name);
    let others: Vec<&str> = set.iter().map(|(name, _)| name).filter(|name| !known(name)).collect();
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

    #[test]
    fn a_server_made_by_hand_is_read() {
        for text in [
            include_str!("../../tests/adopt/postconf-x-bookworm.txt"),
            include_str!("../../tests/adopt/postconf-x-trixie.txt"),
        ] {
            assert_eq!(filters(&Parameters::parse(text)), [], "Rspamd stays");
        }
        let set = Parameters::parse(include_str!("../../tests/adopt/postconf-n-trixie.txt"));
        assert_eq!(other_settings(&set), (vec![], None));
        let set = Parameters::parse("delay_warning_time = 2h\nsmtpd_client_restrictions = reject_rbl_client x\n");
        let (carried, left) = other_settings(&set);
        assert_eq!(carried, [("delay_warning_time".to_owned(), "2h".to_owned())]);
        assert_eq!(left.unwrap().what, "smtpd_client_restrictions");
    }
}
