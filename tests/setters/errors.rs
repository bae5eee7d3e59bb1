//! Errors and status.

use std::fmt;

use tracing_openinference::{OpenInferenceSpanExt, chain_span, tool_span};

use crate::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("chain_raises", || {
        _ = chain_span!("step").set_input("my-secret").record_exception(&ValueError("bad input: my-secret"))
    }),
    ("manual_raises", manual_raises),
    ("handled_exception", handled_exception),
    ("not_recorded_exceptions", || _ = chain_span!("n")),
];

macro_rules! errors {
    ($($name:ident)+) => {
        $(
            #[derive(Debug)]
            pub(crate) struct $name(pub(crate) &'static str);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(self.0)
                }
            }

            impl std::error::Error for $name {}
        )+
    };
}
errors! { RuntimeError ValueError KeyError MyErr }

fn manual_raises() {
    let outer = chain_span!("outer");
    outer.in_scope(|| tool_span!("inner").record_exception(&MyErr("x")).clone());
    outer.record_exception(&MyErr("x"));
}

fn handled_exception() {
    chain_span!("a").record_exception(&KeyError("'k'")).set_error("handled");
    chain_span!("b").set_input(1).set_error("on the way").set_output(1).set_ok();
    chain_span!("ok-then-error").set_ok().set_error("too late");
    drop(chain_span!("never set"));
}
