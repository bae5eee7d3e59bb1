//! Every attribute key of OpenInference.
//!
//! A constant is named after its key, in upper case, with `_` for `.`: `llm.model_name` is [`LLM_MODEL_NAME`].
//! A constant that breaks this rule does not compile.
//!
//! Each description ends with the type of the value. *JSON string* is serialised JSON. A *list of objects* is never a
//! value itself: its elements are flattened to `<list>.<index>.<field>`, which [`Indexed`](crate::Indexed) spells. An
//! *object* and a *prefix* are flattened in the same way, without an index.

mod feedback;
mod kinds;
mod llm;
mod message;
mod span;

pub use self::{feedback::*, kinds::*, llm::*, message::*, span::*};

/// Every constant of this module, each key once.
pub const ALL: &[&str] = &flatten::<{ count(FAMILIES) }>(FAMILIES);

const FAMILIES: &[&[&str]] = &[span::ALL, llm::ALL, message::ALL, kinds::ALL, feedback::ALL];

/// Declares constants together with the list of them, so that none can be left out of [`ALL`].
macro_rules! keys {
    ($($(#[$doc:meta])+ pub const $name:ident: &str = $key:literal;)+) => {
        $($(#[$doc])+ pub const $name: &str = $key;)+

        pub(super) const ALL: &[&str] = &[$({
            assert!(
                $crate::keys::spells(stringify!($name), $key),
                concat!("the constant ", stringify!($name), " must be named after its key ", $key),
            );
            $name
        }),+];
    };
}
use keys;

/// Whether `name` is `key` in upper case, with `_` for `.`.
const fn spells(name: &str, key: &str) -> bool {
    let (name, key) = (name.as_bytes(), key.as_bytes());
    if name.len() != key.len() {
        return false;
    }
    let mut at = 0;
    while at < key.len() {
        let expected = if key[at] == b'.' { b'_' } else { key[at].to_ascii_uppercase() };
        if name[at] != expected {
            return false;
        }
        at += 1;
    }
    true
}

const fn count(families: &[&[&str]]) -> usize {
    let mut total = 0;
    let mut family = 0;
    while family < families.len() {
        total += families[family].len();
        family += 1;
    }
    total
}

const fn flatten<const N: usize>(families: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut filled = 0;
    let mut family = 0;
    while family < families.len() {
        let mut at = 0;
        while at < families[family].len() {
            all[filled] = families[family][at];
            filled += 1;
            at += 1;
        }
        family += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_key_in_upper_case_without_dots() {
        assert!(spells("LLM_MODEL_NAME", "llm.model_name"));
        assert!(!spells("LLM_MODEL", "llm.model_name"));
        assert!(!spells("LLM_MODEL_NAMES", "llm.model_name"));
        assert!(!spells("LLM.MODEL_NAME", "llm.model_name"));
        assert!(!spells("llm_model_name", "llm.model_name"));
    }

    #[test]
    fn all_holds_every_family_in_order() {
        assert_eq!(ALL.len(), FAMILIES.iter().map(|family| family.len()).sum::<usize>());
        assert!(FAMILIES.iter().copied().flatten().eq(ALL));
    }

    #[test]
    fn no_key_has_two_constants() {
        for (at, key) in ALL.iter().enumerate() {
            assert!(!ALL[..at].contains(key), "{key}");
        }
    }
}
