//! A terminal for a program: what is typed, what is on its screen, and its size.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::{Nodupe, skipped};

/// A program that does not get there by then never does.
const PATIENCE: Duration = Duration::from_secs(60);

struct Seen {
    screen: vt100::Parser,
    /// Everything that was written.
    raw: Vec<u8>,
    /// True if nobody looks any more.
    is_closed: bool,
}

/// A program in a terminal.
pub(crate) struct Terminal {
    child: Child,
    /// Both are gone once the window is closed.
    keyboard: Option<File>,
    master: Option<OwnedFd>,
    slave: File,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Terminal {
    /// Starts the program in a terminal of so many columns and lines; nothing if no
    /// terminal can be had.
    pub(crate) fn start(nodupe: &Nodupe, (columns, lines): (u16, u16)) -> Option<Self> {
        let opened = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY);
        let Ok(master) = opened else {
            skipped("no pseudo-terminal can be had");
            return None;
        };
        // The program would keep its own terminal open.
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        resize(&master, columns, lines);
        let plain = nodupe.command();
        // It makes the terminal the controlling one, by which Ctrl-C reaches it.
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait"])
            // Somebody may run the tests with nohup, which programs inherit.
            .args(["env", "--default-signal=HUP"])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(plain.get_current_dir().unwrap())
            .env_clear()
            .envs(
                plain
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .env("TERM", "xterm-256color")
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .stderr(Stdio::from(slave.try_clone().unwrap()));
        let Ok(child) = command.spawn() else {
            skipped("no setsid to give a program a terminal");
            return None;
        };
        let seen = Arc::new((
            Mutex::new(Seen {
                screen: vt100::Parser::new(lines, columns, 0),
                raw: Vec::new(),
                is_closed: false,
            }),
            Condvar::new(),
        ));
        let mut output = File::from(master.try_clone().unwrap());
        let written = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut seen = written.0.lock().unwrap();
                seen.screen.process(&buffer[..count]);
                seen.raw.extend_from_slice(&buffer[..count]);
                written.1.notify_all();
                if seen.is_closed {
                    break;
                }
            }
        });
        Some(Self {
            child,
            keyboard: Some(File::from(master.try_clone().unwrap())),
            master: Some(master),
            slave,
            seen,
        })
    }

    /// Types keys.
    pub(crate) fn keys(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until a text is on the screen, and returns the screen.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |seen| seen.screen.screen().contents().contains(text))
    }

    /// Waits until a text is on the screen so many times.
    pub(crate) fn wait_for_times(&self, text: &str, times: usize) -> String {
        self.wait_until(text, |seen| {
            seen.screen.screen().contents().matches(text).count() >= times
        })
    }

    fn wait_until(&self, what: &str, is_there: impl Fn(&Seen) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !is_there(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            let contents = seen.screen.screen().contents();
            assert!(!left.is_zero(), "{what:?} never came:\n{contents}");
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        seen.screen.screen().contents()
    }

    /// Everything that was written so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().raw.clone()
    }

    /// Changes the size.
    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        // Programs draw all of the screen again.
        let mut seen = self.seen.0.lock().unwrap();
        seen.screen = vt100::Parser::new(lines, columns, 0);
        drop(seen);
        resize(self.master.as_ref().unwrap(), columns, lines);
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the program does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Closes the window, and waits for the end.
    pub(crate) fn close(mut self) -> ExitStatus {
        self.seen.0.lock().unwrap().is_closed = true;
        // What is drawn anew is the last that is read.
        self.resize(100, 30);
        self.keyboard = None;
        self.master = None;
        self.ended()
    }

    /// Waits for the end; returns the status, and true if the terminal is as it was:
    /// the usual screen, with a cursor, in lines with an echo.
    pub(crate) fn end(mut self) -> (ExitStatus, bool) {
        let status = self.ended();
        let is_left = |seen: &Seen| {
            let last = |of: &[u8]| seen.raw.windows(of.len()).rposition(|window| window == of);
            let is_shown = last(b"\x1b[?25h") >= last(b"\x1b[?25l");
            let is_usual = last(b"\x1b[?1049l") >= last(b"\x1b[?1049h");
            let is_deaf = last(b"\x1b[?1000l") >= last(b"\x1b[?1000h");
            is_shown && is_usual && is_deaf
        };
        // What it wrote last may still be on its way.
        self.wait_until("the usual screen", is_left);
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        (
            status,
            modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG),
        )
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(master: &OwnedFd, columns: u16, lines: u16) {
    let size = Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(master, size).unwrap();
}
