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
    rfc: "timedatectl(1), chronyc(1)",
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
    let offset = offset(host)?;
    let finding = judge_clock(&output.stdout, output.succeeded(), offset, &own.facts.virtualisation);
    let seen = offset.map(|seconds| format!("Offset={seconds:.3} s"));
    Ok(finding.evidence(output.stdout.lines().map(str::to_owned).chain(seen)))
}

/// Seconds by which the clock is off, as the time service last measured it; `None` where none says so.
fn offset(host: &dyn Host) -> Result<Option<f64>, HostError> {
    let ask = |program: &str, args: &[&str]| -> Result<Option<String>, HostError> {
        if host.which(program).is_none() {
            return Ok(None);
        }
        let output = host.run(&CommandLine::new(program, args), &mut |_| {})?;
        Ok(output.succeeded().then_some(output.stdout))
    };
    if let Some(tracking) = ask("chronyc", &["-c", "-n", "tracking"])? {
        return Ok(chrony_offset(&tracking));
    }
    Ok(ask("timedatectl", &["timesync-status"])?.and_then(|status| timesyncd_offset(&status)))
}

/// The fifth field of `chronyc -c tracking` is "system time" in seconds (chronyc(1)).
fn chrony_offset(tracking: &str) -> Option<f64> {
    tracking.trim().split(',').nth(4)?.parse::<f64>().ok().map(f64::abs)
}

/// The line "Offset: +1min 2.345678s" of `timedatectl timesync-status`, in the spans of systemd.time(7).
fn timesyncd_offset(status: &str) -> Option<f64> {
    let span = status.lines().find_map(|line| line.trim().strip_prefix("Offset:"))?.trim();
    let parts = span.trim_start_matches(['+', '-']).split_whitespace().map(|part| {
        let unit = part.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = part[..unit].parse().ok()?;
        let seconds = match &part[unit..] {
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "month" => 2_629_800.0,
            "y" => 31_557_600.0,
            _ => return None,
        };
        Some(number * seconds)
    });
    parts.sum()
}

/// Containers, as systemd-detect-virt names them: their clock is that of the machine they run on.
const CONTAINERS: [&str; 7] = ["systemd-nspawn", "lxc", "lxc-libvirt", "docker", "podman", "openvz", "container-other"];

/// `offset`: seconds by which the clock is off, where that is known.
fn judge_clock(shown: &str, succeeded: bool, offset: Option<f64>, virtualisation: &str) -> Finding {
    let is = |line: &str| shown.lines().any(|l| l == line);
    if is("NTPSynchronized=yes") {
        return judge_offset(offset);
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

/// A clock that is kept right is slewed, which takes its time after it was far off.
fn judge_offset(offset: Option<f64>) -> Finding {
    let remedy = "chronyc makestep, or: systemctl restart systemd-timesyncd";
    match offset {
        None => Finding::pass("synchronised"),
        Some(off) if off > 60.0 => Finding::fail(format!("{off:.0} s off"), "less than 2 s off").instructions(remedy),
        Some(off) if off > 2.0 => Finding::warn(format!("{off:.1} s off"), "less than 2 s off").instructions(remedy),
        Some(off) => Finding::pass(format!("synchronised, {off:.3} s off")),
    }
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
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=yes\n", true, None, "kvm").outcome, Outcome::Pass);
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=no\n", true, None, "kvm").outcome, Outcome::Warn);
        assert_eq!(judge_clock("NTP=no\nNTPSynchronized=no\n", true, None, "lxc").outcome, Outcome::Info);
        assert_eq!(judge_clock("", false, None, "none").outcome, Outcome::Unknown);
    }

    #[test]
    fn how_far_the_clock_is_off_is_what_the_time_service_measured() {
        let judge = |offset| judge_clock("NTPSynchronized=yes\n", true, offset, "kvm").outcome;
        assert_eq!(judge(Some(0.4)), Outcome::Pass);
        assert_eq!(judge(Some(7.0)), Outcome::Warn);
        assert_eq!(judge(Some(61.0)), Outcome::Fail);
        let tracking =
            "C0000201,192.0.2.1,3,1764260000.1,-0.000012,0.000001,0.00002,1.2,0.0,0.1,0.02,0.003,64.2,Normal\n";
        assert_eq!(chrony_offset(tracking), Some(0.000_012));
        let status = "       Server: 192.0.2.1 (pool)\n       Offset: -1min 2.500s\n        Delay: 10.1ms\n";
        assert_eq!(timesyncd_offset(status), Some(62.5));
        assert_eq!(timesyncd_offset("       Offset: +250us\n"), Some(0.000_25));
        assert_eq!(timesyncd_offset("Packet count: 0\n"), None);
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
