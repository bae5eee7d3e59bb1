//! Delivery as an application sees it: real spans, the whole pipeline, a collector that does what the test says.
//!
//! Whatever happens, every span that was made is exported, rejected, dropped for a named reason, or pending; each test
//! checks that, and that the collector has what the report says.
//!
//! What is promised, and what holds it:
//!
//! | promise | tests |
//! |---|---|
//! | however a program ends, its spans arrive, and it ends in time | `endings`, `exit.rs` |
//! | no call waits longer than it may | `faults`: a collector that hangs, drips, is silent; `exit.rs`: a shutdown takes as long as it was given |
//! | an outage of a minute at 500 spans a second loses nothing, and is over when the collector is back | `faults`: an outage of three seconds, of a minute (`just soak`); `phoenix/outage.rs` (`just outage`) |
//! | a span of 8 MiB costs its own content and no other span; no request is over the limit | `sizes`, `phoenix/large.rs` |
//! | a burst of 100,000 spans is delivered whole, beyond the budget with exact counts | `sizes`: two bursts; `phoenix/large.rs` |
//! | every span has one fate, and the report says which | `Pipeline::check` in each test here; `model` |
//! | memory stays within the budget and a quarter of it | `memory`; `ship/tests/budget.rs` of the crate |
//! | few lines in the log, with the cause and what to do | `quiet`: two lines; `tls`: what is told; `ship/notice.rs` of the crate |
//! | other layers and we do not disturb each other | `beside.rs`: compositions, filters, reentrancy |
//! | delivery is never traced; without spans there are no requests | `quiet` |
//! | no panic of anybody stops the delivery or reaches the application | `panics`, `pipeline/panics.rs` |
//! | every history has a true report; every order of events has an end | `model`; `ship/queue/orders.rs` of the crate (`just orders`) |
//! | a request that always fails holds up no other | `stubborn`; `model` |
//! | every answer, and everything that is no answer, has its consequence | `statuses`, `codes`, `faults`, `rude`, `tls`, `proxy` |
//! | no setting makes a pipeline panic, spin, or be silent about what it ignores | `settings`, `tls`: files that cannot be used |
//! | a forked child neither waits nor sends | `endings`: a fork |
//! | ten minutes of faults lose nothing and leave nothing behind | `soak` (`just soak`) |

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
#[path = "ship/meter.rs"]
mod meter;
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
#[path = "ship/stubborn.rs"]
mod stubborn;
#[path = "ship/tls.rs"]
mod tls;
