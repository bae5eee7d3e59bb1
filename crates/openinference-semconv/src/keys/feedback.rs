//! Keys of feedback on any span: annotations and evaluations are two names of the same thing.
//!
//! A result has a name and at least one of score, label and explanation.

super::keys! {
    /// Annotations of the span, as `annotations.N.annotation.*`. List of objects.
    pub const ANNOTATIONS: &str = "annotations";
    /// Annotations of the trace, as `trace.annotations.N.annotation.*`. List of objects.
    pub const TRACE_ANNOTATIONS: &str = "trace.annotations";
    /// Annotations of the session, as `session.annotations.N.annotation.*`. Needs `session.id`. List of objects.
    pub const SESSION_ANNOTATIONS: &str = "session.annotations";
    /// What is judged. Required. Of an annotation. String.
    pub const ANNOTATION_NAME: &str = "annotation.name";
    /// The result as a number. Of an annotation. Integer or float.
    pub const ANNOTATION_SCORE: &str = "annotation.score";
    /// The result as a word. Of an annotation. String.
    pub const ANNOTATION_LABEL: &str = "annotation.label";
    /// The reason for the result. Of an annotation. String.
    pub const ANNOTATION_EXPLANATION: &str = "annotation.explanation";
    /// Who judged: an [`AnnotatorKind`](crate::AnnotatorKind) or a word of your own. Of an annotation. String.
    pub const ANNOTATION_ANNOTATOR_KIND: &str = "annotation.annotator_kind";
    /// An id that stays the same for the same name and target. Of an annotation. String.
    pub const ANNOTATION_IDENTIFIER: &str = "annotation.identifier";
    /// Anything else about the result or the judge. Of an annotation. JSON string.
    pub const ANNOTATION_METADATA: &str = "annotation.metadata";

    /// Evaluations of the span, as `evaluations.N.evaluation.*`. List of objects.
    pub const EVALUATIONS: &str = "evaluations";
    /// Evaluations of the trace, as `trace.evaluations.N.evaluation.*`. List of objects.
    pub const TRACE_EVALUATIONS: &str = "trace.evaluations";
    /// Evaluations of the session, as `session.evaluations.N.evaluation.*`. Needs `session.id`. List of objects.
    pub const SESSION_EVALUATIONS: &str = "session.evaluations";
    /// What is judged. Required. Of an evaluation. String.
    pub const EVALUATION_NAME: &str = "evaluation.name";
    /// The result as a number. Of an evaluation. Integer or float.
    pub const EVALUATION_SCORE: &str = "evaluation.score";
    /// The result as a word. Of an evaluation. String.
    pub const EVALUATION_LABEL: &str = "evaluation.label";
    /// The reason for the result. Of an evaluation. String.
    pub const EVALUATION_EXPLANATION: &str = "evaluation.explanation";
    /// Who judged: an [`AnnotatorKind`](crate::AnnotatorKind) or a word of your own. Of an evaluation. String.
    pub const EVALUATION_ANNOTATOR_KIND: &str = "evaluation.annotator_kind";
    /// An id that stays the same for the same name and target. Of an evaluation. String.
    pub const EVALUATION_IDENTIFIER: &str = "evaluation.identifier";
    /// Anything else about the result or the judge. Of an evaluation. JSON string.
    pub const EVALUATION_METADATA: &str = "evaluation.metadata";
}
