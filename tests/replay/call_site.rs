//! Call sites made at run time. The macros make theirs static; these are leaked, which is as long.

use std::error::Error;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{Field, FieldSet, Value, ValueSet, display};
use tracing::metadata::{Kind, LevelFilter};
use tracing::subscriber::Interest;
use tracing::{Metadata, dispatcher};

use crate::recording::{Fields, Site, Visited};

/// More fields than any recorded call site has: the number of values is part of their type.
const MOST: usize = 128;

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

/// A call site of a span or an event.
#[derive(Debug)]
pub(crate) struct CallSite {
    metadata: OnceLock<Metadata<'static>>,
    interest: AtomicU8,
}

impl Callsite for CallSite {
    fn set_interest(&self, interest: Interest) {
        let interest = match interest {
            interest if interest.is_never() => NEVER,
            interest if interest.is_always() => ALWAYS,
            _ => SOMETIMES,
        };
        self.interest.store(interest, Ordering::SeqCst);
    }

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("set by `leak`")
    }
}

impl CallSite {
    pub(crate) fn leak(site: &Site, kind: Kind, fields: impl IntoIterator<Item = String>) -> &'static Self {
        let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let names: Vec<&'static str> = fields.into_iter().map(|name| leak(&name)).collect();
        let call_site: &'static Self =
            Box::leak(Box::new(Self { metadata: OnceLock::new(), interest: AtomicU8::new(NEVER) }));
        let metadata = Metadata::new(
            leak(&site.name),
            leak(&site.target),
            site.level.parse().expect("a level"),
            Some(leak(&site.file)),
            Some(site.line),
            Some(leak(&site.module_path)),
            FieldSet::new(Box::leak(names.into_boxed_slice()), Identifier(call_site)),
            kind,
        );
        call_site.metadata.set(metadata).expect("it is new");
        callsite::register(call_site);
        call_site
    }

    pub(crate) fn metadata(&'static self) -> &'static Metadata<'static> {
        self.metadata.get().expect("set by `leak`")
    }

    /// What the macros ask before they make anything.
    pub(crate) fn is_enabled(&'static self) -> bool {
        let metadata = self.metadata();
        *metadata.level() <= LevelFilter::current()
            && match self.interest.load(Ordering::SeqCst) {
                NEVER => false,
                ALWAYS => true,
                _ => dispatcher::get_default(|dispatch| dispatch.enabled(metadata)),
            }
    }

    /// Calls `f` with the values of these fields. Fields that were not declared have none, as in `Span::record`.
    pub(crate) fn with<T>(&'static self, fields: &Fields, f: impl FnOnce(&ValueSet<'_>) -> T) -> T {
        let declared = self.metadata().fields();
        let Some(padding) = declared.iter().next() else { return f(&declared.value_set(&[])) };
        let owned: Vec<(Field, Box<dyn Value>)> =
            fields.0.iter().filter_map(|(name, visited)| Some((declared.field(name)?, value(visited)))).collect();
        let mut values: [(&Field, Option<&dyn Value>); MOST] = [(&padding, None); MOST];
        for (place, (field, value)) in values.iter_mut().zip(&owned) {
            *place = (field, Some(value));
        }
        f(&declared.value_set(&values))
    }
}

/// A value that comes by the same method of `Visit` and says the same.
fn value(visited: &Visited) -> Box<dyn Value> {
    match visited {
        Visited::Str(text) => Box::new(text.clone()),
        Visited::Debug(text) => Box::new(display(text.clone())),
        Visited::Error(text) => Box::new(Box::<dyn Error>::from(Failure(text.clone()))),
        Visited::Bool(value) => Box::new(*value),
        Visited::I64(value) => Box::new(*value),
        Visited::U64(value) => Box::new(*value),
        Visited::U128(text) => Box::new(text.parse::<u128>().expect("a number")),
        Visited::F64(value) => Box::new(*value),
        Visited::Bytes(_) => Box::new(visited.bytes().into_boxed_slice()),
    }
}

#[derive(Debug)]
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {}
