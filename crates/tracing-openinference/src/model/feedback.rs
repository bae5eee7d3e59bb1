use openinference_semconv::{Indexed, keys};
use opentelemetry::{Key, Value};
use serde::Serialize;

use super::{Element, json, put};

/// What a judgement says: a score or a label.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// A number.
    Score(f64),
    /// A word.
    Label(String),
}

/// One judgement, under either of its two names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Feedback {
    scope: Scope,
    name: String,
    score: Option<f64>,
    label: Option<String>,
    explanation: Option<String>,
    annotator_kind: Option<String>,
    identifier: Option<String>,
    metadata: Option<String>,
    words: &'static Words,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Span,
    Trace,
    Session,
}

/// The keys of annotations, or those of evaluations.
#[derive(Debug, PartialEq)]
struct Words {
    /// One list for each [`Scope`], in its order.
    lists: [&'static str; 3],
    name: &'static str,
    score: &'static str,
    label: &'static str,
    explanation: &'static str,
    annotator_kind: &'static str,
    identifier: &'static str,
    metadata: &'static str,
}

static ANNOTATION: Words = Words {
    lists: [keys::ANNOTATIONS, keys::TRACE_ANNOTATIONS, keys::SESSION_ANNOTATIONS],
    name: keys::ANNOTATION_NAME,
    score: keys::ANNOTATION_SCORE,
    label: keys::ANNOTATION_LABEL,
    explanation: keys::ANNOTATION_EXPLANATION,
    annotator_kind: keys::ANNOTATION_ANNOTATOR_KIND,
    identifier: keys::ANNOTATION_IDENTIFIER,
    metadata: keys::ANNOTATION_METADATA,
};

static EVALUATION: Words = Words {
    lists: [keys::EVALUATIONS, keys::TRACE_EVALUATIONS, keys::SESSION_EVALUATIONS],
    name: keys::EVALUATION_NAME,
    score: keys::EVALUATION_SCORE,
    label: keys::EVALUATION_LABEL,
    explanation: keys::EVALUATION_EXPLANATION,
    annotator_kind: keys::EVALUATION_ANNOTATOR_KIND,
    identifier: keys::EVALUATION_IDENTIFIER,
    metadata: keys::EVALUATION_METADATA,
};

macro_rules! feedback {
    ($(#[$doc:meta])+ $name:ident, $words:expr) => {
        $(#[$doc])+
        ///
        /// It is about the span it is set on, unless [`on_trace`](Self::on_trace) or [`on_session`](Self::on_session) says
        /// otherwise.
        #[derive(Clone, Debug, PartialEq)]
        #[must_use = "a judgement does nothing until it is set on a span"]
        pub struct $name(Feedback);

        impl $name {
            /// The judgement `name` with its verdict: a number is a score, a string is a label.
            pub fn new(name: impl Into<String>, verdict: impl Into<Verdict>) -> Self {
                Self(Feedback::new(name, &$words)).verdict(verdict)
            }

            /// The judgement `name` that is only told in words.
            pub fn explained(name: impl Into<String>, explanation: impl Into<String>) -> Self {
                Self(Feedback::new(name, &$words)).explanation(explanation)
            }

            /// Sets the score or the label; a judgement may have both.
            pub fn verdict(mut self, verdict: impl Into<Verdict>) -> Self {
                match verdict.into() {
                    Verdict::Score(score) => self.0.score = Some(score),
                    Verdict::Label(label) => self.0.label = Some(label),
                }
                self
            }

            /// Sets the score.
            pub fn score(self, score: impl Into<f64>) -> Self {
                self.verdict(Verdict::Score(score.into()))
            }

            /// Sets the label.
            pub fn label(self, label: impl Into<String>) -> Self {
                self.verdict(Verdict::Label(label.into()))
            }

            /// Sets the explanation.
            pub fn explanation(self, text: impl Into<String>) -> Self {
                Self(Feedback { explanation: Some(text.into()), ..self.0 })
            }

            /// Sets who judged: an [`AnnotatorKind`](openinference_semconv::AnnotatorKind) or a word of your own.
            pub fn annotator_kind(self, kind: impl AsRef<str>) -> Self {
                Self(Feedback { annotator_kind: Some(kind.as_ref().to_owned()), ..self.0 })
            }

            /// Sets the identifier, by which two judgements of one name are told apart.
            pub fn identifier(self, identifier: impl Into<String>) -> Self {
                Self(Feedback { identifier: Some(identifier.into()), ..self.0 })
            }

            /// Sets the metadata: JSON text, or anything that serialises to an object.
            pub fn metadata(self, metadata: impl Serialize) -> Self {
                Self(Feedback { metadata: Some(json::text(&metadata)), ..self.0 })
            }

            /// The judgement is about the whole trace.
            pub fn on_trace(self) -> Self {
                Self(Feedback { scope: Scope::Trace, ..self.0 })
            }

            /// The judgement is about the whole session; the span needs a `session.id`.
            pub fn on_session(self) -> Self {
                Self(Feedback { scope: Scope::Session, ..self.0 })
            }
        }

        impl<N: Into<String>, V: Into<Verdict>> From<(N, V)> for $name {
            fn from((name, verdict): (N, V)) -> Self {
                Self::new(name, verdict)
            }
        }

        impl From<$name> for Feedback {
            fn from(feedback: $name) -> Self {
                feedback.0
            }
        }
    };
}

feedback! {
    /// What somebody thinks of a span, a trace or a session: `annotations.N.annotation.*` and its scoped variants.
    Annotation, ANNOTATION
}
feedback! {
    /// What a check made of a span, a trace or a session: `evaluations.N.evaluation.*` and its scoped variants.
    Evaluation, EVALUATION
}

/// Numbers the judgements of one family, each scope for itself.
#[derive(Debug, Default)]
pub(crate) struct FeedbackList {
    next: [usize; 3],
}

impl FeedbackList {
    /// Writes the next judgement. Gives the list that this one begins, if it is the first of its scope.
    pub(crate) fn write(
        &mut self,
        feedback: Feedback,
        out: &mut (impl FnMut(Key, Value) + ?Sized),
    ) -> Option<&'static str> {
        let (list, next) = (feedback.words.lists[feedback.scope as usize], &mut self.next[feedback.scope as usize]);
        feedback.write(&Indexed::new(list, *next), out);
        *next += 1;
        (*next == 1).then_some(list)
    }
}

impl Feedback {
    fn new(name: impl Into<String>, words: &'static Words) -> Self {
        Self {
            scope: Scope::Span,
            name: name.into(),
            score: None,
            label: None,
            explanation: None,
            annotator_kind: None,
            identifier: None,
            metadata: None,
            words,
        }
    }
}

impl Element for Feedback {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key(self.words.name), Some(self.name));
        put(out, || at.key(self.words.score), self.score);
        put(out, || at.key(self.words.label), self.label);
        put(out, || at.key(self.words.explanation), self.explanation);
        put(out, || at.key(self.words.annotator_kind), self.annotator_kind);
        put(out, || at.key(self.words.identifier), self.identifier);
        put(out, || at.key(self.words.metadata), self.metadata);
    }
}

macro_rules! from_score {
    ($($number:ty),+) => {
        $(impl From<$number> for Verdict {
            fn from(score: $number) -> Self {
                Self::Score(score.into())
            }
        })+
    };
}
from_score!(f32, f64, i8, i16, i32, u8, u16, u32);

impl From<&str> for Verdict {
    fn from(label: &str) -> Self {
        Self::Label(label.to_owned())
    }
}

impl From<String> for Verdict {
    fn from(label: String) -> Self {
        Self::Label(label)
    }
}
