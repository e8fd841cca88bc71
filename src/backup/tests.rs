use std::path::{Path, PathBuf};

use super::age::{Identity, Key, Lock};
use super::*;
use crate::facts::{Addresses, Facts, PackageVersion};
use crate::host::fake::{printed, root_file};
use crate::host::{FakeHost, Host};
use crate::keys::{dkim, self_signed};
use crate::plan::ObservedFile;
use crate::spec::{Mailbox, Secret};
use crate::stacks::stack;
use crate::store::{Paths, pending};

const FILE: &str = "/root/server.age";
const WISH: &str = "version = 1\nhostname = \"mail.example.org\"\n[network]\nipv4 = \"198.51.100.10\"\n[[domains]]\nname = \"example.org\"\n\
                    [certificate]\nagree_to_terms = true\n[[accounts]]\naddress = \"alice@example.org\"\n";
const MAILDIR: &str = "/var/vmail/example.org/alice/Maildir";

fn paths() -> Paths {
    Paths::default()
}

fn pair() -> (Lock, Key) {
    let identity = Identity::generate().unwrap();
    (Lock::Recipients(vec![identity.recipient().unwrap()]), Key::Identities(vec![identity]))
}

fn alice() -> Mailbox {
    Mailbox::parse("alice@example.org").unwrap()
}

fn facts(address: &str, dovecot: &str) -> Facts {
    let addresses = Addresses {
        interfaces: vec![address.parse().unwrap()],
        egress_ipv4: Some(address.parse().unwrap()),
        egress_ipv6: None,
    };
    let version = PackageVersion { version: dovecot.into(), installed: true };
    Facts { addresses, packages: [("dovecot-core".to_owned(), version)].into(), ..Facts::default() }
}

fn put(host: &FakeHost, path: &str, content: &str) {
    host.machine().put(path, content);
}

/// A server with everything that a server has.
fn server() -> FakeHost {
    let host = FakeHost::default();
    host.script("sync", |_, _| printed(""));
    host.machine().clock = 1_790_000_000;
    let spec = crate::spec::answers::parse(WISH).unwrap().spec;
    pending::save_spec(&host, &paths().spec(), &spec).unwrap();
    let hashes = [(alice(), Secret::new("{SHA512-CRYPT}$6$canary$hash".into()))].into();
    pending::save_hashes(&host, &paths().password_hashes(), &hashes).unwrap();
    dkim::load_or_make(&host, &paths(), &spec).unwrap();
    let wanted = stack(spec.stack).certificate(&spec);
    let pair = self_signed::make(&wanted.names, host.now(), 90).unwrap();
    crate::keys::install(&host, &wanted, &pair).unwrap();
    put(&host, "/var/lib/mailwizard/acme-account.json", "{\"url\":\"x\"}");
    put(&host, "/etc/mailwizard/local/main.cf", "delay_warning_time = 1h\n");
    put(&host, "/etc/dovecot/local.d/mine.conf", "mail_debug = yes\n");
    put(&host, "/var/lib/mailwizard/lock", "process 1");
    put(&host, "/var/lib/mailwizard/written.json", "{}");
    put(&host, "/var/lib/mailwizard/history/20260101T000000Z/journal.jsonl", "{}\n");
    for (name, content) in [
        ("cur/1.host:2,S", "From: a\n\none\n"),
        ("new/2.host", "two"),
        ("tmp/3.host", "half"),
        (".Archive/cur/4.host:2,", "four"),
        ("dovecot-uidlist", "3 V1 N5\n"),
        ("dovecot.index", "index"),
        ("subscriptions", "Archive\n"),
    ] {
        let path = format!("{MAILDIR}/{name}");
        let file = ObservedFile { owner: "vmail".into(), group: "vmail".into(), ..root_file(content, 0o600) };
        host.machine().files.insert(path.clone().into(), file);
        host.machine().modified.insert(path.into(), 1_000_000_000);
    }
    host
}

const ALL: Include = Include { mail: true, history: true };

fn backed_up(host: &FakeHost, include: Include) -> (Written, Key) {
    let (lock, key) = pair();
    let facts = facts("198.51.100.10", "1:2.3.19.1+dfsg1-2.1");
    let written = write(host, &paths(), &facts, Path::new(FILE), &lock, include, &mut |_| ()).unwrap();
    (written, key)
}

/// The backup alone on a fresh machine.
fn moved(from: &FakeHost) -> FakeHost {
    let to = FakeHost::default();
    to.script("sync", |_, _| printed(""));
    to.machine().clock = 1_790_000_000;
    let file = from.machine().files[Path::new(FILE)].clone();
    to.machine().files.insert(FILE.into(), file);
    to
}

#[test]
fn a_backup_holds_all_that_makes_the_server_and_nothing_of_the_moment() {
    let host = server();
    let (written, key) = backed_up(&host, ALL);
    assert_eq!(host.read(Path::new(FILE)).unwrap().unwrap().mode, 0o600);
    let contents = verify(&host, Path::new(FILE), &key).unwrap();
    assert_eq!(contents.about.hostname.as_str(), "mail.example.org");
    assert_eq!(contents.about.dovecot, Some((2, 3)));
    let names: Vec<&str> = contents.small.keys().map(String::as_str).collect();
    for wanted in [
        "etc/mailwizard/spec.toml",
        "etc/mailwizard/local/main.cf",
        "own/etc/dovecot/local.d/mine.conf",
        "var/lib/mailwizard/acme-account.json",
        "etc/ssl/mailwizard/mail.example.org/privkey.pem",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("lock") || name.contains("written")), "{names:?}");
    assert_eq!(contents.mail["example.org/alice"], (3, 13 + 3 + 4));
    assert_eq!(contents.kinds[&Kind::Mail].0, 5, "three messages, the list of UIDs and the subscriptions");
    assert_eq!(contents.kinds[&Kind::History].0, 1);
    assert_eq!(written.mail.files, 5);
    assert!(!String::from_utf8_lossy(&host.read(Path::new(FILE)).unwrap().unwrap().content).contains("canary"));
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let host = server();
    put(&host, FILE, "precious");
    let refusal = write(&host, &paths(), &Facts::default(), Path::new(FILE), &pair().0, ALL, &mut |_| ());
    assert!(refusal.unwrap_err().to_string().contains("is there already"));
    assert_eq!(host.machine().text(FILE).unwrap(), "precious");
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let host = server();
    host.machine().writes_until_full = Some(0);
    write(&host, &paths(), &Facts::default(), Path::new(FILE), &pair().0, ALL, &mut |_| ()).unwrap_err();
    assert!(host.entry(Path::new(FILE)).unwrap().is_none());
}

#[test]
fn on_another_machine_the_wish_is_accepted_with_its_keys_and_hashes() {
    let old = server();
    let (_, key) = backed_up(&old, ALL);
    let new = moved(&old);
    let contents = verify(&new, Path::new(FILE), &key).unwrap();
    assert_eq!(new.machine().files.len(), 1, "verifying writes nothing");
    let placed = accept(&new, &paths(), &facts("203.0.113.7", "1:2.4.1-1"), Path::new(FILE), &contents).unwrap();

    let accepted = pending::load(&new, &paths()).unwrap().unwrap();
    assert_eq!(accepted.spec, placed.spec);
    assert_eq!(placed.spec.network.ipv4, None);
    assert!(placed.notes[0].contains("198.51.100.10") && placed.notes[0].contains("203.0.113.7"), "{:?}", placed.notes);
    assert_eq!(accepted.hashes[&alice()].expose(), "{SHA512-CRYPT}$6$canary$hash");
    assert!(new.read(&paths().spec()).unwrap().is_none(), "nothing was applied yet");
    assert_eq!(
        dkim::load_or_make(&new, &paths(), &placed.spec).unwrap(),
        dkim::load_or_make(&old, &paths(), &placed.spec).unwrap()
    );
    let key_of = |host: &FakeHost| host.read(Path::new("/etc/ssl/mailwizard/mail.example.org/privkey.pem")).unwrap();
    assert_eq!(key_of(&new), key_of(&old));
    assert_eq!(new.machine().text("/etc/mailwizard/local/main.cf").unwrap(), "delay_warning_time = 1h\n");
    assert!(new.machine().text("/etc/dovecot/local.d/mine.conf").is_none(), "it is for another Dovecot");
    assert!(new.machine().text("/etc/dovecot/local.d/mine.conf.from-2.3").is_some());
}

#[test]
fn mail_is_put_beside_what_is_there_with_owner_and_time_and_a_second_time_changes_nothing() {
    let old = server();
    let (_, key) = backed_up(&old, ALL);
    let new = moved(&old);
    // It was delivered here meanwhile, and read.
    put(&new, &format!("{MAILDIR}/cur/2.host:2,RS"), "two");
    let spec = crate::spec::answers::parse(WISH).unwrap().spec;
    let place = || place_mail(&new, &paths(), &spec, Path::new(FILE), &key, (5000, 5000), &mut |_| ()).unwrap();
    let (done, there) = place();
    assert_eq!((done.files, there), (4, 1));
    let path = PathBuf::from(format!("{MAILDIR}/cur/1.host:2,S"));
    let entry = new.entry(&path).unwrap().unwrap();
    assert_eq!((entry.owner.as_str(), entry.mode, entry.modified), ("5000", 0o600, 1_000_000_000));
    assert!(new.machine().files.keys().all(|p| !p.ends_with("2.host")), "no message is there twice");
    assert!(new.machine().text("/var/lib/mailwizard/history-before-move/20260101T000000Z/journal.jsonl").is_some());
    assert_eq!(place().0.files, 0);
}

#[test]
fn what_would_be_replaced_is_kept() {
    let old = server();
    let (_, key) = backed_up(&old, Include::default());
    let new = moved(&old);
    put(&new, "/etc/mailwizard/local/main.cf", "theirs = 1\n");
    let contents = verify(&new, Path::new(FILE), &key).unwrap();
    accept(&new, &paths(), &facts("198.51.100.10", "1:2.3.19"), Path::new(FILE), &contents).unwrap();
    let machine = new.machine();
    let kept = machine.files.iter().find(|(path, _)| path.starts_with("/var/lib/mailwizard/before-restore"));
    assert_eq!(kept.unwrap().1.content, b"theirs = 1\n");
}

#[test]
fn a_backup_that_was_cut_or_changed_is_refused_and_nothing_is_written() {
    let old = server();
    let (_, key) = backed_up(&old, ALL);
    let whole = old.machine().files[Path::new(FILE)].content.clone();
    for content in [&whole[..whole.len() - 1], &whole[..300], b"", b"age-encryption.org/v1\n"] {
        let new = FakeHost::default();
        new.machine().files.insert(FILE.into(), ObservedFile { content: content.to_vec(), ..root_file("", 0o600) });
        let refusal = verify(&new, Path::new(FILE), &key).unwrap_err().to_string();
        assert!(refusal.starts_with("'/root/server.age'"), "{refusal}");
        assert_eq!(new.machine().files.len(), 1);
    }
}

/// Whoever knows a public key can make a file for it: its members must not lead out of their folders.
#[test]
fn a_hostile_member_is_refused() {
    let (lock, key) = pair();
    for (name, kind) in [
        ("var/vmail/../../etc/cron.d/x", tar::EntryType::Regular),
        ("etc/shadow", tar::EntryType::Regular),
        ("var/vmail/a/link", tar::EntryType::Symlink),
    ] {
        let gz = flate2::write::GzEncoder::new(age::encrypt(Vec::new(), &lock).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, std::io::empty()).unwrap();
        let file = tar.into_inner().unwrap().finish().unwrap().finish().unwrap();
        let host = FakeHost::default();
        host.machine().files.insert(FILE.into(), ObservedFile { content: file, ..root_file("", 0o600) });
        let refusal = verify(&host, Path::new(FILE), &key).unwrap_err().to_string();
        assert!(refusal.contains("no sound backup"), "{name}: {refusal}");
    }
}
