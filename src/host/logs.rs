//! The logs of this machine, or files that were brought from another: every line goes to the caller as it is read.

use std::io::{BufReader, Cursor, Read};
use std::path::Path;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use jiff::tz::TimeZone;

use super::{Host, HostError};
use crate::stacks::CommandLine;
use crate::symptoms::log::{Clock, lines};

/// How much of a log is read when it is not said: a day.
pub const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Files that daemons write beside the journal.
const OWN_FILES: [&str; 3] =
    ["/var/log/rspamd/rspamd.log", "/var/log/fail2ban.log", "/var/log/letsencrypt/letsencrypt.log"];
/// Where syslog keeps mail, where the journal does not.
const MAIL_FILES: [&str; 4] = ["/var/log/mail.log", "/var/log/maillog", "/var/log/mail.log.1", "/var/log/maillog.1"];
/// Containers that are mail servers, by a part of their names or images.
const MAIL_CONTAINERS: [&str; 8] = ["mail", "postfix", "dovecot", "rspamd", "smtp", "imap", "opendkim", "clamav"];

/// The clock that this machine's stamps without a zone are read by.
pub fn clock(host: &dyn Host) -> Clock {
    Clock::new(host.now(), &TimeZone::system())
}

/// Reads a log file, compressed by gzip or not, line by line.
pub fn file(host: &dyn Host, path: &Path, each: &mut dyn FnMut(&str)) -> Result<(), HostError> {
    let failed = |source| HostError::File { verb: "read", path: path.to_owned(), source };
    let Some(mut opened) = host.open(path)? else {
        return Err(failed(std::io::ErrorKind::NotFound.into()));
    };
    let mut magic = Vec::new();
    opened.by_ref().take(6).read_to_end(&mut magic).map_err(failed)?;
    if let Some(kind) = other_compression(&magic) {
        return Err(HostError::Unexpected {
            what: format!("'{}'", path.display()),
            reason: format!("it is compressed by {kind}; unpack it first"),
        });
    }
    let is_gzip = magic.starts_with(&[0x1f, 0x8b]);
    let whole = Cursor::new(magic).chain(opened);
    let from: Box<dyn Read> = if is_gzip { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
    lines(BufReader::with_capacity(1 << 16, from), each).map_err(failed)
}

fn other_compression(magic: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 3] = [(b"\xfd7zXZ", "xz"), (b"BZh", "bzip2"), (b"\x28\xb5\x2f\xfd", "zstd")];
    kinds.iter().find(|(begins, _)| magic.starts_with(begins)).map(|(_, kind)| *kind)
}

/// Every log of this machine that mail may be in, as far back as `back`. Gives what could not be read, as sentences.
pub fn of_this_machine(host: &dyn Host, back: Duration, each: &mut dyn FnMut(&str)) -> Vec<String> {
    let mut problems = Vec::new();
    let mut mail_lines = 0_usize;
    let mut counting = |line: &str| {
        mail_lines += usize::from(line.contains("postfix/") || line.contains("dovecot") || line.contains("smtpd"));
        each(line);
    };
    if let Err(error) = journal(host, back, &mut counting) {
        problems.push(error.to_string());
    }
    let journal_has_mail = mail_lines > 0;
    let syslog = MAIL_FILES.iter().filter(|_| !journal_has_mail);
    for path in OWN_FILES.iter().chain(syslog).map(Path::new) {
        match host.open(path) {
            Ok(Some(_)) => problems.extend(file(host, path, each).err().map(|e| e.to_string())),
            Ok(None) => {}
            Err(error) => problems.push(error.to_string()),
        }
    }
    problems.extend(containers(host, back, each));
    problems
}

fn journal(host: &dyn Host, back: Duration, each: &mut dyn FnMut(&str)) -> Result<(), HostError> {
    let since = format!("@{}", host.now().as_second() - i64::try_from(back.as_secs()).unwrap_or(i64::MAX / 2));
    let fields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_COMM,_TRANSPORT";
    let mut command =
        CommandLine::new("journalctl", &["--no-pager", "--quiet", "--output=json", fields, "--since", &since]);
    command.timeout = Duration::from_secs(120);
    match host.run(&command, each) {
        Ok(_) | Err(HostError::NoProgram(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn containers(host: &dyn Host, back: Duration, each: &mut dyn FnMut(&str)) -> Vec<String> {
    if host.which("docker").is_none() {
        return Vec::new();
    }
    let list = CommandLine::new("docker", &["ps", "--all", "--format", "{{.Names}} {{.Image}}"]);
    let names = match host.run(&list, &mut |_| {}) {
        Ok(output) if output.succeeded() => output.stdout,
        Ok(_) => return Vec::new(),
        Err(error) => return vec![error.to_string()],
    };
    let ours = names.lines().filter(|line| MAIL_CONTAINERS.iter().any(|part| line.contains(part)));
    let since = format!("{}s", back.as_secs());
    ours.filter_map(|line| {
        let name = line.split(' ').next()?;
        let mut command = CommandLine::new("docker", &["logs", "--timestamps", "--since", &since, "--", name]);
        command.timeout = Duration::from_secs(60);
        host.run(&command, each).err().map(|error| error.to_string())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::host::FakeHost;
    use crate::plan::ObservedFile;

    fn with(content: Vec<u8>) -> FakeHost {
        let host = FakeHost::default();
        let file = ObservedFile { content, mode: 0o644, owner: "root".into(), group: "root".into() };
        host.machine().files.insert("/log".into(), file);
        host
    }

    fn read(host: &FakeHost) -> Result<Vec<String>, HostError> {
        let mut found = Vec::new();
        file(host, Path::new("/log"), &mut |line| found.push(line.to_owned()))?;
        Ok(found)
    }

    #[test]
    fn plain_and_gzip_files_give_the_same_lines() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"one\ntwo\n").unwrap();
        assert_eq!(read(&with(packed.finish().unwrap())).unwrap(), ["one", "two"]);
        assert_eq!(read(&with(b"one\ntwo".to_vec())).unwrap(), ["one", "two"]);
        assert_eq!(read(&with(b"a\n".to_vec())).unwrap(), ["a"]);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(read(&FakeHost::default()).unwrap_err().to_string().starts_with("'/log' could not be read"));
        let error = read(&with(b"\xfd7zXZ\0rest".to_vec())).unwrap_err();
        assert!(error.to_string().contains("compressed by xz; unpack it first"), "{error}");
    }
}
