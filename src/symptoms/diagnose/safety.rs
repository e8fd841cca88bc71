//! What no cause may ever lead to, held over all of them.

use crate::symptoms::{Repair, Term, causes};

/// Words of a fix that would open the server or weaken its TLS, wherever they stand.
const NEVER: [&str; 16] = [
    "disable_plaintext_auth = no",
    "disable_plaintext_auth=no",
    "auth_allow_cleartext = yes",
    "auth_allow_cleartext=yes",
    "smtpd_tls_auth_only = no",
    "smtpd_tls_auth_only=no",
    "smtpd_tls_security_level = none",
    "smtpd_forbid_bare_newline = no;",
    "ssl = no",
    "0.0.0.0/0",
    "permit_docker=network",
    "permit_docker=connected-networks",
    "tlsv1.1",
    "seclevel=0",
    "chmod 777",
    "chmod -r 777",
];

#[test]
fn a_repair_only_puts_back_what_was_set_up_or_starts_it_again() {
    for cause in causes() {
        let Some(repair) = &cause.repair else { continue };
        match repair {
            // Puts the wish back: it cannot hold what the renderers never write, and their golden files hold that.
            Repair::Apply | Repair::Renew | Repair::OwnMail | Repair::OwnQueue => {}
            Repair::ApplyAndRestart(units) | Repair::ApplyOrRestart(units) | Repair::Restart(units) => {
                let known = ["postfix", "dovecot", "rspamd", "unbound", "opendkim", "{units}"];
                let wrong: Vec<&str> = units.split(' ').filter(|unit| !known.contains(unit)).collect();
                assert!(wrong.is_empty(), "{} restarts {wrong:?}: only daemons of the stack may be", cause.id);
            }
        }
    }
}

#[test]
fn no_fix_opens_the_server_or_weakens_tls() {
    for cause in causes() {
        let text = cause.text.to_lowercase();
        for words in NEVER {
            assert!(!text.contains(words), "{}: '{words}'", cause.id);
        }
        if text.contains("mynetworks") {
            let careful = ["never", "loopback", "take the gateway out", "must not"];
            assert!(
                careful.iter().any(|word| text.contains(word)),
                "{} speaks of mynetworks without a limit",
                cause.id
            );
        }
    }
}

/// What deletes, restarts containers, touches DNS or a provider is the operator's to do.
#[test]
fn what_is_dangerous_is_never_automatic() {
    let theirs = ["docker", "delete", "rm ", "purge", "fsck", "postsuper -d", "registrar", "ticket"];
    let may_say_so = |id: &str| {
        // Their repair is `apply`, which does none of what the text says for servers that mailwizard has not set up.
        matches!(
            id,
            "open-relay" | "outbound-ipv6-broken" | "helo-wrong" | "restart-needed" | "certificate-not-taken-up"
        )
    };
    for cause in causes().iter().filter(|cause| cause.repair.is_some() && !may_say_so(&cause.id)) {
        let text = cause.text.to_lowercase();
        let found: Vec<&&str> = theirs.iter().filter(|word| text.contains(**word)).collect();
        assert!(found.is_empty(), "{} is automatic, and its text speaks of {found:?}", cause.id);
    }
}

/// A cause that rests on the DNS, the network outside, a client or another server cannot be mended here.
#[test]
fn what_lies_elsewhere_is_instructions() {
    let elsewhere = |term: &Term| match term {
        Term::Check { id, .. } => [
            "spf-",
            "dkim-record",
            "dkim-key-match",
            "dmarc-",
            "dns-mx",
            "dns-host",
            "dns-ptr",
            "rep-",
            "firewall-outbound",
        ]
        .iter()
        .any(|begins| id.starts_with(begins)),
        _ => false,
    };
    for cause in causes().iter().filter(|cause| !cause.any.is_empty() && cause.any.iter().all(elsewhere)) {
        assert!(cause.repair.is_none(), "{} is not of this machine", cause.id);
    }
}

#[test]
fn every_cause_has_a_fix_in_words() {
    for cause in causes() {
        assert!(!cause.text.trim().is_empty(), "{} has no text", cause.id);
        assert!(cause.title.ends_with('.') || cause.title.ends_with(')'), "{}: '{}'", cause.id, cause.title);
    }
}
