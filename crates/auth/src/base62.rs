//! Numbers as digits and letters alone: a double click selects the whole of it, and no form escapes it.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A big-endian number as `width` digits; wide enough is `ceil(bits / log2(62))`.
pub(crate) fn encode(number: &[u8], width: usize) -> String {
    let mut number = number.to_vec();
    let mut digits: Vec<char> = (0..width)
        .map(|_| {
            let remainder = number.iter_mut().fold(0u16, |remainder, byte| {
                let value = remainder << 8 | u16::from(*byte);
                *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
                value % 62
            });
            DIGITS.get(usize::from(remainder)).map_or('0', |digit| char::from(*digit))
        })
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

/// The number that the digits stand for, if they do and it fits.
pub(crate) fn decode<const BYTES: usize>(digits: &str) -> Option<[u8; BYTES]> {
    let mut number = [0u8; BYTES];
    for digit in digits.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)?;
        let carry = number.iter_mut().rev().try_fold(u16::try_from(value).ok()?, |carry, byte| {
            let value = u16::from(*byte) * 62 + carry;
            *byte = u8::try_from(value & 0xff).ok()?;
            Some(value >> 8)
        })?;
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}
