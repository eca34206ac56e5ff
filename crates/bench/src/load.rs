//! A client that costs little: requests as bytes, sent one after the other over connections that stay open.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
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
    /// Its head.
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
        let end = self.until(0, b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(self.read.get(..end).unwrap_or_default()).into_owned();
        let status = head.get(9..12).and_then(|status| status.parse().ok()).context("no status")?;
        let body = end + 4;
        let body = if header(&head, "transfer-encoding") == Some("chunked") {
            self.chunks(body).await?
        } else {
            let length: usize = header(&head, "content-length").unwrap_or("0").parse()?;
            self.bytes(body, length).await?
        };
        Ok(Answer { status, head, body })
    }

    /// The chunks of a body, joined.
    async fn chunks(&mut self, mut at: usize) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = self.until(at, b"\r\n").await?;
            let length = std::str::from_utf8(self.read.get(at..end).unwrap_or_default())?;
            let length = usize::from_str_radix(length, 16)?;
            body.extend(self.bytes(end + 2, length).await?);
            at = self.until(end + 2 + length, b"\r\n").await? + 2;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    /// So many bytes from here on.
    async fn bytes(&mut self, from: usize, length: usize) -> anyhow::Result<Vec<u8>> {
        while self.read.len() < from + length {
            self.more().await?;
        }
        Ok(self.read.get(from..from + length).unwrap_or_default().to_vec())
    }

    /// Where these bytes begin, from here on.
    async fn until(&mut self, from: usize, bytes: &[u8]) -> anyhow::Result<usize> {
        loop {
            let read = self.read.get(from..).unwrap_or_default();
            if let Some(found) = read.windows(bytes.len()).position(|found| found == bytes) {
                return Ok(from + found);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection was closed");
        Ok(())
    }
}

/// A header of a head.
fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let named = |line: &&str| {
        line.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && line.get(name.len()..).is_some_and(|rest| rest.starts_with(':'))
    };
    head.split("\r\n").find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
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

/// One request over a connection of its own.
///
/// # Errors
/// The connection broke.
pub fn ask(to: SocketAddr, request: &[u8]) -> anyhow::Result<Answer> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async { Connection::open(to).await?.ask(request).await })
}

/// The body of an answer that is no problem.
///
/// # Errors
/// It is one.
pub fn json_of(answer: &Answer) -> anyhow::Result<Value> {
    ensure!(answer.status < 300, "{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(serde_json::from_slice(&answer.body)?)
}

/// A text in what was answered.
///
/// # Errors
/// It is not there.
pub fn word(value: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no {pointer} in {value}"))?.to_owned())
}
