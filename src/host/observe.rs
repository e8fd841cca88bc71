//! The present state of exactly what a `Desired` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::gather::installed;
use super::{Host, HostError, firewall};
use crate::facts::{Facts, FirewallFacts};
use crate::plan::{Observed, UnitState, Written};
use crate::stacks::{CommandLine, Desired};

/// Looks at everything that `desired` names. `written` is what we remember; files that it names are looked at too.
/// `merged` are paths whose present content went into `desired`.
pub fn observe(
    host: &dyn Host,
    desired: &Desired,
    facts: &Facts,
    written: Written,
    merged: &[&str],
) -> Result<Observed, HostError> {
    let mut observed = Observed {
        host_name: present_host_name(host, desired, facts)?,
        installed: installed_packages(host, desired)?,
        units: units(host, desired)?,
        merged: merged.iter().map(PathBuf::from).collect(),
        has_firewall: facts.firewall != FirewallFacts::None,
        ..Observed::default()
    };
    observed.users = desired.users.iter().map(|u| &u.name).filter(|name| host.has_user(name)).cloned().collect();
    for directory in &desired.directories {
        if let Some(found) = host.directory(&directory.path)? {
            observed.directories.insert(directory.path.clone(), found);
        }
    }
    let derived = desired.derived.iter().map(|file| &file.path).chain(written.derived.keys());
    let paths = desired.files.iter().map(|file| &file.path).chain(written.files.keys()).chain(derived);
    for path in paths {
        if !observed.files.contains_key(path)
            && let Some(file) = host.read(path)?
        {
            observed.files.insert(path.clone(), file);
        }
    }
    let ports = desired.ports.iter().map(|p| p.port).collect();
    observed.blocked_ports = firewall::blocked(host, &facts.firewall, &ports)?;
    observed.written = written;
    Ok(observed)
}

/// The kernel's name, or the one in `/etc/hostname`, whichever is not the wanted one: both must be.
fn present_host_name(host: &dyn Host, desired: &Desired, facts: &Facts) -> Result<String, HostError> {
    let file = host.read(Path::new("/etc/hostname"))?.map(|f| String::from_utf8_lossy(&f.content).trim().to_owned());
    let wanted = desired.host_name.as_ref().map_or(facts.host_name.as_str(), |name| name.as_str());
    Ok(if facts.host_name == wanted { file.unwrap_or_default() } else { facts.host_name.clone() })
}

fn installed_packages(host: &dyn Host, desired: &Desired) -> Result<std::collections::BTreeSet<String>, HostError> {
    let names: Vec<&str> = desired.packages.names.iter().map(String::as_str).collect();
    if names.is_empty() {
        return Ok(Default::default());
    }
    Ok(installed(host, &names)?.into_keys().collect())
}

/// One `systemctl show` for all units; it answers in the order of the question, one paragraph a unit.
fn units(host: &dyn Host, desired: &Desired) -> Result<BTreeMap<String, UnitState>, HostError> {
    if desired.services.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut arguments = vec!["show", "--property=UnitFileState,ActiveState,NeedDaemonReload", "--"];
    for service in &desired.services {
        arguments.extend([service.unit, service.state_unit]);
    }
    let output = host.run(&CommandLine::new("systemctl", &arguments), &mut |_| ())?;
    if !output.succeeded() {
        return Err(HostError::Unexpected {
            what: "what systemctl says".into(),
            reason: crate::printable::excerpt(&output.stderr, 200),
        });
    }
    let mut paragraphs = output.stdout.split("\n\n");
    let mut units = BTreeMap::new();
    for service in &desired.services {
        let (own, state) = (paragraphs.next().unwrap_or_default(), paragraphs.next().unwrap_or_default());
        // The other kinds cannot be enabled, and start when something asks for them.
        let enabled = matches!(value(own, "UnitFileState"), "enabled" | "static" | "alias" | "generated" | "indirect");
        let active = matches!(value(state, "ActiveState"), "active" | "reloading");
        let needs_daemon_reload = value(own, "NeedDaemonReload") == "yes";
        units.insert(service.unit.to_owned(), UnitState { enabled, active, needs_daemon_reload });
    }
    Ok(units)
}

fn value<'t>(paragraph: &'t str, key: &str) -> &'t str {
    paragraph.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default().trim()
}
