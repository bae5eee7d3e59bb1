use std::collections::HashMap;
use std::ffi::OsString;

use super::*;

fn environment(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> + use<> {
    let variables: HashMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
    move |name| variables.get(name).cloned()
}

#[test]
fn code_beats_the_environment_and_the_environment_beats_the_default() {
    let set = environment(&[
        ("OPENINFERENCE_HIDE_INPUTS", "true"),
        ("OPENINFERENCE_HIDE_OUTPUTS", "true"),
        ("OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH", "7"),
    ]);
    let said = |config: TraceConfig| config.hide_inputs(false).base64_image_max_length(9);
    for config in [said(TraceConfig::new()), said(TraceConfig::from_lookup(&set))] {
        let settled = config.settle(&set);
        assert_eq!((settled.flags, settled.image_limit), (Flags::OUTPUTS, Some(9)));
        assert!(settled.warnings.is_empty());
    }
    let settled = TraceConfig::new().settle(&|_| None);
    assert_eq!((settled.flags, settled.image_limit), (Flags::NONE, None));
}

#[test]
fn what_code_said_last_counts() {
    let config = TraceConfig::new().hide_inputs(true).hide_outputs(true).hide_inputs(false).hide_inputs(true);
    assert_eq!(config.settle(&|_| None).flags, Flags::INPUTS | Flags::OUTPUTS);
    assert_eq!(config.hide_outputs(false).settle(&|_| None).flags, Flags::INPUTS);
}

#[test]
#[expect(deprecated, reason = "the older name is read as Python reads it")]
fn every_method_sets_the_flag_its_variable_sets() {
    let methods: [fn(TraceConfig, bool) -> TraceConfig; 17] = [
        TraceConfig::hide_llm_invocation_parameters,
        TraceConfig::hide_llm_tools,
        TraceConfig::hide_inputs,
        TraceConfig::hide_outputs,
        TraceConfig::hide_input_messages,
        TraceConfig::hide_output_messages,
        TraceConfig::hide_input_images,
        TraceConfig::hide_input_text,
        TraceConfig::hide_output_text,
        TraceConfig::hide_embedding_vectors,
        TraceConfig::hide_embeddings_vectors,
        TraceConfig::hide_embeddings_text,
        TraceConfig::hide_prompts,
        TraceConfig::hide_choices,
        TraceConfig::hide_retrieval_documents,
        TraceConfig::hide_input_audio,
        TraceConfig::hide_output_audio,
    ];
    for (method, switch) in methods.iter().zip(SWITCHES) {
        assert_eq!(method(TraceConfig::new(), true).settle(&|_| None).flags, switch.flag, "{}", switch.name);
        let set = environment(&[(switch.variable, "on")]);
        assert_eq!(TraceConfig::new().settle(&set).flags, switch.flag, "{}", switch.name);
        assert_eq!(method(TraceConfig::new(), false).settle(&set).flags, Flags::NONE, "{}", switch.name);
    }
}

#[test]
fn a_privacy_variable_that_cannot_be_read_hides_and_says_so_without_its_value() {
    for value in ["", " ", "maybe-secret"] {
        let config = TraceConfig::from_lookup(environment(&[("OPENINFERENCE_HIDE_PROMPTS", value)]));
        let (policy, warnings) = config.resolve(&|_| None, &Tally::default());
        assert!(policy.hides("llm.prompts.0.prompt.text"), "{value:?}");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("OPENINFERENCE_HIDE_PROMPTS"), "{warnings:?}");
        assert!(!warnings[0].contains("secret") && !format!("{config:?}").contains("secret"));
        assert!(config.hide_prompts(false).resolve(&|_| None, &Tally::default()).1.is_empty(), "nobody asked for it");
    }
}

#[test]
fn a_limit_that_cannot_be_read_is_the_default() {
    let settled = TraceConfig::new().settle(&environment(&[("OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH", "32k")]));
    assert_eq!((settled.image_limit, settled.warnings.len()), (None, 1));
}

#[test]
fn the_environment_is_read_when_from_env_is_called_and_not_again() {
    let config = TraceConfig::from_lookup(|_| None);
    let later = environment(&[("OPENINFERENCE_HIDE_INPUTS", "true")]);
    assert!(!config.resolve(&later, &Tally::default()).0.hides_content());
    assert!(TraceConfig::new().resolve(&later, &Tally::default()).0.hides_content());
}

#[test]
fn debug_shows_the_policy() {
    let config = TraceConfig::new().hide_inputs(true).base64_image_max_length(5);
    let shown = format!("{config:?}");
    assert!(shown.contains("hide_inputs: true, hide_outputs: false"), "{shown}");
    assert!(shown.ends_with("base64_image_max_length: 5, redact: [], .. }"), "{shown}");
    assert!(
        format!("{:?}", TraceConfig::from_lookup(|_| None)).ends_with("base64_image_max_length: 32000, redact: [] }")
    );
}
