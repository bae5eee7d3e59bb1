//! Fields of the objects inside lists: messages, their contents and tool calls, and the media these carry.

super::keys! {
    /// Who speaks: `system`, `user`, `assistant`, `tool` … Of a message. String.
    pub const MESSAGE_ROLE: &str = "message.role";
    /// The text, when the message is one text. Of a message. String.
    pub const MESSAGE_CONTENT: &str = "message.content";
    /// The parts, when there are several or their order matters, as `message.contents.M.message_content.*`. Of a
    /// message. List of objects.
    pub const MESSAGE_CONTENTS: &str = "message.contents";
    /// The tool or function that answers. Of a message with role `tool` or `function`. String.
    pub const MESSAGE_NAME: &str = "message.name";
    /// Tools the model wants called, as `message.tool_calls.M.tool_call.*`. Of a message. List of objects.
    pub const MESSAGE_TOOL_CALLS: &str = "message.tool_calls";
    /// The `tool_call.id` this message answers. Of a message with role `tool`. String.
    pub const MESSAGE_TOOL_CALL_ID: &str = "message.tool_call_id";
    /// The function the model wants called. Of a message. Deprecated for `message.tool_calls`. String.
    pub const MESSAGE_FUNCTION_CALL_NAME: &str = "message.function_call_name";
    /// The function's arguments. Of a message. Deprecated for `message.tool_calls`. JSON string.
    pub const MESSAGE_FUNCTION_CALL_ARGUMENTS_JSON: &str = "message.function_call_arguments_json";

    /// The call, for its answer to refer to. Of a tool call. String.
    pub const TOOL_CALL_ID: &str = "tool_call.id";
    /// The function to call. Of a tool call. String.
    pub const TOOL_CALL_FUNCTION_NAME: &str = "tool_call.function.name";
    /// The arguments to call it with. Of a tool call. JSON string.
    pub const TOOL_CALL_FUNCTION_ARGUMENTS: &str = "tool_call.function.arguments";
    /// The vendor's opaque proof of reasoning, as Gemini's `thoughtSignature`. Of a tool call. String.
    pub const TOOL_CALL_REASONING_SIGNATURE: &str = "tool_call.reasoning_signature";

    /// `text`, `image`, `audio`, `video`, `document`, `reasoning` or `tool_use`. Of a content part. String.
    pub const MESSAGE_CONTENT_TYPE: &str = "message_content.type";
    /// The text, or the visible reasoning. Of a content part. String.
    pub const MESSAGE_CONTENT_TEXT: &str = "message_content.text";
    /// The image, as `message_content.image.image.url`. Of a content part. Object.
    pub const MESSAGE_CONTENT_IMAGE: &str = "message_content.image";
    /// The audio, as `message_content.audio.audio.*`. Of a content part. Object.
    pub const MESSAGE_CONTENT_AUDIO: &str = "message_content.audio";
    /// The video, as `message_content.video.video.url`. Of a content part. Object.
    pub const MESSAGE_CONTENT_VIDEO: &str = "message_content.video";
    /// The document, as `message_content.document.document.*`. Of a content part. Object.
    pub const MESSAGE_CONTENT_DOCUMENT: &str = "message_content.document";
    /// The provider's id of the part, to replay it by. Of a content part. String.
    pub const MESSAGE_CONTENT_ID: &str = "message_content.id";
    /// The vendor's opaque signature, unchanged. Of a content part. String.
    pub const MESSAGE_CONTENT_SIGNATURE: &str = "message_content.signature";
    /// The vendor's opaque data, unchanged (Anthropic's `redacted_thinking`). Of a content part. String.
    pub const MESSAGE_CONTENT_DATA: &str = "message_content.data";
    /// Reasoning only the vendor can read, unchanged. Of a content part. String.
    pub const MESSAGE_CONTENT_ENCRYPTED_CONTENT: &str = "message_content.encrypted_content";

    /// A link to the image, or the image itself as a data URI. String.
    pub const IMAGE_URL: &str = "image.url";
    /// A link to the audio, or the audio itself as a data URI. String.
    pub const AUDIO_URL: &str = "audio.url";
    /// The audio's MIME type. String.
    pub const AUDIO_MIME_TYPE: &str = "audio.mime_type";
    /// What is said in the audio. String.
    pub const AUDIO_TRANSCRIPT: &str = "audio.transcript";
    /// A link to the video, or the video itself as a data URI. String.
    pub const VIDEO_URL: &str = "video.url";

    /// The document's id. Of a document. String or integer.
    pub const DOCUMENT_ID: &str = "document.id";
    /// The document's text. Of a document. String.
    pub const DOCUMENT_CONTENT: &str = "document.content";
    /// How well the document fits. Of a document. Float.
    pub const DOCUMENT_SCORE: &str = "document.score";
    /// Anything else about the document. Of a document. JSON string.
    pub const DOCUMENT_METADATA: &str = "document.metadata";
    /// A link to the document. Of a document. String.
    pub const DOCUMENT_URL: &str = "document.url";
    /// The document's MIME type. Of a document. String.
    pub const DOCUMENT_MIME_TYPE: &str = "document.mime_type";
    /// The document's file name or title. Of a document. String.
    pub const DOCUMENT_NAME: &str = "document.name";

    /// A prompt of a completions API. Of an element of `llm.prompts`. String.
    pub const PROMPT_TEXT: &str = "prompt.text";
    /// An answer of a completions API. Of an element of `llm.choices`. String.
    pub const COMPLETION_TEXT: &str = "completion.text";
}
