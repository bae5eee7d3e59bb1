use std::{borrow::Cow, fmt, sync::Arc};

use openinference_semconv::MimeType;
use serde::Serialize;
use serde_json::Value;

use super::json;

/// What goes into or comes out of a span: the text of `input.value` or `output.value`, with its MIME type.
///
/// Strings, numbers and booleans are plain text. A [`serde_json::Value`] is JSON where it is an object, an array or
/// null, otherwise plain text. Everything else that is [`Serialize`] goes in as [`Json`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoValue {
    pub(crate) text: String,
    pub(crate) mime_type: MimeType,
}

/// Serialises what it holds, as the JSON value of an input or output.
///
/// A string inside is taken as JSON text that exists already. Nothing is serialised when nobody will see the result.
///
/// ```
/// use tracing_openinference::{IoValue, Json};
///
/// let value = IoValue::from(Json(["Paris", "Zürich"]));
/// assert_eq!(value, IoValue::json_text(r#"["Paris","Zürich"]"#));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl IoValue {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), mime_type: MimeType::Text }
    }

    /// Text that is JSON already.
    #[must_use]
    pub fn json_text(text: impl Into<String>) -> Self {
        Self { text: text.into(), mime_type: MimeType::Json }
    }

    /// Sets the MIME type, without a look at the text.
    #[must_use]
    pub fn mime_type(self, mime_type: MimeType) -> Self {
        Self { mime_type, ..self }
    }
}

impl<T: Serialize> From<Json<T>> for IoValue {
    fn from(Json(value): Json<T>) -> Self {
        Self::json_text(json::text(&value))
    }
}

impl From<Value> for IoValue {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::text(text),
            value => Self::from(&value),
        }
    }
}

impl From<&Value> for IoValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::text(text),
            Value::Bool(_) | Value::Number(_) => Self::text(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::json_text(value.to_string()),
        }
    }
}

/// Formatted only when somebody will see the text: `span.set_input(format_args!("{prompt:?}"))`.
impl From<fmt::Arguments<'_>> for IoValue {
    fn from(text: fmt::Arguments<'_>) -> Self {
        Self::text(text.to_string())
    }
}

impl From<Arc<str>> for IoValue {
    fn from(text: Arc<str>) -> Self {
        Self::text(&*text)
    }
}

macro_rules! from_text {
    ($($text:ty),+) => {
        $(impl From<$text> for IoValue {
            fn from(text: $text) -> Self {
                Self::text(text)
            }
        })+
    };
}
from_text!(&str, String, &String, Box<str>, Cow<'_, str>, char);

macro_rules! from_displayed {
    ($($scalar:ty),+) => {
        $(impl From<$scalar> for IoValue {
            fn from(scalar: $scalar) -> Self {
                Self::text(scalar.to_string())
            }
        })+
    };
}
from_displayed!(bool, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);

/// `1.0` stays a floating point number: `Debug` writes the point that `Display` leaves out.
macro_rules! from_float {
    ($($float:ty),+) => {
        $(impl From<$float> for IoValue {
            fn from(float: $float) -> Self {
                Self::text(format!("{float:?}"))
            }
        })+
    };
}
from_float!(f32, f64);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The rows of Python's `infer_io` that have a Rust type.
    #[test]
    fn scalars_are_text_and_the_rest_is_json() {
        let table = [
            (IoValue::from("text"), "text", MimeType::Text),
            (IoValue::from(""), "", MimeType::Text),
            (IoValue::from(true), "true", MimeType::Text),
            (IoValue::from(-2), "-2", MimeType::Text),
            (IoValue::from(1.0), "1.0", MimeType::Text),
            (IoValue::from(1.5_f32), "1.5", MimeType::Text),
            (IoValue::from(json!([])), "[]", MimeType::Json),
            (IoValue::from(json!([1, "a", null, true])), "[1,\"a\",null,true]", MimeType::Json),
            (IoValue::from(json!({})), "{}", MimeType::Json),
            (IoValue::from(&json!("text")), "text", MimeType::Text),
            (IoValue::from(json!(1.5)), "1.5", MimeType::Text),
            (IoValue::from(Json((1, 2))), "[1,2]", MimeType::Json),
            (IoValue::from(Json("{\"already\": \"json\"}")), "{\"already\": \"json\"}", MimeType::Json),
            (IoValue::from("{\"already\": \"json\"}"), "{\"already\": \"json\"}", MimeType::Text),
            (IoValue::from("日本").mime_type(MimeType::Json), "日本", MimeType::Json),
        ];
        for (value, text, mime_type) in table {
            assert_eq!(value, IoValue { text: text.to_owned(), mime_type });
        }
    }
}
