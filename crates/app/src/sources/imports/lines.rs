//! The lines of a file, as its bytes come.

use bailiwick_domain::ports::{FileReader, FileStoreError};

/// How many bytes a line has at most.
pub(super) const LONGEST: usize = 4 * 1_024 * 1_024;

/// A line of a file.
pub(super) struct Line {
    /// Which one, from 1.
    pub number: i64,
    /// How many bytes of the file have been read with it.
    pub end: i64,
    /// What it says, without its end; of one that is too long the beginning.
    pub bytes: Vec<u8>,
}

impl Line {
    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// Whether it has more bytes than a line may have. What follows is no line then.
    pub const fn is_too_long(&self) -> bool {
        self.bytes.len() > LONGEST
    }
}

/// A file that is read line by line. It holds no more than one line and what the file hands out at once.
pub(super) struct Lines {
    reader: Box<dyn FileReader>,
    part: Vec<u8>,
    at: usize,
    number: i64,
    read: i64,
}

impl Lines {
    /// The lines that come after so many, and so many bytes, which have been read before.
    pub fn after(reader: Box<dyn FileReader>, number: i64, read: i64) -> Self {
        Self { reader, part: Vec::new(), at: 0, number, read }
    }

    /// The next line; `None` after the last.
    ///
    /// # Errors
    /// The file can't be read.
    pub async fn next(&mut self) -> Result<Option<Line>, FileStoreError> {
        let mut bytes = Vec::new();
        loop {
            let there = self.part.get(self.at..).unwrap_or_default();
            let room = there.get(..there.len().min(LONGEST + 1 - bytes.len())).unwrap_or(there);
            let end = room.iter().position(|byte| *byte == b'\n');
            let says = end.and_then(|end| room.get(..end)).unwrap_or(room);
            bytes.extend_from_slice(says);
            let taken = says.len() + usize::from(end.is_some());
            self.at += taken;
            self.read += i64::try_from(taken).unwrap_or(i64::MAX);
            if end.is_some() || bytes.len() > LONGEST {
                return Ok(Some(self.line(bytes)));
            }
            match self.reader.next().await? {
                Some(part) => (self.part, self.at) = (part, 0),
                None if bytes.is_empty() => return Ok(None),
                None => return Ok(Some(self.line(bytes))),
            }
        }
    }

    fn line(&mut self, bytes: Vec<u8>) -> Line {
        self.number += 1;
        Line { number: self.number, end: self.read, bytes }
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]

    use super::*;

    /// A file in parts.
    pub struct Parts(pub Vec<Vec<u8>>);

    #[async_trait::async_trait]
    impl FileReader for Parts {
        async fn next(&mut self) -> Result<Option<Vec<u8>>, FileStoreError> {
            Ok((!self.0.is_empty()).then(|| self.0.remove(0)))
        }
    }

    async fn read(parts: Vec<Vec<u8>>) -> Vec<(i64, i64, Vec<u8>)> {
        let mut lines = Lines::after(Box::new(Parts(parts)), 0, 0);
        let mut found = Vec::new();
        while let Some(Line { number, end, bytes }) = lines.next().await.unwrap() {
            found.push((number, end, bytes));
        }
        found
    }

    fn line(number: i64, end: i64, says: &str) -> (i64, i64, Vec<u8>) {
        (number, end, says.as_bytes().to_vec())
    }

    #[tokio::test]
    async fn lines_are_the_same_whatever_the_parts() {
        let text = b"one\n\ntwo\r\nthree";
        let right = [line(1, 4, "one"), line(2, 5, ""), line(3, 10, "two\r"), line(4, 15, "three")];
        for size in 1..=text.len() {
            let parts = text.chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(read(parts).await, right, "in parts of {size}");
        }
        assert_eq!(read(vec![b"one\n".to_vec(), Vec::new()]).await, [line(1, 4, "one")]);
        assert_eq!(read(Vec::new()).await, []);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_is_cut() {
        for parts in [vec![vec![b'a'; LONGEST + 9]], vec![vec![b'a'; LONGEST]; 2]] {
            let mut lines = Lines::after(Box::new(Parts(parts)), 7, 100);
            let first = lines.next().await.unwrap().unwrap();
            assert!(first.is_too_long() && first.bytes.len() == LONGEST + 1);
            assert_eq!(first.number, 8);
        }
        let exact = read(vec![vec![b'a'; LONGEST], b"\n".to_vec()]).await;
        assert_eq!((exact.len(), exact[0].2.len()), (1, LONGEST));
    }
}
