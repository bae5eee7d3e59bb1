//! A model that answers what a test tells it, and a pipeline around whatever asks it.

pub mod model;
pub mod reply;
pub mod run;

pub use model::Model;
pub use reply::Reply;
pub use run::{Trace, record, record_with, send};
