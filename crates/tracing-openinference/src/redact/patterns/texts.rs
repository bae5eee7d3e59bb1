use std::panic::{AssertUnwindSafe, catch_unwind};

use super::plain::{is_percent_encoded, plain};
use super::{KeyRule, Outcome, json, loose};
use crate::redact::REDACTED;
use crate::redact::detect::{self, BuiltIn};
use crate::redact::redaction::{Closure, Pattern, What};

/// A rule about what a text says.
#[derive(Clone)]
pub(super) struct TextRule {
    look: Look,
    outcome: Outcome,
}

#[derive(Clone)]
enum Look {
    BuiltIn(&'static BuiltIn),
    Pattern(Pattern),
    Closure(Closure),
}

/// How often a text may be JSON in a string of JSON. Each time doubles its backslashes; what is deeper is replaced whole.
const DEEPEST: usize = 8;

impl TextRule {
    pub(super) fn new(what: &What, outcome: Outcome) -> Option<Self> {
        let look = match what {
            What::BuiltIn(built_in) => Look::BuiltIn(built_in),
            What::Pattern(pattern) => Look::Pattern(pattern.clone()),
            What::Closure(closure) => Look::Closure(closure.clone()),
            What::Key(_) | What::JsonKey(_) => return None,
        };
        Some(Self { look, outcome })
    }

    /// `false` is certain, also for what is inside of `text` if that is JSON.
    fn may_find(&self, text: &str) -> bool {
        match &self.look {
            Look::BuiltIn(built_in) => (built_in.may_be_in)(text),
            Look::Pattern(_) | Look::Closure(_) => true,
        }
    }

    /// The text with what was found replaced; `None` if nothing was.
    fn apply(&self, key: &str, text: &str) -> Option<String> {
        match &self.look {
            Look::BuiltIn(built_in) => {
                let with = |found: &str| self.outcome.of_canonical(found, built_in);
                let search = |text: &str| replace(text, |from| (built_in.find)(text, from), with);
                let new = search(text);
                let plain = plain(new.as_deref().unwrap_or(text));
                plain.and_then(|plain| search(&plain)).or(new)
            }
            Look::Pattern(pattern) => self.replace_matches(pattern, text),
            Look::Closure(closure) => {
                // Whoever panicked over a text has not said that it may be seen.
                let new = catch_unwind(AssertUnwindSafe(|| closure.call(key, text)));
                let new = new.unwrap_or_else(|_| Some(self.outcome.with.of(text).into_owned()))?;
                (new != text).then(|| {
                    self.outcome.counter.add(1);
                    new
                })
            }
        }
    }

    fn replace_matches(&self, Pattern { regex, group }: &Pattern, text: &str) -> Option<String> {
        let mut out = Replaced::default();
        if *group == 0 {
            for found in regex.find_iter(text).filter(|found| !found.is_empty()) {
                out.push(text, found.range(), self.outcome.of(found.as_str()));
            }
        } else {
            let groups = regex.captures_iter(text).filter_map(|captures| captures.get(*group));
            for found in groups.filter(|found| !found.is_empty()) {
                out.push(text, found.range(), self.outcome.of(found.as_str()));
            }
        }
        out.end(text)
    }
}

impl Outcome {
    fn of_canonical(&self, found: &str, built_in: &BuiltIn) -> Option<std::borrow::Cow<'static, str>> {
        self.of(&(built_in.canonical)(found))
    }
}

fn replace(
    text: &str,
    find: impl Fn(usize) -> Option<std::ops::Range<usize>>,
    with: impl Fn(&str) -> Option<std::borrow::Cow<'static, str>>,
) -> Option<String> {
    let mut out = Replaced::default();
    let mut at = 0;
    while let Some(found) = find(at) {
        at = found.end;
        out.push(text, found.clone(), with(&text[found]));
    }
    out.end(text)
}

/// A text of which parts are replaced, made when the first one is.
#[derive(Default)]
pub(super) struct Replaced {
    text: String,
    copied: usize,
}

impl Replaced {
    pub(super) fn push<T: AsRef<str>>(&mut self, old: &str, range: std::ops::Range<usize>, new: Option<T>) {
        if let Some(new) = new {
            self.text.push_str(&old[self.copied..range.start]);
            self.text.push_str(new.as_ref());
            self.copied = range.end;
        }
    }

    /// `None` if nothing was replaced.
    pub(super) fn end(mut self, old: &str) -> Option<String> {
        (self.copied > 0).then(|| {
            self.text.push_str(&old[self.copied..]);
            self.text
        })
    }
}

/// The rules on their way through one text.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    /// Of the attribute.
    key: &'a str,
    rules: &'a [TextRule],
    json_keys: &'a [KeyRule],
    /// Which of the first rules may find something, one bit each; the others always may.
    candidates: u64,
}

impl<'a> Texts<'a> {
    pub(super) fn new(key: &'a str, rules: &'a [TextRule], json_keys: &'a [KeyRule]) -> Self {
        Self { key, rules, json_keys, candidates: u64::MAX }
    }

    /// The text with everything replaced that a rule finds; `None` if there is nothing.
    pub(super) fn redact(self, text: &str) -> Option<String> {
        if is_header(self.key) {
            return self.redact_member(true, text, 0);
        }
        // These escapes can hide any character, and that one the sign in front of which most of what we look for ends.
        let escapes = text.contains("\\u") || text.contains("\\/") || is_percent_encoded(text);
        let texts = Self { candidates: self.candidates_in(text, escapes), ..self };
        let names = text.contains('"') && self.json_keys.iter().any(|rule| escapes || rule.glob.may_be_in(text));
        if texts.candidates == 0 && self.rules.len() <= 64 && !names {
            return None;
        }
        texts.redact_nested(text, 0)
    }

    /// A name: a key, an entry of the trace state. Closures are about values.
    pub(super) fn redact_name(self, name: &str) -> Option<String> {
        let candidates = self.candidates & self.candidates_in(name, is_percent_encoded(name));
        let is_asked = |rule: &&TextRule| !matches!(rule.look, Look::Closure(_));
        self.apply_each(name, candidates, is_asked)
    }

    /// A text that is no JSON.
    pub(super) fn redact_flat(self, text: &str) -> Option<String> {
        self.apply_each(text, self.candidates, |_| true)
    }

    fn apply_each(self, text: &str, candidates: u64, is_asked: impl Fn(&&TextRule) -> bool) -> Option<String> {
        let mut current: Option<String> = None;
        for (place, rule) in self.rules.iter().enumerate().filter(|(_, rule)| is_asked(rule)) {
            let now = current.as_deref().unwrap_or(text);
            // What an earlier rule wrote nobody has looked at.
            let may_find = || place >= 64 || candidates & (1 << place) != 0 || current.is_some() && rule.may_find(now);
            if may_find() {
                current = rule.apply(self.key, now).or(current);
            }
        }
        current
    }

    pub(super) fn redact_nested(self, text: &str, depth: usize) -> Option<String> {
        if !json::is_json(text) {
            let loose = loose::redact(text, self.json_keys);
            let flat = self.redact_flat(loose.as_deref().unwrap_or(text));
            return flat.or(loose);
        }
        if depth == DEEPEST {
            return Some(REDACTED.to_owned());
        }
        let inside = json::redact(text, self, depth);
        self.redact_across(inside.as_deref().unwrap_or(text)).or(inside)
    }

    /// A text inside of JSON; `in_header` is whether its name is that of a header that authorises, which a credential is told by.
    pub(super) fn redact_member(self, in_header: bool, text: &str, depth: usize) -> Option<String> {
        let header = if in_header { self.redact_header(text) } else { None };
        self.redact_nested(header.as_deref().unwrap_or(text), depth).or(header)
    }

    /// The value of a header, read as the line would be that it stands in.
    fn redact_header(self, value: &str) -> Option<String> {
        const NAME: &str = "Authorization: ";
        let is_asked = |rule: &&TextRule| matches!(&rule.look, Look::BuiltIn(built_in) if **built_in == detect::BEARER);
        let line = self.rules.iter().find(is_asked)?.apply(self.key, &format!("{NAME}{value}"))?;
        line.strip_prefix(NAME).map(str::to_owned)
    }

    /// The rule about members of this name.
    pub(super) fn rule_of(self, name: &str) -> Option<&'a KeyRule> {
        self.json_keys.iter().find(|rule| rule.is_about_member(name))
    }

    /// Matches that go across the punctuation of JSON.
    fn redact_across(self, text: &str) -> Option<String> {
        let mut current: Option<String> = None;
        for rule in self.rules {
            let Look::Pattern(pattern) = &rule.look else { continue };
            let now = current.as_deref().unwrap_or(text);
            if let Some(new) = rule.replace_matches(pattern, now) {
                let whole = || rule.outcome.with.of(now).into_owned();
                current = Some(if json::is_json(&new) { new } else { whole() });
            }
        }
        current
    }

    fn candidates_in(self, text: &str, escapes: bool) -> u64 {
        let may_find = |(place, rule): (usize, &TextRule)| u64::from(escapes || rule.may_find(text)) << place;
        self.rules.iter().take(64).enumerate().map(may_find).fold(0, |all, one| all | one)
    }
}

/// `Authorization`, `proxy-authorization`, `http.request.header.authorization`.
pub(super) fn is_header(name: &str) -> bool {
    const NAME: &str = "authorization";
    let end = name.len().checked_sub(NAME.len()).and_then(|start| name.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(NAME))
}
