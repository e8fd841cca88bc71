//! `host-memory`, `host-clock`, `host-reboot-updates`: what the machine itself needs.

use std::path::Path;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// Memory that programs can still get.
pub static HOST_MEMORY: Check = Check {
    id: "host-memory",
    area: Area::Host,
    why: "When memory runs out the kernel ends a daemon, often the spam filter.",
    rfc: "proc(5) MemAvailable",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(5),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(memory)),
};

/// The clock is kept right.
pub static HOST_CLOCK: Check = Check {
    id: "host-clock",
    area: Area::Host,
    why: "A wrong clock makes certificates look expired and signatures look forged.",
    rfc: "timedatectl(1)",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(10),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(clock)),
};

/// Nothing waits for a reboot.
pub static HOST_REBOOT_UPDATES: Check = Check {
    id: "host-reboot-updates",
    area: Area::Host,
    why: "An update that waits for a reboot does not protect yet.",
    rfc: "needrestart(1), update-notifier",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(30),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(updates)),
};

fn memory(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let read = |path: &str| -> Result<String, HostError> {
        let content = host.read(Path::new(path))?.map(|f| f.content).unwrap_or_default();
        Ok(String::from_utf8_lossy(&content).into_owned())
    };
    // Only a container has these files at the root of its group; on the machine itself they are not there.
    let number = |text: String| text.trim().parse::<u64>().ok();
    let limit = number(read("/sys/fs/cgroup/memory.max")?);
    let used = number(read("/sys/fs/cgroup/memory.current")?);
    Ok(judge_memory(&read("/proc/meminfo")?, limit.zip(used)))
}

/// `group`: what a container may use and uses, in bytes; /proc/meminfo tells there of the machine around it.
fn judge_memory(meminfo: &str, group: Option<(u64, u64)>) -> Finding {
    let kib = |key: &str| {
        let line = meminfo.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let (Some(mut total), Some(mut available)) = (kib("MemTotal"), kib("MemAvailable")) else {
        return Finding::unknown("/proc/meminfo does not say how much memory is available");
    };
    if let Some((limit, used)) = group {
        total = total.min(limit >> 10);
        available = available.min(limit.saturating_sub(used) >> 10);
    }
    let swap_free = kib("SwapFree").unwrap_or_default();
    let percent = available * 100 / total.max(1);
    let found = format!("{} of {} MiB available, {} MiB swap free", available >> 10, total >> 10, swap_free >> 10);
    // A large machine with a tenth left has enough; percent alone would cry wolf.
    let roomy = available + swap_free >= 1 << 20;
    match percent {
        _ if roomy => Finding::pass(found),
        0..10 => Finding::fail(found, "at least 10 % available").instructions("Add swap, or take more memory."),
        10..20 => Finding::warn(found, "at least 20 % available").instructions("Add swap, or take more memory."),
        _ => Finding::pass(found),
    }
}

fn clock(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let command = CommandLine::new("timedatectl", &["show", "-p", "NTPSynchronized", "-p", "NTP"]);
    let output = host.run(&command, &mut |_| {})?;
    let finding = judge_clock(&output.stdout, output.succeeded(), &own.facts.virtualisation);
    Ok(finding.evidence(output.stdout.lines()))
}

/// Containers, as systemd-detect-virt names them: their clock is that of the machine they run on.
const CONTAINERS: [&str; 7] = ["systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "openvz", "container-other"];

fn judge_clock(shown: &str, succeeded: bool, virtualisation: &str) -> Finding {
    let is = |line: &str| shown.lines().any(|l| l == line);
    if is("NTPSynchronized=yes") {
        return Finding::pass("synchronised");
    }
    if CONTAINERS.contains(&virtualisation) {
        return Finding::info("a container: the clock is that of the machine it runs on");
    }
    if !succeeded || !is("NTPSynchronized=no") {
        return Finding::unknown("timedatectl does not say whether the clock is synchronised");
    }
    let remedy = if is("NTP=yes") { "journalctl -u systemd-timesyncd says why." } else { "timedatectl set-ntp true" };
    Finding::warn("the clock is not synchronised", "kept right by NTP").instructions(remedy)
}

fn updates(_: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    if host.read(Path::new("/run/reboot-required"))?.is_some() {
        return Ok(Finding::warn("an update waits for a reboot", "none").instructions("Reboot when it suits: reboot"));
    }
    let command = CommandLine::new("apt-get", &["-s", "-o", "Debug::NoLocking=true", "upgrade"]);
    let output = host.run(&command, &mut |_| {})?;
    let waiting = output.stdout.lines().filter(|l| l.starts_with("Inst ")).count();
    Ok(match waiting {
        _ if !output.succeeded() => Finding::unknown("apt-get does not say what could be updated"),
        0 => Finding::pass("nothing waits (as of the last apt-get update)"),
        n => Finding::info(format!("{n} packages could be updated")).instructions("apt-get upgrade"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::host::fake::{FakeHost, printed};

    #[test]
    fn available_memory_counts_not_free_memory() {
        let judge = |total: u64, available: u64, swap: u64| {
            let text =
                format!("MemTotal: {total} kB\nMemFree: 1000 kB\nMemAvailable: {available} kB\nSwapFree: {swap} kB\n");
            judge_memory(&text, None).outcome
        };
        assert_eq!(judge(1_000_000, 600_000, 0), Outcome::Pass);
        assert_eq!(judge(1_000_000, 150_000, 0), Outcome::Warn);
        assert_eq!(judge(1_000_000, 50_000, 0), Outcome::Fail);
        assert_eq!(judge(1_000_000, 50_000, 2_000_000), Outcome::Pass);
        assert_eq!(judge(64_000_000, 4_000_000, 0), Outcome::Pass);
        assert_eq!(judge_memory("", None).outcome, Outcome::Unknown);
    }

    #[test]
    fn a_clock_nobody_can_judge_is_unknown() {
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=yes\n", true, "kvm").outcome, Outcome::Pass);
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=no\n", true, "kvm").outcome, Outcome::Warn);
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=no\n", true, "lxc").outcome, Outcome::Info);
        assert_eq!(judge_clock("", false, "none").outcome, Outcome::Unknown);
    }

    #[test]
    fn in_a_container_its_own_limit_counts() {
        let machine = "MemTotal: 64000000 kB\nMemAvailable: 32000000 kB\nSwapFree: 0 kB\n";
        let group = |limit: u64, used: u64| judge_memory(machine, Some((limit << 20, used << 20)));
        assert_eq!(judge_memory(machine, None).outcome, Outcome::Pass);
        assert_eq!(group(1_000, 950).outcome, Outcome::Fail);
        assert_eq!(group(1_000, 850).outcome, Outcome::Warn);
        assert_eq!(group(4_000, 500).outcome, Outcome::Pass);
        assert!(group(1_000, 950).found.contains("50 of 1000 MiB"), "{:?}", group(1_000, 950));
    }

    #[test]
    fn packages_are_counted_by_what_is_known_already_and_nothing_is_fetched() {
        use crate::checks::dns_world::spec;
        let host = FakeHost::default();
        host.script("apt-get", |_, _| printed("Reading package lists...\nInst libssl3 [1] (2)\nConf libssl3 (2)\n"));
        let finding = updates(&Own::wished(spec()), &host).unwrap();
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Info, "1 packages could be updated"));
        assert_eq!(host.machine().runs("apt-get -s"), 1, "simulated");
        assert_eq!(host.machine().commands.len(), 1, "and no 'update' before it");
        host.machine().put("/run/reboot-required", "");
        assert_eq!(updates(&Own::wished(spec()), &host).unwrap().outcome, Outcome::Warn);
    }
}
