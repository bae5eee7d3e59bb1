use opentelemetry_sdk::trace::Sampler;

use super::env::{Env, Source, Sourced};
use crate::BuildError;

/// The samplers of the OpenTelemetry specification that the SDK implements.
#[derive(Clone, Copy)]
enum Kind {
    On,
    Off,
    Ratio,
}

const SAMPLERS: [(&str, (bool, Kind)); 6] = [
    ("always_on", (false, Kind::On)),
    ("always_off", (false, Kind::Off)),
    ("traceidratio", (false, Kind::Ratio)),
    ("parentbased_always_on", (true, Kind::On)),
    ("parentbased_always_off", (true, Kind::Off)),
    ("parentbased_traceidratio", (true, Kind::Ratio)),
];

/// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`.
///
/// Where the SDK falls back to sampling everything, this is an error: a typo in a sampler is noticed on the bill.
pub(super) fn read(env: &Env) -> Result<Sourced<Sampler>, BuildError> {
    let Some(Sourced { value: (parent_based, kind), source }) = env.one_of(&["OTEL_TRACES_SAMPLER"], &SAMPLERS)? else {
        return Ok(Sourced::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)), Source::Default));
    };
    let sampler = match kind {
        Kind::On => Sampler::AlwaysOn,
        Kind::Off => Sampler::AlwaysOff,
        Kind::Ratio => Sampler::TraceIdRatioBased(ratio(env)?),
    };
    let sampler = if parent_based { Sampler::ParentBased(Box::new(sampler)) } else { sampler };
    Ok(Sourced::new(sampler, source))
}

/// Everything, as the specification says, where no ratio is given.
fn ratio(env: &Env) -> Result<f64, BuildError> {
    let Some(text) = env.text("OTEL_TRACES_SAMPLER_ARG")? else { return Ok(1.0) };
    match text.value.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err(text.source.error(text.value, "is not a ratio between 0.0 and 1.0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(name: &str, argument: &str) -> Result<String, String> {
        let env = Env::of([("OTEL_TRACES_SAMPLER", name), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        read(&env).map(|sampler| format!("{:?}", sampler.value)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_samplers_of_the_sdk_are_known() {
        for (name, argument, expected) in [
            ("", "", "ParentBased(AlwaysOn)"),
            ("always_on", "", "AlwaysOn"),
            ("always_off", "nonsense", "AlwaysOff"),
            ("traceidratio", "0.25", "TraceIdRatioBased(0.25)"),
            ("traceidratio", "", "TraceIdRatioBased(1.0)"),
            ("parentbased_always_on", "", "ParentBased(AlwaysOn)"),
            ("ParentBased_Always_Off", "", "ParentBased(AlwaysOff)"),
            ("parentbased_traceidratio", "0", "ParentBased(TraceIdRatioBased(0.0))"),
        ] {
            assert_eq!(sampler(name, argument).as_deref(), Ok(expected), "{name} {argument}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_an_error_that_names_it() {
        for name in ["jaeger_remote", "parentbased_jaeger_remote", "xray", "half"] {
            assert!(sampler(name, "").unwrap_err().starts_with(&format!("OTEL_TRACES_SAMPLER = {name:?}: ")));
        }
        for argument in ["1.5", "-0.1", "NaN", "inf", "10%", "0,5"] {
            let message = sampler("traceidratio", argument).unwrap_err();
            assert!(message.starts_with(&format!("OTEL_TRACES_SAMPLER_ARG = {argument:?}: ")), "{message}");
        }
    }
}
