use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value as Json, json};

use crate::convert::json::parse_all;

/// What goes over the wire: the JSON text, and what it says.
#[derive(Debug)]
pub(crate) struct Body {
    /// The JSON text, where there is one already.
    text: Option<String>,
    pub(super) json: Json,
    /// The text is not what it says any more.
    pub(super) changed: bool,
}

/// As deep as the parser goes, and no danger to a small stack.
const DEPTH: usize = 127;

impl Body {
    /// Serialises `value`, once. A text is the JSON that it holds.
    ///
    /// What cannot be serialised says why. This runs code of the application, so no lock may be held; a panic in it is
    /// caught.
    pub(crate) fn of(value: &(impl Serialize + ?Sized)) -> Self {
        let text = match catch_unwind(AssertUnwindSafe(|| serialised(value))) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => json!({ "not serializable": error.to_string() }).to_string(),
            Err(_) => json!({ "not serializable": "its serialization panicked" }).to_string(),
        };
        match parse_all(&text) {
            Ok((Json::String(inner), _)) => Self::of_text(inner),
            // Whatever is known of a name that is there twice is known of one of its values.
            Ok((json, changed)) => Self { text: Some(text), json, changed },
            // Nobody could say what is in it.
            Err(error) => Self::of_json(json!({ "not serializable": error.to_string() })),
        }
    }

    /// The JSON in a text; another text is itself.
    fn of_text(text: String) -> Self {
        match parse_all(&text) {
            Ok((json, changed)) => Self { text: Some(text), json, changed },
            Err(_) => Self::of_json(Json::String(text)),
        }
    }

    pub(crate) fn of_json(json: Json) -> Self {
        Self { text: None, json, changed: false }
    }

    /// The JSON text, made anew where the JSON has changed.
    pub(super) fn into_text(self) -> String {
        match self.text {
            Some(text) if !self.changed => text,
            _ => self.json.to_string(),
        }
    }
}

fn serialised(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Compact { depth: 0 }))?;
    String::from_utf8(text).map_err(|error| serde_json::Error::io(io::Error::other(error)))
}

/// Compact JSON of bounded depth: `serde` calls itself for every level, and a stack that overflows takes the process
/// along.
struct Compact {
    depth: usize,
}

impl Compact {
    fn enter(&mut self) -> io::Result<()> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(io::Error::other(format!("nested more than {DEPTH} levels deep")));
        }
        Ok(())
    }
}

impl Formatter for Compact {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.enter()?;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        writer.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use serde::Serializer;

    use super::*;

    struct Fails(fn() -> &'static str);

    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom((self.0)()))
        }
    }

    #[test]
    fn a_text_is_the_json_it_holds() {
        let body = Body::of("{\"b\": 1, \"a\": 2}");
        assert_eq!(body.json, json!({ "a": 2, "b": 1 }));
        assert_eq!(body.into_text(), "{\"b\": 1, \"a\": 2}");
        assert_eq!(Body::of("no JSON").into_text(), "\"no JSON\"");
        assert_eq!(Body::of("{\"a\": \"one\", \"a\": 2}").into_text(), "{\"a\":2}");
    }

    #[test]
    fn what_cannot_be_serialised_says_why() {
        assert_eq!(Body::of(&Fails(|| "because")).into_text(), "{\"not serializable\":\"because\"}");
        let panicked = Body::of(&Fails(|| panic!("this panic is part of the test")));
        assert_eq!(panicked.into_text(), "{\"not serializable\":\"its serialization panicked\"}");
    }

    #[test]
    fn depth_is_no_danger() {
        let nested = |depth| (0..depth).fold(json!(1), |inner, _| Json::Array(vec![inner]));
        assert_eq!(Body::of(&nested(127)).json, nested(127));
        let refused = Body::of(&nested(2_000)).into_text();
        assert_eq!(refused, "{\"not serializable\":\"nested more than 127 levels deep\"}");
        let raw = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(Body::of(&raw).json, Json::String(raw));
    }
}
