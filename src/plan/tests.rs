use std::path::PathBuf;

use super::*;
use crate::spec::{Fqdn, Secret};
use crate::stacks::{CommandLine, Directory, OpenPort, Readiness, SystemUser, WantedCertificate};

const POSTFIX: &str = "postfix.service";
const UNBOUND: &str = "unbound.service";
const MAIN_CF: &str = "/etc/postfix/main.cf";

fn service(unit: &'static str, checker: &str) -> Service {
    Service {
        validate: vec![CommandLine::new(checker, &[])],
        starves_without: if unit == POSTFIX { &[UNBOUND] } else { &[] },
        ready: vec![Readiness::TcpPort(if unit == POSTFIX { 25 } else { 53 })],
        ..Service::daemon(unit, "")
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
                .restarts(&[POSTFIX])
                .after(UNBOUND),
            ManagedFile::text(MAIN_CF, "myhostname = mail.example.org\n".into(), "")
                .used_by(&[POSTFIX])
                .restart_parameters(&["inet_interfaces"]),
            ManagedFile::secret("/etc/dovecot/mailwizard-users", Secret::new("alice:hunter2".into()), ""),
            ManagedFile::text("/etc/systemd/system/mailwizard-renew.timer", "[Timer]\n".into(), ""),
        ],
        derived: Vec::new(),
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
            loaded: [(POSTFIX.to_owned(), takes_up(&desired, POSTFIX, &BTreeSet::new()).unwrap())].into(),
            ..Written::default()
        },
        has_firewall: true,
        certificate: CertificateState { exists: true, to_be_obtained: false },
        ..Observed::default()
    }
}

fn planned(observed: &Observed) -> Plan {
    chosen(observed, Edited::Ask)
}

fn chosen(observed: &Observed, edited: Edited) -> Plan {
    plan(&desired(), observed, &edited.into())
}

fn kinds(plan: &Plan) -> Vec<&'static str> {
    plan.actions.iter().map(Action::kind).collect()
}

#[test]
fn a_settled_machine_needs_nothing() {
    let plan = planned(&settled());
    assert!(plan.is_empty(), "{:?}", kinds(&plan));
    assert_eq!((plan.notes.len(), plan.edits.len()), (0, 0));
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
    let plan = planned(&observed);
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
    let plan = planned(&observed);
    let change = plan.file_changes().next().unwrap();
    assert_eq!(change.diff, "secret: 14 bytes -> 13 bytes\n");
    let shown = format!("{} {:?}", plan.to_json(), plan);
    assert!(!shown.contains("hunter2") && !shown.contains("old-hash"), "{shown}");
}

/// `settled`, where the file was another when it was written and taken up.
fn with_older(path: &str, content: &str) -> Observed {
    let mut older = desired();
    let file = older.files.iter_mut().find(|f| f.path == Path::new(path)).unwrap();
    file.content = Content::Text(content.to_owned());
    let mut observed = settled();
    observed.files.get_mut(Path::new(path)).unwrap().content = content.into();
    observed.written.files.insert(path.into(), sha256(content.as_bytes()));
    observed.written.loaded.insert(POSTFIX.into(), takes_up(&older, POSTFIX, &BTreeSet::new()).unwrap());
    observed
}

#[test]
fn a_changed_file_is_taken_up_only_by_the_unit_that_uses_it_after_its_checker() {
    let plan = planned(&with_older(MAIN_CF, "myhostname = old\n"));
    assert_eq!(kinds(&plan), ["write-file", "validate", "unit", "wait-ready"]);
    assert!(matches!(&plan.actions[2], Action::Unit { unit, verb: UnitVerb::Reload, .. } if unit == POSTFIX));
    let diff = &plan.file_changes().next().unwrap().diff;
    assert!(diff.contains("-myhostname = old\n+myhostname = mail.example.org\n"), "{diff}");
    assert!(plan.edits.is_empty());
}

#[test]
fn what_is_read_at_a_start_only_needs_a_restart_and_so_does_what_starved() {
    let verbs = |observed: &Observed| -> Vec<UnitVerb> {
        let plan = planned(observed);
        let verb = |action: &Action| if let Action::Unit { verb, .. } = action { Some(*verb) } else { None };
        plan.actions.iter().filter_map(verb).collect()
    };
    let mut its_resolver_was_down = with_older(MAIN_CF, "myhostname = old\n");
    its_resolver_was_down.units.get_mut(UNBOUND).unwrap().active = false;
    assert_eq!(verbs(&its_resolver_was_down), [UnitVerb::EnableAndStart, UnitVerb::Restart]);
    let listens_elsewhere = with_older(MAIN_CF, "inet_interfaces = loopback-only\nmyhostname = mail.example.org\n");
    assert_eq!(verbs(&listens_elsewhere), [UnitVerb::Restart]);
    let copied_into_the_chroot = with_older("/etc/resolv.conf", "nameserver 192.0.2.53\n");
    assert_eq!(verbs(&copied_into_the_chroot), [UnitVerb::Restart]);
}

#[test]
fn a_unit_that_never_took_its_files_up_is_restarted_though_no_file_differs() {
    let mut observed = settled();
    observed.written.loaded.clear();
    assert_eq!(kinds(&planned(&observed)), ["validate", "unit", "wait-ready"]);
}

/// `settled`, where main.cf was rendered and taken up as `base` and then edited.
fn edited(base: &str, yours: &str) -> Observed {
    let mut observed = with_older(MAIN_CF, base);
    observed.files.get_mut(Path::new(MAIN_CF)).unwrap().content = yours.into();
    observed.bases.insert(MAIN_CF.into(), base.into());
    observed
}

const OURS: &str = "myhostname = mail.example.org\n";

#[test]
fn an_edit_by_hand_stops_the_plan_and_shows_both_changes() {
    let plan = planned(&edited("myhostname = old\n", "myhostname = old\n# mine\n"));
    assert!(!plan.is_empty() && plan.file_changes().next().is_none(), "{:?}", kinds(&plan));
    let edit = plan.open_edits().next().unwrap();
    assert!(edit.yours.ends_with(" myhostname = old\n+# mine\n"), "{}", edit.yours);
    assert!(edit.ours.ends_with("-myhostname = old\n+myhostname = mail.example.org\n"), "{}", edit.ours);
}

#[test]
fn an_edit_is_kept_and_stays_kept_until_the_next_edit() {
    let mut observed = edited(OURS, "# mine\n");
    let kept = chosen(&observed, Edited::Keep);
    assert_eq!(kinds(&kept), ["validate", "unit", "wait-ready"], "the unit reads it");
    observed.written.kept = kept.keeps;
    observed.written.loaded = kept.loads;
    for edited in [Edited::Ask, Edited::Replace, Edited::Merge] {
        let later = chosen(&observed, edited);
        assert!(later.is_empty() && later.kept == [Path::new(MAIN_CF)], "{:?}", later.actions);
        assert_eq!(later.notes, ["/etc/postfix/main.cf stays as you edited it."]);
    }
    observed.files.get_mut(Path::new(MAIN_CF)).unwrap().content = b"# mine again\n".to_vec();
    assert_eq!(planned(&observed).open_edits().count(), 1);
}

#[test]
fn a_kept_edit_says_what_it_misses_and_can_be_taken_back_by_name() {
    let mut observed = edited("myhostname = old\n", "# mine\n");
    let (content, rendered) = (sha256(b"# mine\n"), sha256(b"myhostname = old\n"));
    observed.written.kept.insert(MAIN_CF.into(), KeptEdit { content, rendered });
    let plan = planned(&observed);
    assert!(plan.notes[0].contains("without what has changed here since"), "{:?}", plan.notes);
    let replace: EditChoices = ["/etc/postfix/main.cf=replace".parse().unwrap()].into_iter().collect();
    assert_eq!(super::plan(&desired(), &observed, &replace).file_changes().count(), 1);
}

#[test]
fn both_changes_are_merged_then_and_later() {
    let base = "a = 1\n# 1\n# 2\nmyhostname = old\n";
    let mut desired = desired();
    let ours = desired.files.iter_mut().find(|f| f.path == Path::new(MAIN_CF)).unwrap();
    ours.content = Content::Text("a = 1\n# 1\n# 2\nmyhostname = mail.example.org\n".into());
    let mut observed = edited(base, "a = mine\n# 1\n# 2\nmyhostname = old\n");
    let merge = |desired: &Desired, observed: &Observed| super::plan(desired, observed, &Edited::Merge.into());
    let first = merge(&desired, &observed);
    let change = first.file_changes().next().unwrap();
    let merged = "a = mine\n# 1\n# 2\nmyhostname = mail.example.org\n";
    assert_eq!(change.file.content.bytes(), merged.as_bytes());
    assert_eq!(first.open_edits().count(), 0);

    let file = InWork { content: sha256(merged.as_bytes()), rendered: sha256(change.rendered().bytes()) };
    observed.written.wrote(MAIN_CF.into(), file);
    observed.written.loaded = first.loads.clone();
    observed.files.get_mut(Path::new(MAIN_CF)).unwrap().content = merged.into();
    let ask = |desired: &Desired, observed: &Observed| super::plan(desired, observed, &EditChoices::default());
    assert!(ask(&desired, &observed).is_empty(), "{:?}", ask(&desired, &observed).actions);

    // Ours changes again: the edit goes on with it, unasked.
    observed.bases.insert(MAIN_CF.into(), change.rendered().bytes().to_vec());
    let ours = desired.files.iter_mut().find(|f| f.path == Path::new(MAIN_CF)).unwrap();
    ours.content = Content::Text("a = 1\n# 1\n# 2\nmyhostname = mx.example.org\n".into());
    let second = ask(&desired, &observed);
    let change = second.file_changes().next().unwrap();
    assert_eq!(change.file.content.bytes(), b"a = mine\n# 1\n# 2\nmyhostname = mx.example.org\n");
}

#[test]
fn a_conflict_is_shown_and_merging_does_not_settle_it() {
    let plan = chosen(&edited("myhostname = old\n", "myhostname = mine\n"), Edited::Merge);
    let edit = plan.open_edits().next().unwrap();
    let Merged::Conflicts(conflicts) = &edit.merged else { panic!("{:?}", edit.merged) };
    assert_eq!((conflicts.len(), conflicts[0].yours.as_str()), (1, "myhostname = mine\n"));
    assert_eq!(plan.file_changes().count(), 0);
}

#[test]
fn an_edit_in_a_file_that_is_rendered_over_what_is_there_is_asked_about_only_where_it_would_be_lost() {
    let mut observed = edited("myhostname = old\n", "# mine\nmyhostname = old\n");
    observed.merged.insert(MAIN_CF.into());
    assert_eq!(planned(&observed).open_edits().count(), 1);
    let mut desired = desired();
    let ours = desired.files.iter_mut().find(|f| f.path == Path::new(MAIN_CF)).unwrap();
    ours.content = Content::Text("# mine\nmyhostname = mail.example.org\n".into());
    let plan = super::plan(&desired, &observed, &EditChoices::default());
    assert_eq!((plan.edits.len(), plan.file_changes().count()), (0, 1));
}

#[test]
fn an_edited_secret_is_merged_and_never_shown() {
    let path = PathBuf::from("/etc/dovecot/mailwizard-users");
    let mut observed = settled();
    observed.files.get_mut(&path).unwrap().content = b"alice:hunter2\nmine:canary".to_vec();
    observed.written.files.insert(path.clone(), sha256(b"alice:old-hash"));
    observed.bases.insert(path, b"alice:old-hash".to_vec());
    for edited in [Edited::Ask, Edited::Merge, Edited::Replace] {
        let plan = chosen(&observed, edited);
        let shown = format!("{} {:?} {:?}", plan.to_json(), plan, plan.edits[0].lines());
        assert!(!shown.contains("hunter2") && !shown.contains("old-hash") && !shown.contains("canary"), "{shown}");
    }
}

#[test]
fn choices_are_read_as_they_are_given_on() {
    let read = |words: &[&str]| words.iter().map(|w| w.parse::<EditChoice>().unwrap()).collect::<EditChoices>();
    let choices = read(&["keep", "/etc/a=b.conf=merge", "/etc/hosts=stop"]);
    assert_eq!(choices.arguments(), ["keep", "/etc/a=b.conf=merge", "/etc/hosts=stop"]);
    for wrong in ["", "yes", "main.cf=keep", "/etc/hosts=", "/etc/hosts"] {
        assert!(wrong.parse::<EditChoice>().is_err(), "{wrong}");
    }
}

#[test]
fn a_file_that_is_no_longer_wanted_is_given_back_unless_it_was_edited() {
    let mut observed = settled();
    for (path, written) in [("/etc/old-ours", "x"), ("/etc/old-edited", "y")] {
        observed.written.files.insert(path.into(), sha256(written.as_bytes()));
        let file = ObservedFile { content: b"x".to_vec(), mode: 0o644, owner: "root".into(), group: "root".into() };
        observed.files.insert(path.into(), file);
    }
    let plan = planned(&observed);
    assert!(matches!(plan.actions.as_slice(), [Action::GiveUpFile(path)] if path == Path::new("/etc/old-ours")));
    assert!(plan.notes[0].starts_with("/etc/old-edited is no longer needed"), "{:?}", plan.notes);
}

#[test]
fn only_the_mode_differs_and_the_diff_says_so() {
    let mut observed = settled();
    observed.files.get_mut(Path::new("/etc/postfix/main.cf")).unwrap().mode = 0o600;
    let plan = planned(&observed);
    assert_eq!(plan.file_changes().next().unwrap().diff, "mode 0600 -> 0644\n");
    assert!(plan.edits.is_empty());
}

#[test]
fn a_resolver_that_runs_is_proved_again_before_resolv_conf_is_written() {
    let mut observed = settled();
    observed.files.remove(Path::new("/etc/resolv.conf"));
    let plan = planned(&observed);
    assert_eq!(kinds(&plan), ["validate", "wait-ready", "write-file", "unit", "wait-ready"]);
}

#[test]
fn a_unit_that_must_not_run_is_stopped() {
    let mut desired = desired();
    desired.services[0].enabled = false;
    desired.files.remove(0);
    let mut observed = settled();
    observed.written.files.remove(Path::new("/etc/resolv.conf"));
    observed.written.loaded.insert(POSTFIX.into(), takes_up(&desired, POSTFIX, &BTreeSet::new()).unwrap());
    let plan = super::plan(&desired, &observed, &EditChoices::default());
    assert!(matches!(plan.actions.as_slice(), [Action::Unit { verb: UnitVerb::DisableAndStop, .. }]));
}
