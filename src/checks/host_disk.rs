//! `host-disk`: room for the queue and for mail.

use std::path::Path;
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::facts::Disk;
use crate::finding::{Area, Finding, Outcome};
use crate::host::{Host, HostError};

/// Free space and inodes where the queue and the mailboxes are.
pub static HOST_DISK: Check = Check {
    id: "host-disk",
    area: Area::Host,
    why: "A full disk makes the server refuse mail with 452, and can lose what is being written.",
    rfc: "postconf(5) queue_minfree",
    needs: &[],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(5),
    subjects: |_| vec![Subject::ThisHost],
    run: |context, _| Box::pin(context.on_host(disks)),
};

fn disks(own: &Own, host: &dyn Host) -> Result<Finding, HostError> {
    let size_limit = u64::from(own.spec.protection.message_size_mb) * 1_000_000;
    let mut findings = Vec::new();
    for path in ["/var/spool/postfix", "/var/vmail", "/var"] {
        findings.push(judge(&host.disk(Path::new(path))?, size_limit));
    }
    // The worst speaks; Outcome is ordered from good to bad up to Fail.
    findings.sort_by_key(|f| std::cmp::Reverse(f.outcome));
    Ok(findings.swap_remove(0))
}

/// Thresholds of mail-in-a-box (30 and 15 percent), but only where the absolute room is small too, and Postfix's own
/// rule: it wants 1.5 times the largest message free (smtpd_space_multf).
fn judge(disk: &Disk, size_limit: u64) -> Finding {
    const GB: u64 = 1_000_000_000;
    let percent = disk.available.saturating_mul(100) / disk.total.max(1);
    let path = disk.path.display();
    let found = format!("{percent} % free at {path} ({:.1} GB)", disk.available as f64 / GB as f64);
    let needed = size_limit * 3 / 2;
    let outcome = if disk.available < needed || disk.inodes_free_percent < 5 || (percent < 15 && disk.available < GB) {
        Outcome::Fail
    } else if (percent < 30 && disk.available < 5 * GB) || disk.inodes_free_percent < 15 {
        Outcome::Warn
    } else {
        return Finding::pass(found);
    };
    let inodes = format!("inodes free: {} %", disk.inodes_free_percent);
    let found = match disk.inodes_free_percent {
        n @ 0..15 => format!("{found}, but only {n} % of its inodes are left"),
        _ => found,
    };
    let finding = match outcome {
        Outcome::Fail => Finding::fail(found, "at least 15 % and one large message free"),
        _ => Finding::warn(found, "at least 30 % free"),
    };
    finding
        .instructions("Free some room: 'du -xh /var | sort -h | tail' shows what is large. Or take a larger disk.")
        .evidence([inodes])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(total: u64, available: u64, inodes: u8) -> Outcome {
        let disk = Disk { path: "/var".into(), total, available, inodes_free_percent: inodes };
        judge(&disk, 50_000_000).outcome
    }

    #[test]
    fn percent_alone_does_not_condemn_a_large_disk() {
        assert_eq!(outcome(1_000_000_000_000, 100_000_000_000, 90), Outcome::Pass);
        assert_eq!(outcome(20_000_000_000, 4_000_000_000, 90), Outcome::Warn);
        assert_eq!(outcome(20_000_000_000, 900_000_000, 90), Outcome::Fail);
    }

    #[test]
    fn one_large_message_must_fit_and_inodes_count() {
        assert_eq!(outcome(100_000_000, 74_000_000, 90), Outcome::Fail);
        assert_eq!(outcome(40_000_000_000, 30_000_000_000, 3), Outcome::Fail);
    }
}
