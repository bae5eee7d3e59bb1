//! Recorded runs of real Rust LLM software, done again through real call sites and the whole pipeline.
//!
//! `fixtures/*.json` say what a `Layer` saw of rig, genai and rmcp: every span with its fields, by which method of
//! `Visit` they came, when it was entered, what it followed, when it closed.

#[path = "replay/call_site.rs"]
mod call_site;
#[path = "replay/fields.rs"]
mod fields;
#[path = "replay/genai.rs"]
mod genai;
#[path = "phoenix/fixtures.rs"]
mod phoenix;
#[path = "replay/player.rs"]
mod player;
#[path = "replay/recording.rs"]
mod recording;
#[path = "replay/replay.rs"]
mod replay;
#[path = "replay/rig.rs"]
mod rig;
#[path = "replay/rmcp.rs"]
mod rmcp;
