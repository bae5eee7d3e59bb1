use std::ops::Range;

use super::is_alphanumeric_at;

/// How long the number of each country is: the registry of SWIFT, release 99.
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22),
    (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27),
    (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27),
    (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28),
    (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28),
    (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22),
    (b"MK", 19), (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23),
    (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25), (b"SV", 28),
    (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];

pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    (from..bytes.len().saturating_sub(3)).find_map(|start| {
        let [a, b, c, d] = [bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]];
        let may_begin = c.is_ascii_digit() && d.is_ascii_digit() && a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
        if !may_begin || start.checked_sub(1).is_some_and(|before| is_alphanumeric_at(bytes, before)) {
            return None;
        }
        let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
        let (_, length) = LENGTHS.iter().find(|(name, _)| **name == country)?;
        Some(start..end(bytes, start, *length)?)
    })
}

/// The end of `length` letters and digits, between any two of which there may be one space or hyphen.
fn end(bytes: &[u8], start: usize, length: usize) -> Option<usize> {
    let mut number = [0_u8; 34];
    let mut at = start;
    for (place, character) in number.iter_mut().take(length).enumerate() {
        if place > 0 && matches!(bytes.get(at), Some(b' ' | b'-')) {
            at += 1;
        }
        *character = bytes.get(at).filter(|byte| byte.is_ascii_alphanumeric())?.to_ascii_uppercase();
        at += 1;
    }
    (!is_alphanumeric_at(bytes, at) && is_checked(&number[..length])).then_some(at)
}

/// ISO 7064: the first four characters go last, letters count from 10, and 97 leaves 1.
fn is_checked(number: &[u8]) -> bool {
    let (country, account) = number.split_at(4);
    let rest = account.iter().chain(country).fold(0_u32, |rest, character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    rest == 1
}
