//! A client that costs little: requests as bytes, sent one after the other over connections that stay open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime;

/// A request, ready to be sent.
pub type Request = Vec<u8>;

/// Writes a request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its head; the names of headers are in lower case, as actix writes them.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(16 * 1_024) })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// The connection broke, or what came is no answer.
    pub async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(self.read.get(..end).unwrap_or_default()).into_owned();
                let status = head.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
                let length = head.split_once("content-length: ").map_or("0", |(_, rest)| rest);
                let length: usize = length.split("\r\n").next().unwrap_or_default().parse()?;
                while self.read.len() < end + 4 + length {
                    self.more().await?;
                }
                let body = self.read.get(end + 4..end + 4 + length).unwrap_or_default().to_vec();
                return Ok(Answer { status, head, body });
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection was closed");
        Ok(())
    }
}

/// How a load is made.
#[derive(Clone, Copy)]
pub struct Load {
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// How many requests in all.
    pub requests: usize,
}

/// Sends requests, in turns from a list, until all are answered; tells how long each took, sorted.
///
/// # Errors
/// An answer is not of this status.
pub fn run(to: SocketAddr, requests: &[Request], load: Load, status: u16) -> anyhow::Result<Vec<Duration>> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let each = load.requests.div_ceil(load.connections);
        let clients = (0..load.connections).map(|client| async move {
            let mut connection = Connection::open(to).await?;
            let mut times = Vec::with_capacity(each);
            for turn in 0..each {
                let Some(request) = requests.get((client * each + turn) % requests.len()) else {
                    bail!("no request")
                };
                let begun = Instant::now();
                let answer = connection.ask(request).await?;
                times.push(begun.elapsed());
                ensure!(
                    answer.status == status,
                    "{} {}",
                    answer.status,
                    String::from_utf8_lossy(&answer.body)
                );
            }
            anyhow::Ok(times)
        });
        let mut times = futures_util::future::try_join_all(clients).await?.concat();
        times.sort_unstable();
        Ok(times)
    })
}
