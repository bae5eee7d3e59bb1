//! What spans inherit, and what silences them.

use serde_json::json;
use tracing_openinference::{
    OpenInferenceSpanExt, PromptTemplate, Scope, agent_span, chain_span, llm_span, suppress_tracing, tool_span,
};

use crate::Scenario;

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("context_all", all),
    ("context_nesting", nesting),
    ("context_precedence", precedence),
    ("context_span_created_before", created_before),
    ("context_masking", masking),
    ("suppress_sync", suppress_sync),
    ("suppress_open_span", suppress_open_span),
    ("suppress_decorators", || _ = chain_span!("f").set_input(2).set_output(2).set_ok()),
];

fn all() {
    Scope::new()
        .session("sess")
        .user("user")
        .metadata(json!({"a": 1, "b": {"c": "ü"}, "d": null}))
        .tags(["x", "y"])
        .prompt_template(PromptTemplate::new("T {v}").version("1").variables(json!({"v": "w"})))
        .in_scope(|| {
            agent_span!("root").in_scope(|| llm_span!("child").in_scope(|| drop(tool_span!("leaf"))));
        });
    drop(chain_span!("outside"));
}

fn nesting() {
    let outer = Scope::new().session("s1").user("u1").metadata(json!({"a": 1})).tags(["x"]);
    outer.in_scope(|| {
        Scope::new().session("s2").metadata(json!({"b": 2})).tags(["y"]).in_scope(|| drop(chain_span!("inner")));
        let empty = Scope::new().session("").user("").metadata(json!({})).tags([""; 0]);
        empty.in_scope(|| drop(chain_span!("empty-does-not-clear")));
        drop(chain_span!("restored"));
    });
}

fn precedence() {
    let scope = Scope::new().session("ctx").user("ctx").metadata(json!({"from": "ctx"})).tags(["ctx"]);
    scope.in_scope(|| _ = chain_span!("s").set_user("later").set_tags(["later"]));
}

fn created_before() {
    let before = chain_span!("before");
    Scope::new().session("x").in_scope(|| {
        before.set_attribute("k", 1);
        drop(before);
        drop(chain_span!("started-inside"));
    });
}

fn masking() {
    Scope::new()
        .session("s")
        .user("u")
        .metadata(json!({"secret": "m"}))
        .tags(["t"])
        .prompt_template(PromptTemplate::new("P").variables(json!({"x": "secret"})))
        .in_scope(|| _ = llm_span!("s", input.value = "i"));
}

fn suppress_sync() {
    let parent = chain_span!("parent");
    parent.in_scope(|| {
        {
            let _silence = suppress_tracing();
            chain_span!("hidden").in_scope(|| drop(chain_span!("hidden below")));
        }
        drop(chain_span!("visible"));
    });
}

fn suppress_open_span() {
    let open = chain_span!("open");
    {
        let _silence = suppress_tracing();
        open.set_attribute("inside", 1);
    }
    drop(open);
    drop(chain_span!("after-exception"));
}
