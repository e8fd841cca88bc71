use std::path::PathBuf;

use super::*;
use crate::spec::{Fqdn, Secret};
use crate::stacks::{CommandLine, Directory, OpenPort, Readiness, SystemUser, WantedCertificate};

const POSTFIX: &str = "postfix.service";
const UNBOUND: &str = "unbound.service";

fn service(unit: &'static str, checker: &str) -> Service {
    Service {
        unit,
        state_unit: unit,
        validate: vec![CommandLine::new(checker, &[])],
        restart_on_change: unit == POSTFIX,
        ready: vec![Readiness::TcpPort(if unit == POSTFIX { 25 } else { 53 })],
        enabled: true,
        purpose: "",
    }
}

fn desired() -> Desired {
    Desired {
        host_name: Some(Fqdn::parse("mail.example.org").unwrap()),
        packages: crate::stacks::PackageSet { names: ["postfix".to_owned(), "unbound".to_owned()].into() },
        users: vec![SystemUser { name: "vmail".into(), id: Some(5000), home: "/var/vmail".into() }],
        directories: vec![Directory {
            path: "/var/vmail".into(),
            mode: 0o750,
            owner: "vmail".into(),
            group: "vmail".into(),
        }],
        files: vec![
            ManagedFile::text("/etc/resolv.conf", "nameserver 127.0.0.1\n".into(), "")
                .used_by(&[POSTFIX])
                .after(UNBOUND),
            ManagedFile::text("/etc/postfix/main.cf", "myhostname = mail.example.org\n".into(), "").used_by(&[POSTFIX]),
            ManagedFile::secret("/etc/dovecot/mailwizard-users", Secret::new("alice:hunter2".into()), ""),
            ManagedFile::text("/etc/systemd/system/mailwizard-renew.timer", "[Timer]\n".into(), ""),
        ],
        services: vec![service(UNBOUND, "unbound-checkconf"), service(POSTFIX, "postfix")],
        ports: vec![OpenPort { port: 25, purpose: "smtp" }],
        certificate: Some(WantedCertificate {
            names: vec![Fqdn::parse("mail.example.org").unwrap()],
            chain_file: "/etc/ssl/mailwizard/fullchain.pem".into(),
            key_file: "/etc/ssl/mailwizard/privkey.pem".into(),
            used_by: vec![POSTFIX],
        }),
    }
}

/// A machine where all of it is so.
fn settled() -> Observed {
    let desired = desired();
    let file = |f: &ManagedFile| ObservedFile {
        content: f.content.bytes().to_vec(),
        mode: f.mode,
        owner: f.owner.clone(),
        group: f.group.clone(),
    };
    Observed {
        host_name: "mail.example.org".into(),
        installed: desired.packages.names.clone(),
        users: ["vmail".to_owned()].into(),
        directories: [("/var/vmail".into(), (0o750, "vmail".into(), "vmail".into()))].into(),
        files: desired.files.iter().map(|f| (f.path.clone(), file(f))).collect(),
        units: [POSTFIX, UNBOUND]
            .map(|u| (u.to_owned(), UnitState { enabled: true, active: true, needs_daemon_reload: false }))
            .into(),
        written: Written {
            files: desired.files.iter().map(|f| (f.path.clone(), sha256(f.content.bytes()))).collect(),
            kept: Default::default(),
            writing: Default::default(),
            loaded: [(POSTFIX.to_owned(), config_hash(&desired, POSTFIX, &BTreeSet::new()).unwrap())].into(),
        },
        has_firewall: true,
        certificate: CertificateState { exists: true, to_be_obtained: false },
        ..Observed::default()
    }
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    plan.actions.iter().map(Action::kind).collect()
}

#[test]
fn a_settled_machine_needs_nothing() {
    let plan = plan(&desired(), &settled());
    assert!(plan.is_empty(), "{:?}", kinds(&plan));
    assert_eq!((plan.notes.len(), plan.hand_edited.len()), (0, 0));
}

#[test]
fn a_fresh_machine_gets_everything_in_an_order_that_is_safe() {
    let observed = Observed {
        host_name: "vps".into(),
        blocked_ports: [25].into(),
        has_firewall: true,
        certificate: CertificateState { exists: false, to_be_obtained: true },
        ..Observed::default()
    };
    let plan = plan(&desired(), &observed);
    assert_eq!(
        kinds(&plan),
        [
            "install-packages",
            "create-user",
            "create-directory",
            "write-file",
            "write-file",
            "write-file",
            "reload-systemd",
            "stand-in-certificate",
            "set-host-name",
            "validate",
            "validate",
            "unit",
            "wait-ready",
            "write-file",
            "unit",
            "wait-ready",
            "open-ports",
            "obtain-certificate",
        ]
    );
    let titles: Vec<String> = steps(&plan.actions).into_iter().map(|s| s.title).collect();
    assert_eq!(
        titles,
        [
            "install postfix unbound",
            "user vmail, 1 folder",
            "back up and write 3 files",
            "systemd: read unit files again",
            "a self-signed certificate until there is a real one",
            "host name mail.example.org (was vps)",
            "check the settings of unbound, postfix",
            "unbound: start, wait until it answers, then /etc/resolv.conf",
            "postfix: start, wait until it answers",
            "firewall: open 25",
            "certificate for mail.example.org",
        ]
    );
    let covered: usize = steps(&plan.actions).iter().map(|s| s.actions.len()).sum();
    assert_eq!(covered, plan.actions.len());
}

#[test]
fn secrets_are_in_no_diff_and_no_json() {
    let mut observed = settled();
    observed.files.get_mut(Path::new("/etc/dovecot/mailwizard-users")).unwrap().content = b"alice:old-hash".to_vec();
    observed.written.files.insert("/etc/dovecot/mailwizard-users".into(), sha256(b"alice:old-hash"));
    let plan = plan(&desired(), &observed);
    let change = plan.file_changes().next().unwrap();
    assert_eq!(change.diff, "secret: 14 bytes -> 13 bytes\n");
    let shown = format!("{} {:?}", plan.to_json(), plan);
    assert!(!shown.contains("hunter2") && !shown.contains("old-hash"), "{shown}");
}

#[test]
fn a_changed_file_restarts_only_the_unit_that_uses_it_after_its_checker() {
    let mut observed = settled();
    let main_cf = PathBuf::from("/etc/postfix/main.cf");
    observed.files.get_mut(&main_cf).unwrap().content = b"myhostname = old\n".to_vec();
    observed.written.files.insert(main_cf, sha256(b"myhostname = old\n"));
    observed.written.loaded.insert(POSTFIX.into(), "older".into());
    let plan = plan(&desired(), &observed);
    assert_eq!(kinds(&plan), ["write-file", "validate", "unit", "wait-ready"]);
    assert!(matches!(&plan.actions[2], Action::Unit { unit, verb: UnitVerb::Restart, .. } if unit == POSTFIX));
    let diff = &plan.file_changes().next().unwrap().diff;
    assert!(diff.contains("-myhostname = old\n+myhostname = mail.example.org\n"), "{diff}");
    assert!(plan.hand_edited.is_empty());
}

#[test]
fn a_unit_that_never_took_its_files_up_is_restarted_though_no_file_differs() {
    let mut observed = settled();
    observed.written.loaded.clear();
    assert_eq!(kinds(&plan(&desired(), &observed)), ["validate", "unit", "wait-ready"]);
}

#[test]
fn an_edit_by_hand_is_named_unless_it_was_kept_or_merged() {
    let mut observed = settled();
    let main_cf = PathBuf::from("/etc/postfix/main.cf");
    observed.files.get_mut(&main_cf).unwrap().content = b"# mine\n".to_vec();
    assert_eq!(plan(&desired(), &observed).hand_edited, std::slice::from_ref(&main_cf));

    observed.merged.insert(main_cf.clone());
    assert_eq!(plan(&desired(), &observed).hand_edited, Vec::<PathBuf>::new());

    observed.merged.clear();
    observed.written.kept.insert(main_cf.clone(), sha256(b"# mine\n"));
    let kept = plan(&desired(), &observed);
    assert_eq!((kept.hand_edited.len(), kept.kept, kept.actions.len()), (0, vec![main_cf], 3), "{:?}", kept.actions);
}

#[test]
fn a_file_that_is_no_longer_wanted_is_given_back_unless_it_was_edited() {
    let mut observed = settled();
    for (path, written) in [("/etc/old-ours", "x"), ("/etc/old-edited", "y")] {
        observed.written.files.insert(path.into(), sha256(written.as_bytes()));
        let file = ObservedFile { content: b"x".to_vec(), mode: 0o644, owner: "root".into(), group: "root".into() };
        observed.files.insert(path.into(), file);
    }
    let plan = plan(&desired(), &observed);
    assert!(matches!(plan.actions.as_slice(), [Action::GiveUpFile(path)] if path == Path::new("/etc/old-ours")));
    assert!(plan.notes[0].starts_with("/etc/old-edited is no longer needed"), "{:?}", plan.notes);
}

#[test]
fn only_the_mode_differs_and_the_diff_says_so() {
    let mut observed = settled();
    observed.files.get_mut(Path::new("/etc/postfix/main.cf")).unwrap().mode = 0o600;
    let plan = plan(&desired(), &observed);
    assert_eq!(plan.file_changes().next().unwrap().diff, "mode 0600 -> 0644\n");
    assert!(plan.hand_edited.is_empty());
}

#[test]
fn a_resolver_that_runs_is_proved_again_before_resolv_conf_is_written() {
    let mut observed = settled();
    observed.files.remove(Path::new("/etc/resolv.conf"));
    let plan = plan(&desired(), &observed);
    assert_eq!(kinds(&plan), ["wait-ready", "write-file"]);
}

#[test]
fn a_unit_that_must_not_run_is_stopped() {
    let mut desired = desired();
    desired.services[0].enabled = false;
    desired.files.remove(0);
    let mut observed = settled();
    observed.written.files.remove(Path::new("/etc/resolv.conf"));
    observed.written.loaded.insert(POSTFIX.into(), config_hash(&desired, POSTFIX, &BTreeSet::new()).unwrap());
    let plan = plan(&desired, &observed);
    assert!(matches!(plan.actions.as_slice(), [Action::Unit { verb: UnitVerb::DisableAndStop, .. }]));
}
