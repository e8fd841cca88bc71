//! Files that were put back and that no unit of ours reads: whoever made something out of them makes it again.

use std::path::Path;

use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// What has to be read anew after these files were put back.
#[derive(Debug, Default)]
pub(super) struct ReadAnew {
    units: bool,
    resolvconf: bool,
}

impl ReadAnew {
    /// Notes a file that was put back.
    pub(super) fn note(&mut self, path: &Path) {
        self.units |= path.starts_with("/etc/systemd/system");
        self.resolvconf |= path.starts_with("/etc/resolvconf") || path == Path::new("/etc/resolvconf.conf");
    }

    /// Has them read: units by systemd, and by resolvconf(8) what it makes `/etc/resolv.conf` of.
    pub(super) fn carry_out(&self, host: &dyn Host, on_line: &mut dyn FnMut(&str)) -> Result<(), HostError> {
        if self.units {
            host.run(&CommandLine::new("systemctl", &["daemon-reload"]), on_line)?;
        }
        if self.resolvconf && host.which("resolvconf").is_some() {
            host.run(&CommandLine::new("resolvconf", &["-u"]).writing(), on_line)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;

    #[test]
    fn each_is_told_only_of_what_is_its_own() {
        let host = FakeHost::default();
        host.machine().programs.insert("resolvconf".into());
        host.script("systemctl", |_, _| printed(""));
        host.script("resolvconf", |_, _| printed(""));
        let mut read_anew = ReadAnew::default();
        read_anew.note(Path::new("/etc/postfix/main.cf"));
        read_anew.carry_out(&host, &mut |_| ()).unwrap();
        assert_eq!(host.machine().commands.len(), 0);
        read_anew.note(Path::new("/etc/resolvconf/resolv.conf.d/head"));
        read_anew.carry_out(&host, &mut |_| ()).unwrap();
        assert_eq!(host.machine().runs("resolvconf -u"), 1);
        assert_eq!(host.machine().runs("systemctl daemon-reload"), 0);
    }
}
