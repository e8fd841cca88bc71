//! `probe smtp --interactive` on a terminal, against a server on loopback.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Answers each line with the next reply; gives the lines it heard.
fn server(replies: &'static [&'static str]) -> (u16, thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut writer = stream.try_clone().unwrap();
        let mut lines = BufReader::new(stream).lines();
        let mut heard = Vec::new();
        for reply in replies {
            writer.write_all(reply.as_bytes()).unwrap();
            match lines.next() {
                Some(Ok(line)) => heard.push(line),
                _ => break,
            }
        }
        let _ = writer.write_all(b"221 bye\r\n");
        heard
    });
    (port, heard)
}

#[test]
fn the_usual_lines_are_suggested_and_a_password_never_goes_in_clear() {
    let (port, heard) = server(&[
        "220 mail.example.org ESMTP \x1b[31mred\r\n",
        "250-mail.example.org\r\n250 AUTH PLAIN\r\n",
        "250 ok\r\n",
    ]);
    let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 100, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mailwizard"));
    command.args(["probe", "smtp", &format!("127.0.0.1:{port}"), "--interactive", "--helo", "probe.example"]);
    let mut child = pair.slave.spawn_command(command).unwrap();
    let mut terminal = pair.master.try_clone_reader().unwrap();
    let written = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&written);
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = terminal.read(&mut piece) {
            sink.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..count]));
        }
    });
    let until = |part: &str, times: usize| {
        let end = Instant::now() + Duration::from_secs(20);
        while written.lock().unwrap().matches(part).count() < times {
            assert!(Instant::now() < end, "no '{part}' in: {}", written.lock().unwrap());
            thread::sleep(Duration::from_millis(20));
        }
    };
    let mut keyboard = pair.master.take_writer().unwrap();
    until("1  EHLO probe.example", 1);
    until("say> ", 1);
    keyboard.write_all(b"1\r").unwrap();
    until("say> ", 2);
    keyboard.write_all(b"AUTH PLAIN AGFsaWNlAGh1bnRlcjI=\r").unwrap();
    until("Not sent: it is not encrypted", 1);
    until("say> ", 3);
    keyboard.write_all(b"MAIL FROM:<a@example.org>\r").unwrap();
    until("RCPT TO:<postmaster>", 1);
    until("say> ", 4);
    keyboard.write_all(b"2\r").unwrap();
    until("221 bye", 1);
    assert!(child.wait().unwrap().success(), "{}", written.lock().unwrap());
    assert_eq!(heard.join().unwrap(), ["EHLO probe.example", "MAIL FROM:<a@example.org>", "QUIT"]);
    let shown = written.lock().unwrap();
    assert!(shown.contains("\\u{1b}[31mred") && !shown.contains("\x1b[31m"), "{shown}");
}
