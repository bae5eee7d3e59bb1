use std::{borrow::Cow, sync::Arc};

/// A piece of text that a chunk may have: a string of any kind, or an `Option` of one.
///
/// Not to be implemented outside this crate.
pub trait TextDelta: sealed::Sealed {
    #[doc(hidden)]
    fn delta(&self) -> Option<&str>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! text_delta {
    ($($text:ty),+) => {
        $(
            impl sealed::Sealed for $text {}

            impl TextDelta for $text {
                fn delta(&self) -> Option<&str> {
                    Some(self)
                }
            }
        )+
    };
}
text_delta!(str, String, Box<str>, Cow<'_, str>, Arc<str>);

impl<T: TextDelta + ?Sized> sealed::Sealed for &T {}

impl<T: TextDelta + ?Sized> TextDelta for &T {
    fn delta(&self) -> Option<&str> {
        (**self).delta()
    }
}

impl<T: TextDelta> sealed::Sealed for Option<T> {}

impl<T: TextDelta> TextDelta for Option<T> {
    fn delta(&self) -> Option<&str> {
        self.as_ref().and_then(TextDelta::delta)
    }
}
