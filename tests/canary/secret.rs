//! Secrets that are found wherever they are, in whatever form.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Something that must not be found, in every type that an attribute can have. Random, so that nothing else looks like it.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    /// Sixteen letters and digits.
    pub(crate) word: String,
    /// The word among characters that every encoding writes differently.
    pub(crate) text: String,
    pub(crate) integer: i64,
    /// Larger than any `i64`.
    pub(crate) large: u64,
    pub(crate) float: f64,
    /// What alone is secret, where only the text carries it.
    in_text: Option<String>,
}

/// Random numbers, enough for tests: [splitmix64](https://prng.di.unimi.it/splitmix64.c).
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Another one in each process.
    pub(crate) fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn word(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        // A letter first: a word of digits would be a number to whoever reads it.
        let letter = |index: usize, random: &mut Self| LETTERS[random.below(if index == 0 { 52 } else { 62 })];
        (0..16).map(|index| char::from(letter(index, self))).collect()
    }
}

impl Secret {
    pub(crate) fn new(random: &mut Random) -> Self {
        let word = random.word();
        Self {
            text: format!("Ω \"{word}\" \\ <&> 5% \u{1f600}\n"),
            word,
            integer: (random.next() >> 3) as i64 | 1 << 60,
            large: random.next() | 1 << 63,
            // The last digit may change when it is read from JSON.
            float: format!("1.{:012}5", random.below(1_000_000_000_000)).parse().expect("it is a number"),
            in_text: None,
        }
    }

    /// A secret in a text of a certain shape; everything else about it may be seen.
    pub(crate) fn shaped(secret: &str, text: String) -> Self {
        let (word, in_text) = ("nothingToSeeHere".to_owned(), Some(secret.to_owned()));
        Self { word, text, integer: 7, large: u64::MAX, float: 0.5, in_text }
    }

    /// The digits of the float that are always the same.
    fn decimals(&self) -> String {
        self.float.to_string()[..14].to_owned()
    }

    /// Everything that gives it away: exactly as it is, and in small letters whatever its case.
    fn forms(&self) -> (Vec<Vec<u8>>, Vec<String>) {
        let secret = self.in_text.as_ref().unwrap_or(&self.word);
        let mut exact = Vec::new();
        for cased in [secret.clone(), secret.to_lowercase(), secret.to_uppercase()] {
            // A byte of an encoding is made of three: which bytes those are depends on what stands before.
            for start in 0..3 {
                let whole = (cased.len() - start) / 3 * 3;
                let bytes = &cased.as_bytes()[start..start + whole];
                exact.extend([STANDARD_NO_PAD.encode(bytes).into(), URL_SAFE_NO_PAD.encode(bytes).into()]);
            }
        }
        let each = |write: fn(u8) -> String, between: &str| secret.bytes().map(write).collect::<Vec<_>>().join(between);
        let mut any_case = vec![
            secret.clone(),
            each(|byte| format!("{byte:02x}"), ""),
            each(|byte| format!("%{byte:02x}"), ""),
            each(|byte| format!("\\u{byte:04x}"), ""),
            each(|byte| format!("\\u{{{byte:x}}}"), ""),
            each(|byte| byte.to_string(), ", "),
            each(|byte| byte.to_string(), ","),
            serde_json::Value::from(secret.as_str()).to_string().trim_matches('"').to_owned(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        ];
        if self.in_text.is_none() {
            exact.push(self.float.to_le_bytes().to_vec());
            any_case.extend([
                self.integer.to_string(),
                self.large.to_string(),
                self.decimals(),
                self.text.clone(),
                serde_json::Value::from(self.text.as_str()).to_string().trim_matches('"').to_owned(),
                format!("{:?}", self.text).trim_matches('"').to_owned(),
                utf8_percent_encode(&self.text, NON_ALPHANUMERIC).to_string(),
            ]);
        }
        let any_case = any_case.into_iter().map(|form| form.to_ascii_lowercase()).collect();
        (exact, any_case)
    }
}

/// Looks for the forms of many secrets at once.
pub(crate) struct Search {
    exact: Index,
    any_case: Index,
}

impl Search {
    /// What is found is told by its name.
    pub(crate) fn of<'a>(secrets: impl IntoIterator<Item = (&'static str, &'a Secret)>) -> Self {
        let mut search = Self { exact: Index::default(), any_case: Index::default() };
        for (name, secret) in secrets {
            let (exact, any_case) = secret.forms();
            exact.into_iter().for_each(|form| search.exact.add(form, name));
            any_case.into_iter().for_each(|form| search.any_case.add(form.into_bytes(), name));
        }
        search
    }

    /// The names of the secrets that are in `bytes`, with the form they have there.
    pub(crate) fn find(&self, bytes: &[u8]) -> HashMap<&'static str, String> {
        let mut found = HashMap::new();
        self.exact.find(bytes, &mut found);
        self.any_case.find(&bytes.to_ascii_lowercase(), &mut found);
        found
    }
}

/// Forms by how they begin.
struct Index {
    /// By their first two bytes: rules out nearly every place.
    pairs: Vec<bool>,
    forms: HashMap<[u8; BEGINNING], Vec<(Vec<u8>, &'static str)>>,
}

const BEGINNING: usize = 6;

impl Default for Index {
    fn default() -> Self {
        Self { pairs: vec![false; 1 << 16], forms: HashMap::new() }
    }
}

impl Index {
    fn add(&mut self, form: Vec<u8>, name: &'static str) {
        let beginning = form[..BEGINNING].try_into().expect("it is that long");
        self.pairs[pair(&form)] = true;
        self.forms.entry(beginning).or_default().push((form, name));
    }

    fn find(&self, bytes: &[u8], found: &mut HashMap<&'static str, String>) {
        for (at, window) in bytes.windows(BEGINNING).enumerate() {
            if !self.pairs[pair(window)] {
                continue;
            }
            let Some(forms) = self.forms.get(window) else { continue };
            for (form, name) in forms {
                if bytes[at..].starts_with(form) && !found.contains_key(name) {
                    found.insert(name, String::from_utf8_lossy(form).into_owned());
                }
            }
        }
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = Secret::new(&mut Random::new());
    let search = Search::of([("it", &secret)]);
    let json = serde_json::json!({ "a": secret.text }).to_string();
    let escaped: String = secret.word.chars().map(|char| format!("\\u{:04X}", u32::from(char))).collect();
    let hexadecimal: String = secret.word.bytes().map(|byte| format!("{byte:02X}")).collect();
    let mut told = vec![
        secret.word.clone(),
        secret.word.to_lowercase(),
        secret.word.to_uppercase(),
        json.clone(),
        serde_json::json!({ "b": json }).to_string(),
        utf8_percent_encode(&secret.text, NON_ALPHANUMERIC).to_string(),
        format!("{:?}", secret.text.as_bytes()),
        format!("{:?}", secret.word.as_bytes()),
        escaped,
        hexadecimal,
        secret.integer.to_string(),
        secret.large.to_string(),
        secret.float.to_string(),
    ];
    for before in ["", "x", "xx", "xxx"] {
        told.push(STANDARD_NO_PAD.encode(format!("{before}{}", secret.word)));
        told.push(URL_SAFE_NO_PAD.encode(format!("{before}{}", secret.word.to_uppercase())));
    }
    for text in told {
        assert!(search.find(format!("before {text} after").as_bytes()).contains_key("it"), "{text}");
    }
    assert!(search.find(&[&[1, 2][..], &secret.float.to_le_bytes()].concat()).contains_key("it"));
    let other = Secret::new(&mut Random::new());
    assert!(search.find(format!("{other:?}").as_bytes()).is_empty());
}
