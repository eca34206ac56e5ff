//! What ciphertext looks like, where a collaboration demands it. The server can't open it; it refuses what can't be any.
//!
//! `bwe1.KEY.NONCE.DATA`: three parts in base64url without padding, after the mark. KEY is a fresh key, encrypted for
//! the receiver (32 bytes at least), NONCE has 12 to 24 bytes, DATA the tag of its cipher at least (16 bytes).

use crate::error::AppError;

/// What an envelope begins with.
const MARK: &[u8] = b"bwe1.";
/// How many base64 characters each part has at least: 32, 12 and 16 bytes.
const LEAST: [usize; 3] = [43, 16, 22];
/// How many it has at most: a wrapped key of 1,024 bytes, a nonce of 24.
const MOST: [usize; 3] = [1_366, 32, usize::MAX];

/// Ciphertext as it arrives, byte by byte.
#[derive(Debug, Default)]
pub struct Envelope {
    mark: usize,
    part: usize,
    length: usize,
}

impl Envelope {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// They can't be those of an envelope.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), AppError> {
        for &byte in bytes {
            self.next(byte).ok_or_else(refused)?;
        }
        Ok(())
    }

    fn next(&mut self, byte: u8) -> Option<()> {
        if let Some(wanted) = MARK.get(self.mark) {
            self.mark += 1;
            return (byte == *wanted).then_some(());
        }
        if byte == b'.' {
            self.has_enough().then_some(())?;
            self.part += 1;
            self.length = 0;
            return (self.part < LEAST.len()).then_some(());
        }
        self.length += 1;
        let fits = self.length <= *MOST.get(self.part)?;
        (fits && (byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))).then_some(())
    }

    fn has_enough(&self) -> bool {
        LEAST.get(self.part).is_some_and(|least| self.length >= *least)
    }

    /// Whether the envelope is whole.
    ///
    /// # Errors
    /// It is not.
    pub fn finish(&self) -> Result<(), AppError> {
        let whole = self.part + 1 == LEAST.len() && self.has_enough();
        whole.then_some(()).ok_or_else(refused)
    }

    /// Whether a whole text is one.
    ///
    /// # Errors
    /// It is not.
    pub fn check(text: &[u8]) -> Result<(), AppError> {
        let mut envelope = Self::default();
        envelope.take(text)?;
        envelope.finish()
    }
}

fn refused() -> AppError {
    let right = "ciphertext, since the collaboration demands it: `bwe1.KEY.NONCE.DATA`, each in base64url without \
        padding: KEY of 32 bytes or more, NONCE of 12 to 24, DATA of 16 or more";
    AppError::invalid("", right)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]
    use super::Envelope;

    fn sealed(key: usize, nonce: usize, data: usize) -> String {
        format!("bwe1.{}.{}.{}", "k".repeat(key), "n".repeat(nonce), "d".repeat(data))
    }

    #[test]
    fn ciphertext_is_taken_in_whatever_pieces() {
        let text = sealed(342, 16, 5_000);
        Envelope::check(text.as_bytes()).unwrap();
        let mut envelope = Envelope::default();
        text.as_bytes().chunks(7).for_each(|piece| envelope.take(piece).unwrap());
        envelope.finish().unwrap();
    }

    #[test]
    fn what_can_be_no_ciphertext_is_refused() {
        for text in [
            String::new(),
            "the mean is 42".to_owned(),
            "bwe1.".to_owned(),
            sealed(42, 16, 22),
            sealed(43, 15, 22),
            sealed(43, 16, 21),
            sealed(43, 33, 22),
            format!("{}.more", sealed(43, 16, 22)),
            sealed(43, 16, 22) + " ",
            sealed(43, 16, 22).replace('d', "{"),
        ] {
            assert!(Envelope::check(text.as_bytes()).is_err(), "{text}");
        }
    }
}
