//! Stage 2: whatever a span calls things, after this it calls them what OpenInference calls them.

mod blocks;
mod documents;
mod feedback;
mod field;
mod instrument;
mod json;
mod lists;
mod messages;
mod prefixes;
mod record;
mod survey;
mod tidy;
mod tools;
mod values;

use openinference_semconv::SpanKind;
use opentelemetry_sdk::trace::SpanData;

use prefixes::Arguments;
use survey::Survey;

/// What [`convert`] cannot know from the span.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conversion {
    /// The kind of a span that does not say its own. Defaults to [`SpanKind::Chain`].
    pub default_kind: SpanKind,
    /// Arguments of functions are going to be hidden. One that is in the way of other attributes is then dropped and
    /// not moved into `metadata`, where no redaction by name would find it. Defaults to `false`.
    pub hide_arguments: bool,
}

impl Default for Conversion {
    fn default() -> Self {
        Self { default_kind: SpanKind::Chain, hide_arguments: false }
    }
}

/// A way to name things that is not OpenInference's.
struct Dialect {
    /// Whether an attribute key is one of its words.
    speaks: fn(&str) -> bool,
    /// Replaces its attributes by OpenInference's; what the span says in OpenInference already is left alone.
    translate: fn(&mut SpanData),
}

/// Whoever comes first has the first say. Bare names are last: a dialect may know better what they mean.
const DIALECTS: &[Dialect] = &[instrument::DIALECT];

/// Gives the attributes of a finished span the names, types and order of OpenInference.
///
/// * A JSON message list recorded as one field (`llm.input_messages`), also tools, documents, embeddings, annotations …,
///   becomes indexed attributes.
/// * Fields without a namespace, which is how `#[instrument]` records arguments, become `input.value`; the value that
///   `#[instrument(ret)]` records becomes `output.value`.
/// * The span kind is written as the wire has it, a span without one gets the default; numbers of tokens are numbers,
///   JSON and MIME types are right, and no attribute hides another one in Phoenix.
/// * The kind stands first, then model, tokens, session and user, and the content last.
///
/// Runs once for each span, after it has ended and before anything is hidden: hiding relies on the names. It does not
/// fail, and doing it twice is doing it once. A key must not be there twice; spans that [`tracing`] fields were
/// captured from fulfil this.
pub fn convert(span: &mut SpanData, options: &Conversion) {
    let mut survey = Survey::of(&span.attributes);
    if survey.untidy {
        tidy::tidy(&mut span.attributes);
        survey = Survey::of(&span.attributes);
    }
    if survey.lists {
        lists::flatten(&mut span.attributes);
    }
    if survey.foreign {
        translate(span);
        // A dialect may have left lists.
        lists::flatten(&mut span.attributes);
    }
    if survey.prefixes {
        let arguments = if options.hide_arguments { Arguments::Hidden } else { Arguments::Shown };
        prefixes::resolve(&mut span.attributes, arguments);
    }
    values::settle(&mut span.attributes, options.default_kind);
}

fn translate(span: &mut SpanData) {
    for dialect in DIALECTS {
        if span.attributes.iter().any(|attribute| (dialect.speaks)(attribute.key.as_str())) {
            (dialect.translate)(span);
        }
    }
}

#[cfg(test)]
mod tests;
