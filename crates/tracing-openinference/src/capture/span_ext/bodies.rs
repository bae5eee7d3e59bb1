//! Whole requests and responses onto a span.

use openinference_semconv::SpanKind;
use serde::Serialize;
use tracing::Span;

use super::super::{
    edit::{self, Edit},
    failure::Failure,
};
use super::write;
use crate::convert::api::{self, Body, Refusal, Written};

/// Serialised only where somebody records the span, and with nothing locked.
pub(super) fn request(span: &Span, request: &(impl Serialize + ?Sized)) {
    write::edit(span, |audience| {
        api::request(Body::of(request), audience, edit::is_of_kind(span, SpanKind::Embedding)).into()
    });
}

pub(super) fn response(span: &Span, response: &(impl Serialize + ?Sized)) {
    write::edit(span, |audience| api::response(Body::of(response), audience).into());
}

/// Writes a response that was put together from chunks. Their errors have been seen to.
pub(in crate::capture) fn folded(span: &Span, response: Body) {
    write::edit(span, |audience| Written { failure: None, ..api::response(response, audience) }.into());
}

impl From<Written> for Edit {
    fn from(written: Written) -> Self {
        let Written { replaces, attributes, defaults, marks, failure } = written;
        let failure = failure.map(|Refusal { kind, message }| Self::from(Failure::new(kind, message)));
        Self { replaces, attributes, marks, defaults, ..failure.unwrap_or_default() }
    }
}
