# What one does here every day: `just --list`.

# Everything a change has to pass.
ci:
    bash .ci/run

# The tests that need nothing.
test *arguments:
    cargo test {{arguments}}

# The tests against a real Phoenix, which is started for it.
test-phoenix:
    scripts/phoenix start
    PHOENIX_URL=http://127.0.0.1:6006 cargo test --package integration-tests --test phoenix --test oracle --test replay

# The packages that build half an ecosystem: rig, genai, rmcp.
test-heavy *arguments:
    cargo test --package framework-examples --package framework-tests {{arguments}}

# Ten minutes of faults at 2,000 spans a second, and an outage of a minute.
soak seconds="600":
    SOAK_SECONDS={{seconds}} cargo test --package integration-tests --test ship -- --ignored

# The queue under a scheduler that tries thousands of orders of events.
orders:
    RUSTFLAGS="--cfg shuttle" cargo test --package tracing-openinference --no-default-features --lib --target-dir target/shuttle orders

# A Phoenix that is ended for a minute, one that is killed, and a hundred thousand spans at once. Takes minutes.
outage:
    cargo test --package integration-tests --test phoenix -- --ignored --nocapture --test-threads 1

# What the fuzz targets find beyond the seeds is kept in `fuzz/corpus`. They need a nightly compiler and cargo-fuzz.

# The fuzz targets, five minutes each.
fuzz seconds=env("FUZZ_SECONDS", "300"):
    for target in redactor flattener; do \
        mkdir -p fuzz/corpus/$target && \
        cargo +nightly fuzz run $target fuzz/corpus/$target fuzz/seeds/$target -- \
            -max_total_time={{seconds}} -max_len=8192 -timeout=10 -dict=fuzz/words.dict || exit 1; \
    done

# Formats, and says what clippy says.
lint:
    cargo fmt --all
    cargo clippy --all-targets -- -D warnings

# The documentation, as docs.rs has it.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features --package openinference-semconv --package tracing-openinference --open

# A support bot's trace, in Phoenix or in this terminal.
quickstart:
    cargo run --example quickstart

# A real Phoenix: `just phoenix start`, `just phoenix stop`.
phoenix command="status":
    scripts/phoenix {{command}}

# A real LiteLLM whose models have fixed answers: `just litellm start`, `just litellm stop`.
litellm command="status":
    scripts/litellm {{command}}

# Whether Phoenix shows the quickstart's messages, tool call, tokens and error.
browser-test project="default":
    scripts/browser-test {{project}}

# What a span of the quickstart looks like there: `just screenshot chat chat.png`.
screenshot span file project="default":
    scripts/screenshot {{project}} {{span}} {{file}}

# Our cost over tracing-opentelemetry's, on an idle machine.
ratios:
    cargo run --release --package benches --bin ratios
