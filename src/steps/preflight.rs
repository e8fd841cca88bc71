//! What was found on the machine, judged: what must be settled before going on, and what may be settled later.

use std::net::IpAddr;

use super::{Draft, Seen};
use crate::facts::{Facts, FirewallFacts, Listener, Support};
use crate::finding::{Finding, Outcome};

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noticed {
    /// What was looked at, a short label ("System").
    pub title: &'static str,
    /// What was found. [`Outcome::Fail`] must be settled before going on; [`Outcome::Warn`] may be settled later.
    pub finding: Finding,
}

impl Noticed {
    /// Whether the set-up cannot go on before this is settled.
    pub fn must_be_settled(&self) -> bool {
        self.finding.outcome == Outcome::Fail
    }
}

/// Everything worth saying about the machine, what must be settled first.
pub fn preflight(facts: &Facts, seen: &Seen) -> Vec<Noticed> {
    let mut all = vec![
        noticed("System", system(facts)),
        noticed("Rights", rights(facts)),
        noticed("Init", init(facts)),
        noticed("Addresses", addresses(facts)),
    ];
    all.extend(ports(facts).into_iter().map(|finding| noticed("Ports", finding)));
    all.push(noticed("Memory", memory(facts)));
    all.extend(disk(facts).map(|finding| noticed("Disk", finding)));
    all.push(noticed("Clock", clock(facts)));
    all.push(noticed("Resolver", resolver(facts)));
    all.push(noticed("Firewall", firewall(facts)));
    all.extend(way_out(seen).map(|finding| noticed("Port 25 out", finding)));
    all.extend(earlier_certificates(facts).map(|finding| noticed("Certificate", finding)));
    // A stable sort: what must be settled comes first, the rest keeps its order.
    all.sort_by_key(|n| !n.must_be_settled());
    all
}

/// The sentences of what must be settled; the `problems` of the first step.
pub(super) fn must_be_settled(draft: &Draft) -> Vec<String> {
    preflight(&draft.facts, &draft.seen)
        .into_iter()
        .filter(Noticed::must_be_settled)
        .map(|n| match n.finding.fix {
            Some(fix) => format!("{} {}", n.finding.found, fix.text),
            None => n.finding.found,
        })
        .collect()
}

fn noticed(title: &'static str, finding: Finding) -> Noticed {
    Noticed { title, finding }
}

fn system(facts: &Facts) -> Finding {
    let name = crate::printable::excerpt(&facts.distribution.pretty_name, 50);
    let on = match facts.virtualisation.as_str() {
        "" | "none" => String::new(),
        kind => format!(", {}", crate::printable::excerpt(kind, 20)),
    };
    match facts.distribution.support() {
        Support::Run => Finding::pass(format!("{name}{on}")),
        Support::RenderedOnly => Finding::warn(
            format!("{name}{on}: its configuration is made and compared, but was never run by us."),
            "Debian 12 or 13",
        ),
        Support::None => {
            let shown = if name.is_empty() { "This system".to_owned() } else { format!("'{name}'") };
            Finding::fail(format!("{shown} is not supported: Debian 12 and 13 are."), "Debian 12 or 13")
                .instructions("Start from a fresh machine with Debian 13.")
        }
    }
}

fn rights(facts: &Facts) -> Finding {
    if facts.is_root {
        return Finding::pass("root");
    }
    Finding::fail("A mail server can only be set up by root.", "root").instructions("Start it again with sudo.")
}

fn init(facts: &Facts) -> Finding {
    if facts.has_systemd {
        return Finding::pass("systemd");
    }
    Finding::fail("systemd does not run here, so services cannot be started and kept running.", "systemd as PID 1")
        .instructions("Use a VPS or a container that boots its own systemd.")
}

fn addresses(facts: &Facts) -> Finding {
    let v4 = facts.addresses.egress_ipv4;
    let v6 = facts.addresses.egress_ipv6;
    match (v4, v6) {
        (None, None) => Finding::fail("This machine has no way to the internet.", "a public address")
            .instructions("Set up its network first."),
        (Some(v4), _) if v4.is_private() || is_shared(v4) => Finding::warn(
            format!("{v4} is private: the public address is a router's."),
            "a public address on the machine",
        )
        .instructions(
            "Give network.ipv4 in the answers file, and forward ports 25, 80, 465, 587 and 993 to this machine.",
        ),
        (Some(v4), Some(v6)) => Finding::pass(format!("{v4} and {v6}")),
        (Some(v4), None) => Finding::info(format!("{v4}; no IPv6, which mail can live without")),
        (None, Some(v6)) => {
            Finding::warn(format!("{v6} only: many mail servers cannot be reached without IPv4."), "an IPv4 address")
                .instructions("Ask your hoster for an IPv4 address.")
        }
    }
}

/// Addresses of carrier-grade NAT (RFC 6598).
fn is_shared(address: std::net::Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && (64..128).contains(&b)
}

/// Ports that the server needs, the programs of ours that may hold them, and what to do about others.
const PORTS: [(u16, &[&str]); 8] = [
    (25, &["master", "smtpd"]),
    (110, &["dovecot"]),
    (143, &["dovecot"]),
    (465, &["master", "smtpd"]),
    (587, &["master", "smtpd"]),
    (993, &["dovecot"]),
    (995, &["dovecot"]),
    (11332, &["rspamd"]),
];

/// Ports of mail and of the web whose holders are said.
const LOOKED_AT: [u16; 9] = [25, 80, 110, 143, 443, 465, 587, 993, 995];

fn ports(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reported: Vec<String> = Vec::new();
    for (port, ours) in PORTS {
        let holders = facts.listeners.iter().filter(|l| l.port == port);
        for (name, listener) in holders.map(|l| (process(l), l)) {
            if ours.contains(&name.as_str()) || reported.contains(&name) {
                continue;
            }
            reported.push(name.clone());
            findings.push(held(facts, &name, listener));
        }
    }
    if let Some(listener) = facts.listeners.iter().find(|l| l.port == 80) {
        findings.push(Finding::info(format!(
            "{} holds port 80: certificates are proved through its web root.",
            process(listener)
        )));
    }
    if let Some(listener) = facts.listeners.iter().find(|l| l.port == 443) {
        findings.push(Finding::info(format!("{} holds port 443, which mail does not need.", process(listener))));
    }
    if !reported.is_empty() {
        return findings;
    }
    if facts.listeners.iter().any(|l| l.port == 25) {
        findings.push(Finding::info(
            "Postfix holds port 25: its configuration is kept in a backup, and undo brings it back.",
        ));
    }
    let free = LOOKED_AT.iter().filter(|port| !facts.listeners.iter().any(|l| l.port == **port));
    let free: Vec<String> = free.map(u16::to_string).collect();
    if let Some((last, rest)) = free.split_last().filter(|(_, rest)| !rest.is_empty()) {
        findings.push(Finding::pass(format!("{} and {last} are free", rest.join(", "))));
    }
    findings
}

/// The program that holds a port, as one word; versions of it count as the program ("exim4").
fn process(listener: &Listener) -> String {
    match listener.process.as_deref() {
        Some(name) => crate::printable::excerpt(name.rsplit('/').next().unwrap_or(name), 30),
        None => "another program".into(),
    }
}

fn held(facts: &Facts, name: &str, listener: &Listener) -> Finding {
    let ports: Vec<String> = {
        let mut ports: Vec<u16> = facts
            .listeners
            .iter()
            .filter(|l| process(l) == name && PORTS.iter().any(|(p, _)| *p == l.port))
            .map(|l| l.port)
            .collect();
        ports.sort_unstable();
        ports.dedup();
        ports.iter().map(u16::to_string).collect()
    };
    let pid = listener.pid.map(|p| format!(" (process {p})")).unwrap_or_default();
    let word = if ports.len() == 1 { "port" } else { "ports" };
    let fix = match name {
        "exim4" | "exim" => "Remove it: apt-get purge 'exim4*'".to_owned(),
        "sendmail" | "sendmail-mta" => "Remove it: apt-get purge 'sendmail*'".to_owned(),
        "docker-proxy" => "A container publishes it: docker ps shows which one. Stop that container.".to_owned(),
        "another program" => "Find it with 'ss -tlnp' and stop it.".to_owned(),
        other => format!("Stop it: systemctl disable --now {other}"),
    };
    Finding::fail(format!("{name}{pid} holds {word} {}.", ports.join(", ")), "free").instructions(fix)
}

const GIB: u64 = 1 << 30;

fn memory(facts: &Facts) -> Finding {
    let memory = &facts.memory;
    let shown = format!("{} MiB, {} MiB swap", memory.total >> 20, memory.swap >> 20);
    // A machine sold as 1 GiB reports some percent less.
    if memory.total + memory.swap >= GIB * 9 / 10 {
        return Finding::pass(shown);
    }
    Finding::warn(format!("{shown}: tight for a spam filter."), "1 GiB")
        .instructions("Add swap, or take the next larger machine.")
}

fn disk(facts: &Facts) -> Option<Finding> {
    let least = facts.disks.iter().min_by_key(|d| d.available)?;
    let shown = format!(
        "{} free at {}",
        size(least.available),
        crate::printable::excerpt(&least.path.display().to_string(), 30)
    );
    Some(if least.available < GIB {
        Finding::fail(format!("Only {shown}."), "1 GiB").instructions("Free at least 1 GiB first.")
    } else if least.available < 5 * GIB || least.inodes_free_percent < 10 {
        Finding::warn(format!("{shown}: mail grows."), "5 GiB").instructions("Plan for a larger disk.")
    } else {
        Finding::pass(shown)
    })
}

fn size(bytes: u64) -> String {
    if bytes >= 10 * GIB {
        format!("{} GiB", bytes / GIB)
    } else {
        format!("{}.{} GiB", bytes / GIB, bytes % GIB * 10 / GIB)
    }
}

fn clock(facts: &Facts) -> Finding {
    match facts.clock_synchronised {
        Some(true) => Finding::pass("synchronised"),
        Some(false) => {
            Finding::warn("The clock is not synchronised: certificates and DKIM depend on it.", "synchronised")
                .instructions("timedatectl set-ntp true")
        }
        None => Finding::info("nothing here can say whether the clock is right"),
    }
}

fn resolver(facts: &Facts) -> Finding {
    let servers: Vec<String> = facts.resolver.servers.iter().map(IpAddr::to_string).collect();
    if servers.is_empty() {
        return Finding::warn("No resolver is named in /etc/resolv.conf.", "a resolver")
            .instructions("Name one, so that packages can be fetched.");
    }
    Finding::pass(servers.join(", "))
}

fn firewall(facts: &Facts) -> Finding {
    match &facts.firewall {
        FirewallFacts::None => Finding::info("none is active; none is switched on"),
        FirewallFacts::Ufw { .. } => Finding::pass("ufw: mail ports will be opened in it"),
        FirewallFacts::Firewalld { zone, .. } => Finding::pass(format!(
            "firewalld, zone {}: mail ports will be opened in it",
            crate::printable::excerpt(zone, 30)
        )),
        FirewallFacts::Nftables { drops: true, .. } => Finding::pass("nftables: mail ports will be opened in it"),
        FirewallFacts::Nftables { drops: false, .. } => Finding::pass("nftables, which lets everything in"),
    }
}

fn way_out(seen: &Seen) -> Option<Finding> {
    let mut results = seen.checks.iter().filter(|r| r.id == "firewall-outbound-25");
    let first = results.next()?;
    if seen.port25_is_blocked() {
        return Some(
            Finding::warn("blocked: mail cannot go out from here directly.", "open")
                .instructions("Ask your hoster to open it, or send through a relay: that is asked next."),
        );
    }
    Some(first.finding.clone())
}

fn earlier_certificates(facts: &Facts) -> Option<Finding> {
    let found = facts.certificates.iter().max_by_key(|c| c.not_after)?;
    let by = found.renewed_by.as_deref().map(|b| format!(", renewed by {b}")).unwrap_or_default();
    Some(Finding::info(crate::printable::excerpt(&format!("{}{by}", found.chain_file.display()), 100)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Disk, Distribution};

    fn fresh() -> Facts {
        let mut facts = Facts {
            distribution: Distribution {
                id: "debian".into(),
                version: "13".into(),
                codename: "trixie".into(),
                pretty_name: "Debian GNU/Linux 13 (trixie)".into(),
            },
            is_root: true,
            has_systemd: true,
            clock_synchronised: Some(true),
            disks: vec![Disk { path: "/var".into(), total: 40 * GIB, available: 35 * GIB, inodes_free_percent: 99 }],
            ..Facts::default()
        };
        facts.memory.total = 2 * GIB;
        facts.addresses.egress_ipv4 = "198.51.100.10".parse().ok();
        facts.addresses.egress_ipv6 = "2001:db8:100::10".parse().ok();
        facts.resolver.servers.push("198.18.54.53".parse().unwrap());
        facts
    }

    fn listener(port: u16, process: &str) -> Listener {
        Listener { address: "127.0.0.1".parse().unwrap(), port, pid: Some(612), process: Some(process.into()) }
    }

    fn problems(facts: Facts) -> Vec<String> {
        must_be_settled(&Draft { facts, ..Draft::default() })
    }

    #[test]
    fn a_fresh_debian_has_nothing_to_settle() {
        assert_eq!(problems(fresh()), Vec::<String>::new());
        let outcomes: Vec<Outcome> = preflight(&fresh(), &Seen::default()).iter().map(|n| n.finding.outcome).collect();
        assert!(!outcomes.contains(&Outcome::Warn), "{outcomes:?}");
    }

    #[test]
    fn what_stops_a_set_up_is_said_with_its_remedy() {
        let mut exim = fresh();
        exim.listeners = vec![listener(25, "exim4"), listener(25, "exim4")];
        assert_eq!(problems(exim), ["exim4 (process 612) holds port 25. Remove it: apt-get purge 'exim4*'"]);

        let mut courier = fresh();
        courier.listeners = vec![listener(143, "couriertcpd"), listener(993, "couriertcpd")];
        assert_eq!(
            problems(courier),
            ["couriertcpd (process 612) holds ports 143, 993. Stop it: systemctl disable --now couriertcpd"]
        );

        assert_eq!(
            problems(Facts { is_root: false, ..fresh() }),
            ["A mail server can only be set up by root. Start it again with sudo."]
        );
        assert_eq!(problems(Facts { has_systemd: false, ..fresh() }).len(), 1);
        let old = Distribution {
            id: "debian".into(),
            version: "11".into(),
            codename: "bullseye".into(),
            pretty_name: "Debian GNU/Linux 11 (bullseye)".into(),
        };
        assert_eq!(
            problems(Facts { distribution: old, ..fresh() }),
            [
                "'Debian GNU/Linux 11 (bullseye)' is not supported: Debian 12 and 13 are. Start from a fresh machine with Debian 13."
            ]
        );
    }

    #[test]
    fn our_own_daemons_and_web_servers_stop_nothing() {
        let mut facts = fresh();
        facts.listeners =
            vec![listener(25, "master"), listener(993, "dovecot"), listener(80, "nginx"), listener(11332, "rspamd")];
        assert_eq!(problems(facts), Vec::<String>::new());
    }

    #[test]
    fn what_may_wait_is_a_warning() {
        let mut facts = fresh();
        facts.memory.total = GIB / 2;
        facts.clock_synchronised = Some(false);
        facts.addresses.egress_ipv4 = "10.0.0.5".parse().ok();
        let all = preflight(&facts, &Seen::default());
        let warned: Vec<&str> = all.iter().filter(|n| n.finding.outcome == Outcome::Warn).map(|n| n.title).collect();
        assert_eq!(warned, ["Addresses", "Memory", "Clock"]);
    }
}
