//! A program that keeps running: a server, a demonstration.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A running program; killed when dropped.
pub struct Started {
    child: Child,
    lines: Receiver<String>,
}

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

impl Started {
    /// Starts it and listens to its standard output; standard error goes where the command says.
    pub fn new(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The first line from now on that holds these words.
    #[track_caller]
    pub fn says(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(words) {
                return line;
            }
            heard.push(line);
        }
        let mut err = String::new();
        let _ = self.child.kill();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.read_to_string(&mut err);
        }
        panic!("it never said {words}, but:\n{}\n{err}", heard.join("\n"));
    }

    /// Sends a signal by its name, as a shell would.
    pub fn send(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }

    /// Waits until it has ended.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not end");
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
