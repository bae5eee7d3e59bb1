//! Credentials that can be told by how they begin.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `Authorization: Bearer …` with what follows of a line or as one word, and `Bearer …` anywhere.
static BEARER: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r#"(?i-u:\bauthorization)\\*["']?\s*[:=]\s*\\*["']?"#,
        r#"(?:(?i-u:digest|signature|aws4-hmac-sha256)\s+(?<line>[^\r\n]+)"#,
        r#"|(?<scheme>(?i-u:bearer|basic|token|apikey|negotiate)\s+)?(?<word>[^\s"',;\\]{4,}))"#,
        r#"|(?i-u:\bbearer)[\s:=]+(?<token>[A-Za-z0-9._~+/=-]{8,})"#,
    ))
});

static API_KEYS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"(?-u:\b)(?:(?<sk>sk-[A-Za-z0-9_-]{16,})",
        r"|[prs]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}",
        r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)",
        r"|gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_.-]{16,}",
        r"|xox[abeoprs]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{10,}",
        r"|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
        r"|hf_[A-Za-z0-9]{16,}|gsk_[A-Za-z0-9]{20,}|xai-[A-Za-z0-9]{20,}|pplx-[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{20,}",
        r"|tvly-[A-Za-z0-9-]{16,}|lsv2_(?:pt|sk)_[A-Za-z0-9_]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}",
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
        r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.)*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
        r#"|://[^\s/:@"']*:(?<password>[^\s/@"']+)@"#,
    ))
});

/// Three parts if it is signed, five if it is encrypted; two are what is left of one that was cut.
static JWT: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        r"(?-u:\b)eyJ[A-Za-z0-9_-]{5,}\.",
        r"(?:eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?|[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){1,3})"
    ))
});

/// What is in every match, without what an escape before or inside it would hide.
static BEARER_WORDS: LazyLock<Regex> = LazyLock::new(|| compiled("(?i-u:bearer|authorization)"));
static API_KEY_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    compiled(concat!(
        "sk-|[prs]k_|whsec_|AKIA|ASIA|ABIA|ACCA|gh[oprsu]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|AIza|ya29|GOCSPX-",
        "|hf_|gsk_|xai-|pplx-|r8_|tvly-|lsv2_|npm_|pypi-|SG[.]|PRIVATE KEY|://"
    ))
});

fn compiled(regex: &str) -> Regex {
    Regex::new(regex).expect("an expression of our own compiles: this is a bug")
}

pub(super) fn may_be_bearer(text: &str) -> bool {
    BEARER_WORDS.is_match(text)
}

pub(super) fn may_be_api_key(text: &str) -> bool {
    API_KEY_WORDS.is_match(text)
}

pub(super) fn may_be_jwt(text: &str) -> bool {
    text.contains("eyJ")
}

pub(super) fn bearer(text: &str, from: usize) -> Option<Range<usize>> {
    next(&BEARER, text, from, |captures| {
        let group = |name| captures.name(name);
        let word = || group("word").filter(|word| group("scheme").is_some() || is_token(word.as_str()));
        let token = || group("token").filter(|token| is_token(token.as_str()));
        group("line").or_else(word).or_else(token).map(|found| found.range())
    })
}

pub(super) fn api_key(text: &str, from: usize) -> Option<Range<usize>> {
    next(&API_KEYS, text, from, |captures| {
        // `sk-` is also how names of styles and of a language begin, which are words and hyphens.
        let is_key =
            |key: &str| key.len() >= 40 || key.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        if captures.name("sk").is_some_and(|key| !is_key(key.as_str())) {
            return None;
        }
        captures.name("password").or_else(|| captures.get(0)).map(|found| found.range())
    })
}

pub(super) fn jwt(text: &str, from: usize) -> Option<Range<usize>> {
    JWT.find_at(text, from).map(|found| found.range())
}

/// The first match of which something is to be replaced.
fn next(
    regex: &Regex,
    text: &str,
    from: usize,
    part: impl Fn(&Captures<'_>) -> Option<Range<usize>>,
) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let captures = regex.captures_at(text, at)?;
        if let Some(found) = part(&captures) {
            return Some(found);
        }
        at = captures.get(0)?.end();
    }
}

/// Nothing that a sentence would go on with: "bearer certificates".
fn is_token(word: &str) -> bool {
    word.len() >= 20 || word.bytes().skip(1).any(|byte| !byte.is_ascii_lowercase())
}
