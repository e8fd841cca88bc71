//! Takes mailwizard's own traces away; the mail server goes on as it is.

use std::path::{Path, PathBuf};

use super::{ApplyError, lock};
use crate::host::{EntryKind, Host};
use crate::stacks::CommandLine;
use crate::store::{self, Paths};

const UNITS: &str = "/etc/systemd/system";

/// What is ours alone, and what of the server leans on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// Units that run this program.
    pub units: Vec<String>,
    /// Other files that run it, for example a hook of certbot's.
    pub hooks: Vec<PathBuf>,
    /// Our folders.
    pub folders: Vec<PathBuf>,
    /// Files of the server that name one of our folders outside of a comment: they would break.
    pub leaning: Vec<PathBuf>,
}

/// Finds them. Changes nothing.
pub fn traces(host: &dyn Host, paths: &Paths) -> Result<Traces, ApplyError> {
    let mut units = Vec::new();
    for name in host.list(Path::new(UNITS))? {
        if name.starts_with("mailwizard-") && (name.ends_with(".service") || name.ends_with(".timer")) {
            units.push(name);
        }
    }
    let program = host.program().map(|path| path.display().to_string()).unwrap_or_else(|| "mailwizard".into());
    let folders = [paths.etc(), paths.var()].map(Path::to_owned);
    let (mut hooks, mut leaning) = (Vec::new(), Vec::new());
    for path in store::load_written(host, paths)?.files.keys() {
        if path.parent() == Some(Path::new(UNITS)) || folders.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let Some(file) = host.read(path)? else { continue };
        let text = String::from_utf8_lossy(&file.content);
        let mut lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        if lines.clone().any(|line| line.contains(&program)) {
            hooks.push(path.clone());
        } else if lines.any(|line| folders.iter().any(|folder| line.contains(&folder.display().to_string()))) {
            leaning.push(path.clone());
        }
    }
    let there = |folder: &PathBuf| matches!(host.directory(folder), Ok(Some(_)));
    Ok(Traces { units, hooks, folders: folders.into_iter().filter(there).collect(), leaning })
}

/// Removes them; each is told to `on_line` before it goes. Killed at any point, it can be called again.
pub fn leave(host: &dyn Host, paths: &Paths, traces: &Traces, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
    let guard = lock(host, paths)?;
    super::act::policy::give_back(host, paths)?;
    super::act::take_back_unconfirmed(host, paths)?;
    for unit in &traces.units {
        on_line(unit);
        // One that is not enabled has nothing to disable; systemctl's refusal is no harm.
        host.run(&CommandLine::new("systemctl", &["disable", "--now", unit]), &mut |_| ())?;
        host.remove(&Path::new(UNITS).join(unit))?;
    }
    if !traces.units.is_empty() {
        host.run(&CommandLine::new("systemctl", &["daemon-reload"]), &mut |_| ())?;
    }
    for hook in &traces.hooks {
        on_line(&hook.display().to_string());
        host.remove(hook)?;
    }
    // The lock is in the last folder: it is given back with it.
    for folder in &traces.folders {
        on_line(&folder.display().to_string());
        remove_tree(host, folder)?;
    }
    drop(guard);
    Ok(())
}

/// Links are removed, not followed.
fn remove_tree(host: &dyn Host, folder: &Path) -> Result<(), ApplyError> {
    for name in host.list(folder)? {
        let path = folder.join(&name);
        match host.entry(&path)?.map(|entry| entry.kind) {
            Some(EntryKind::Directory) => remove_tree(host, &path)?,
            Some(_) => host.remove(&path)?,
            None => {}
        }
    }
    host.remove_empty_directory(folder)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;
    use crate::plan::{InWork, Written};

    fn host() -> FakeHost {
        let host = FakeHost::default();
        host.script("systemctl", |_, _| printed(""));
        let mut written = Written::default();
        for (path, content) in [
            ("/etc/systemd/system/mailwizard-renew.timer", "[Timer]\n"),
            ("/etc/systemd/system/mailwizard-renew.service", "ExecStart=/usr/local/bin/mailwizard cert renew\n"),
            (
                "/etc/letsencrypt/renewal-hooks/deploy/mailwizard",
                "#!/bin/sh\nexec /usr/local/bin/mailwizard cert renew\n",
            ),
            (
                "/etc/postfix/main.cf",
                "# Your own settings belong in /etc/mailwizard/local/main.cf.\nmyhostname = mail.example.org\n",
            ),
            ("/etc/dovecot/dovecot.conf", "protocols = imap lmtp\n"),
        ] {
            host.machine().put(path, content);
            let hash = "x".to_owned();
            written.wrote(path.into(), InWork { content: hash.clone(), rendered: hash });
        }
        for path in ["/etc/mailwizard/spec.toml", "/var/lib/mailwizard/dkim/example.org/r2026a.key"] {
            host.machine().put(path, "x");
        }
        for folder in [
            "/etc/mailwizard",
            "/var/lib/mailwizard",
            "/var/lib/mailwizard/dkim",
            "/var/lib/mailwizard/dkim/example.org",
        ] {
            host.machine().directories.insert(folder.into(), (0o700, "root".into(), "root".into()));
        }
        store::save_written(&host, &Paths::default(), &written).unwrap();
        host
    }

    #[test]
    fn our_units_hooks_and_folders_go_and_the_server_stays() {
        let host = host();
        let traces = traces(&host, &Paths::default()).unwrap();
        assert_eq!(traces.units, ["mailwizard-renew.service", "mailwizard-renew.timer"]);
        assert_eq!(traces.hooks, [PathBuf::from("/etc/letsencrypt/renewal-hooks/deploy/mailwizard")]);
        assert_eq!(traces.leaning, Vec::<PathBuf>::new(), "a comment is nothing to lean on");
        leave(&host, &Paths::default(), &traces, &mut |_| ()).unwrap();
        let machine = host.machine();
        let left: Vec<String> = machine.files.keys().map(|path| path.display().to_string()).collect();
        assert_eq!(left, ["/etc/dovecot/dovecot.conf", "/etc/postfix/main.cf"]);
        assert_eq!(machine.runs("systemctl disable --now mailwizard-renew.timer"), 1);
        assert!(machine.directories.is_empty(), "{:?}", machine.directories);
    }

    #[test]
    fn what_would_break_is_named() {
        let host = host();
        host.machine()
            .put("/etc/dovecot/dovecot.conf", "passdb x {\n passwd_file_path = /var/lib/mailwizard/users\n}\n");
        let traces = traces(&host, &Paths::default()).unwrap();
        assert_eq!(traces.leaning, [PathBuf::from("/etc/dovecot/dovecot.conf")]);
    }
}
