//! Errors as the application has them, and as a span takes them.

use std::{any, borrow::Cow, error::Error};

use super::{TextDelta, visit::Exception};

/// What can be recorded as an error: a [`std::error::Error`], what holds one (`anyhow::Error`, `Box<dyn Error>`), or text.
///
/// `How` tells the compiler which of these it is; it is never written out. An `Arc<dyn Error>` is given as `&*error`. Not to be
/// implemented outside this crate.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as an error",
    note = "give a `std::error::Error`, an `anyhow::Error`, a `Box<dyn Error>`, or text"
)]
pub trait AnyError<How> {
    #[doc(hidden)]
    fn failure(&self) -> Failure;
}

/// An error as a span takes it.
#[derive(Debug)]
#[doc(hidden)]
pub struct Failure {
    /// Its type; text has none.
    pub(super) kind: Option<Cow<'static, str>>,
    pub(super) message: String,
    pub(super) chain: Option<String>,
}

impl Failure {
    pub(super) fn of(kind: &'static str, error: &(impl Error + ?Sized)) -> Self {
        let Exception { message, chain } = Exception::of(error);
        Self { kind: Some(kind.into()), message, chain }
    }

    pub(super) fn new(kind: impl Into<Cow<'static, str>>, message: String) -> Self {
        Self { kind: Some(kind.into()), message, chain: None }
    }
}

mod how {
    #[derive(Debug)]
    pub struct Itself;
    #[derive(Debug)]
    pub struct Holds;
    #[derive(Debug)]
    pub struct Boxed;
    #[derive(Debug)]
    pub struct Text;
}

impl<E: Error + ?Sized> AnyError<how::Itself> for E {
    fn failure(&self) -> Failure {
        Failure::of(any::type_name::<E>(), self)
    }
}

/// `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
impl<E: AsRef<dyn Error>> AnyError<how::Holds> for E {
    fn failure(&self) -> Failure {
        Failure::of(any::type_name::<E>(), self.as_ref())
    }
}

impl AnyError<how::Boxed> for Box<dyn Error + Send + Sync> {
    fn failure(&self) -> Failure {
        Failure::of(any::type_name::<Self>(), &**self)
    }
}

impl AnyError<how::Boxed> for Box<dyn Error + Send> {
    fn failure(&self) -> Failure {
        Failure::of(any::type_name::<Self>(), &**self)
    }
}

impl<E: TextDelta + ?Sized> AnyError<how::Text> for E {
    fn failure(&self) -> Failure {
        Failure { kind: None, message: self.delta().unwrap_or_default().to_owned(), chain: None }
    }
}
