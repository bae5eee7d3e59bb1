//! From a setter's argument to an edit: what is hidden is not computed, what nobody records is not built.

use openinference_semconv::{Indexed, keys};
use opentelemetry::{
    Key, KeyValue, Value,
    trace::{SpanContext, Status},
};
use tracing::Span;

use super::super::{
    edit::{self, Audience, Edit},
    failure::AnyError,
};
use crate::convert::api::Sight;
use crate::model::{Feedback, FeedbackList, Flat, IntoContent, IntoContentList, IoValue, JsonText, Listed};
use crate::repeated::{Contents, Repeated};

/// The value of an attribute that is known to be hidden: `redact` replaces or drops it whatever it is, and nothing
/// had to be computed for it.
const UNSEEN: &str = "";

/// Makes an edit when somebody records the span, and applies it.
pub(super) fn edit(span: &Span, edit: impl FnOnce(&Audience) -> Edit) {
    if let Some(audience) = edit::audience(span) {
        edit::apply(span, edit(&audience));
    }
}

fn setting(attributes: Vec<KeyValue>) -> Edit {
    Edit { attributes, ..Edit::default() }
}

pub(super) fn attribute(span: &Span, key: &'static str, value: impl Into<String>) {
    attributes(span, || vec![KeyValue::new(key, value.into())]);
}

/// Sets attributes, or those of a family: no flag hides all of one, so that it is made wherever the span is recorded.
pub(super) fn attributes(span: &Span, attributes: impl FnOnce() -> Vec<KeyValue>) {
    edit(span, |_| setting(attributes()));
}

pub(super) fn flat<F: Flat>(span: &Span, family: impl Into<F>) {
    attributes(span, || family.into().into_attributes());
}

pub(super) fn lazy_flat<F: Flat, How>(span: &Span, family: impl IntoContent<F, How>) {
    attributes(span, || family.into_content().into_attributes());
}

/// Sets what `content` gives under `key`, and does not ask it when nobody sees that key.
pub(super) fn hideable(span: &Span, key: impl Into<Key>, content: impl FnOnce(Key) -> Vec<KeyValue>) {
    edit(span, |audience| {
        let key = key.into();
        setting(if audience.sees(key.as_str()) { content(key) } else { vec![KeyValue::new(key, UNSEEN)] })
    });
}

pub(super) fn io<How>(
    span: &Span,
    key: &'static str,
    mime_type: &'static str,
    content: impl IntoContent<IoValue, How>,
) {
    hideable(span, key, |key| {
        let value = content.into_content();
        vec![KeyValue::new(key, value.text), KeyValue::new(mime_type, value.mime_type.as_str())]
    });
}

/// Sets the output of a model as its messages say it, which have attributes of their own.
pub(in crate::capture) fn said(span: &Span, output: IoValue) {
    let key = keys::OUTPUT_VALUE;
    edit(span, |audience| {
        if !audience.sees(key) {
            return setting(vec![KeyValue::new(key, UNSEEN)]);
        }
        if audience.hidden(key).intersects(Contents::OUTPUT_MESSAGES) {
            return Edit::default();
        }
        let mut edit = setting(vec![
            KeyValue::new(key, output.text),
            KeyValue::new(keys::OUTPUT_MIME_TYPE, output.mime_type.as_str()),
        ]);
        edit.marks.set(key, Repeated { whole: Contents::OUTPUT_MESSAGES, parts: Contents::NONE });
        edit
    });
}

pub(super) fn json<How>(span: &Span, key: &'static str, content: impl IntoContent<JsonText, How>) {
    hideable(span, key, |key| vec![KeyValue::new(key, content.into_content().into_string())]);
}

/// Replaces a list of objects.
pub(super) fn list<T: Listed, How>(span: &Span, list: &'static str, items: impl IntoContentList<T, How>) {
    objects(span, list, T::TELLING, items, |item, at, out| item.write(at, out));
}

/// Replaces a list of objects that have one field.
pub(super) fn texts<How>(
    span: &Span,
    list: &'static str,
    field: &'static str,
    items: impl IntoContentList<String, How>,
) {
    objects(span, list, &[field], items, |text, at, out| out(Key::from(at.key(field)), Value::from(text)));
}

/// A closure runs when a record shows one of the `telling` fields. What is there already is written in any case: it
/// depends on the field whether `redact` drops it or leaves its key as a trace.
fn objects<T, How, L: IntoContentList<T, How>>(
    span: &Span,
    list: &'static str,
    telling: &[&str],
    items: L,
    write: impl Fn(T, &Indexed<'_>, &mut dyn FnMut(Key, Value)),
) {
    edit(span, |audience| {
        let first = Indexed::new(list, 0);
        if L::LAZY && !telling.iter().any(|field| audience.sees(&first.key(field))) {
            return Edit::default();
        }
        let (mut attributes, mut index) = (Vec::new(), 0);
        items.each(&mut |item| {
            write(item, &Indexed::new(list, index), &mut |key, value| attributes.push(KeyValue::new(key, value)));
            index += 1;
        });
        Edit { replaces: vec![list], ..setting(attributes) }
    });
}

/// Replaces the lists of the scopes that `items` judge.
pub(super) fn feedback<T: Into<Feedback>, How>(span: &Span, items: impl IntoContentList<T, How>) {
    edit(span, |_| {
        let (mut lists, mut edit) = (FeedbackList::default(), Edit::default());
        items.each(&mut |item: T| {
            let out = &mut |key, value| edit.attributes.push(KeyValue::new(key, value));
            edit.replaces.extend(lists.write(item.into(), out));
        });
        edit
    });
}

pub(super) fn link(span: &Span, context: &SpanContext) {
    edit(span, |_| Edit { link: Some(context.clone()), ..Edit::default() });
}

pub(super) fn status(span: &Span, status: impl FnOnce() -> Status) {
    edit(span, |_| Edit { status: Some(status()), ..Edit::default() });
}

pub(super) fn exception<How>(span: &Span, error: &(impl AnyError<How> + ?Sized)) {
    edit(span, |_| error.failure().into());
}
