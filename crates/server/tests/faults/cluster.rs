//! A Postgres of the test's own, which may be stopped.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A Postgres in a directory of its own, stopped when it is dropped.
pub struct Cluster {
    /// Where its database `postgres` is.
    pub url: String,
    binaries: PathBuf,
    data: PathBuf,
    user: Option<(u32, u32)>,
    place: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; `None` where Postgres is not installed on this machine.
    pub fn start() -> Option<Self> {
        let binaries = binaries()?;
        let place = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        // Postgres does not run as root.
        let user = root().then(|| (id("-u"), id("-g")));
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(place.path(), Some(user), Some(group)).unwrap();
        }
        let data = place.path().join("data");
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        let cluster = Self { url, binaries, data, user, place, port };
        cluster.run("initdb", &["-A", "trust", "-N", "-U", "postgres", "-D"]);
        cluster.up();
        Some(cluster)
    }

    /// Starts it, and waits until it takes connections.
    pub fn up(&self) {
        let sockets = self.place.path().display();
        let options = format!("-p {} -k {sockets} -c listen_addresses=127.0.0.1 -c fsync=off", self.port);
        let log = self.place.path().join("log");
        self.run("pg_ctl", &["start", "-w", "-l", log.to_str().unwrap(), "-o", &options, "-D"]);
    }

    /// Stops it at once, as a crash would.
    pub fn down(&self) {
        self.run("pg_ctl", &["stop", "-m", "immediate", "-D"]);
    }

    /// Runs one of its programs, with the directory of the data as the last argument.
    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.binaries.join(program));
        command.args(arguments).arg(&self.data).current_dir(self.place.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        assert!(command.status().unwrap().success(), "{program} {arguments:?}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.data.join("postmaster.pid").exists() {
            self.down();
        }
    }
}

/// Where `PG_BINDIR` says, else the newest that a package put there.
fn binaries() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PG_BINDIR") {
        return Some(named.into());
    }
    let packages = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let found = packages.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    found.filter(|path: &PathBuf| Path::new(path).join("initdb").exists()).max()
}

fn root() -> bool {
    let own = Command::new("id").arg("-u").output().unwrap().stdout;
    String::from_utf8(own).unwrap().trim() == "0"
}

fn id(which: &str) -> u32 {
    let found = Command::new("id").args([which, "postgres"]).output().unwrap().stdout;
    String::from_utf8(found).unwrap().trim().parse().unwrap()
}
