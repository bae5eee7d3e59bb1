//! What the model says in most tests.

use framework_tests::Reply;
use serde_json::json;

pub(crate) const ANSWER: &str = "It is 18 °C in both.";

/// The first turn: two tools at once.
pub(crate) fn calls() -> Reply {
    let paris = ("call_1", "weather", json!({ "city": "Paris" }));
    let rome = ("call_2", "weather", json!({ "city": "Rome" }));
    Reply::calls([paris, rome]).usage([100, 0, 20, 0])
}

/// The second.
pub(crate) fn answer() -> Reply {
    Reply::text(ANSWER).usage([150, 50, 10, 4])
}
