//! What may carry a secret, and which flags hide it there.

use integration_tests::secrets::FLAGS;

use crate::secret::Secret;
use crate::{bodies, fields, foreign, llm, setters, shown, surroundings};

/// One way for a secret into a trace.
#[derive(Clone, Copy)]
pub(crate) struct Carrier {
    pub(crate) name: &'static str,
    /// The flags that hide it, by the documentation of their methods; none for what stays whatever is hidden.
    pub(crate) hidden_by: &'static [&'static str],
    /// Opens and closes spans.
    pub(crate) tell: fn(&Secret),
}

pub(crate) const fn carrier(name: &'static str, hidden_by: &'static [&'static str], tell: fn(&Secret)) -> Carrier {
    Carrier { name, hidden_by, tell }
}

impl Carrier {
    pub(crate) fn is_hidden_under(&self, flags: &[&str]) -> bool {
        self.hidden_by.iter().any(|flag| flags.contains(flag))
    }
}

/// Every carrier that a flag hides, then every carrier that none does.
pub(crate) fn carriers() -> Vec<Carrier> {
    let all: [&[&[Carrier]]; 7] = [
        bodies::CARRIERS,
        fields::CARRIERS,
        setters::CARRIERS,
        llm::CARRIERS,
        foreign::CARRIERS,
        surroundings::CARRIERS,
        shown::CARRIERS,
    ];
    all.concat().concat()
}

pub(crate) const IN: &[&str] = &["hide_inputs"];
pub(crate) const OUT: &[&str] = &["hide_outputs"];
/// Text that may quote either side.
pub(crate) const EITHER: &[&str] = &["hide_inputs", "hide_outputs"];
/// Everything about messages to a model, of which the narrower flags leave a frame.
pub(crate) const IN_MESSAGE: &[&str] = &["hide_inputs", "hide_input_messages"];
pub(crate) const IN_TEXT: &[&str] = &["hide_inputs", "hide_input_messages", "hide_input_text"];
pub(crate) const IN_IMAGE: &[&str] = &["hide_inputs", "hide_input_messages", "hide_input_images"];
pub(crate) const IN_AUDIO: &[&str] = &["hide_inputs", "hide_input_messages", "hide_input_text", "hide_input_audio"];
pub(crate) const OUT_MESSAGE: &[&str] = &["hide_outputs", "hide_output_messages"];
pub(crate) const OUT_TEXT: &[&str] = &["hide_outputs", "hide_output_messages", "hide_output_text"];
pub(crate) const OUT_AUDIO: &[&str] =
    &["hide_outputs", "hide_output_messages", "hide_output_text", "hide_output_audio"];
/// What holds messages to a model in a form that is not taken apart.
pub(crate) const TO_MODEL: &[&str] =
    &["hide_inputs", "hide_input_messages", "hide_input_text", "hide_input_images", "hide_input_audio"];
pub(crate) const FROM_MODEL: &[&str] =
    &["hide_outputs", "hide_output_messages", "hide_output_text", "hide_output_audio"];
pub(crate) const TOOLS: &[&str] = &["hide_inputs", "hide_llm_tools"];
pub(crate) const PROMPTS: &[&str] = &["hide_inputs", "hide_prompts"];
pub(crate) const CHOICES: &[&str] = &["hide_outputs", "hide_choices"];
pub(crate) const DOCUMENTS: &[&str] = &["hide_outputs", "hide_retrieval_documents"];
pub(crate) const ALL_DOCUMENTS: &[&str] = &["hide_inputs", "hide_outputs", "hide_retrieval_documents"];
/// Some instrumentations leave messages, images, prompts and tools there.
pub(crate) const PARAMETERS: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_inputs",
    "hide_input_messages",
    "hide_input_text",
    "hide_input_images",
    "hide_input_audio",
    "hide_prompts",
    "hide_llm_tools",
];
/// Whichever flag is set: nobody can tell what is in it.
pub(crate) const ANY: &[&str] = &[
    "hide_llm_invocation_parameters",
    "hide_llm_tools",
    "hide_inputs",
    "hide_outputs",
    "hide_input_messages",
    "hide_output_messages",
    "hide_input_images",
    "hide_input_text",
    "hide_output_text",
    "hide_embedding_vectors",
    "hide_embeddings_vectors",
    "hide_embeddings_text",
    "hide_prompts",
    "hide_choices",
    "hide_retrieval_documents",
    "hide_input_audio",
    "hide_output_audio",
];
/// Stays whatever is hidden.
pub(crate) const NOTHING: &[&str] = &[];

/// So that a misspelt flag or a copied line does not go unnoticed.
#[test]
fn carriers_have_names_of_their_own_and_flags_that_exist() {
    let mut names: Vec<_> = carriers().iter().map(|carrier| carrier.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "a name is there twice");
    for carrier in carriers() {
        for flag in carrier.hidden_by {
            assert!(FLAGS.iter().any(|known| known.name == *flag), "{flag} of {}", carrier.name);
        }
    }
    for flag in FLAGS {
        assert!(carriers().iter().any(|carrier| carrier.is_hidden_under(&[flag.name])), "{flag:?} hides nothing");
    }
}
