use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::{KeyValue, Value};

use super::REDACTED;
use super::flags::{BASE64_IMAGE_LIMIT, Flags, SWITCHES};
use super::free_text::FREE_TEXT;
use super::inside;
use super::key::Key;
use super::memo::{self, Found};
use super::patterns::Patterns;
use super::redaction::Redaction;
use super::rule::{Rule, Then};
use super::rules::{RULES, may_be_image};
use super::tally::{Counter, Tally};
use super::words::{LIST_FRAMES, RECORDED_LISTS};
use crate::repeated::Contents;

/// A [`TraceConfig`](super::TraceConfig) with every setting decided, made ready for use on every span.
#[derive(Clone)]
pub(crate) struct Policy {
    /// Tells what is remembered of this policy from what is remembered of others.
    number: u64,
    flags: Flags,
    image_limit: i64,
    /// Somebody chose the limit of images.
    image_limit_chosen: bool,
    genai_semconv: bool,
    /// The rules of the flags that are set, in their order, by the first letter of the keys they can match.
    rules: Arc<[Vec<&'static Rule>]>,
    /// The application's own; `None` without any.
    pub(super) patterns: Option<Arc<Patterns>>,
    /// What may not be repeated by a value that stands for a whole request or response.
    hidden_contents: Contents,
    /// Of the flags that are set, by their numbers, and of the limit of images.
    counters: Arc<[Option<Counter>]>,
}

/// What becomes of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A rule says that the attribute tells nothing.
    Harmless,
    /// No rule speaks of it.
    Unknown,
    /// Parts of the value were redacted.
    Reduced,
    Redact,
    Drop,
}

pub(super) const DEFAULT_IMAGE_LIMIT: i64 = 32_000;

const LETTERS: usize = 26;

impl Policy {
    pub(super) fn new(flags: Flags, image_limit: i64) -> Self {
        let active: Vec<_> = RULES.iter().filter(|rule| rule.applies(flags)).collect();
        let rules = (0..=LETTERS).map(|bucket| {
            let possible =
                |rule: &&&Rule| rule.first_letters().is_none_or(|mut first| first.any(|b| slot(b) == bucket));
            active.iter().filter(possible).copied().collect()
        });
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            flags,
            image_limit,
            image_limit_chosen: false,
            genai_semconv: false,
            rules: rules.collect(),
            patterns: None,
            hidden_contents: Contents::NONE,
            counters: Arc::default(),
        }
    }

    /// Adds the application's own rules, and counts in `tally` what is redacted.
    pub(super) fn with_redactions(self, redactions: &[Redaction], tally: &Tally) -> Self {
        let flags = SWITCHES.iter().map(|switch| (self.flags.intersects(switch.flag), switch.name));
        let named = flags.chain([(true, BASE64_IMAGE_LIMIT)]);
        let counters = named.map(|(counts, name)| counts.then(|| tally.counter(name.into()))).collect();
        let mut policy = Self { patterns: Patterns::new(redactions, tally).map(Arc::new), counters, ..self };
        if policy.hides_keys() {
            policy.hidden_contents = Contents::hidden_by(|key| policy.conceals(key));
        }
        policy
    }

    pub(super) fn with_genai_semconv(self, genai_semconv: bool) -> Self {
        Self { genai_semconv, ..self }
    }

    pub(super) fn with_image_limit_chosen(self, image_limit_chosen: bool) -> Self {
        Self { image_limit_chosen, ..self }
    }

    /// What is left is to be said in OpenTelemetry's words too.
    pub(crate) fn genai_semconv(&self) -> bool {
        self.genai_semconv
    }

    /// Anything at all is hidden, long images apart.
    pub(crate) fn hides_content(&self) -> bool {
        !self.flags.is_empty()
    }

    /// Somebody wishes something to be hidden, so that no span may wait in a queue before it is redacted. The default
    /// limit of images is nobody's wish: it saves space.
    pub(crate) fn is_wished(&self) -> bool {
        self.hides_content() || self.image_limit_chosen || self.has_patterns()
    }

    /// The application has rules of its own.
    pub(crate) fn has_patterns(&self) -> bool {
        self.patterns.is_some()
    }

    /// Some value may be hidden for its key alone: [`hides`](Self::hides) is worth asking.
    pub(crate) fn hides_keys(&self) -> bool {
        self.hides_content() || self.patterns.as_ref().is_some_and(|patterns| patterns.has_keys())
    }

    /// The attribute would be dropped or replaced whatever its value, so the value need not be made.
    ///
    /// A recorded list is taken apart before its attributes are judged, so every part of it has to be hidden.
    pub(crate) fn hides(&self, key: &str) -> bool {
        self.hides_keys() && self.found(key).hides
    }

    /// What may not be repeated under a name that is shown.
    pub(crate) fn hidden_contents(&self) -> Contents {
        self.hidden_contents
    }

    /// The value of `key`, which is that of a first element if it is one of a list, is replaced whatever it is, by a hash
    /// too; or some rule of the application is about another element, or another part of one.
    fn conceals(&self, key: &str) -> bool {
        self.hides(key) || self.patterns.as_ref().is_some_and(|patterns| patterns.speaks_of(key))
    }

    /// Nothing that the rules say of the key asks for its value: it passes as it is.
    pub(crate) fn passes(&self, key: &str) -> bool {
        let found = self.found(key);
        !self.has_patterns() && !found.hides && !found.limits_image && matches!(found.then, None | Some(Then::Keep))
    }

    /// Nothing that the rules say of the key asks for more than whether its value [passes](Self::lets_pass).
    pub(crate) fn passes_by_value(&self, key: &str) -> bool {
        let found = self.found(key);
        let asks = matches!(found.then, Some(Then::KeepParameters | Then::KeepMetadata));
        asks && !self.has_patterns() && !found.hides && !found.limits_image
    }

    /// Nothing of the value would be redacted.
    pub(crate) fn lets_pass(&self, key: &str, value: &Value) -> bool {
        match self.found(key).then {
            Some(Then::KeepParameters) => inside::all_known(value),
            Some(Then::KeepMetadata) => inside::all_stays(value, |key, text| self.hides_member(key, text)),
            _ => false,
        }
    }

    /// Another one for every policy, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    fn found(&self, key: &str) -> Found {
        memo::found(self.number, key, || {
            let found = self.look(key);
            let by_pattern = || self.patterns.as_ref().is_some_and(|patterns| patterns.hides(key));
            Found { hides: hides(found.then) && self.hides_what_comes_of(key) || by_pattern(), ..found }
        })
    }

    /// Where `key` is a recorded list, or a part of one under another vocabulary's name: all that becomes of it is hidden.
    fn hides_what_comes_of(&self, key: &str) -> bool {
        let within = |name: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        let mut lists = RECORDED_LISTS.iter().filter(|(name, list)| key == *name || (name != list && within(name)));
        lists.all(|(_, list)| LIST_FRAMES.iter().all(|part| hides(self.look(&format!("{list}.0.{part}")).then)))
    }

    fn look(&self, key: &str) -> Found {
        let mut limits_image = false;
        for rule in self.rules_for(key) {
            if rule.then != Then::LimitImage {
                let by = rule.when.and(self.flags).first();
                return Found { limits_image, then: Some(rule.then), by, hides: false };
            }
            limits_image = true;
        }
        Found { limits_image, ..Found::UNKNOWN }
    }

    /// The member of `metadata` is an attribute that would be hidden. The names an application gives its metadata have
    /// no namespace either, so they are no arguments of a function here.
    fn hides_member(&self, key: &str, text: Option<&str>) -> bool {
        let mut rules = self.rules_for(key).filter(|rule| !rule.is_about_bare_keys()).map(|rule| rule.then);
        match rules.find(|then| *then != Then::LimitImage) {
            Some(Then::KeepName) => text.is_some_and(|text| !inside::is_name(text)),
            then => hides(then),
        }
    }

    /// What `#[instrument]` recorded of a function's arguments is hidden, under whatever names they have.
    pub(crate) fn hides_arguments(&self) -> bool {
        self.hides("argument")
    }

    /// Text that may quote inputs as well as outputs is hidden.
    ///
    /// Only the two flags that mean everything of a side count: under the narrower ones `input.value` and
    /// `output.value` stay, which say the same as any quotation of them.
    pub(super) fn hides_free_text(&self) -> bool {
        self.hides_any(FREE_TEXT)
    }

    pub(super) fn hides_any(&self, flags: Flags) -> bool {
        self.flags.intersects(flags)
    }

    /// Applies the rules to one attribute; `false` if it is to be dropped.
    pub(super) fn apply(&self, attribute: &mut KeyValue) -> bool {
        match self.judge(attribute) {
            Verdict::Drop => return false,
            Verdict::Redact => redact_value(attribute),
            Verdict::Harmless | Verdict::Reduced | Verdict::Unknown => {}
        }
        true
    }

    /// Counts a value that is redacted because one of `flags` is set.
    pub(super) fn count(&self, flags: Flags) {
        self.count_by(self.flags.and(flags).first());
    }

    fn count_by(&self, number: u8) {
        if let Some(Some(counter)) = self.counters.get(usize::from(number)) {
            counter.add(1);
        }
    }

    /// What the rules say; a value that is redacted in part already is.
    pub(super) fn judge(&self, attribute: &mut KeyValue) -> Verdict {
        let text = attribute.key.as_str();
        // With nothing hidden only long images are left to look for.
        if self.flags.is_empty() && !may_be_image(text) {
            return Verdict::Unknown;
        }
        let found = self.found(text);
        if found.limits_image && is_long_image(&attribute.value, self.image_limit) {
            self.count_by(SWITCHES.len() as u8);
            return Verdict::Redact;
        }
        let verdict = match found.then {
            // `look` passes the rows that limit images.
            None | Some(Then::LimitImage) => Verdict::Unknown,
            Some(Then::Drop) => Verdict::Drop,
            Some(Then::Redact) => Verdict::Redact,
            Some(Then::Keep) => Verdict::Harmless,
            Some(Then::KeepMetadata) => {
                inside::keep_metadata(&mut attribute.value, |key, text| self.hides_member(key, text))
            }
            Some(Then::KeepName) => inside::keep_name(&attribute.value),
            Some(Then::KeepParameters) => inside::keep_known(&mut attribute.value),
        };
        if matches!(verdict, Verdict::Reduced | Verdict::Redact | Verdict::Drop) {
            // Rows that always apply look for what any flag hides.
            self.count_by(if usize::from(found.by) < SWITCHES.len() { found.by } else { self.flags.first() });
        }
        verdict
    }

    fn rules_for(&self, key: &str) -> impl Iterator<Item = &'static Rule> {
        let first = key.bytes().next().map_or(LETTERS, slot);
        let key = Key::new(key);
        self.rules[first].iter().copied().filter(move |rule| rule.matches(key))
    }
}

/// Hides nothing but long images.
impl Default for Policy {
    fn default() -> Self {
        Self::new(Flags::default(), DEFAULT_IMAGE_LIMIT)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("flags", &self.flags)
            .field("image_limit", &self.image_limit)
            .field("has_patterns", &self.patterns.is_some())
            .finish_non_exhaustive()
    }
}

fn hides(then: Option<Then>) -> bool {
    matches!(then, Some(Then::Drop | Then::Redact))
}

pub(super) fn redact_value(attribute: &mut KeyValue) {
    attribute.value = Value::from(REDACTED);
}

fn slot(first: u8) -> usize {
    if first.is_ascii_lowercase() { usize::from(first - b'a') } else { LETTERS }
}

/// A base64 `data:` URL of more than `limit` characters. That it is an image its key says, whatever type the URL has.
///
/// Only the beginning of the value is looked at for that, and the bytes bound the characters, so a short value is not
/// counted at all.
fn is_long_image(value: &Value, limit: i64) -> bool {
    let Value::String(url) = value else { return false };
    let url = url.as_str();
    let longer = match usize::try_from(limit) {
        Ok(limit) => url.len() > limit && url.chars().nth(limit).is_some(),
        Err(_) => limit < 0,
    };
    // The header alone: a comma ends it. Python looks for "base64" in the whole of a `data:image/` URL.
    let is_base64 = |header: &str| header.to_ascii_lowercase().contains("base64");
    let is_data = || url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    longer
        && (url.starts_with("data:image/") && url.contains("base64")
            || is_data() && url.split_once(',').is_some_and(|(header, _)| is_base64(header)))
}
