//! Delivery as an application sees it: real spans, the whole pipeline, a collector that does what the test says.
//!
//! Whatever happens, every span that was made is exported, rejected, dropped for a named reason, or pending; each test
//! checks that, and that the collector has what the report says.

#[path = "ship/backends.rs"]
mod backends;
#[path = "ship/codes.rs"]
mod codes;
#[path = "ship/endings.rs"]
mod endings;
#[path = "ship/faults.rs"]
mod faults;
#[path = "ship/memory.rs"]
mod memory;
#[path = "ship/model.rs"]
mod model;
#[path = "ship/panics.rs"]
mod panics;
#[path = "ship/pipeline.rs"]
mod pipeline;
#[path = "ship/process.rs"]
mod process;
#[path = "ship/proxy.rs"]
mod proxy;
#[path = "ship/quiet.rs"]
mod quiet;
#[path = "ship/rude.rs"]
mod rude;
#[path = "ship/settings.rs"]
mod settings;
#[path = "ship/sizes.rs"]
mod sizes;
#[path = "ship/soak.rs"]
mod soak;
#[path = "ship/spool.rs"]
mod spool;
#[path = "ship/spool_faults.rs"]
mod spool_faults;
#[path = "ship/statuses.rs"]
mod statuses;
#[path = "ship/tls.rs"]
mod tls;
