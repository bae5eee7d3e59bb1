/// A key with `*` for any characters, dots included, and `?` for one. ASCII case does not matter: whoever means `password` means
/// `Password`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Glob(Box<str>);

impl Glob {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into().to_ascii_lowercase().into_boxed_str())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The last `*` takes one character more whenever what follows it does not fit, so no time is lost to earlier ones.
    pub(super) fn matches(&self, key: &str) -> bool {
        let (glob, key) = (self.0.as_bytes(), key.as_bytes());
        let (mut g, mut k) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while k < key.len() {
            match glob.get(g) {
                Some(b'*') => {
                    star = Some((g + 1, k));
                    g += 1;
                }
                Some(b'?') => {
                    g += 1;
                    k += 1;
                    while key.get(k).is_some_and(|byte| is_continuation(*byte)) {
                        k += 1;
                    }
                }
                Some(byte) if *byte == key[k].to_ascii_lowercase() => {
                    g += 1;
                    k += 1;
                }
                _ => {
                    let Some((after, taken)) = star else { return false };
                    star = Some((after, taken + 1));
                    (g, k) = (after, taken + 1);
                }
            }
        }
        glob[g..].iter().all(|byte| *byte == b'*')
    }

    /// The glob that means of every list what this one means of one element: `*.12.content` becomes `*.0.content`.
    pub(super) fn of_first_elements(&self) -> Self {
        let mut first = String::with_capacity(self.0.len());
        for run in self.0.split_inclusive(|character: char| !character.is_ascii_digit()) {
            let rest = run.trim_start_matches(|character: char| character.is_ascii_digit());
            first.extend((rest.len() < run.len()).then_some('0'));
            first.push_str(rest);
        }
        Self::new(first)
    }

    /// Only keys below `name` match.
    pub(super) fn is_below(&self, name: &str) -> bool {
        self.0.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether a key that matches may be in `text`, as it stands there.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        if self.0.contains(['*', '?']) {
            return true;
        }
        let Some(first) = self.0.bytes().next() else { return true };
        let text = text.as_bytes();
        let starts = |at: usize| text[at..].get(..self.0.len()).is_some_and(|part| self.is(part));
        (0..text.len()).any(|at| text[at].to_ascii_lowercase() == first && starts(at))
    }

    fn is(&self, part: &[u8]) -> bool {
        part.eq_ignore_ascii_case(self.0.as_bytes())
    }
}

fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_characters_and_a_question_mark_is_one() {
        for (glob, key, fits) in [
            ("password", "password", true),
            ("password", "PassWord", true),
            ("Password", "password", true),
            ("password", "user.password", false),
            ("*.password", "user.password", true),
            ("*.password", "a.b.password", true),
            ("*.password", "password", false),
            ("*password*", "my_password_2", true),
            ("*", "", true),
            ("**", "anything", true),
            ("", "", true),
            ("", "a", false),
            ("?", "ä", true),
            ("?", "", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("app.*.id", "app.user.id", true),
            ("app.*.id", "app.id", false),
            ("*.schlüssel", "app.schlüssel", true),
        ] {
            assert_eq!(Glob::new(glob).matches(key), fits, "{glob} {key}");
        }
    }

    #[test]
    fn a_glob_is_below_what_it_begins_with() {
        assert!(Glob::new("LLM.input_messages.1.*").is_below("llm.input_messages"));
        for glob in ["llm.input_messages", "llm.input_messages_of.1", "llm.*", "*"] {
            assert!(!Glob::new(glob).is_below("llm.input_messages"), "{glob}");
        }
    }

    #[test]
    fn what_is_meant_of_one_element_is_meant_of_the_first() {
        for (glob, first) in [
            ("*.12.message.tool_calls.3.id", "*.0.message.tool_calls.0.id"),
            ("ä1", "ä0"),
            ("*1?.x*2*", "*0?.x*0*"),
            ("ssn", "ssn"),
            ("", ""),
        ] {
            assert_eq!(Glob::new(glob).of_first_elements().text(), first);
        }
    }

    #[test]
    fn many_stars_take_no_more_time_than_one() {
        let glob = Glob::new("*a".repeat(50) + "b");
        assert!(!glob.matches(&"a".repeat(50_000)));
    }

    #[test]
    fn a_key_that_is_in_a_text_is_never_ruled_out() {
        assert!(Glob::new("ssn").may_be_in(r#"{"SSN":1}"#));
        assert!(Glob::new("s*").may_be_in("x"));
        assert!(!Glob::new("ssn").may_be_in(r#"{"name":1}"#));
        assert!(!Glob::new("ssn").may_be_in("ss"));
    }
}
