//! What a call site's field names tell once for all its spans.

use std::{cell::Cell, ptr};

use tracing::Metadata;

/// Facts about the fields of a call site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Some name has no namespace: it may be an argument of a function.
    pub(super) bare: bool,
    /// Some name is declared twice, which `tracing` allows.
    pub(super) repeats: bool,
}

const REMEMBERED: usize = 64;

thread_local! {
    static SHAPES: [Cell<(*const (), Shape)>; REMEMBERED] =
        const { [const { Cell::new((ptr::null(), Shape { bare: false, repeats: false })) }; REMEMBERED] };
}

impl Shape {
    /// The names are looked at once a call site and thread. Metadata is `'static`, so its address names the call site.
    pub(super) fn of(metadata: &'static Metadata<'static>) -> Self {
        let callsite = ptr::from_ref(metadata).cast::<()>();
        SHAPES
            .try_with(|shapes| {
                let remembered = &shapes[(callsite.addr() >> 4) % REMEMBERED];
                let (known, shape) = remembered.get();
                if known == callsite {
                    return shape;
                }
                let shape = Self::look(metadata);
                remembered.set((callsite, shape));
                shape
            })
            .unwrap_or_else(|_| Self::look(metadata))
    }

    fn look(metadata: &Metadata<'_>) -> Self {
        let names: Vec<&str> = metadata.fields().iter().map(|field| field.name()).collect();
        Self {
            bare: names.iter().any(|name| !name.contains('.')),
            repeats: names.iter().enumerate().any(|(at, name)| names[..at].contains(name)),
        }
    }
}
