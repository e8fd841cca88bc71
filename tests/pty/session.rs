//! One run of the program on a pseudo-terminal.

use std::fs;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, geteuid, kill_process};

/// The terminal's size.
pub const ROWS: u16 = 24;
/// The terminal's size.
pub const COLUMNS: u16 = 80;
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Silence that means that all is drawn.
const SILENCE: Duration = Duration::from_millis(700);
/// An idle program does nothing at all for this long.
const SLEEP: Duration = Duration::from_secs(3);

/// Makes a machine on which the wizard can be walked through and nothing can be reached: an address on a network with
/// nobody in it, a resolver that refuses, an empty `/var/lib` but for the package database, a `/run` that says systemd
/// and holds no socket. With a wish in `WISH` it is a server that is set up and was checked just now. Then becomes the
/// program.
const ENTER: &str = r#"set -e
ip link set lo up
ip link add nobody type veth peer name nothing
ip link set nothing up
ip address add 198.51.100.10/24 dev nobody
ip link set nobody up
ip route add default dev nobody
mount -t tmpfs none /mnt
mkdir /mnt/dpkg
mount --bind /var/lib/dpkg /mnt/dpkg
echo 'nameserver 127.0.0.1' > /mnt/resolv.conf
resolver=$(readlink -m /etc/resolv.conf)
mount --rbind /mnt /var/lib
mount -t tmpfs none /run
mkdir -p /run/systemd/system
mkdir -p "$(dirname "$resolver")"
[ -e "$resolver" ] || : > "$resolver"
mount --bind /var/lib/resolv.conf "$resolver"
if [ -n "$WISH" ]; then
  cp -a /etc /mnt/etc 2>/dev/null || :
  mount --bind /mnt/etc /etc
  mkdir -p /etc/mailwizard /var/lib/mailwizard
  printf '%s' "$WISH" > /etc/mailwizard/spec.toml
  printf '{"schema":1,"summary":{"pass":0,"info":0,"warn":0,"fail":0,"unknown":0,"skipped":0},"results":[],"at":"%s"}' \
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" > /var/lib/mailwizard/last-check.json
elif [ -d /etc/mailwizard ]; then
  mount -t tmpfs none /etc/mailwizard
fi
exec "$@""#;

/// `unshare` with what is needed to be root in there.
fn unshare() -> Vec<&'static str> {
    let mut words = vec!["unshare", "--net", "--mount"];
    if !geteuid().is_root() {
        words.extend(["--user", "--map-root-user"]);
    }
    words.extend(["sh", "-c", ENTER, "sh"]);
    words
}

/// Held while a terminal is made and its program started: a program of another test that is started in between would
/// hold the terminal open for as long as it lives.
static STARTING: Mutex<()> = Mutex::new(());

static SEPARATE: LazyLock<bool> = LazyLock::new(|| {
    let words = unshare();
    let tried = Command::new(words[0]).args(&words[1..]).arg("true").output();
    let possible = tried.as_ref().is_ok_and(|output| output.status.success());
    if !possible {
        let why = tried.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
        // Not through the test's own output, which is shown only when it fails.
        let _ = writeln!(std::io::stderr(), "SKIPPED: name spaces of its own are needed, and there are none: {why:?}");
    }
    possible
});

/// The program, its terminal, and everything it wrote.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    written: Arc<Mutex<Vec<u8>>>,
    closing: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

impl Session {
    /// Starts it at 80x24; `None`, and a loud word, where it cannot be kept apart from this machine.
    pub fn start(environment: &[(&str, &str)]) -> Option<Self> {
        Self::run(&[env!("CARGO_BIN_EXE_mailwizard")], environment)
    }

    /// Starts another program in the same place.
    pub fn run(program: &[&str], environment: &[(&str, &str)]) -> Option<Self> {
        if !*SEPARATE {
            return None;
        }
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = native_pty_system().openpty(PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() }).unwrap();
        let words = unshare();
        let mut command = CommandBuilder::new(words[0]);
        command.args(&words[1..]);
        command.args(program);
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        for unwanted in ["NO_COLOR", "ACCESSIBLE", "COLORTERM"] {
            command.env_remove(unwanted);
        }
        environment.iter().for_each(|(name, value)| command.env(name, value));
        let child = pair.slave.spawn_command(command).unwrap();
        let written = Arc::new(Mutex::new(Vec::new()));
        let closing = Arc::new(AtomicBool::new(false));
        let mut terminal = pair.master.try_clone_reader().unwrap();
        let (sink, stop) = (Arc::clone(&written), Arc::clone(&closing));
        let reader = thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = terminal.read(&mut piece) {
                sink.lock().unwrap().extend_from_slice(&piece[..count]);
                if stop.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Some(Self { child, master: pair.master, keyboard, written, closing, reader })
    }

    /// Starts it and waits until the machine was looked at and all is drawn.
    pub fn opened(environment: &[(&str, &str)]) -> Option<Self> {
        let mut session = Self::start(environment)?;
        session.until("first page", |screen| {
            let text = screen.contents();
            text.contains("mailwizard") && text.contains("Resolver") && !text.contains("[....]")
        });
        session.until_quiet();
        Some(session)
    }

    /// Every byte so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.written.lock().unwrap().clone()
    }

    /// What a terminal makes of them.
    pub fn screen(&self) -> vt100::Screen {
        let side = |cells| NonZero::new(cells).unwrap();
        let mut parser = vt100::Parser::new(side(ROWS), side(COLUMNS), 0);
        parser.process(&self.bytes());
        parser.screen().clone()
    }

    /// Waits until the screen fits.
    pub fn until(&mut self, what: &str, fits: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !fits(&self.screen()) {
            assert!(Instant::now() < deadline, "no {what}:\n{}", self.screen().contents());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until nothing is written any more.
    pub fn until_quiet(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let (mut count, mut since) = (self.bytes().len(), Instant::now());
        while since.elapsed() < SILENCE {
            assert!(Instant::now() < deadline, "it never stops writing:\n{}", self.screen().contents());
            thread::sleep(Duration::from_millis(10));
            let now = self.bytes().len();
            if now != count {
                (count, since) = (now, Instant::now());
            }
        }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Pastes as a terminal with bracketed paste does.
    pub fn paste(&mut self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    /// A letter for what the process does: `S` sleeps, `T` is stopped.
    pub fn state(&self) -> char {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("State:")).unwrap();
        line.trim().chars().next().unwrap()
    }

    /// How often its threads were woken and went to sleep again.
    pub fn wakeups(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let counts = tasks.map(|task| {
            let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).unwrap();
            line.trim().parse::<u64>().unwrap()
        });
        counts.sum()
    }

    /// Waits until it neither writes nor wakes up any more. What it looks for behind the first page ends when its time
    /// is up, and the threads that did it some seconds later; how long that takes is the machine's affair.
    pub fn falls_asleep(&self) {
        let deadline = Instant::now() + 2 * PATIENCE;
        loop {
            let (bytes, wakeups) = (self.bytes().len(), self.wakeups());
            thread::sleep(SLEEP);
            // A thread that has ended takes its count along.
            let (bytes, wakeups) = (self.bytes().len() - bytes, self.wakeups().abs_diff(wakeups));
            if (bytes, wakeups) == (0, 0) {
                return;
            }
            let screen = self.screen();
            assert!(Instant::now() < deadline, "{bytes} bytes, {wakeups} wake-ups when idle:\n{}", screen.contents());
        }
    }

    /// The most memory of its own that it holds, in kB: without the program's file, which is as large as it was built.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Whether the kernel's side of the terminal edits lines and echoes, as a shell wants it.
    pub fn is_cooked(&self) -> bool {
        let modes = format!("{:?}", self.master.get_termios().unwrap());
        ["ICANON", "ECHO", "ISIG", "ICRNL", "OPOST"].iter().all(|flag| modes.contains(flag))
    }

    /// Waits until it is gone.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.screen().contents());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything that was switched on is off, on both sides of the terminal.
    pub fn assert_given_back(&self) {
        // What the program wrote last may still be on its way through the reader.
        thread::sleep(Duration::from_millis(100));
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert!(self.is_cooked(), "{:?}", self.master.get_termios());
    }

    /// The terminal goes away, as when a window is closed; gives the process that is left behind.
    pub fn close_terminal(self) -> Box<dyn Child + Send + Sync> {
        let Self { child, master, mut keyboard, closing, reader, .. } = self;
        closing.store(true, Ordering::SeqCst);
        // The reader holds the terminal open until something comes.
        keyboard.write_all(b"\x0c").unwrap();
        reader.join().unwrap();
        drop(keyboard);
        drop(master);
        child
    }
}
