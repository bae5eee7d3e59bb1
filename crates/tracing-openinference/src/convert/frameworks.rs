//! Libraries with names of their own, one file each. Where a library has its own spelling of something that
//! OpenTelemetry has a name for, its file gives it that name, and `genai.rs` does the rest.

mod adk;
mod goose;
mod langchain;
mod langfuse;
mod observation;
mod rig;
mod traceloop;

use opentelemetry::KeyValue;

use super::Dialect;
use super::write::position;

/// In the order in which they are asked.
pub(super) const RIG: Dialect = rig::DIALECT;
pub(super) const ADK: Dialect = adk::DIALECT;
pub(super) const TRACELOOP: Dialect = traceloop::DIALECT;
pub(super) const LANGFUSE: Dialect = langfuse::DIALECT;
pub(super) const GOOSE: Dialect = goose::DIALECT;
pub(super) const LANGCHAIN: Dialect = langchain::DIALECT;

/// Gives attributes other names. One whose new name is taken is another spelling of the same thing, and goes.
fn rename(attributes: &mut Vec<KeyValue>, names: &[(&str, &'static str)]) {
    for (name, new) in names {
        let Some(at) = position(attributes, name) else { continue };
        if position(attributes, new).is_some() {
            attributes.remove(at);
        } else {
            attributes[at].key = (*new).into();
        }
    }
}
