//! Apply on a machine in memory, with the real stack: killed after every single change, on a full disk, refused by a
//! checker, edited by hand, undone.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::*;
use crate::host::CommandOutput;
use crate::host::fake::{FakeHost, Machine, printed, root_file};
use crate::keys::{self, ObtainError};
use crate::plan::{EditChoices, Edited};
use crate::spec::{Secret, Spec, answers};
use crate::stacks::{CommandLine, WantedCertificate};
use crate::store::{Pending, pending};

pub(super) const WISH: &str = r#"
version = 1
hostname = "mail.example.org"
admin_email = "alice@example.org"
[[domains]]
name = "example.org"
[certificate]
method = "acme-http"
agree_to_terms = true
[[accounts]]
address = "alice@example.org"
"#;

/// What the checkers answer: the file that makes them refuse.
const REFUSED: &str = "/fake/refused";

/// What Postfix does not start or reload with, though its checker takes it.
pub(super) const DISLIKED: &str = "/fake/disliked";

pub(super) struct Inside;

impl Network for Inside {
    fn resolver_answers(&self, _: IpAddr) -> Result<(), String> {
        Ok(())
    }

    fn obtain_certificate(
        &self,
        _: &dyn Host,
        _: &Paths,
        _: &Spec,
        _: &WantedCertificate,
        _: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, ObtainError> {
        Ok(Vec::new())
    }
}

/// A network in which nothing can be reached.
struct CutOff;

impl Network for CutOff {
    fn resolver_answers(&self, _: IpAddr) -> Result<(), String> {
        Err("no answer within 10 s".into())
    }

    fn obtain_certificate(
        &self,
        _: &dyn Host,
        _: &Paths,
        _: &Spec,
        _: &WantedCertificate,
        _: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, ObtainError> {
        Err(ObtainError::not_yet("There is no A record yet.", "Publish it."))
    }
}

fn unit_file(unit: &str) -> PathBuf {
    Path::new("/fake/units").join(unit)
}

pub(super) fn unit_state(machine: &Machine, unit: &str) -> (bool, bool) {
    let text = machine.text(unit_file(unit).to_str().unwrap()).unwrap_or_default();
    (text.contains("enabled"), text.contains("active"))
}

pub(super) fn set_unit(machine: &mut Machine, unit: &str, (enabled, active): (bool, bool)) {
    let path = unit_file(unit);
    let text = format!("{}{}", if enabled { "enabled " } else { "" }, if active { "active" } else { "" });
    machine.put(path.to_str().unwrap(), &text);
    if !enabled && !active {
        machine.files.remove(&path);
    }
}

/// A daemon that starts reads its configuration: what it read is kept, so that a test can see whether it is current.
fn start(machine: &mut Machine, unit: &str) -> CommandOutput {
    let (enabled, _) = unit_state(machine, unit);
    let read = machine.text("/etc/postfix/main.cf").unwrap_or_default();
    let mut disliked = false;
    if unit == "postfix.service" {
        disliked = machine.text(DISLIKED).is_some_and(|words| read.contains(&words));
        machine.put("/fake/postfix-has-read", &read);
    }
    set_unit(machine, unit, (enabled, !disliked));
    let stderr = if disliked { "Job for postfix.service failed.\n".to_owned() } else { String::new() };
    CommandOutput { code: i32::from(disliked), stdout: String::new(), stderr }
}

fn systemctl(command: &CommandLine, machine: &mut Machine) -> CommandOutput {
    let words: Vec<&str> = command.args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["show", _, "--", units @ ..] => {
            let paragraphs: Vec<String> = units
                .iter()
                .map(|unit| {
                    let (enabled, active) = unit_state(machine, unit);
                    format!(
                        "UnitFileState={}\nActiveState={}\nNeedDaemonReload=no\n",
                        if enabled { "enabled" } else { "disabled" },
                        if active { "active" } else { "inactive" }
                    )
                })
                .collect();
            printed(&paragraphs.join("\n"))
        }
        ["enable", "--now", unit] => {
            set_unit(machine, unit, (true, false));
            start(machine, unit)
        }
        ["enable", unit] => {
            let (_, active) = unit_state(machine, unit);
            set_unit(machine, unit, (true, active));
            printed("")
        }
        ["restart" | "reload-or-restart", unit] => start(machine, unit),
        ["stop", unit] => {
            let (enabled, _) = unit_state(machine, unit);
            set_unit(machine, unit, (enabled, false));
            printed("")
        }
        ["disable", "--now", unit] => {
            set_unit(machine, unit, (false, false));
            printed("")
        }
        ["disable", unit] => {
            let (_, active) = unit_state(machine, unit);
            set_unit(machine, unit, (false, active));
            printed("")
        }
        ["is-active", unit] => printed(if unit_state(machine, unit).1 { "active" } else { "inactive" }),
        ["daemon-reload"] | ["reset-failed", ..] => printed(""),
        other => panic!("systemctl {other:?} is not known to this machine"),
    }
}

fn installed(machine: &Machine) -> String {
    machine.text("/fake/installed").unwrap_or_default()
}

fn apt_get(command: &CommandLine, machine: &mut Machine) -> CommandOutput {
    let Some(at) = command.args.iter().position(|a| a == "--") else { return printed("Reading package lists...\n") };
    let mut all = installed(machine);
    let may_start = machine.text("/usr/sbin/policy-rc.d").is_none_or(|text| !text.contains("exit 101"));
    for name in &command.args[at + 1..] {
        all.push_str(&format!("{name}\n"));
        let daemon = match name.as_str() {
            "dovecot-core" => "dovecot",
            "postfix" | "rspamd" | "redis-server" | "unbound" | "fail2ban" => name,
            _ => continue,
        };
        set_unit(machine, &format!("{daemon}.service"), (true, may_start));
    }
    machine.put("/fake/installed", &all);
    for path in ["/etc/postfix/main.cf", "/etc/dovecot/dovecot.conf"] {
        if !machine.files.contains_key(Path::new(path)) {
            machine.put(path, "# the distribution's\n");
        }
    }
    printed("Setting up postfix ...\n")
}

fn checker(_: &CommandLine, machine: &mut Machine) -> CommandOutput {
    match machine.text(REFUSED) {
        Some(words) => CommandOutput { code: 1, stdout: String::new(), stderr: words },
        None => printed(""),
    }
}

/// A VPS with nothing on it, on which the wish was accepted.
pub(super) fn vps() -> FakeHost {
    let host = FakeHost::default();
    {
        let mut machine = host.machine();
        machine.put("/etc/os-release", "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\nPRETTY_NAME=Debian\n");
        machine.put("/proc/sys/kernel/hostname", "vps-1234\n");
        machine.put("/etc/hostname", "vps-1234\n");
        machine.put("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 vps-1234\n");
        machine.put("/run/systemd/resolve/stub-resolv.conf", "nameserver 127.0.0.53\n");
        machine.links.insert("/etc/resolv.conf".into(), "../run/systemd/resolve/stub-resolv.conf".into());
        machine.links.insert("/etc/resolv.conf".into(), "/run/systemd/resolve/stub-resolv.conf".into());
        machine.put("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 0\n");
        machine.directories.insert("/run/systemd/system".into(), (0o755, "root".into(), "root".into()));
        machine.addresses = vec!["198.51.100.10".parse().unwrap()];
        machine.open_ports = [25, 53, 465, 587, 993, 6379, 11332, 11334].into();
        machine.open_sockets = ["private/dovecot-lmtp", "private/auth"]
            .map(|name| Path::new("/var/spool/postfix").join(name))
            .into_iter()
            .chain(["/run/fail2ban/fail2ban.sock".into()])
            .collect();
        machine.disk_available = 1 << 34;
        machine.clock = 1_795_240_000;
    }
    host.script("systemctl", systemctl);
    host.script("apt-get", apt_get);
    host.script("find", |_, _| printed(""));
    host.script("dpkg", |_, _| printed(""));
    host.script("journalctl", |_, _| printed(""));
    host.script("dpkg-query", |_, machine| {
        let lines: String = installed(machine).lines().map(|name| format!("{name} installed 3.12.0\n")).collect();
        printed(&lines.replace("dovecot-core installed 3.12.0", "dovecot-core installed 1:2.4.1"))
    });
    for program in ["postfix", "postconf", "doveconf", "unbound-checkconf", "rspamadm", "fail2ban-client"] {
        host.script(program, checker);
    }
    host.script("sievec", |command, machine| {
        if let [source] = command.args.as_slice() {
            let text = machine.text(source).unwrap();
            machine.put(&source.replace(".sieve", ".svbin"), &format!("compiled {text}"));
        }
        checker(command, machine)
    });
    host.script("/usr/libexec/unbound-helper", |_, _| printed(""));
    host.script("groupadd", |_, _| printed(""));
    host.script("useradd", |command, machine| {
        machine.users.insert(command.args.last().unwrap().clone(), (5000, 5000));
        printed("")
    });
    host.script("hostname", |command, machine| {
        machine.put("/proc/sys/kernel/hostname", &format!("{}\n", command.args[1]));
        printed("")
    });
    accept(&host, WISH);
    host
}

pub(super) fn accept(host: &FakeHost, wish: &str) {
    let spec = answers::parse(wish).unwrap().spec.normalised();
    let hashes = spec.accounts.iter().map(|a| (a.address.clone(), Secret::new("{SHA512-CRYPT}$6$canary".into())));
    let pending = Pending { hashes: hashes.collect(), spec };
    pending::save(host, &Paths::default(), &pending).unwrap();
    // Keys are made once; making them again for every kill would only cost time.
    keys::dkim::load_or_make(host, &Paths::default(), &pending.spec).unwrap();
    keys::check_account::load_or_make(host, &Paths::default(), &pending.spec).unwrap();
}

pub(super) fn run(host: &FakeHost) -> Result<Ended, ApplyError> {
    run_in(host, &Inside, Edited::Ask)
}

fn run_in(host: &FakeHost, network: &dyn Network, edited: Edited) -> Result<Ended, ApplyError> {
    let paths = Paths::default();
    let spec = present_wish(host, &paths)?;
    apply(host, network, &paths, spec, &edited.into(), &mut |event| {
        // Shown only where a test fails.
        if let Event::Failed { reason, .. } = event {
            println!("{reason}");
        }
    })
}

/// What the operator would call the state of the machine: everything but our own folder, certificates, what the fake
/// needs for itself, and packages.
pub(super) fn state(host: &FakeHost) -> BTreeMap<PathBuf, String> {
    let machine = host.machine();
    let ours = [
        "/var/lib/mailwizard",
        "/etc/ssl/mailwizard",
        "/fake/installed",
        "/fake/postfix-has-read",
        "/fake/refused",
        "/fake/disliked",
    ];
    let counts = |path: &&PathBuf| !ours.iter().any(|prefix| path.starts_with(prefix));
    let files = machine.files.iter().filter(|(path, _)| counts(path)).map(|(path, file)| {
        let content = String::from_utf8_lossy(&file.content);
        (path.clone(), format!("{:o} {}:{} {content}", file.mode, file.owner, file.group))
    });
    let links =
        machine.links.iter().filter(|(path, _)| counts(path)).map(|(p, t)| (p.clone(), format!("-> {}", t.display())));
    let folders =
        machine.directories.iter().filter(|(path, _)| counts(path)).map(|(p, d)| (p.clone(), format!("{d:?}")));
    files.chain(links).chain(folders).collect()
}

/// All is as wished: nothing is left to do, every daemon runs with the present settings, nothing half-written is left.
pub(super) fn assert_set_up(host: &FakeHost, context: &str) {
    let paths = Paths::default();
    let again = prepare(host, &paths, present_wish(host, &paths).unwrap(), &EditChoices::default()).unwrap();
    let left: Vec<String> =
        again.plan.actions.iter().filter(|a| a.kind() != "obtain-certificate").map(|a| a.title()).collect();
    assert_eq!(left, Vec::<String>::new(), "{context}");
    assert_eq!(again.unfinished, None, "{context}");
    let machine = host.machine();
    for service in &again.desired.services {
        assert_eq!(unit_state(&machine, service.unit), (true, true), "{context}: {}", service.unit);
    }
    assert_eq!(machine.text("/fake/postfix-has-read"), machine.text("/etc/postfix/main.cf"), "{context}");
    assert_eq!(machine.text("/usr/sbin/policy-rc.d").as_deref(), Some("#!/bin/sh\nexit 0\n"), "{context}");
    assert_no_leftovers(&machine, context);
}

fn assert_no_leftovers(machine: &Machine, context: &str) {
    let left = machine.files.keys().find(|path| {
        path.to_string_lossy().ends_with(crate::host::UNFINISHED_SUFFIX)
            && !["/var/lib/mailwizard", "/etc/ssl/mailwizard"].iter().any(|ours| path.starts_with(ours))
    });
    assert_eq!(left, None, "{context}");
}

/// The state that undo must lead back to: packages stay, so theirs is the state after an installation that starts
/// nothing.
fn before_with_packages(fresh: &FakeHost) -> BTreeMap<PathBuf, String> {
    let mut before = state(fresh);
    for path in ["/etc/postfix/main.cf", "/etc/dovecot/dovecot.conf"] {
        before.insert(path.into(), "644 root:root # the distribution's\n".into());
    }
    before
}

/// Names what differs only, so that a failure can be read.
pub(super) fn assert_same(found: &BTreeMap<PathBuf, String>, wanted: &BTreeMap<PathBuf, String>, context: &str) {
    let different: Vec<String> = found
        .keys()
        .chain(wanted.keys())
        .filter(|path| found.get(*path) != wanted.get(*path))
        .map(|path| format!("{}: {:?}, not {:?}", path.display(), found.get(path), wanted.get(path)))
        .collect();
    assert_eq!(different, Vec::<String>::new(), "{context}");
}

/// Steps that the kill matrices take: every change, or every few where a whole matrix would take minutes.
pub(super) fn points(total: u32) -> impl Iterator<Item = u32> {
    0..total
}

#[test]
fn a_fresh_machine_is_set_up_and_nothing_starts_before_its_settings_are_checked() {
    let host = vps();
    let ended = run(&host).unwrap();
    assert_eq!(ended.outcome, Outcome::Done, "{}", ended.message);
    assert_set_up(&host, "fresh");
    let machine = host.machine();
    let at = |words: &str| machine.commands.iter().position(|c| c.to_string().starts_with(words)).unwrap();
    assert!(at("apt-get -y") < at("postfix check") && at("postfix check") < at("systemctl enable --now"));
    assert_eq!(machine.text("/etc/hostname").as_deref(), Some("mail.example.org\n"));
    assert_eq!(machine.text("/proc/sys/kernel/hostname").as_deref(), Some("mail.example.org\n"));
}

#[test]
fn apt_is_asked_without_questions_and_without_restarts() {
    let host = vps();
    run(&host).unwrap();
    let machine = host.machine();
    let install = machine.commands.iter().find(|c| c.args.iter().any(|a| a == "install")).unwrap();
    for (name, value) in [("DEBIAN_FRONTEND", "noninteractive"), ("NEEDRESTART_MODE", "l")] {
        assert!(install.env.contains(&(name.into(), value.into())), "{:?}", install.env);
    }
    let line = install.to_string();
    for option in ["--force-confold", "--force-confdef", "DPkg::Lock::Timeout=300"] {
        assert!(line.contains(option), "{line}");
    }
    assert_eq!(machine.runs("apt-get -o DPkg::Lock::Timeout=300 update"), 1);
}

#[test]
fn a_second_apply_writes_and_restarts_nothing_and_says_so() {
    let host = vps();
    run_in(&host, &Inside, Edited::Ask).unwrap();
    // The stand-in is not what was wished for: a self-signed certificate by choice makes the machine settled.
    accept(&host, &WISH.replace("acme-http", "self-signed"));
    run(&host).unwrap();
    let (before, changes) = (state(&host), host.machine().commands.len());
    let ended = run(&host).unwrap();
    assert_eq!((ended.outcome, ended.id), (Outcome::Unchanged, None));
    assert!(ended.message.starts_with("Nothing to do"), "{}", ended.message);
    assert_eq!(state(&host), before);
    let machine = host.machine();
    let changing = machine.commands[changes..].iter().find(|c| {
        let line = c.to_string();
        line.starts_with("apt-get") || (line.starts_with("systemctl") && !line.starts_with("systemctl show"))
    });
    assert_eq!(changing, None);
}

#[test]
fn killed_after_any_change_it_goes_on_and_undo_leads_back_to_the_beginning() {
    let fresh = vps();
    let wanted = before_with_packages(&fresh);
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    run(&whole).unwrap();
    let total = whole.machine().changes - begun;
    let set_up = state(&whole);
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(run(&host));
        host.machine().revive();
        let context = format!("killed at change {point} of {total}");

        let ended = run(&host).unwrap();
        assert_eq!(ended.outcome, Outcome::Done, "{context}: {}", ended.message);
        assert_set_up(&host, &context);
        assert_same(&state(&host), &set_up, &context);

        undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
        assert_same(&state(&host), &wanted, &format!("{context}, then undone"));
        assert!(
            matches!(undo(&host, &Paths::default(), None, &mut |_| ()), Err(ApplyError::NothingToUndo(_))),
            "{context}"
        );
    }
}

#[test]
fn killed_after_any_change_it_can_be_undone_at_once() {
    let fresh = vps();
    let (bare, with_packages) = (state(&fresh), before_with_packages(&fresh));
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    run(&whole).unwrap();
    let total = whole.machine().changes - begun;
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(run(&host));
        host.machine().revive();
        let context = format!("killed at change {point} of {total}, then undone");
        match undo(&host, &Paths::default(), None, &mut |_| ()) {
            Ok(_) | Err(ApplyError::NothingToUndo(_)) => {}
            Err(e) => panic!("{context}: {e}"),
        }
        let has_packages = host.machine().text("/fake/installed").is_some();
        assert_same(&state(&host), if has_packages { &with_packages } else { &bare }, &context);
        assert_no_leftovers(&host.machine(), &context);
    }
}

#[test]
fn an_undo_that_is_killed_after_any_change_can_be_called_again() {
    let fresh = vps();
    let wanted = before_with_packages(&fresh);
    run(&fresh).unwrap();
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    undo(&whole, &Paths::default(), None, &mut |_| ()).unwrap();
    let total = whole.machine().changes - begun;
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(undo(&host, &Paths::default(), None, &mut |_| ()));
        host.machine().revive();
        let context = format!("undo killed at change {point} of {total}");
        match undo(&host, &Paths::default(), None, &mut |_| ()) {
            Ok(_) | Err(ApplyError::NothingToUndo(_)) => {}
            Err(e) => panic!("{context}: {e}"),
        }
        assert_same(&state(&host), &wanted, &context);
        assert_no_leftovers(&host.machine(), &context);
    }
}

#[test]
fn a_disk_that_is_full_at_any_write_is_told_and_the_next_run_goes_on() {
    let fresh = vps();
    let whole = fresh.fork();
    whole.machine().writes_until_full = Some(u32::MAX);
    run(&whole).unwrap();
    let total = u32::MAX - whole.machine().writes_until_full.unwrap();
    for point in points(total) {
        let host = fresh.fork();
        host.machine().writes_until_full = Some(point);
        let mut told = Vec::new();
        let paths = Paths::default();
        let spec = present_wish(&host, &paths).unwrap();
        let ended = apply(&host, &Inside, &paths, spec, &EditChoices::default(), &mut |event| told.push(event.clone()));
        let context = format!("full at write {point} of {total}");
        match ended {
            Ok(ended) => {
                assert_eq!(ended.outcome, Outcome::Failed, "{context}");
                assert!(
                    told.iter()
                        .any(|e| matches!(e, Event::Failed { reason, .. } if reason.contains("could not be written"))),
                    "{context}: {told:?}"
                );
            }
            Err(error) => assert!(error.to_string().contains("could not be written"), "{context}: {error}"),
        }
        host.machine().revive();
        assert_eq!(run(&host).unwrap().outcome, Outcome::Done, "{context}");
        assert_set_up(&host, &context);
    }
}

#[test]
fn settings_that_a_checker_refuses_are_rolled_back_and_the_server_runs_on() {
    let host = vps();
    run(&host).unwrap();
    let before = state(&host);
    accept(&host, &WISH.replace("[[accounts]]", "[protection]\nmessage_size_mb = 77\n[[accounts]]"));
    host.machine().put(REFUSED, "fatal: bad numerical configuration\n");
    let mut told = Vec::new();
    let paths = Paths::default();
    let spec = present_wish(&host, &paths).unwrap();
    let commands = host.machine().commands.len();
    let ended =
        apply(&host, &Inside, &paths, spec, &EditChoices::default(), &mut |event| told.push(event.clone())).unwrap();
    assert_eq!(ended.outcome, Outcome::Failed);
    let reason =
        told.iter().find_map(|e| if let Event::Failed { reason, .. } = e { Some(reason.clone()) } else { None });
    let reason = reason.unwrap();
    assert!(reason.contains("bad numerical configuration") && reason.contains("as they were before"), "{reason}");
    assert_eq!(state(&host), before);
    let touched = host.machine().commands[commands..].iter().any(|c| c.to_string().starts_with("systemctl re"));
    assert!(!touched, "no daemon was touched");

    host.machine().files.remove(Path::new(REFUSED));
    assert_eq!(run(&host).unwrap().outcome, Outcome::Done);
    assert_set_up(&host, "after the mistake was mended");
}

/// A server that works, and another wish that Postfix will not take up.
fn disliked() -> FakeHost {
    let host = vps();
    run(&host).unwrap();
    let another = WISH.replace("mail.example.org", "mx.example.org");
    accept(&host, &another.replace("[[accounts]]", "[protection]\nmessage_size_mb = 77\n[[accounts]]"));
    host.machine().put(DISLIKED, "message_size_limit = 77");
    host
}

#[test]
fn settings_that_a_daemon_does_not_take_up_are_rolled_back_and_every_daemon_runs_with_the_old_ones() {
    let host = disliked();
    let before = state(&host);
    let mut told = Vec::new();
    let paths = Paths::default();
    let spec = present_wish(&host, &paths).unwrap();
    let ended =
        apply(&host, &Inside, &paths, spec, &EditChoices::default(), &mut |event| told.push(event.clone())).unwrap();
    assert_eq!(ended.outcome, Outcome::Failed);
    let reason =
        told.iter().find_map(|e| if let Event::Failed { reason, .. } = e { Some(reason.clone()) } else { None });
    let reason = reason.unwrap();
    assert!(
        reason.contains("Job for postfix.service failed") && reason.contains("postfix runs with them again"),
        "{reason}"
    );
    assert_same(&state(&host), &before, "rolled back");
    let machine = host.machine();
    assert_eq!(machine.text("/fake/postfix-has-read"), machine.text("/etc/postfix/main.cf"));
    assert_eq!(machine.text("/proc/sys/kernel/hostname").as_deref(), Some("mail.example.org\n"));
}

#[test]
fn killed_after_any_change_of_a_roll_back_it_goes_on_to_either_side() {
    let fresh = disliked();
    let whole = fresh.fork();
    let begun = whole.machine().changes;
    run(&whole).unwrap();
    let total = whole.machine().changes - begun;
    for point in points(total) {
        let host = fresh.fork();
        host.machine().changes_until_kill = Some(point);
        drop(run(&host));
        host.machine().revive();
        let context = format!("killed at change {point} of {total}");
        let refused = host.fork();
        assert_eq!(run(&refused).unwrap().outcome, Outcome::Failed, "{context}: it is refused again");
        host.machine().files.remove(Path::new(DISLIKED));
        assert_eq!(run(&host).unwrap().outcome, Outcome::Done, "{context}");
        assert_set_up(&host, &context);
    }
}

#[test]
fn what_a_program_made_of_a_file_is_put_back_and_removed_with_it() {
    let host = vps();
    let compiled = "/var/lib/dovecot/mailwizard/junk.svbin";
    run(&host).unwrap();
    let made = host.machine().text(compiled).unwrap();
    host.machine().put(compiled, "stale");
    run(&host).unwrap();
    assert_eq!(host.machine().text(compiled).as_deref(), Some(made.as_str()), "it is made anew");
    undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
    assert_eq!(host.machine().text(compiled).as_deref(), Some("stale"));
    undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
    assert_eq!(host.machine().text(compiled), None);
}

#[test]
fn an_apply_of_which_nothing_can_be_taken_back_says_so_when_it_is_undone() {
    let host = vps();
    run(&host).unwrap();
    run(&host).unwrap();
    let mut told = Vec::new();
    let undone = undo(&host, &Paths::default(), None, &mut |event| told.push(event.clone())).unwrap();
    assert!(undone.notes[0].starts_with("Nothing was put back: "), "{:?}", undone.notes);
    assert!(undone.notes[0].contains("certificate for mail.example.org"), "{:?}", undone.notes);
}

#[test]
fn a_resolver_that_does_not_answer_is_told_and_resolv_conf_stays() {
    let host = vps();
    let ended = run_in(&host, &CutOff, Edited::Ask).unwrap();
    assert_eq!(ended.outcome, Outcome::OperatorMustAct);
    let link = host.machine().links.get(Path::new("/etc/resolv.conf")).cloned();
    assert_eq!(link, Some("/run/systemd/resolve/stub-resolv.conf".into()));
    // Once it answers, the next run makes the switch and Postfix takes it up.
    let commands = host.machine().commands.len();
    assert_eq!(run(&host).unwrap().outcome, Outcome::Done);
    assert_eq!(host.machine().links.get(Path::new("/etc/resolv.conf")), None);
    assert!(host.machine().text("/etc/resolv.conf").unwrap().contains("127.0.0.1"));
    let restarted =
        host.machine().commands[commands..].iter().any(|c| c.to_string() == "systemctl restart postfix.service");
    assert!(restarted, "its copy in the chroot is renewed by a restart");
}

#[test]
fn files_that_were_edited_are_never_written_over_unasked() {
    let host = vps();
    run(&host).unwrap();
    let edited = "# mine\n";
    host.machine().put("/etc/dovecot/dovecot.conf", edited);
    let refusal = run(&host).unwrap_err().to_string();
    assert!(refusal.contains("/etc/dovecot/dovecot.conf") && refusal.contains("--edited keep"), "{refusal}");

    let kept = host.fork();
    run_in(&kept, &Inside, Edited::Keep).unwrap();
    assert_eq!(kept.machine().text("/etc/dovecot/dovecot.conf").as_deref(), Some(edited));
    run(&kept).unwrap();
    assert_eq!(kept.machine().text("/etc/dovecot/dovecot.conf").as_deref(), Some(edited), "it is not asked again");

    run_in(&host, &Inside, Edited::Replace).unwrap();
    assert_ne!(host.machine().text("/etc/dovecot/dovecot.conf").as_deref(), Some(edited));
    undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
    assert_eq!(host.machine().text("/etc/dovecot/dovecot.conf").as_deref(), Some(edited), "undo gives the edit back");
}

#[test]
fn an_edit_is_merged_into_what_changes_and_goes_on_with_it_until_undo() {
    let host = vps();
    run(&host).unwrap();
    let path = "/etc/postfix/main.cf";
    let written = host.machine().text(path).unwrap();
    let edited = format!("{written}# mine\ndelay_warning_time = 1h\n");
    host.machine().put(path, &edited);
    accept(&host, &WISH.replace("[[accounts]]", "[protection]\nmessage_size_mb = 77\n[[accounts]]"));
    assert!(matches!(run(&host), Err(ApplyError::HandEdited(edits)) if edits.len() == 1));
    assert_eq!(run_in(&host, &Inside, Edited::Merge).unwrap().outcome, Outcome::Done);
    let both = |size: &str| edited.replace("message_size_limit = 50000000", &format!("message_size_limit = {size}"));
    assert_eq!(host.machine().text(path).unwrap(), both("77000000"));
    assert_set_up(&host, "merged");

    accept(&host, &WISH.replace("[[accounts]]", "[protection]\nmessage_size_mb = 78\n[[accounts]]"));
    assert_eq!(run(&host).unwrap().outcome, Outcome::Done, "it is not asked again");
    assert_eq!(host.machine().text(path).unwrap(), both("78000000"));
    assert_set_up(&host, "merged again");

    for before in [both("77000000"), edited.clone()] {
        undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
        assert_eq!(host.machine().text(path).unwrap(), before);
    }
}

#[test]
fn an_edit_in_master_cf_that_would_be_lost_is_asked_about() {
    let host = vps();
    run(&host).unwrap();
    let path = "/etc/postfix/master.cf";
    let written = host.machine().text(path).unwrap();
    let added = format!("{written}list unix - n n - - pipe\n  argv=/x\n");
    host.machine().put(path, &added);
    run(&host).unwrap();
    assert_eq!(host.machine().text(path).unwrap(), added, "a service of the operator's own stays");
    let changed = added.replacen("\n  -o smtpd_tls_security_level=encrypt", "\n  -o smtpd_tls_security_level=may", 1);
    assert_ne!(changed, added);
    host.machine().put(path, &changed);
    assert!(matches!(run(&host), Err(ApplyError::HandEdited(_))));
    run_in(&host, &Inside, Edited::Merge).unwrap();
    assert_eq!(host.machine().text(path).unwrap(), changed);
    run(&host).unwrap();
    assert_eq!(host.machine().text(path).unwrap(), changed, "and it is not asked again");
}

#[test]
fn undo_waits_until_what_answered_before_answers_again() {
    let undone = |is_silent: bool| {
        let host = vps();
        run(&host).unwrap();
        accept(&host, &WISH.replace("[[accounts]]", "[protection]\nmessage_size_mb = 77\n[[accounts]]"));
        run(&host).unwrap();
        if is_silent {
            host.machine().open_ports.remove(&587);
        }
        let begun = host.now();
        let notes = undo(&host, &Paths::default(), None, &mut |_| ()).unwrap().notes;
        (host.now().duration_since(begun).as_secs(), notes)
    };
    let (seconds, notes) = undone(true);
    assert!(seconds >= 300, "{seconds}");
    assert!(notes[0].starts_with("postfix.service runs, but nothing answers at port 587 as before"), "{notes:?}");
    let (seconds, notes) = undone(false);
    assert!(seconds < 60 && notes.len() == 1, "{seconds} {notes:?}");
}

#[test]
fn undo_leaves_what_was_edited_since() {
    let host = vps();
    run(&host).unwrap();
    host.machine().put("/etc/postfix/main.cf", "# edited later\n");
    let undone = undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
    assert_eq!(host.machine().text("/etc/postfix/main.cf").as_deref(), Some("# edited later\n"));
    assert!(undone.notes[0].contains("/etc/postfix/main.cf"), "{:?}", undone.notes);
}

#[test]
fn a_domain_that_goes_takes_its_files_with_it() {
    let host = vps();
    let two = format!("{WISH}\n[[domains]]\nname = \"example.net\"\n");
    accept(&host, &two);
    run(&host).unwrap();
    let keys = |host: &FakeHost| {
        let machine = host.machine();
        machine
            .files
            .keys()
            .filter(|p| p.starts_with("/var/lib/rspamd/dkim") && p.to_string_lossy().contains("example.net"))
            .count()
    };
    assert_eq!(keys(&host), 2);
    accept(&host, WISH);
    run(&host).unwrap();
    assert_eq!(keys(&host), 0);
    assert_set_up(&host, "one domain less");
    undo(&host, &Paths::default(), None, &mut |_| ()).unwrap();
    assert_eq!(keys(&host), 2, "undo brings the domain back");
}

#[test]
fn who_holds_the_lock_is_named() {
    let host = vps();
    host.machine().foreign_locks.insert(Paths::default().lock(), "process 4711 since 2026-11-21 06:00:00 UTC".into());
    let refusal = run(&host).unwrap_err().to_string();
    assert_eq!(refusal, "Another run is at work: process 4711 since 2026-11-21 06:00:00 UTC. Wait until it ends.");
}

#[test]
fn an_ordinary_user_and_a_machine_without_systemd_are_refused() {
    let host = vps();
    host.machine().ordinary_user = true;
    assert!(matches!(run(&host), Err(ApplyError::NotRoot)));
    let host = vps();
    host.machine().directories.remove(Path::new("/run/systemd/system"));
    assert!(matches!(run(&host), Err(ApplyError::NoSystemd)));
}

#[test]
fn no_secret_is_in_the_journal_and_only_root_reads_the_history() {
    let host = vps();
    run(&host).unwrap();
    let machine = host.machine();
    let history = machine.files.iter().filter(|(path, _)| path.starts_with("/var/lib/mailwizard"));
    for (path, file) in history {
        assert_eq!(file.mode & 0o077, 0, "{}", path.display());
        if path.to_string_lossy().ends_with(".jsonl") {
            let text = String::from_utf8_lossy(&file.content);
            assert!(!text.contains("canary") && !text.contains("PRIVATE KEY"), "{}", path.display());
        }
    }
    let commands: String = machine.commands.iter().map(|c| format!("{c} {:?}\n", c.env)).collect();
    assert!(!commands.contains("canary"));
    assert_eq!(machine.directories[Path::new("/var/lib/mailwizard")].0, 0o700);
}

#[test]
fn the_history_tells_how_each_apply_ended() {
    let host = vps();
    host.machine().changes_until_kill = Some(60);
    drop(run(&host));
    host.machine().revive();
    let stopped = unfinished(&host, &Paths::default()).unwrap().unwrap();
    assert!(stopped.done < stopped.of && stopped.reason.is_none(), "{stopped:?}");
    run(&host).unwrap();
    let past = past(&host, &Paths::default()).unwrap();
    assert_eq!(past.len(), 1, "a continued apply stays one entry");
    assert_eq!((past[0].outcome, past[0].undone), (Some(Outcome::Done), false));
    assert_eq!(past[0].id, stopped.id);
    let file = root_file("", 0o600);
    assert_eq!(host.read(&Paths::default().written()).unwrap().unwrap().mode, file.mode);
}
