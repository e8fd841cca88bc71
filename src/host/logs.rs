//! The logs of this machine, or files that were brought from another: every line goes to the caller as it is read.

use std::collections::BTreeSet;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use jiff::tz::TimeZone;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

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

/// Reads a log file line by line: plain, or as rotation leaves it, by gzip, xz or zstd.
pub fn file(host: &dyn Host, path: &Path, each: &mut dyn FnMut(&str)) -> Result<(), HostError> {
    let failed = |source| HostError::File { verb: "read", path: path.to_owned(), source };
    let Some(mut opened) = host.open(path)? else {
        return Err(failed(std::io::ErrorKind::NotFound.into()));
    };
    let mut magic = Vec::new();
    opened.by_ref().take(6).read_to_end(&mut magic).map_err(failed)?;
    let packed = Packed::of(&magic);
    let whole = Cursor::new(magic).chain(opened);
    let from: Box<dyn Read> = match packed {
        None => Box::new(whole),
        Some(Packed::Gzip) => Box::new(MultiGzDecoder::new(whole)),
        Some(Packed::Xz) => Box::new(XzReader::new_mem_limit(whole, true, MEMORY_KIB)),
        Some(Packed::Zstd) => {
            let decoder = StreamingDecoder::new(whole).map_err(|error| HostError::Unexpected {
                what: format!("'{}'", path.display()),
                reason: format!("it is not what zstd writes: {error}"),
            })?;
            Box::new(decoder)
        }
        Some(Packed::Bzip2) => {
            return Err(HostError::Unexpected {
                what: format!("'{}'", path.display()),
                reason: "it is compressed by bzip2; unpack it first".into(),
            });
        }
    };
    lines(BufReader::with_capacity(1 << 16, from), each).map_err(failed)
}

/// The most memory that unpacking may take, in KiB: `xz -9` wants 64 MiB.
const MEMORY_KIB: u32 = 80 << 10;

/// What a file is compressed by, as its first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packed {
    Gzip,
    Xz,
    Zstd,
    Bzip2,
}

impl Packed {
    fn of(magic: &[u8]) -> Option<Self> {
        let kinds: [(&[u8], Self); 4] = [
            (b"\x1f\x8b", Self::Gzip),
            (b"\xfd7zXZ", Self::Xz),
            (b"\x28\xb5\x2f\xfd", Self::Zstd),
            (b"BZh", Self::Bzip2),
        ];
        kinds.into_iter().find(|(begins, _)| magic.starts_with(begins)).map(|(_, kind)| kind)
    }
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
    let chosen = chosen_files(host);
    for path in OWN_FILES.iter().chain(syslog).map(Path::new).chain(chosen.iter().map(PathBuf::as_path)) {
        match host.open(path) {
            Ok(Some(_)) => problems.extend(file(host, path, each).err().map(|e| e.to_string())),
            Ok(None) => {}
            Err(error) => problems.push(error.to_string()),
        }
    }
    problems.extend(containers(host, back, each));
    problems
}

/// Files that the operator told Postfix and Dovecot to write to.
fn chosen_files(host: &dyn Host) -> Vec<PathBuf> {
    let settings = [("postconf", ["-xh", "maillog_file"]), ("doveconf", ["-h", "log_path"])];
    let asked = settings.into_iter().filter(|(program, _)| host.which(program).is_some());
    let said = asked.filter_map(|(program, args)| host.run(&CommandLine::new(program, &args), &mut |_| {}).ok());
    let paths: BTreeSet<PathBuf> = said.map(|output| PathBuf::from(output.stdout.trim())).collect();
    let known = |path: &Path| MAIL_FILES.iter().any(|file| Path::new(file) == path);
    paths.into_iter().filter(|path| path.starts_with("/var/log") && !known(path)).collect()
}

fn journal(host: &dyn Host, back: Duration, each: &mut dyn FnMut(&str)) -> Result<(), HostError> {
    let since = format!("@{}", host.now().as_second() - i64::try_from(back.as_secs()).unwrap_or(i64::MAX / 2));
    let fields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,_COMM,_TRANSPORT,_PID";
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

    const XZ: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x07\x6f\x6e\x65\x0a\x74\x77\x6f\x0a\x00\x51\xab\x9e\xaf\x57\x75\x70\x49\x00\x01\x20\x08\xbb\x19\xd9\xbb\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x04\x58\x41\x00\x00\x6f\x6e\x65\x0a\x74\x77\x6f\x0a\xe6\xa6\x0e\x40";

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

    /// "one\ntwo\n", as `xz` and `zstd` write it.
    #[test]
    fn rotated_files_of_xz_and_zstd_are_read() {
        for packed in [XZ, ZSTD] {
            assert_eq!(read(&with(packed.to_vec())).unwrap(), ["one", "two"]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(read(&FakeHost::default()).unwrap_err().to_string().starts_with("'/log' could not be read"));
        let error = read(&with(b"BZh91AY".to_vec())).unwrap_err();
        assert!(error.to_string().contains("compressed by bzip2; unpack it first"), "{error}");
        for broken in [&b"\xfd7zXZ\0rest"[..], b"\x28\xb5\x2f\xfdrest", b"\x1f\x8brest"] {
            assert!(read(&with(broken.to_vec())).is_err());
        }
    }
}
