//! What the rules say about a key, remembered.
//!
//! The same few keys come with every span, and looking through the table for one takes longer than recording it. What is
//! remembered is a fact about the key alone, never about a value, and names the policy it was asked under.

use std::cell::Cell;

use super::rule::Then;

/// What the rules say about a key, whatever its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// A long image is redacted before the rest is looked at.
    pub(super) limits_image: bool,
    /// The first rule that fits, of those that do not look at the value.
    pub(super) then: Option<Then>,
    /// The number of the flag by which that rule applies.
    pub(super) by: u8,
    /// The value need not be made.
    pub(super) hides: bool,
}

impl Found {
    pub(super) const UNKNOWN: Self = Self { limits_image: false, then: None, by: u8::MAX, hides: false };
}

/// Longer keys are those of list elements, whose indexes make them many.
const LONGEST: usize = 40;
const REMEMBERED: usize = 256;

#[derive(Clone, Copy)]
struct Memo {
    policy: u64,
    length: u8,
    key: [u8; LONGEST],
    found: Found,
}

const NOTHING: Memo = Memo { policy: 0, length: 0, key: [0; LONGEST], found: Found::UNKNOWN };

thread_local! {
    static MEMOS: [Cell<Memo>; REMEMBERED] = const { [const { Cell::new(NOTHING) }; REMEMBERED] };
}

/// `look` is asked when this thread does not know. Policies are numbered from 1.
pub(super) fn found(policy: u64, key: &str, look: impl Fn() -> Found) -> Found {
    let bytes = key.as_bytes();
    if bytes.len() > LONGEST {
        return look();
    }
    let remembered = MEMOS.try_with(|memos| {
        let (first, second) = places(policy, bytes);
        let known = |memo: &Memo| memo.policy == policy && memo.key.get(..usize::from(memo.length)) == Some(bytes);
        let (one, other) = (memos[first].get(), memos[second].get());
        if known(&one) {
            return one.found;
        }
        if known(&other) {
            return other.found;
        }
        let found = look();
        let mut memo = Memo { policy, length: bytes.len() as u8, key: [0; LONGEST], found };
        memo.key[..bytes.len()].copy_from_slice(bytes);
        memos[if one.policy == 0 { first } else { second }].set(memo);
        found
    });
    remembered.unwrap_or_else(|_| look())
}

/// Two places, so that two keys of one hash do not drive each other out. What is driven out is looked up again, nothing else.
fn places(policy: u64, key: &[u8]) -> (usize, usize) {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = policy ^ (key.len() as u64).wrapping_mul(MIX);
    for chunk in key.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        hash = (hash ^ u64::from_le_bytes(word)).wrapping_mul(MIX).rotate_left(29);
    }
    let hash = hash.wrapping_mul(MIX);
    ((hash >> 56) as usize % REMEMBERED, (hash >> 48) as usize % REMEMBERED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_belongs_to_one_policy_and_one_key() {
        let hidden = Found { then: Some(Then::Drop), hides: true, ..Found::UNKNOWN };
        let shown = Found::UNKNOWN;
        for round in 0..2 {
            for number in 0..1_000_u64 {
                let (policy, key) = (u64::MAX - number % 10, format!("key.{}", number / 10));
                let expected = if number % 3 == 0 { hidden } else { shown };
                assert_eq!(found(policy, &key, || expected), expected, "{key} in round {round}");
            }
        }
        assert_eq!(found(7, "same", || hidden), hidden);
        assert_eq!(found(7, "same", || shown), hidden, "asked once");
        assert_eq!(found(7, &"long".repeat(20), || hidden), hidden);
        assert_eq!(found(7, &"long".repeat(20), || shown), shown, "long keys are not remembered");
    }
}
