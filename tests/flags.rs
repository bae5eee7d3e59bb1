//! What a flag hides is not in the bytes that leave the process, and what it does not speak of is.

use std::time::Duration;

use integration_tests::Collector;
use integration_tests::collector::Protocol;
use integration_tests::secrets::{FLAGS, HIDE_VECTOR, SECRETS, VECTOR, secret, tell};
use tracing_openinference::TraceConfig;
use tracing_subscriber::layer::SubscriberExt;

/// What a collector receives of all secrets under a policy.
fn told(config: TraceConfig, protocol: Protocol) -> Collector {
    let collector = Collector::start().answer_ok();
    let builder = tracing_openinference::builder().endpoint(collector.url()).trace_config(config);
    let builder = if protocol == Protocol::Grpc { builder.grpc() } else { builder };
    let openinference = builder.build().expect("the settings are right");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), tell);
    let report = openinference.shutdown(Duration::from_secs(10));
    assert!(report.is_complete(), "{report}");
    assert!(collector.requests().iter().all(|request| request.protocol == protocol));
    collector
}

fn saw_vector(collector: &Collector) -> bool {
    collector.bytes().windows(8).any(|bytes| bytes == VECTOR.to_le_bytes())
}

fn hides_what_it_says(hidden: &[&str], collector: &Collector) {
    let hides = |by: &[&str]| by.iter().any(|flag| hidden.contains(flag));
    let wrong: Vec<_> =
        SECRETS.iter().filter(|told| collector.saw(&secret(told.place)) == hides(told.hidden_by)).collect();
    assert!(wrong.is_empty(), "under {hidden:?} it is the other way around: {wrong:#?}");
    assert_eq!(saw_vector(collector), !hides(HIDE_VECTOR), "{hidden:?}");
}

#[test]
fn with_nothing_hidden_every_secret_is_in_the_bytes() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        hides_what_it_says(&[], &told(TraceConfig::new(), protocol));
    }
}

#[test]
fn a_flag_hides_what_it_speaks_of_and_nothing_else() {
    for protocol in [Protocol::Http, Protocol::Grpc] {
        for flag in FLAGS {
            hides_what_it_says(&[flag.name], &told((flag.set)(TraceConfig::new(), true), protocol));
        }
    }
}

#[test]
fn two_flags_hide_what_either_hides() {
    for (first, second) in FLAGS.iter().zip(FLAGS.iter().skip(1)) {
        let config = (second.set)((first.set)(TraceConfig::new(), true), true);
        hides_what_it_says(&[first.name, second.name], &told(config, Protocol::Http));
    }
}

#[test]
fn with_everything_hidden_only_the_frame_is_left() {
    let config = FLAGS.iter().fold(TraceConfig::new(), |config, flag| (flag.set)(config, true));
    let all: Vec<_> = FLAGS.iter().map(|flag| flag.name).collect();
    for protocol in [Protocol::Http, Protocol::Grpc] {
        hides_what_it_says(&all, &told(config.clone(), protocol));
    }
}

/// So that the table does not fall behind the builder.
#[test]
fn every_flag_hides_something_that_is_told() {
    for flag in FLAGS {
        let hides = |by: &[&str]| by.contains(&flag.name);
        assert!(hides(HIDE_VECTOR) || SECRETS.iter().any(|secret| hides(secret.hidden_by)), "{flag:?}");
    }
}
