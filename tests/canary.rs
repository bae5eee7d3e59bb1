//! What is hidden never leaves: a secret in everything that can carry one, under every flag, is neither in the bytes that
//! a collector receives nor in a log.
//!
//! Carriers whose secret no flag hides, by design, are in `canary/shown.rs`. Each carrier is also told with nothing
//! hidden, and its secret found, so that a carrier that carries nothing fails.

#[path = "canary/bodies.rs"]
mod bodies;
#[path = "canary/carrier.rs"]
mod carrier;
#[path = "canary/elsewhere.rs"]
mod elsewhere;
#[path = "canary/fields.rs"]
mod fields;
#[path = "canary/foreign.rs"]
mod foreign;
#[path = "canary/json.rs"]
mod json;
#[path = "canary/llm.rs"]
mod llm;
#[path = "canary/pipeline.rs"]
mod pipeline;
#[path = "canary/replaced.rs"]
mod replaced;
#[path = "canary/rules.rs"]
mod rules;
#[path = "canary/secret.rs"]
mod secret;
#[path = "canary/setters.rs"]
mod setters;
#[path = "canary/shown.rs"]
mod shown;
#[path = "canary/surroundings.rs"]
mod surroundings;
#[path = "canary/unbuilt.rs"]
mod unbuilt;

use integration_tests::secrets::FLAGS;
use proptest::prelude::*;
use tracing_openinference::TraceConfig;

use carrier::{Carrier, carriers};
use pipeline::{HTTP, Told, WAYS, Way, tell};
use secret::{Random, Secret};

fn config(flags: &[&str]) -> TraceConfig {
    let hidden = FLAGS.iter().filter(|flag| flags.contains(&flag.name));
    hidden.fold(TraceConfig::new(), |config, flag| (flag.set)(config, true))
}

fn all_flags() -> Vec<&'static str> {
    FLAGS.iter().map(|flag| flag.name).collect()
}

fn told(flags: &[&str], way: Way, carriers: &[Carrier]) -> Told {
    tell(config(flags), way, carriers, &mut Random::new(), Secret::new)
}

/// What leaked, and what is hidden although nobody asked for it.
fn wrong(flags: &[&str], told: &Told, carriers: &[Carrier]) -> Vec<String> {
    let said = told.said.iter().map(|(name, form)| format!("under {flags:?}, {name} is said: {form:?}"));
    let sent = carriers.iter().filter_map(|carrier| {
        let form = told.sent.get(carrier.name);
        (form.is_some() == carrier.is_hidden_under(flags))
            .then(|| format!("under {flags:?}, {} is sent: {form:?}", carrier.name))
    });
    said.chain(sent).collect()
}

#[test]
fn with_nothing_hidden_every_secret_is_sent_and_none_is_said() {
    for way in WAYS {
        let told = told(&[], way, &carriers());
        assert_eq!(wrong(&[], &told, &carriers()), [""; 0]);
    }
}

#[test]
fn a_flag_hides_what_it_speaks_of_in_every_carrier_and_nothing_else() {
    let mut all = Vec::new();
    for (index, flag) in FLAGS.iter().enumerate() {
        let flags = &[flag.name];
        all.extend(wrong(flags, &told(flags, WAYS[index % WAYS.len()], &carriers()), &carriers()));
    }
    all.sort_unstable();
    assert!(all.is_empty(), "{} are wrong:\n{}", all.len(), all.join("\n"));
}

#[test]
fn with_every_flag_only_what_is_shown_by_design_is_sent() {
    for way in WAYS {
        let told = told(&all_flags(), way, &carriers());
        assert_eq!(wrong(&all_flags(), &told, &carriers()), [""; 0]);
    }
}

/// The words of another vocabulary are made of what is left.
#[test]
fn nothing_comes_back_as_gen_ai() {
    for flags in FLAGS.iter().map(|flag| vec![flag.name]).chain([all_flags()]) {
        let config = config(&flags).enable_genai_semconv(true);
        let told = tell(config, HTTP, &carriers(), &mut Random::new(), Secret::new);
        assert_eq!(wrong(&flags, &told, &carriers()), [""; 0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Where two flags are set, more may be hidden than either hides, but never less.
    #[test]
    fn whatever_flags_are_set_what_they_hide_is_not_sent(
        seed: u64, chosen in 1_u32..1 << 17, way in prop::sample::select(&WAYS[..]), rotation: prop::sample::Index,
    ) {
        let flags: Vec<_> =
            FLAGS.iter().enumerate().filter(|(bit, _)| chosen & 1 << bit != 0).map(|(_, flag)| flag.name).collect();
        let mut carriers = carriers();
        let start = rotation.index(carriers.len());
        carriers.rotate_left(start);
        let told = tell(config(&flags), way, &carriers, &mut Random(seed), Secret::new);
        let leaks: Vec<_> = carriers.iter().filter(|carrier| carrier.is_hidden_under(&flags))
            .filter_map(|carrier| Some((carrier.name, told.sent.get(carrier.name)?))).collect();
        prop_assert!(leaks.is_empty(), "under {flags:?}: {leaks:#?}");
        prop_assert!(told.said.is_empty(), "under {flags:?}: {:#?}", told.said);
    }
}
