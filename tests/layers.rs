//! The house keeps its order: who imports whom, who may touch the machine, and that no file is forgotten.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read the sources should stop")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate by storey: a module imports from its own storey and those below.
const STOREYS: [&[&str]; 6] = [
    &["printable", "spec", "facts", "finding"],
    &["steps", "changes", "stacks", "records", "clients", "symptoms", "plan"],
    &["host", "probe", "keys", "store"],
    &["checks", "apply", "backup", "adopt"],
    &["front"],
    &["cli"],
];

/// Files that hold only tests or fakes for them.
const TEST_FILES: [&str; 5] = ["tests.rs", "test_server.rs", "fake.rs", "three_front_ends.rs", "real_lines.rs"];

struct Source {
    path: PathBuf,
    /// Below `src`, with slashes: "steps/dns.rs".
    name: String,
    /// Without comments and without its test module.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 40, "the sources were not found");
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let code: String =
                code.lines().filter(|l| !l.trim_start().starts_with("//")).map(|l| format!("{l}\n")).collect();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            Source { path, name, code }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    fn is_for_tests(&self) -> bool {
        self.path.file_name().is_some_and(|n| TEST_FILES.iter().any(|t| n == *t))
    }

    /// The top module it belongs to; `None` for `lib.rs` and `main.rs`.
    fn module(&self) -> Option<&str> {
        let top = self.name.split('/').next().unwrap();
        Some(top.strip_suffix(".rs").unwrap_or(top)).filter(|m| !matches!(*m, "lib" | "main"))
    }

    fn is_in(&self, folder: &str) -> bool {
        self.name.starts_with(&format!("{folder}/")) || self.name == format!("{folder}.rs")
    }

    /// Every `crate::…` path it names, braces opened: "front::exit::Exit".
    fn imports(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, _) in self.code.match_indices("crate::") {
            open(&self.code[at + "crate::".len()..], "", &mut found);
        }
        found
    }
}

/// Reads one path, or each of a group in braces, from the beginning of `text`; gives what follows it.
fn open<'a>(text: &'a str, prefix: &str, found: &mut BTreeSet<String>) -> &'a str {
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = open(rest.trim_start(), prefix, found).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
            if rest.is_empty() || rest.starts_with('}') {
                return rest.strip_prefix('}').unwrap_or(rest);
            }
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '*'))).unwrap_or(text.len());
    let path = format!("{prefix}{}", &text[..end]);
    match text[end..].strip_prefix("::") {
        Some(rest) => open(rest, &format!("{path}::"), found),
        None => {
            found.insert(path);
            // A glob or name may be followed by a character that begins nothing we know.
            if end == 0 { text.get(1..).unwrap_or_default() } else { &text[end..] }
        }
    }
}

fn storey(module: &str) -> Option<usize> {
    STOREYS.iter().position(|modules| modules.contains(&module))
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_for_tests()) {
        let Some(module) = source.module() else { continue };
        let own = storey(module).unwrap_or_else(|| panic!("'{module}' has no storey: add it to STOREYS"));
        for import in source.imports() {
            let target = import.split("::").next().unwrap();
            if storey(target).is_some_and(|other| other > own) {
                wrong.push(format!("{} imports {import}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "imports that go up:\n{}", wrong.join("\n"));
}

#[test]
fn front_ends_do_not_import_one_another() {
    let ends = ["tui", "plain"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is_for_tests()) {
        let Some(own) = ends.iter().find(|end| source.is_in(&format!("front/{end}"))) else { continue };
        for import in source.imports() {
            let other = ends.iter().any(|end| end != own && import.starts_with(&format!("front::{end}")));
            if other || import.starts_with("front::commands") {
                wrong.push(format!("{} imports {import}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_screen_itself_is_pure() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !["model", "update", "view"].iter().any(|part| source.is_in(&format!("front/tui/{part}"))) {
            continue;
        }
        for import in source.imports() {
            let top = import.split("::").next().unwrap();
            if matches!(top, "host" | "probe" | "store" | "apply") {
                wrong.push(format!("{} imports {import}", source.name));
            }
        }
        wrong.extend(touches(&source, &["tokio::", "std::io::std"]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that reach for the machine: files, processes, environment, the time of day.
const MACHINE: [&str; 8] = [
    "std::fs",
    "tokio::fs",
    "std::process::Command",
    "tokio::process",
    "std::env",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

fn touches(source: &Source, words: &[&str]) -> Vec<String> {
    let found = words.iter().filter(|word| source.code.contains(**word));
    found.map(|word| format!("{} uses {word}", source.name)).collect()
}

#[test]
fn only_the_host_touches_the_machine() {
    let all = sources();
    let outside = all.iter().filter(|s| !s.is_in("host") && !s.is_for_tests());
    let wrong: Vec<String> = outside.flat_map(|s| touches(s, &MACHINE)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_pure_waits_for_nothing_and_connects_to_nothing() {
    let all = sources();
    let pure = all.iter().filter(|s| s.module().and_then(storey).is_some_and(|storey| storey <= 1));
    let words =
        ["tokio", "hickory_net", "TcpStream", "UdpSocket", "UnixStream", "thread::", "Instant::now", "getrandom"];
    let wrong: Vec<String> = pure.flat_map(|s| touches(s, &words)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_forgotten() {
    let all = sources();
    let mut wrong = Vec::new();
    for source in &all {
        if matches!(source.name.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let path = Path::new(&source.name);
        let (name, folder) = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" => (path.parent().unwrap().file_name().unwrap().to_str().unwrap(), path.parent().unwrap().parent()),
            name => (name, path.parent()),
        };
        let folder = folder.unwrap();
        let parents = match folder.to_str().unwrap() {
            "" => vec!["lib.rs".to_owned()],
            folder => vec![format!("{folder}/mod.rs"), format!("{folder}.rs")],
        };
        let declared = all.iter().filter(|s| parents.contains(&s.name)).any(|parent| {
            let whole = fs::read_to_string(&parent.path).unwrap();
            whole.lines().any(|l| {
                l.trim_end_matches(';')
                    .trim_start_matches("pub(crate) ")
                    .trim_start_matches("pub(super) ")
                    .trim_start_matches("pub ")
                    == format!("mod {name}")
            })
        });
        if !declared {
            wrong.push(format!("{} is declared nowhere", source.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How often statics of this type are declared in a folder.
fn declared(folder: &str, kind: &str) -> usize {
    let all = sources();
    let of_folder = all.iter().filter(|s| s.is_in(folder) && !s.is_for_tests());
    of_folder.map(|s| s.code.matches(&format!(": {kind} = {kind} {{")).count()).sum()
}

#[test]
fn every_step_check_and_stack_is_in_its_table() {
    assert_eq!(declared("steps", "Step"), mailwizard::steps::STEPS.len(), "steps");
    let checks: BTreeSet<&str> = mailwizard::checks::CHECKS.iter().map(|c| c.id).collect();
    assert_eq!(checks.len(), mailwizard::checks::CHECKS.len(), "a check is in the table twice");
    assert_eq!(declared("checks", "Check"), checks.len(), "checks");
    let stacks = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/stacks")).unwrap();
    let folders = stacks.filter(|e| e.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(folders, mailwizard::stacks::STACKS.len(), "stacks");
}

#[test]
fn the_reader_of_imports_opens_braces() {
    let code =
        "use crate::{spec::{Spec, fqdn::Fqdn}, front::exit};\nlet x: crate::plan::Plan = crate::host::gather(a);";
    let source = Source { path: PathBuf::new(), name: String::new(), code: code.into() };
    let found: Vec<String> = source.imports().into_iter().collect();
    assert_eq!(found, ["front::exit", "host::gather", "plan::Plan", "spec::Spec", "spec::fqdn::Fqdn"]);
}
