//! What the ready-made rules look for.
//!
//! Every one of them takes time in proportion to the text, whatever the text is. None is a search for words alone: what
//! can be checked (a check digit, a length, a beginning that is assigned) is checked, because a rule that eats ids and
//! times is switched off.

mod card;
mod email;
mod iban;
mod phone;
mod secrets;

use std::borrow::Cow;
use std::ops::Range;

/// A ready-made rule.
pub(super) struct BuiltIn {
    pub(super) name: &'static str,
    /// `false` is certain. `text` may be JSON that has only escapes of white space, quotes and backslashes.
    pub(super) may_be_in: fn(text: &str) -> bool,
    /// The first place at or after `from`, which is at a character.
    pub(super) find: fn(text: &str, from: usize) -> Option<Range<usize>>,
    /// What it has in common with other ways to write the same.
    pub(super) canonical: fn(found: &str) -> Cow<'_, str>,
}

impl PartialEq for BuiltIn {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for BuiltIn {}

pub(super) static EMAIL: BuiltIn =
    BuiltIn { name: "email", may_be_in: email::may_be_in, find: email::find, canonical: email::canonical };
pub(super) static CARD: BuiltIn =
    BuiltIn { name: "card", may_be_in: |text| has_digits(text, 13), find: card::find, canonical: alphanumeric };
pub(super) static PHONE: BuiltIn =
    BuiltIn { name: "phone", may_be_in: |text| has_digits(text, 7), find: phone::find, canonical: alphanumeric };
pub(super) static IBAN: BuiltIn =
    BuiltIn { name: "iban", may_be_in: |text| has_digits(text, 2), find: iban::find, canonical: alphanumeric };
pub(super) static BEARER: BuiltIn =
    BuiltIn { name: "bearer", may_be_in: secrets::may_be_bearer, find: secrets::bearer, canonical: as_it_is };
pub(super) static API_KEYS: BuiltIn =
    BuiltIn { name: "api_keys", may_be_in: secrets::may_be_api_key, find: secrets::api_key, canonical: as_it_is };
pub(super) static JWT: BuiltIn =
    BuiltIn { name: "jwt", may_be_in: secrets::may_be_jwt, find: secrets::jwt, canonical: as_it_is };

fn has_digits(text: &str, least: usize) -> bool {
    let is_full_width = |character: char| ('\u{ff10}'..='\u{ff19}').contains(&character);
    text.len() >= least
        && (text.bytes().filter(u8::is_ascii_digit).count() >= least
            || !text.is_ascii() && text.contains(is_full_width))
}

fn as_it_is(found: &str) -> Cow<'_, str> {
    Cow::Borrowed(found)
}

/// Without separators, in capitals.
fn alphanumeric(found: &str) -> Cow<'_, str> {
    let characters = found.chars().filter(|character| character.is_ascii_alphanumeric());
    Cow::Owned(characters.map(|character| character.to_ascii_uppercase()).collect())
}

fn is_digit_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

fn is_alphanumeric_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// The end of the digits that begin at `at`.
fn end_of_digits(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests;
