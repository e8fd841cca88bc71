//! Programs: run without a shell, in a clean environment, with bounded output and time.

use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::PROGRAM_PATH;
use crate::host::{CommandOutput, HostError};
use crate::stacks::CommandLine;

/// The most that is kept of each stream; the rest is read and thrown away.
const OUTPUT_LIMIT: usize = 1024 * 1024;
/// The longest line that is handed on in one piece.
const LINE_LIMIT: usize = 4096;
/// How often a program is looked at whose output stays open: a daemon that it started may hold the pipe.
const POLL: Duration = Duration::from_millis(50);

/// How long is waited for what a program wrote before it ended, where something else still holds its output open.
const LAST_WORDS: Duration = Duration::from_millis(400);

enum Piece {
    Out(Vec<u8>),
    Err(Vec<u8>),
}

pub(super) fn run(line: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<CommandOutput, HostError> {
    let failed = |source| HostError::Command { command: line.to_string(), source };
    let program = which::which_in(&line.program, Some(PROGRAM_PATH), "/")
        .map_err(|_| HostError::NoProgram(line.program.clone()))?;
    let mut child = Command::new(program)
        .args(&line.args)
        .env_clear()
        .env("PATH", PROGRAM_PATH)
        .env("LANG", "C.UTF-8")
        .env("HOME", "/root")
        .envs(line.env.iter().map(|(name, value)| (name, value)))
        .current_dir("/")
        .stdin(if line.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (pieces, received) = mpsc::channel();
    if let (Some(mut stdin), Some(secret)) = (child.stdin.take(), line.stdin.clone()) {
        // A program that does not read its input ends with EPIPE here; its exit code says what it thought.
        std::thread::spawn(move || drop(stdin.write_all(secret.expose().as_bytes())));
    }
    if let Some(stream) = child.stdout.take() {
        read_on(stream, pieces.clone(), Piece::Out);
    }
    if let Some(stream) = child.stderr.take() {
        read_on(stream, pieces.clone(), Piece::Err);
    }
    drop(pieces);

    let deadline = Instant::now() + line.timeout;
    let (mut out, mut err) = (Stream::default(), Stream::default());
    let status = loop {
        match received.recv_timeout(POLL) {
            Ok(Piece::Out(bytes)) => out.take(&bytes, on_line),
            Ok(Piece::Err(bytes)) => err.take(&bytes, on_line),
            Err(RecvTimeoutError::Disconnected) => match wait_until(&mut child, deadline).map_err(failed)? {
                Some(status) => break status,
                None => return Err(stop(&mut child, line)),
            },
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait().map_err(failed)? {
                    // It has ended, but on a busy machine its last words may still be on their way to us.
                    while let Ok(piece) = received.recv_timeout(LAST_WORDS) {
                        match piece {
                            Piece::Out(bytes) => out.take(&bytes, on_line),
                            Piece::Err(bytes) => err.take(&bytes, on_line),
                        }
                        if Instant::now() > deadline {
                            break;
                        }
                    }
                    break status;
                }
            }
        }
        if Instant::now() > deadline {
            return Err(stop(&mut child, line));
        }
    };
    out.end(on_line);
    err.end(on_line);
    Ok(CommandOutput { code: exit_code(status), stdout: out.text(), stderr: err.text() })
}

fn read_on(mut stream: impl Read + Send + 'static, pieces: Sender<Piece>, piece: fn(Vec<u8>) -> Piece) {
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            if pieces.send(piece(buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    });
}

/// The status once it ended; `None` at the deadline. Output is closed, so the end is near as a rule.
fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(POLL);
    }
}

/// Ends the program with all that it started.
fn stop(child: &mut Child, line: &CommandLine) -> HostError {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        // Already gone is as good.
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    drop(child.wait());
    HostError::TimedOut { command: line.to_string(), seconds: line.timeout.as_secs() }
}

fn exit_code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// One output stream: what is kept of it, and the line that is not complete yet.
#[derive(Default)]
struct Stream {
    kept: Vec<u8>,
    line: Vec<u8>,
}

impl Stream {
    fn take(&mut self, bytes: &[u8], on_line: &mut dyn FnMut(&str)) {
        let room = OUTPUT_LIMIT - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        for &byte in bytes {
            if matches!(byte, b'\n' | b'\r') || self.line.len() == LINE_LIMIT {
                self.end(on_line);
            }
            if !matches!(byte, b'\n' | b'\r') {
                self.line.push(byte);
            }
        }
    }

    fn end(&mut self, on_line: &mut dyn FnMut(&str)) {
        if !self.line.is_empty() {
            on_line(&String::from_utf8_lossy(&self.line));
            self.line.clear();
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.kept).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Secret;

    fn shell(script: &str) -> CommandLine {
        CommandLine::new("sh", &["-c", script])
    }

    #[test]
    fn lines_come_as_they_are_printed_and_streams_are_kept_apart() {
        let mut lines = Vec::new();
        let output = run(&shell("echo one; printf 'two\\rthree'; exit 3"), &mut |l| lines.push(l.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two", "three"]);
        assert_eq!(output, CommandOutput { code: 3, stdout: "one\ntwo\rthree".into(), stderr: String::new() });
        assert_eq!(run(&shell("echo bad >&2"), &mut |_| ()).unwrap().stderr, "bad\n");
    }

    #[test]
    fn the_environment_is_clean_and_the_secret_arrives_on_stdin() {
        let mut command = shell("env | cut -d= -f1 | sort | tr '\\n' ' '; cat");
        command.stdin = Some(Secret::new("s3cret".into()));
        command.env.push(("DEBIAN_FRONTEND".into(), "noninteractive".into()));
        let output = run(&command, &mut |_| ()).unwrap();
        assert_eq!(output.stdout, "DEBIAN_FRONTEND HOME LANG PATH PWD s3cret");
    }

    #[test]
    fn a_time_out_ends_the_whole_group() {
        let begun = Instant::now();
        let error = run(&shell("sleep 60 & sleep 60").timeout(Duration::from_secs(1)), &mut |_| ()).unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(10));
        assert!(matches!(error, HostError::TimedOut { seconds: 1, .. }), "{error}");
    }

    #[test]
    fn a_daemon_that_keeps_the_pipe_open_is_not_waited_for() {
        let begun = Instant::now();
        let output = run(&shell("sleep 20 & echo started"), &mut |_| ()).unwrap();
        assert_eq!(output.stdout, "started\n");
        assert!(begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_last_words_of_a_slow_program_are_not_lost_on_a_busy_machine() {
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| {
                    let output = run(&shell("sleep 0.05; echo late"), &mut |_| ()).unwrap();
                    assert_eq!(output.stdout, "late\n");
                });
            }
        });
    }

    #[test]
    fn endless_output_is_bounded() {
        let output = run(&shell("yes | head -c 3000000"), &mut |_| ()).unwrap();
        assert_eq!(output.stdout.len(), OUTPUT_LIMIT);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&CommandLine::new("no-such-program", &[]), &mut |_| ()).unwrap_err();
        assert_eq!(error.to_string(), "'no-such-program' is not installed or not in PATH");
    }
}
