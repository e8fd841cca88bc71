//! Versions of packages, and the mail server that is there already.

use std::collections::BTreeMap;

use super::answer;
use crate::facts::PackageVersion;
use crate::host::{Host, HostError};

/// Packages that hold a mail server which would want our ports.
const MAIL_SERVERS: [(&str, &str); 6] = [
    ("exim4-daemon-light", "exim4"),
    ("exim4-daemon-heavy", "exim4"),
    ("sendmail-bin", "sendmail"),
    ("opensmtpd", "opensmtpd"),
    ("courier-mta", "courier"),
    ("citadel-server", "citadel"),
];

/// Versions by package, and the name of a foreign mail server.
pub(super) fn look(
    host: &dyn Host,
    wanted: &[&str],
) -> Result<(BTreeMap<String, PackageVersion>, Option<String>), HostError> {
    let asked: Vec<&str> = wanted.iter().copied().chain(MAIL_SERVERS.iter().map(|(package, _)| *package)).collect();
    let installed = installed(host, &asked)?;
    let mut versions: BTreeMap<String, PackageVersion> = wanted
        .iter()
        .filter_map(|name| {
            let version = installed.get(*name)?.clone();
            Some(((*name).to_owned(), PackageVersion { version, installed: true }))
        })
        .collect();
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !installed.contains_key(*name)).collect();
    if !missing.is_empty() {
        let arguments: Vec<&str> = std::iter::once("policy").chain(missing).collect();
        let said = answer(host, "apt-cache", &arguments)?.unwrap_or_default();
        versions.extend(candidates(&said));
    }
    let foreign =
        MAIL_SERVERS.iter().find(|(package, _)| installed.contains_key(*package)).map(|(_, name)| (*name).to_owned());
    Ok((versions, foreign))
}

/// Versions of those of `names` that are installed and configured.
pub(in crate::host) fn installed(host: &dyn Host, names: &[&str]) -> Result<BTreeMap<String, String>, HostError> {
    let mut arguments = vec!["--show", "--showformat=${Package} ${db:Status-Status} ${Version}\\n"];
    arguments.extend(names);
    let said = answer(host, "dpkg-query", &arguments)?.unwrap_or_default();
    Ok(said
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, status, version) = (words.next()?, words.next()?, words.next()?);
            (status == "installed").then(|| (name.to_owned(), version.to_owned()))
        })
        .collect())
}

/// Reads `apt-cache policy`: a name with a colon at the margin, its candidate indented below it.
fn candidates(policy: &str) -> Vec<(String, PackageVersion)> {
    let mut found = Vec::new();
    let mut package = "";
    for line in policy.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            package = name;
        } else if let Some(version) = line.trim_start().strip_prefix("Candidate: ")
            && version != "(none)"
        {
            found.push((package.to_owned(), PackageVersion { version: version.to_owned(), installed: false }));
        }
    }
    found
}
