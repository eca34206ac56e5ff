//! The binary, as somebody at a console meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]
#![allow(dead_code, reason = "not every test file needs all of it")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

/// The binary with these arguments, in an empty directory.
pub fn bailiwick(place: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
    command.args(arguments).current_dir(place.path()).env_remove("BAILIWICK_DATABASE");
    command
}

/// What a command printed.
pub fn run(place: &TempDir, arguments: &[&str]) -> Output {
    bailiwick(place, arguments).output().unwrap()
}

/// Standard output of a command that succeeded.
pub fn printed(place: &TempDir, arguments: &[&str]) -> String {
    let output = run(place, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running server, killed when it is dropped.
pub struct Server {
    /// `127.0.0.1:port`
    pub address: String,
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the binary and waits until it listens.
    pub fn start(place: &TempDir, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(arguments);
        let mut child = bailiwick(place, &all)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(place.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        let Some(address) = address else {
            child.wait().unwrap();
            panic!("{line}{}", std::fs::read_to_string(place.path().join("log")).unwrap());
        };
        Self { address: address.to_owned(), child, out }
    }

    /// Reads standard output up to a line that holds this.
    pub fn read_until(&mut self, text: &str) -> String {
        let mut all = String::new();
        while !all.contains(text) {
            assert!(self.out.read_line(&mut all).unwrap() > 0, "{all}");
        }
        all
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the process to end; tells its exit code and the rest of what it printed.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
