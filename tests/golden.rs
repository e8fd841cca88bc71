//! What the stacks render, file by file, against `tests/golden/<stack>/<case>/`. `GOLDEN=write cargo test --test golden`
//! writes them anew; read the difference before it is committed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy.toml allows them in tests, but not in the functions that tests share"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use mailwizard::facts::{Addresses, Distribution, Facts, PackageVersion};
use mailwizard::spec::{
    Account, Alias, AliasAction, AliasAddress, Domain, Fqdn, MailDomain, Mailbox, OutboundFamily, Relay, Secret,
    Selector, SignerKind, Spec,
};
use mailwizard::stacks::{CheckAccount, Desired, DkimAlgorithm, DkimKey, Materials, Readiness, stack};

#[test]
fn debian_13() {
    check("debian13", &spec(), &facts(&DEBIAN_13), &materials(&spec()));
}

#[test]
fn debian_12() {
    check("debian12", &spec(), &facts(&DEBIAN_12), &materials(&spec()));
}

#[test]
fn ubuntu_24_04() {
    check("ubuntu2404", &spec(), &facts(&UBUNTU_24_04), &materials(&spec()));
}

#[test]
fn ubuntu_26_04() {
    check("ubuntu2604", &spec(), &facts(&UBUNTU_26_04), &materials(&spec()));
}

/// Everything that a setting can turn round, at once: OpenDKIM, a relay with a password, IPv4 only, greylisting, an
/// administrator elsewhere, a catch-all, a domain that is still moving, own lines for main.cf and master.cf.
#[test]
fn every_setting_turned() {
    let mut spec = spec();
    spec.signer.kind = SignerKind::Opendkim;
    spec.network.outbound = OutboundFamily::Ipv4;
    spec.network.relay = Some(Relay {
        host: Fqdn::parse("relay.example.net").unwrap(),
        port: 465,
        username: Some("example".into()),
        password_file: Some("relay.pw".into()),
        spf: None,
    });
    spec.protection.greylisting = true;
    spec.protection.message_size_mb = 25;
    spec.resolver.root_hints = Some("/etc/unbound/closed.hints".into());
    spec.resolver.trust_anchor = Some("/etc/unbound/closed.key".into());
    spec.admin_email = Some(mailbox("admin@elsewhere.example"));
    spec.domains[1].moving_from_another_server = true;
    spec.domains[0].catch_all = Some(mailbox("bob@example.org"));
    spec.aliases.push(Alias {
        address: AliasAddress::parse("old@example.org").unwrap(),
        targets: Vec::new(),
        action: AliasAction::Reject,
    });
    spec.aliases.push(Alias {
        address: AliasAddress::parse("noreply@example.org").unwrap(),
        targets: Vec::new(),
        action: AliasAction::Discard,
    });
    let mut materials = materials(&spec);
    materials.relay_password = Some(Secret::new("relay secret".into()));
    materials.local_overrides = BTreeMap::from([
        ("main.cf".into(), "# ours\ndelay_warning_time = 1h\nmaximal_queue_lifetime = 2d\n".into()),
        ("master.cf".into(), "mailman unix - n n - - pipe\n  flags=FRX user=list argv=/bin/false\n".into()),
    ]);
    let mut facts = facts(&DEBIAN_13);
    facts.has_cloud_init = true;
    check("every-setting", &spec, &facts, &materials);
}

#[test]
fn a_key_that_signed_once_stays_where_the_signer_reads_it_and_no_setting_names_it() {
    let (spec, facts) = (spec(), facts(&DEBIAN_13));
    let without = stack(spec.stack).render(&spec, &facts, &materials(&spec)).unwrap();
    let mut materials = materials(&spec);
    let retired = DkimKey { selector: Selector::parse("r2025b").unwrap(), ..materials.dkim_keys[0].clone() };
    materials.retired_dkim_keys.push(retired);
    let with = stack(spec.stack).render(&spec, &facts, &materials).unwrap();
    let more: Vec<_> = with.files.iter().filter(|file| !without.files.contains(file)).collect();
    let [key] = more[..] else { panic!("not one file more: {more:?}") };
    assert_eq!(key.path, Path::new("/var/lib/rspamd/dkim/example.org.r2025b.key"));
    assert_eq!(key.content.bytes(), b"the rsa key of example.org\n");
}

#[test]
fn a_rendering_of_what_was_rendered_is_the_same() {
    for machine in [DEBIAN_12, DEBIAN_13] {
        let (spec, mut facts) = (spec(), facts(&machine));
        let mut materials = materials(&spec);
        let stack = stack(spec.stack);
        let first = stack.render(&spec, &facts, &materials).unwrap();
        for path in stack.merged_files() {
            let file = first.files.iter().find(|f| f.path == Path::new(path)).unwrap();
            let text = String::from_utf8(file.content.bytes().to_vec()).unwrap();
            if *path == "/etc/hosts" {
                facts.etc_hosts.clone_from(&text);
            }
            materials.existing_files.insert(path.into(), text);
        }
        let second = stack.render(&spec, &facts, &materials).unwrap();
        assert_eq!(first.files, second.files);
    }
}

/// What differs between releases.
struct Machine {
    id: &'static str,
    version: &'static str,
    codename: &'static str,
    postfix: &'static str,
    dovecot: &'static str,
    rspamd: &'static str,
}

const DEBIAN_12: Machine = Machine {
    id: "debian",
    version: "12",
    codename: "bookworm",
    postfix: "3.7.11-0+deb12u1",
    dovecot: "1:2.3.19.1+dfsg1-2.1+deb12u7",
    rspamd: "3.4-1",
};
const DEBIAN_13: Machine = Machine {
    id: "debian",
    version: "13",
    codename: "trixie",
    postfix: "3.10.13-0+deb13u1",
    dovecot: "1:2.4.1+dfsg1-6+deb13u7",
    rspamd: "3.12.1-1",
};
const UBUNTU_24_04: Machine = Machine {
    id: "ubuntu",
    version: "24.04",
    codename: "noble",
    postfix: "3.8.6-1build2",
    dovecot: "1:2.3.21+dfsg1-2ubuntu6",
    rspamd: "3.8.1-1",
};
const UBUNTU_26_04: Machine = Machine {
    id: "ubuntu",
    version: "26.04",
    codename: "resolute",
    postfix: "3.10.6-4",
    dovecot: "1:2.4.1+dfsg1-6ubuntu4",
    rspamd: "3.12.1-1",
};

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

fn spec() -> Spec {
    let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
    spec.admin_email = Some(mailbox("admin@example.org"));
    spec.certificate.agree_to_terms = true;
    spec.domains = ["example.org", "example.net"].map(|d| MailDomain::new(Domain::parse(d).unwrap())).to_vec();
    spec.accounts =
        ["alice@example.org", "bob@example.org", "carol@example.net"].map(|a| Account::new(mailbox(a))).to_vec();
    spec.aliases = vec![
        Alias {
            address: AliasAddress::parse("sales@example.org").unwrap(),
            targets: vec![mailbox("alice@example.org"), mailbox("bob@example.org")],
            action: AliasAction::Deliver,
        },
        Alias {
            address: AliasAddress::parse("phone@example.org").unwrap(),
            targets: vec![mailbox("alice@elsewhere.example")],
            action: AliasAction::Deliver,
        },
    ];
    assert_eq!(spec.problems(), Vec::<String>::new());
    spec
}

fn facts(machine: &Machine) -> Facts {
    let package = |version: &str| PackageVersion { version: version.into(), installed: false };
    Facts {
        distribution: Distribution {
            id: machine.id.into(),
            version: machine.version.into(),
            codename: machine.codename.into(),
            pretty_name: format!("{} {}", machine.id, machine.version),
        },
        packages: BTreeMap::from([
            ("postfix".into(), package(machine.postfix)),
            ("dovecot-core".into(), package(machine.dovecot)),
            ("rspamd".into(), package(machine.rspamd)),
        ]),
        etc_hosts:
            "127.0.0.1 localhost\n127.0.1.1 mail.example.org mail vps-1 # installer\n::1 localhost ip6-localhost\n"
                .into(),
        addresses: Addresses {
            interfaces: vec![
                IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10)),
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10)),
            ],
            egress_ipv4: Some(Ipv4Addr::new(192, 0, 2, 10)),
            egress_ipv6: Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10)),
        },
        ..Facts::default()
    }
}

fn materials(spec: &Spec) -> Materials {
    let keys = spec.domains.iter().flat_map(|domain| {
        [("r2026a", DkimAlgorithm::Rsa), ("e2026a", DkimAlgorithm::Ed25519)].map(|(selector, algorithm)| DkimKey {
            domain: domain.name.clone(),
            selector: Selector::parse(selector).unwrap(),
            algorithm,
            private: Secret::new(format!("the {} key of {}\n", algorithm.tag(), domain.name)),
            public: "AAAA".into(),
        })
    });
    Materials {
        dkim_keys: keys.collect(),
        password_hashes: spec
            .accounts
            .iter()
            .map(|a| (a.address.clone(), Secret::new(format!("{{SHA512-CRYPT}}$6$hash of {}", a.address.local()))))
            .collect(),
        check_account: Some(CheckAccount {
            address: mailbox("mailwizard-check@example.org"),
            hash: Secret::new("{SHA512-CRYPT}$6$hash of the checks".into()),
        }),
        root_hints: spec.resolver.root_hints.as_ref().map(|_| ". 3600000 NS root.test.\n".to_owned()),
        trust_anchor: spec.resolver.trust_anchor.as_ref().map(|_| ". IN DS 1 13 2 AAAA\n".to_owned()),
        ..Materials::default()
    }
}

fn check(case: &str, spec: &Spec, facts: &Facts, materials: &Materials) {
    let desired = stack(spec.stack).render(spec, facts, materials).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(spec.stack.as_str()).join(case);
    let mut rendered: BTreeMap<PathBuf, Vec<u8>> = desired
        .files
        .iter()
        .map(|f| (f.path.strip_prefix("/").unwrap().to_owned(), f.content.bytes().to_vec()))
        .collect();
    assert_eq!(rendered.len(), desired.files.len(), "a file is rendered twice");
    rendered.insert("DESIRED".into(), inventory(&desired).into_bytes());
    if std::env::var_os("GOLDEN").is_some_and(|v| v == "write") {
        std::fs::remove_dir_all(&folder).ok();
        for (path, content) in &rendered {
            std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            std::fs::write(folder.join(path), content).unwrap();
        }
    }
    let golden = files_below(&folder);
    assert_eq!(golden.keys().collect::<Vec<_>>(), rendered.keys().collect::<Vec<_>>(), "files of {case}");
    for (path, content) in &rendered {
        let (found, expected) = (String::from_utf8_lossy(content), String::from_utf8_lossy(&golden[path]));
        assert_eq!(found, expected, "{case}: {}", path.display());
    }
}

fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).unwrap_or_else(|e| panic!("{}: {e}", next.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Everything but the content of files, one line each.
fn inventory(desired: &Desired) -> String {
    let mut text = String::new();
    for name in &desired.packages.names {
        writeln!(text, "package {name}").unwrap();
    }
    for user in &desired.users {
        writeln!(text, "user {} {:?} {}", user.name, user.id, user.home.display()).unwrap();
    }
    for d in &desired.directories {
        writeln!(text, "directory {:04o} {}:{} {}", d.mode, d.owner, d.group, d.path.display()).unwrap();
    }
    for f in &desired.files {
        let secret = if f.content.is_secret() { " secret" } else { "" };
        let after = f.after_unit.map(|u| format!(" after {u}")).unwrap_or_default();
        let used_by: Vec<String> = f
            .used_by
            .iter()
            .map(|unit| if f.restarts.contains(unit) { format!("{unit} (restart)") } else { (*unit).to_owned() })
            .collect();
        let used_by = used_by.join(" ");
        writeln!(text, "file {:04o} {}:{} {}{secret}{after} -> {used_by}", f.mode, f.owner, f.group, f.path.display())
            .unwrap();
    }
    for d in &desired.derived {
        writeln!(text, "derived {} from {} by '{}' -> {}", d.path.display(), d.from.display(), d.command, d.unit)
            .unwrap();
    }
    for s in &desired.services {
        let change = if s.restart_on_change { "restart" } else { "reload" };
        writeln!(text, "service {} (state of {}) {change}", s.unit, s.state_unit).unwrap();
        for command in &s.validate {
            let silent = if command.must_be_silent { " (silent)" } else { "" };
            writeln!(text, "  validate {command}{silent}").unwrap();
        }
        for ready in &s.ready {
            match ready {
                Readiness::TcpPort(port) => writeln!(text, "  ready port {port}"),
                Readiness::UnixSocket(path) => writeln!(text, "  ready socket {}", path.display()),
                Readiness::Resolver(address) => writeln!(text, "  ready resolver {address}"),
            }
            .unwrap();
        }
    }
    for port in &desired.ports {
        writeln!(text, "port {} {}", port.port, port.purpose).unwrap();
    }
    if let Some(certificate) = &desired.certificate {
        writeln!(text, "certificate {} -> {}", certificate.chain_file.display(), certificate.used_by.join(" "))
            .unwrap();
    }
    if let Some(name) = &desired.host_name {
        writeln!(text, "host name {name}").unwrap();
    }
    text
}
