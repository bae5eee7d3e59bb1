//! What the policy says of a field by its name alone, remembered.

use std::{cell::Cell, ptr};

use opentelemetry::{KeyValue, Value};

use super::{Hides, Outlook};

const REMEMBERED: usize = 256;

#[derive(Clone, Copy)]
struct Memo {
    policy: u64,
    name: (*const u8, usize),
    outlook: Outlook,
}

const NOTHING: Memo = Memo { policy: 0, name: (ptr::null(), 0), outlook: Outlook::Telling };

thread_local! {
    static MEMOS: [Cell<Memo>; REMEMBERED] = const { [const { Cell::new(NOTHING) }; REMEMBERED] };
}

/// A policy, asked about the fields that are recorded together.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    hides: &'a Hides,
    policy: u64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(hides: &'a Hides) -> Self {
        // Before it is asked anything: what a newer policy says may be taken for what an older one said, which nobody asks
        // for any more, but not the other way round.
        Self { hides, policy: hides.number() }
    }

    /// The name of a field is a literal of the source code, so its address stands for it.
    pub(super) fn field(&self, name: &'static str) -> Outlook {
        let key = (name.as_ptr(), name.len());
        let place = (key.0.addr() ^ (key.0.addr() >> 8) ^ key.1) % REMEMBERED;
        let remembered = MEMOS.try_with(|memos| {
            let memo = memos[place].get();
            if memo.policy == self.policy && memo.name == key {
                return memo.outlook;
            }
            let outlook = self.hides.outlook(name);
            memos[place].set(Memo { policy: self.policy, name: key, outlook });
            outlook
        });
        remembered.unwrap_or_else(|_| self.hides.outlook(name))
    }
}

impl Judge<'_> {
    /// Whether the stages have to look at the value, of which the name alone told `outlook`.
    pub(super) fn tells(&self, outlook: Outlook, key: &str, value: &Value) -> bool {
        match outlook {
            Outlook::Harmless => false,
            // Nothing was made of it.
            Outlook::Hidden => !matches!(value, Value::String(text) if text.as_str().is_empty()),
            Outlook::ByValue => !self.hides.lets_pass(key, value),
            Outlook::Telling => true,
        }
    }
}

/// Whether the policy might hide the attribute, whose key may have been made at run time.
pub(super) fn tells(judge: Option<Judge<'_>>, attribute: &KeyValue) -> bool {
    let key = attribute.key.as_str();
    judge.is_none_or(|judge| judge.tells(judge.hides.outlook(key), key, &attribute.value))
}
