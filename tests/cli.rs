//! The command line from outside: exact words and exit codes, without touching the machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot start the program should stop")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn mailwizard(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailwizard"));
    command.args(arguments).stdin(Stdio::null()).env("TERM", "xterm").env_remove("ACCESSIBLE").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn the_version_is_one_line() {
    let output = mailwizard(&["--version"]);
    assert_eq!(text(&output.stdout), format!("mailwizard {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_line_of_help_fits_and_every_subcommand_has_one() {
    let help = text(&mailwizard(&["--help"]).stdout);
    for name in
        ["setup", "plan", "apply", "undo", "history", "records", "check", "probe", "troubleshoot", "completions", "man"]
    {
        assert!(help.contains(&format!("\n  {name} ")), "{name}\n{help}");
        let output = mailwizard(&[name, "--help"]);
        assert_eq!(output.status.code(), Some(0), "{name}");
    }
    assert!(help.contains("Exit codes: 0 done or all good"), "{help}");
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let output = mailwizard(&["dns"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("unrecognized subcommand 'dns'"));
}

#[test]
fn without_a_terminal_the_unattended_way_is_named() {
    for arguments in [&["setup"][..], &[]] {
        let output = mailwizard(arguments);
        assert_eq!(output.status.code(), Some(2));
        let sentence = text(&output.stderr);
        assert!(sentence.contains("mailwizard setup --answers FILE --yes"), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn bad_answers_files_get_one_sentence_each() {
    if !is_root() {
        return not_root();
    }
    for (answers, sentence) in [
        (
            "version = 1\nhostnme = \"a.b\"\n",
            "line 2: 'hostnme' is not a key of this file. The nearest right one is 'hostname'.",
        ),
        (
            "version = 1\nhostname = \"mail_1.example.org\"\n",
            "line 2: hostname: 'mail_1.example.org' is not a host name: '_' is not allowed. Try 'mail1.example.org'.",
        ),
        (
            "version = 1\nhostname = \"mail.example.org.\"\n",
            "line 2: hostname: 'mail.example.org.' is not a host name: it ends in a dot. Try 'mail.example.org'.",
        ),
        ("version = 1\nhostname = 7\n", "line 2: hostname is 7, but a text in quotes is needed."),
        ("version = 1\n", "'hostname' is missing: add hostname = \"mail.example.org\" with the name of this machine."),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(answers.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let output = mailwizard(&["setup", "--answers", &path, "--yes"]);
        assert_eq!(text(&output.stderr), format!("error: '{path}', {sentence}\n"));
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    }
}

/// An ordinary user gets one sentence, whatever the answers say.
fn not_root() {
    let output = mailwizard(&["setup", "--answers", "/nowhere.toml", "--yes"]);
    assert_eq!(text(&output.stderr), "error: A mail server can only be set up by root: start it again with sudo.\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mailwizard"))
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}
