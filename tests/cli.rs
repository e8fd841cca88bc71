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
        (
            "version = 1\nhostname = \"198.51.100.10\"\n",
            "line 2: hostname: '198.51.100.10' is not a host name: it is an IP address. Give the name whose A or AAAA record holds this address.",
        ),
        (
            "version = 1\nhostname = \"[2001:db8::1]\"\n",
            "line 2: hostname: '[2001:db8::1]' is not a host name: it is an IP address. Give the name whose A or AAAA record holds this address.",
        ),
        (
            "version = 1\nhostname = \"a12345678901234567890123456789012345678901234567890123456789abcd.org\"\n",
            "line 2: hostname: 'a12345678901234567890123456789012345678901234567890123456789abcd.org' is not a host name: a part between dots has 64 characters. 63 is the most (RFC 1035).",
        ),
        (
            "version = 1\nhostname = \"\"\n",
            "line 2: hostname: '' is not a host name: it is empty. A name looks like 'mail.example.org'.",
        ),
        (
            "version = 1\nhostname = \"\\u001b[2Jmail.example.org\"\n",
            "line 2: hostname: '\\u{1b}[2Jmail.example.org' is not a host name: it holds the control character U+001B.",
        ),
        ("version = 1\nhostname = 7\n", "line 2: hostname is 7, but a text in quotes is needed."),
        (
            "version = 1\nhostname = \"mail.example.org\"\n[protection]\ngreylisting = \"yes\"\n",
            "line 4: protection.greylisting is the text \"yes\", but true or false is needed.",
        ),
        (
            "version = 1\nhostname = \"mail.example.org\"\n[protection]\ngreylistng = true\n",
            "line 4: 'greylistng' is not a key of [protection]. The nearest right one is 'greylisting'.",
        ),
        (
            "version = 1\nhostname = \"mail.example.org\"\n[certificate]\nmethod = \"acme\"\n",
            "line 4: certificate.method is 'acme': it is one of acme-http, existing, self-signed. The nearest right one is 'acme-http'.",
        ),
        ("version = 1\nhostname = \"mail.example.org\"\n[[domains]]\n", "line 3: [domains] has no 'name'."),
        ("version = 2\n", "line 1: version = 2 is not known: this program reads version = 1."),
        ("", "'version' is missing: begin the file with version = 1."),
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

#[test]
fn bad_addresses_get_one_sentence_each() {
    if !is_root() {
        return not_root();
    }
    for (address, sentence) in [
        (
            "al\\nice@example.org",
            "'al\\nice@example.org' is not a mail address: '\\n' before '@' is not allowed here. Letters, digits and . + - _ = are.",
        ),
        (
            "al\\\"ice@example.org",
            "'al\"ice@example.org' is not a mail address: '\"' before '@' is not allowed here. Letters, digits and . + - _ = are.",
        ),
        (
            "../passwd@example.org",
            "'../passwd@example.org' is not a mail address: '/' before '@' is not allowed here. Letters, digits and . + - _ = are.",
        ),
        ("..@example.org", "'..@example.org' is not a mail address: a dot before '@' must stand between two letters."),
    ] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "version = 1\nhostname = \"mail.example.org\"\n[[accounts]]\naddress = \"{address}\"\n").unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let output = mailwizard(&["setup", "--answers", &path, "--yes"]);
        assert_eq!(text(&output.stderr), format!("error: '{path}', line 4: accounts.address: {sentence}\n"));
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    }
}

#[test]
fn bad_passwords_get_one_sentence_each_and_are_not_said() {
    if !is_root() {
        return not_root();
    }
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.toml");
    let text_of_answers = "version = 1\nhostname = \"mail.example.org\"\n[[accounts]]\naddress = \"alice@example.org\"\npassword_file = \"pw\"\n";
    std::fs::write(&answers, text_of_answers).unwrap();
    let password = folder.path().join("pw");
    for (content, reason) in [
        (&b"canary-1\ncanary-2\n"[..], "it holds a line break"),
        (b"canary\0canary\n", "it holds a NUL character"),
        (b"\n", "it is empty"),
        (b"canary\xff\n", "it is not UTF-8 text"),
    ] {
        std::fs::write(&password, content).unwrap();
        let output = mailwizard(&["setup", "--answers", answers.to_str().unwrap(), "--yes"]);
        let expected =
            format!("error: '{}' holds no password for 'alice@example.org': {reason}.\n", password.display());
        assert_eq!((text(&output.stderr), output.status.code()), (expected, Some(2)));
    }
}

#[test]
fn verbs_refuse_what_is_no_name_before_anything_else() {
    for (arguments, sentence) in [
        (
            &["account", "password", "nobody", "--yes"][..],
            "'nobody' is not a mail address: it has no '@'. An address looks like 'alice@example.org'.",
        ),
        (
            &["account", "rename", "a@example.org", "b c@example.org", "--yes"],
            "'b c@example.org' is not a mail address: ' ' before '@' is not allowed here. Letters, digits and . + - _ = are.",
        ),
        (
            &["alias", "remove", "*", "--yes"],
            "'*' is not an alias: it has no '@'. An address looks like 'alice@example.org'.",
        ),
    ] {
        let output = mailwizard(arguments);
        assert_eq!(text(&output.stderr), format!("error: {sentence}\n"));
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    }
    for (arguments, words) in [
        (&["domain", "remove", "exa_mple.org"][..], "'exa_mple.org' is not a domain: '_' is not allowed."),
        (&["account", "quota", "a@example.org", "5T"], "'5T' is not a size: give a whole number with M or G"),
        (&["account", "remove", "a@example.org", "--archive", "--delete"], "cannot be used with"),
        (&["dkim", "rotate", "--back", "--wait"], "cannot be used with"),
        (&["domain", "add", "example.org", "--json"], "--yes"),
    ] {
        let output = mailwizard(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
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
