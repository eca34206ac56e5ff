//! A TCP proxy between a server and its database, to take the database away without stopping it.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What it does with connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Bytes go through.
    Up,
    /// Connections break, and new ones break at once.
    Cut,
    /// Connections stay, and no byte goes through.
    Silent,
}

pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    line: watch::Sender<Line>,
}

impl Proxy {
    /// A proxy to `host:port`.
    pub async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (line, seen) = watch::channel(Line::Up);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client, target.clone(), seen.clone()));
            }
        });
        Self { port, line }
    }

    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }
}

async fn join(client: TcpStream, target: String, line: watch::Receiver<Line>) {
    let mut seen = line.clone();
    // While nothing goes through, a new connection waits like all others.
    let Ok(now) = seen.wait_for(|line| *line != Line::Silent).await.map(|line| *line) else { return };
    if now == Line::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    tokio::select! {
        () = pump(from_client, to_server, line.clone()) => {}
        () = pump(from_server, to_client, line.clone()) => {}
        _ = seen.wait_for(|line| *line == Line::Cut) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut line: watch::Receiver<Line>) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if line.wait_for(|line| *line == Line::Up).await.is_err()
            || to.write_all(&bytes[..read]).await.is_err()
        {
            return;
        }
    }
}
