//! Keys of every span, whatever its kind, and of the resource.

super::keys! {
    /// What the span stands for: a word of [`SpanKind`](crate::SpanKind). Required on every span. String.
    pub const OPENINFERENCE_SPAN_KIND: &str = "openinference.span.kind";
    /// The project the spans belong to. Of the resource, not of a span. String.
    pub const OPENINFERENCE_PROJECT_NAME: &str = "openinference.project.name";

    /// What the operation was given. String, of the type `input.mime_type`.
    pub const INPUT_VALUE: &str = "input.value";
    /// The [`MimeType`](crate::MimeType) of `input.value`; plain text if absent. String.
    pub const INPUT_MIME_TYPE: &str = "input.mime_type";
    /// Images among the input, as `input.images.N.image.url`. List of objects.
    pub const INPUT_IMAGES: &str = "input.images";
    /// Documents among the input, as `input.documents.N.document.*`. List of objects.
    pub const INPUT_DOCUMENTS: &str = "input.documents";
    /// Audio that was heard, as `input.audio.{url,mime_type,transcript}`. Not of the specification: written by
    /// `openai-agents` instrumentation, and here because what hides inputs has to know it. Prefix.
    pub const INPUT_AUDIO: &str = "input.audio";

    /// What the operation answered. String, of the type `output.mime_type`.
    pub const OUTPUT_VALUE: &str = "output.value";
    /// The [`MimeType`](crate::MimeType) of `output.value`; plain text if absent. String.
    pub const OUTPUT_MIME_TYPE: &str = "output.mime_type";
    /// Images among the output, as `output.images.N.image.url`. List of objects.
    pub const OUTPUT_IMAGES: &str = "output.images";
    /// Documents among the output, as `output.documents.N.document.*`. List of objects.
    pub const OUTPUT_DOCUMENTS: &str = "output.documents";
    /// Audio that was spoken, as `output.audio.{url,mime_type,transcript}`. Not of the specification, as
    /// [`INPUT_AUDIO`]. Prefix.
    pub const OUTPUT_AUDIO: &str = "output.audio";

    /// Anything else worth keeping about the span. JSON string.
    pub const METADATA: &str = "metadata";
    /// Words to find the span by. List of strings.
    pub const TAG_TAGS: &str = "tag.tags";
    /// The conversation the span belongs to. String.
    pub const SESSION_ID: &str = "session.id";
    /// The user the span was made for. String.
    pub const USER_ID: &str = "user.id";

    /// Name of the agent the span represents; mostly on AGENT spans. String.
    pub const AGENT_NAME: &str = "agent.name";
    /// This span's node in the graph of the program's execution. String.
    pub const GRAPH_NODE_ID: &str = "graph.node.id";
    /// A name of the node for people to read. String.
    pub const GRAPH_NODE_NAME: &str = "graph.node.name";
    /// The `graph.node.id` of the node above; absent or empty on the root. String.
    pub const GRAPH_NODE_PARENT_ID: &str = "graph.node.parent_id";

    /// Type of the error. Of the event `exception`. String.
    pub const EXCEPTION_TYPE: &str = "exception.type";
    /// What the error says. Of the event `exception`. String.
    pub const EXCEPTION_MESSAGE: &str = "exception.message";
    /// Where the error came from. Of the event `exception`. String.
    pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
    /// Whether the error left the span. Of the event `exception`. Boolean (Python sends the string `False`).
    pub const EXCEPTION_ESCAPED: &str = "exception.escaped";
}
