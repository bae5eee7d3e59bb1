//! Guides: one task a page, with code that compiles.
//!
//! | page | for whom |
//! |---|---|
//! | [`setup`] | the first trace, in a new program and in one that has a subscriber |
//! | [`environment`] | every variable, its default, and who defined it |
//! | [`production`] | before it runs where it matters, with a checklist |
//! | [`redaction`] | what each flag hides, rules of your own, and how to test a policy |
//! | [`filtering`] | which spans are recorded, sampled and kept |
//! | [`streaming`] | answers that come token by token |
//! | [`frameworks`] | rig, genai, rmcp, async-openai and other libraries that make spans themselves |
//! | [`existing_opentelemetry`] | programs that send traces somewhere else already |
//! | [`collector`] | an OpenTelemetry Collector between the program and its backends |
//! | [`migration`] | from Python's `phoenix.otel` and `openinference-instrumentation`, line by line |
//! | [`troubleshooting`] | by symptom |

#[doc = include_str!("guide/setup.md")]
pub mod setup {}

#[doc = include_str!("guide/environment.md")]
pub mod environment {}

#[doc = include_str!("guide/production.md")]
pub mod production {}

#[doc = include_str!("guide/redaction.md")]
pub mod redaction {}

#[doc = include_str!("guide/filtering.md")]
pub mod filtering {}

#[doc = include_str!("guide/streaming.md")]
pub mod streaming {}

#[doc = include_str!("guide/frameworks.md")]
pub mod frameworks {}

#[doc = include_str!("guide/existing_opentelemetry.md")]
pub mod existing_opentelemetry {}

#[doc = include_str!("guide/collector.md")]
pub mod collector {}

#[doc = include_str!("guide/migration.md")]
pub mod migration {}

#[doc = include_str!("guide/troubleshooting.md")]
pub mod troubleshooting {}
