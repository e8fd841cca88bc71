//! Where mail is kept, as it is mounted and filled.

use std::path::Path;

use super::accounts::mail_folders;
use crate::host::Host;
use crate::spec::Spec;
use crate::stacks::stack;
use crate::symptoms::Look;

/// A place that mail is written to and that is mounted read-only.
pub(super) fn read_only(host: &dyn Host) -> Option<Look> {
    let mounts = host.read(Path::new("/proc/self/mounts")).ok()??.content;
    let mounts = String::from_utf8_lossy(&mounts).into_owned();
    ["/var/spool/postfix", "/var/vmail", "/var/lib/dovecot", "/var/log", "/"].into_iter().find_map(|place| {
        let (point, options) = mount_of(&mounts, place)?;
        options
            .split(',')
            .any(|o| o == "ro")
            .then(|| Look { id: "read-only", line: format!("{place} is on {point}, which is mounted read-only") })
    })
}

/// A mailbox on whose file system not even a small message has room. That of the whole store is a check of its own.
pub(super) fn mailbox_full(host: &dyn Host, spec: &Spec) -> Option<Look> {
    const SMALL_MESSAGE: u64 = 100_000;
    let store = stack(spec.stack).mail_root();
    mail_folders(spec).find_map(|folder| {
        if host.same_file_system(&folder, store).ok()? {
            return None;
        }
        let disk = host.disk(&folder).ok()?;
        let is_full = disk.available < SMALL_MESSAGE || disk.inodes_free_percent == 0;
        is_full.then(|| Look {
            id: "mailbox-disk-full",
            line: format!(
                "{}: {} kB and {} % of the inodes are left on its file system",
                folder.display(),
                disk.available / 1000,
                disk.inodes_free_percent
            ),
        })
    })
}

/// The mount point and options of the file system that holds `place`; of two at one point the later one counts.
fn mount_of<'a>(mounts: &'a str, place: &str) -> Option<(&'a str, &'a str)> {
    let all = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let point = fields.next()?;
        Some((point, fields.nth(1)?))
    });
    all.filter(|(point, _)| Path::new(place).starts_with(point)).max_by_key(|(point, _)| point.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_and_latest_mount_counts() {
        let mounts = "/dev/vda1 / ext4 rw,relatime 0 0\n/dev/vdb /var/spool ext4 ro 0 0\n/dev/vdc /var/spool ext4 rw,x 0 0\n/dev/vdd /var/vm ext4 ro 0 0\n";
        assert_eq!(mount_of(mounts, "/var/spool/postfix"), Some(("/var/spool", "rw,x")));
        assert_eq!(mount_of(mounts, "/var/vmail"), Some(("/", "rw,relatime")));
        assert_eq!(mount_of("", "/"), None);
    }
}
