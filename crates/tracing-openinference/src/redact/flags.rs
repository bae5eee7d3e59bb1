use std::ops::BitOr;

/// A set of the things a policy can hide; one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u32);

impl Flags {
    #[cfg(test)]
    pub(super) const NONE: Self = Self(0);
    /// Set in every policy.
    pub(super) const ALWAYS: Self = Self(1 << 31);

    pub(super) const LLM_INVOCATION_PARAMETERS: Self = Self(1);
    pub(super) const LLM_TOOLS: Self = Self(1 << 1);
    pub(super) const INPUTS: Self = Self(1 << 2);
    pub(super) const OUTPUTS: Self = Self(1 << 3);
    pub(super) const INPUT_MESSAGES: Self = Self(1 << 4);
    pub(super) const OUTPUT_MESSAGES: Self = Self(1 << 5);
    pub(super) const INPUT_IMAGES: Self = Self(1 << 6);
    pub(super) const INPUT_TEXT: Self = Self(1 << 7);
    pub(super) const OUTPUT_TEXT: Self = Self(1 << 8);
    pub(super) const EMBEDDING_VECTORS: Self = Self(1 << 9);
    pub(super) const EMBEDDINGS_VECTORS: Self = Self(1 << 10);
    pub(super) const EMBEDDINGS_TEXT: Self = Self(1 << 11);
    pub(super) const PROMPTS: Self = Self(1 << 12);
    pub(super) const CHOICES: Self = Self(1 << 13);
    pub(super) const RETRIEVAL_DOCUMENTS: Self = Self(1 << 14);
    pub(super) const INPUT_AUDIO: Self = Self(1 << 15);
    pub(super) const OUTPUT_AUDIO: Self = Self(1 << 16);

    #[cfg(test)]
    pub(super) const fn bit(number: u32) -> Self {
        Self(1 << number)
    }

    /// `|` for constants.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The number of the first of them; 32 of none.
    pub(super) const fn first(self) -> u8 {
        self.0.trailing_zeros() as u8
    }

    pub(super) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

/// One flag under the two names a user knows it by.
#[derive(Debug)]
pub(super) struct Switch {
    pub(super) flag: Flags,
    /// The builder method, which is the name of Python's field.
    pub(super) name: &'static str,
    pub(super) variable: &'static str,
}

const fn switch(flag: Flags, name: &'static str, variable: &'static str) -> Switch {
    Switch { flag, name, variable }
}

pub(super) const BASE64_IMAGE_MAX_LENGTH: &str = "OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH";
/// The name of the method.
pub(super) const BASE64_IMAGE_LIMIT: &str = "base64_image_max_length";
pub(super) const ENABLE_GENAI_SEMCONV: &str = "OPENINFERENCE_ENABLE_GENAI_SEMCONV";

/// Every flag, in the order of Python's `TraceConfig`. The two of audio are read by Python's OpenAI Agents
/// instrumentation only; whoever sets them means every span.
pub(super) const SWITCHES: &[Switch] = &[
    switch(
        Flags::LLM_INVOCATION_PARAMETERS,
        "hide_llm_invocation_parameters",
        "OPENINFERENCE_HIDE_LLM_INVOCATION_PARAMETERS",
    ),
    switch(Flags::LLM_TOOLS, "hide_llm_tools", "OPENINFERENCE_HIDE_LLM_TOOLS"),
    switch(Flags::INPUTS, "hide_inputs", "OPENINFERENCE_HIDE_INPUTS"),
    switch(Flags::OUTPUTS, "hide_outputs", "OPENINFERENCE_HIDE_OUTPUTS"),
    switch(Flags::INPUT_MESSAGES, "hide_input_messages", "OPENINFERENCE_HIDE_INPUT_MESSAGES"),
    switch(Flags::OUTPUT_MESSAGES, "hide_output_messages", "OPENINFERENCE_HIDE_OUTPUT_MESSAGES"),
    switch(Flags::INPUT_IMAGES, "hide_input_images", "OPENINFERENCE_HIDE_INPUT_IMAGES"),
    switch(Flags::INPUT_TEXT, "hide_input_text", "OPENINFERENCE_HIDE_INPUT_TEXT"),
    switch(Flags::OUTPUT_TEXT, "hide_output_text", "OPENINFERENCE_HIDE_OUTPUT_TEXT"),
    switch(Flags::EMBEDDING_VECTORS, "hide_embedding_vectors", "OPENINFERENCE_HIDE_EMBEDDING_VECTORS"),
    switch(Flags::EMBEDDINGS_VECTORS, "hide_embeddings_vectors", "OPENINFERENCE_HIDE_EMBEDDINGS_VECTORS"),
    switch(Flags::EMBEDDINGS_TEXT, "hide_embeddings_text", "OPENINFERENCE_HIDE_EMBEDDINGS_TEXT"),
    switch(Flags::PROMPTS, "hide_prompts", "OPENINFERENCE_HIDE_PROMPTS"),
    switch(Flags::CHOICES, "hide_choices", "OPENINFERENCE_HIDE_CHOICES"),
    switch(Flags::RETRIEVAL_DOCUMENTS, "hide_retrieval_documents", "OPENINFERENCE_HIDE_RETRIEVAL_DOCUMENTS"),
    switch(Flags::INPUT_AUDIO, "hide_input_audio", "OPENINFERENCE_HIDE_INPUT_AUDIO"),
    switch(Flags::OUTPUT_AUDIO, "hide_output_audio", "OPENINFERENCE_HIDE_OUTPUT_AUDIO"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_one_switch_and_its_names_agree() {
        let mut seen = Flags::NONE;
        for (place, switch) in SWITCHES.iter().enumerate() {
            assert!(!seen.intersects(switch.flag), "{} shares a bit", switch.name);
            assert_eq!(usize::from(switch.flag.first()), place, "{} is counted as another", switch.name);
            seen = seen | switch.flag;
            assert_eq!(switch.variable, format!("OPENINFERENCE_{}", switch.name.to_uppercase()));
        }
        assert_eq!(seen, Flags((1 << 17) - 1), "a constant without a switch cannot be set");
    }
}
