//! Every wish survives being written to an answers file and read again.

#![allow(
    clippy::unwrap_used,
    reason = "a value that a strategy of this file makes and that does not parse is a defect of the file"
)]

use mailwizard::spec::{
    Account, Alias, AliasAction, AliasAddress, CertificateMethod, DmarcPolicy, Domain, Fqdn, MailDomain, Mailbox,
    OutboundFamily, PasswordScheme, Relay, ResolverMode, Selector, SignerKind, Spec, answers,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

fn name() -> impl Strategy<Value = String> {
    vec("[a-z]([a-z0-9-]{0,8}[a-z0-9])?", 2..4)
        .prop_map(|labels| labels.join("."))
        .prop_filter("one of its labels reads as an A-label", |n| Fqdn::parse(n).is_ok())
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    ("[a-z0-9]([a-z0-9+_=-]{0,6}[a-z0-9])?", name())
        .prop_filter_map("not an address", |(local, domain)| Mailbox::parse(&format!("{local}@{domain}")).ok())
}

fn domain() -> impl Strategy<Value = MailDomain> {
    (
        name(),
        select(vec![DmarcPolicy::None, DmarcPolicy::Quarantine, DmarcPolicy::Reject]),
        of(mailbox()),
        any::<bool>(),
        vec("[a-z0-9]{1,12}", 0..3),
    )
        .prop_map(|(name, dmarc, catch_all, moving_from_another_server, selectors)| MailDomain {
            name: Domain::parse(&name).unwrap(),
            dmarc,
            catch_all,
            moving_from_another_server,
            dkim_selectors: selectors.iter().map(|s| Selector::parse(s).unwrap()).collect(),
        })
}

fn account() -> impl Strategy<Value = Account> {
    let limits = (of(1..=u32::MAX), any::<bool>());
    (mailbox(), of("[^\\p{Cc}]{1,20}"), of("[a-z/. ]{1,12}"), limits).prop_map(
        |(address, name, file, (quota_mb, disabled))| Account {
            name,
            password_file: file.map(Into::into),
            quota_mb,
            disabled,
            ..Account::new(address)
        },
    )
}

fn alias() -> impl Strategy<Value = Alias> {
    let address = prop_oneof![
        mailbox().prop_map(AliasAddress::One),
        name().prop_map(|n| AliasAddress::CatchAll(Domain::parse(&n).unwrap())),
    ];
    let action = select(vec![AliasAction::Deliver, AliasAction::Reject, AliasAction::Discard]);
    (address, vec(mailbox(), 0..3), action).prop_map(|(address, targets, action)| Alias { address, targets, action })
}

fn relay() -> impl Strategy<Value = Relay> {
    (name(), any::<u16>(), of("[a-z\"\\\\#]{1,8}"), of("[a-z/]{1,12}"), of("include:[a-z.]{1,8}")).prop_map(
        |(host, port, username, file, spf)| Relay {
            host: Fqdn::parse(&host).unwrap(),
            port,
            username,
            password_file: file.map(Into::into),
            spf,
        },
    )
}

prop_compose! {
    fn spec()(
        hostname in name(),
        admin_email in of(mailbox()),
        domains in vec(domain(), 0..4),
        accounts in vec(account(), 0..4),
        aliases in vec(alias(), 0..4),
        relay in of(relay()),
        (ipv4, ipv6) in (of(any::<std::net::Ipv4Addr>()), of(any::<std::net::Ipv6Addr>())),
        outbound in select(vec![OutboundFamily::Both, OutboundFamily::Ipv4, OutboundFamily::Ipv6]),
        mode in select(vec![ResolverMode::Unbound, ResolverMode::Keep]),
        kind in select(vec![SignerKind::Rspamd, SignerKind::Opendkim]),
        scheme in select(vec![PasswordScheme::Sha512Crypt, PasswordScheme::Argon2id]),
        (junk, reject, size) in (any::<u32>(), any::<u32>(), any::<u32>()),
        (greylisting, fail2ban, manage, agree_to_terms) in any::<(bool, bool, bool, bool)>(),
        method in select(vec![CertificateMethod::AcmeHttp, CertificateMethod::Existing, CertificateMethod::SelfSigned]),
        directory in of("https://[a-z\"#]{1,8}"),
        targets in vec(name(), 0..3),
    ) -> Spec {
        let mut spec = Spec::new(Fqdn::parse(&hostname).unwrap());
        spec.admin_email = admin_email;
        spec.domains = domains;
        spec.accounts = accounts;
        spec.aliases = aliases;
        spec.network.ipv4 = ipv4;
        spec.network.ipv6 = ipv6;
        spec.network.outbound = outbound;
        spec.network.relay = relay;
        spec.resolver.mode = mode;
        spec.signer.kind = kind;
        spec.protection.junk_score_tenths = junk;
        spec.protection.reject_score_tenths = reject;
        spec.protection.message_size_mb = size;
        spec.protection.greylisting = greylisting;
        spec.protection.fail2ban = fail2ban;
        spec.protection.password_scheme = scheme;
        spec.firewall.manage = manage;
        spec.certificate.method = method;
        spec.certificate.agree_to_terms = agree_to_terms;
        spec.certificate.directory = directory;
        spec.checks.port25_targets = targets.iter().map(|t| Fqdn::parse(t).unwrap()).collect();
        spec
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spec_comes_back_from_toml_as_it_was(spec in spec()) {
        let text = answers::to_toml(&spec).unwrap();
        let back = answers::parse(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(back.spec, spec);
    }

    #[test]
    fn no_text_breaks_the_reader_or_the_terminal(text in "\\PC{0,80}", at in 0usize..200) {
        let good = "version = 1\nhostname = \"mail.example.org\"\n[protection]\ngreylisting = true\n[[domains]]\nname = \"a.example\"\n";
        let at = (0..=at.min(good.len())).rev().find(|i| good.is_char_boundary(*i)).unwrap_or(0);
        let mixed = format!("{}{text}{}", &good[..at], &good[at..]);
        if let Err(refusal) = answers::parse(&mixed) {
            prop_assert!(!refusal.to_string().chars().any(char::is_control), "{refusal:?}");
        }
    }
}
