use super::{Document, Message, Tool, ToolCall};

/// What a content setter takes: a `T`, anything that becomes one, or a closure that returns either.
///
/// A closure runs only when the span is recorded and the policy of at least one layer lets the content through; it
/// runs at once, on the caller's thread, without a lock held. A conversion, such as the serialisation of
/// [`Json`](super::Json), is put off in the same way.
///
/// `How` tells the compiler which of these it is; it is never written out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set as `{T}`",
    note = "give a value that converts into `{T}`, or a closure that returns one",
    note = "an input or output may be `Json(..)` of what is `serde::Serialize`; metadata and parameters take that as it is",
    note = "an attribute is text, a boolean, a number, or a list of one of them"
)]
pub trait IntoContent<T, How> {
    /// The content itself.
    #[doc(hidden)]
    fn into_content(self) -> T;
}

/// What a setter of a list takes: one element, an iterator of them, or a closure that returns either.
///
/// An element is a `T` or anything that becomes one: `span.set_input_messages([("user", "hi")])`. A history that goes on is
/// given by reference: `span.set_input_messages(&messages)`. Closures run under the same conditions as in [`IntoContent`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be set as a list of `{T}`",
    note = "give something that converts into `{T}`, an iterator of such things, or a closure that returns either",
    note = "a message may be a pair, `(\"user\", \"Hi\")`, and a document its text"
)]
pub trait IntoContentList<T, How> {
    /// Whether this is a closure.
    #[doc(hidden)]
    const LAZY: bool = false;

    /// Gives each element to `take`, in order.
    #[doc(hidden)]
    fn each(self, take: &mut impl FnMut(T));
}

mod how {
    #[derive(Debug)]
    pub struct Ready;
    #[derive(Debug)]
    pub struct One;
    #[derive(Debug)]
    pub struct Many<Item>(Item);
    #[derive(Debug)]
    pub struct Lazy<Output, How>(Output, How);
}

impl<T, Value: Into<T>> IntoContent<T, how::Ready> for Value {
    fn into_content(self) -> T {
        self.into()
    }
}

impl<T, Value: Into<T>, F: FnOnce() -> Value> IntoContent<T, how::Lazy<Value, how::Ready>> for F {
    fn into_content(self) -> T {
        self().into()
    }
}

impl<T, Item: Into<T>> IntoContentList<T, how::One> for Item {
    fn each(self, take: &mut impl FnMut(T)) {
        take(self.into());
    }
}

impl<T, Items: IntoIterator<Item: Into<T>>> IntoContentList<T, how::Many<Items::Item>> for Items {
    fn each(self, take: &mut impl FnMut(T)) {
        for item in self {
            take(item.into());
        }
    }
}

impl<T, How, Items: IntoContentList<T, How>, F: FnOnce() -> Items> IntoContentList<T, how::Lazy<Items, How>> for F {
    const LAZY: bool = true;

    fn each(self, take: &mut impl FnMut(T)) {
        self().each(take);
    }
}

/// A history is given by reference, and copied only where somebody sees it.
macro_rules! from_reference {
    ($($element:ty),+) => {
        $(impl From<&$element> for $element {
            fn from(element: &$element) -> Self {
                element.clone()
            }
        })+
    };
}
from_reference!(Message, Document, Tool, ToolCall);

#[cfg(test)]
mod tests {
    use super::super::{Content, Embedding, IoValue, JsonText};
    use super::*;

    fn value<How>(content: impl IntoContent<IoValue, How>) -> String {
        content.into_content().text
    }

    fn count<T, How>(list: impl IntoContentList<T, How>) -> usize {
        let mut count = 0;
        list.each(&mut |_| count += 1);
        count
    }

    #[test]
    fn values_and_closures_need_no_annotation() {
        let (owned, number) = ("owned".to_owned(), 5);
        assert_eq!(value("text"), "text");
        assert_eq!(value(owned.as_str()), "owned");
        assert_eq!(value(&owned), "owned");
        assert_eq!(value(number), "5");
        assert_eq!(value(format_args!("{number}")), "5");
        assert_eq!(value(|| "closure"), "closure");
        assert_eq!(value(|| format!("{number}!")), "5!");
        assert_eq!(value(move || owned), "owned");
        let text = IntoContent::<JsonText, _>::into_content(|| serde_json::json!({"a": 1})).into_string();
        assert_eq!(text, "{\"a\":1}");
    }

    #[test]
    fn one_many_and_closures_are_lists() {
        assert_eq!(count::<Message, _>(("user", "hi")), 1);
        assert_eq!(count::<Message, _>(Message::user([Content::text("hi"), Content::image("u")])), 1);
        assert_eq!(count::<Message, _>([("system", "be brief"), ("user", "hi")]), 2);
        assert_eq!(count::<Message, _>(vec![Message::user("hi")]), 1);
        assert_eq!(count::<Message, _>(Vec::<Message>::new()), 0);
        let history = vec![Message::user("hi"), Message::assistant("hello")];
        assert_eq!(count::<Message, _>(&history), 2);
        assert_eq!(count::<Message, _>(&history[..1]), 1);
        assert_eq!(count::<Message, _>(history.iter().rev()), 2);
        assert_eq!(count::<Message, _>(&history[0]), 1);
        assert_eq!(count::<Message, _>(|| (0..3).map(|at| ("user", at.to_string()))), 3);
        assert_eq!(count::<Document, _>("text"), 1);
        assert_eq!(count::<Document, _>(|| [("text", 0.9), ("more", 0.8)]), 2);
        assert_eq!(count::<Embedding, _>(vec![0.1, 0.2]), 1);
        assert_eq!(count::<Embedding, _>([vec![0.1_f32], vec![0.2]]), 2);
        assert_eq!(count::<String, _>(["a", "b"]), 2);
        assert_eq!(count::<String, _>("ab"), 1);
    }
}
