//! Real LLM libraries with our layer, against a model on loopback that says what a test tells it.
//!
//! They are asked through their own interface and nothing is changed in them; what comes out is asserted as a tree, and,
//! when `PHOENIX_URL` is set, as a real Phoenix has it.

#[path = "applications/genai.rs"]
mod genai_app;
#[path = "spans/genai.rs"]
mod genai_spans;
mod phoenix;
mod replies;
#[path = "applications/rig.rs"]
mod rig_app;
#[path = "spans/rig_errors.rs"]
mod rig_errors;
#[path = "spans/rig.rs"]
mod rig_spans;
#[path = "applications/rmcp.rs"]
mod rmcp_app;
#[path = "spans/rmcp.rs"]
mod rmcp_spans;
