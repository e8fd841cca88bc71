//! Looks at the machine that no check of the catalogue makes: each answers one question of a cause.

use std::path::Path;
use std::time::Duration;

use crate::host::Host;
use crate::printable::excerpt;
use crate::spec::Spec;
use crate::stacks::CommandLine;
use crate::symptoms::{Evidence, Look};

/// Everything that the looks found.
pub(super) fn looks(host: &dyn Host, spec: &Spec, evidence: &Evidence) -> Vec<Look> {
    let mut found = Vec::new();
    found.extend(banned(host, evidence));
    found.extend(output_filter(host));
    found.extend(chroot_differs(host));
    found.extend(domain_in_both(host, spec));
    found.extend(milter_closed(host));
    found.extend(addresses(spec, evidence));
    found
}

/// The output of a command that ended well; what is not installed says nothing.
fn output(host: &dyn Host, program: &str, args: &[&str]) -> Option<String> {
    host.which(program)?;
    let mut command = CommandLine::new(program, args);
    command.timeout = Duration::from_secs(5);
    let output = host.run(&command, &mut |_| {}).ok()?;
    output.succeeded().then_some(output.stdout)
}

/// Who is shut out now: all, or the address that the operator named.
fn banned(host: &dyn Host, evidence: &Evidence) -> Vec<Look> {
    let Some(list) = output(host, "fail2ban-client", &["banned"]) else { return Vec::new() };
    let addresses: Vec<&str> = list
        .split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':')))
        .filter(|word| word.parse::<std::net::IpAddr>().is_ok())
        .collect();
    let named: Vec<String> =
        evidence.mentioned().into_iter().filter(|m| m.parse::<std::net::IpAddr>().is_ok()).collect();
    let ours = |a: &&&str| named.is_empty() || named.iter().any(|n| n == *a);
    let shut_out: Vec<&str> = addresses.iter().filter(ours).take(10).copied().collect();
    if shut_out.is_empty() {
        let line = "fail2ban shuts nobody out that it could be".to_owned();
        return vec![Look { id: "not-banned", line }];
    }
    vec![Look { id: "banned", line: format!("fail2ban shuts out {}", shut_out.join(", ")) }]
}

/// A rule of this machine's own that stops connections to port 25.
fn output_filter(host: &dyn Host) -> Option<Look> {
    let rules = output(host, "nft", &["list", "ruleset"])?;
    let mut chain_is_output = false;
    for line in rules.lines() {
        let line = line.trim();
        if line.starts_with("chain ") {
            chain_is_output = line.to_lowercase().contains("output");
        }
        if line.contains("hook output") {
            chain_is_output = true;
        }
        let stops = line.contains("drop") || line.contains("reject");
        let mail = line.contains("dport 25 ") || line.contains("dport smtp") || line.contains("dport { 25");
        if chain_is_output && stops && mail {
            return Some(Look { id: "output-filter", line: format!("nft list ruleset: {}", excerpt(line, 200)) });
        }
    }
    None
}

/// Postfix's copy of resolv.conf in its chroot, where it is not what the system has.
fn chroot_differs(host: &dyn Host) -> Option<Look> {
    let servers = |path: &str| -> Option<Vec<String>> {
        let file = host.read(Path::new(path)).ok()??;
        let text = String::from_utf8_lossy(&file.content).into_owned();
        let lines = text.lines().map(str::trim).filter(|l| l.starts_with("nameserver"));
        Some(lines.map(str::to_owned).collect())
    };
    let (own, copy) = (servers("/etc/resolv.conf")?, servers("/var/spool/postfix/etc/resolv.conf")?);
    (own != copy).then(|| Look {
        id: "chroot-differs",
        line: format!(
            "/var/spool/postfix/etc/resolv.conf has '{}', /etc/resolv.conf has '{}'",
            excerpt(&copy.join(", "), 100),
            excerpt(&own.join(", "), 100)
        ),
    })
}

/// A served domain that Postfix takes for local as well.
fn domain_in_both(host: &dyn Host, spec: &Spec) -> Option<Look> {
    let list = output(host, "postconf", &["-xh", "mydestination"])?;
    let local: Vec<String> = list.split([',', ' ', '\n']).map(|d| d.trim().to_lowercase()).collect();
    let both = spec.domains.iter().find(|d| local.iter().any(|l| l == d.name.as_str()))?;
    let line = format!("mydestination holds '{}', which is a mail domain", both.name);
    Some(Look { id: "domain-in-both", line })
}

/// The filter that Postfix is told to ask, where nothing listens there.
fn milter_closed(host: &dyn Host) -> Option<Look> {
    let list = output(host, "postconf", &["-xh", "smtpd_milters"])?;
    let sockets = list.split([',', ' ', '\n']).map(str::trim).filter(|s| s.starts_with("inet:"));
    for socket in sockets {
        let address = socket.trim_start_matches("inet:").replace("localhost", "127.0.0.1");
        if let Ok(address) = address.parse()
            && !host.accepts_tcp(address, Duration::from_secs(1))
        {
            return Some(Look {
                id: "milter-closed",
                line: format!("nothing listens at {socket}, which smtpd_milters names"),
            });
        }
    }
    None
}

/// Whether an address of ours that the operator named exists.
fn addresses(spec: &Spec, evidence: &Evidence) -> Vec<Look> {
    let named = evidence.mentioned();
    let of_ours = named.iter().filter(|m| {
        m.split_once('@').is_some_and(|(_, domain)| spec.domains.iter().any(|d| d.name.as_str() == domain))
    });
    of_ours
        .map(|address| {
            let domain = address.split_once('@').map(|(_, d)| d).unwrap_or_default();
            let account = spec.accounts.iter().any(|a| a.address.to_string() == *address);
            let alias = spec.aliases.iter().any(|a| {
                let alias = a.address.to_string();
                alias == *address || alias == format!("*@{domain}")
            });
            match account || alias {
                true => Look { id: "address-exists", line: format!("{address} is an account or an alias here") },
                false => {
                    Look { id: "no-such-address", line: format!("{address} is neither an account nor an alias here") }
                }
            }
        })
        .collect()
}
