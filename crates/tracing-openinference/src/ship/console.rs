//! Finished traces as trees in the terminal, for when there is no backend.
//!
//! Children end before their parents, and a trace may take several batches, so the spans of a trace wait until the
//! one without a local parent has arrived. What never gets one is printed at shutdown, or earlier when too much waits.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::TraceId;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use row::Row;
use tree::Style;

mod row;
mod text;
mod tree;

/// Spans that may wait for the end of their traces. A waiting span is a few hundred bytes, at most a few thousand.
const MAX_WAITING: usize = 4096;
/// Printed traces that are remembered, so that a span which ends after its root does not wait for a second root.
const MAX_REMEMBERED: usize = 64;
/// Without a terminal's word for it: what fits most of them and can still be read.
const DEFAULT_WIDTH: usize = 100;

/// Prints every finished trace as a tree: kinds, names, durations, models, tokens, errors, inputs and outputs.
///
/// Control characters of the spans never reach the terminal. Failures to write are ignored: there is nobody to tell.
pub struct Console {
    style: Style,
    state: Mutex<State>,
}

impl Console {
    /// Prints to the standard error stream, where log lines go too: the standard output may be the program's result,
    /// or, in a server that speaks over it, its protocol.
    #[must_use]
    pub fn stderr() -> Self {
        Self::new(Output::Stderr, io::stderr().is_terminal())
    }

    /// Prints to the standard output stream.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(Output::Stdout, io::stdout().is_terminal())
    }

    /// Prints to `writer`, without colours.
    #[must_use]
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self::new(Output::Writer(Box::new(writer)), false)
    }

    /// Sets the width in columns to which lines are cut. Defaults to `COLUMNS`, else to 100.
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.style.width = columns;
        self
    }

    /// Sets whether to colour. Defaults to yes on a terminal, unless `NO_COLOR` is set.
    #[must_use]
    pub fn colours(mut self, colours: bool) -> Self {
        self.style.colours = colours;
        self
    }

    fn new(output: Output, terminal: bool) -> Self {
        let style = style(terminal, &|name| std::env::var(name).ok());
        Self { style, state: Mutex::new(State::new(output)) }
    }

    fn with_state<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A panic while printing leaves a half-printed trace, not a broken state.
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// <https://no-color.org>, and `TERM=dumb` as editors set it.
fn style(terminal: bool, lookup: &dyn Fn(&str) -> Option<String>) -> Style {
    let width = lookup("COLUMNS").and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    let refused = lookup("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = lookup("TERM").is_some_and(|term| term == "dumb");
    Style { width: width.unwrap_or(DEFAULT_WIDTH), colours: terminal && !refused && !dumb }
}

impl SpanExporter for Console {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        std::future::ready(self.with_state(|state| {
            if state.ended {
                return Err(OTelSdkError::AlreadyShutdown);
            }
            state.accept(&batch, self.style);
            Ok(())
        }))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.with_state(|state| {
            state.print_waiting(self.style);
            state.ended = true;
        });
        Ok(())
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("style", &self.style).finish_non_exhaustive()
    }
}

enum Output {
    Stderr,
    Stdout,
    Writer(Box<dyn Write + Send>),
}

impl Output {
    fn write(&mut self, text: &str) {
        let write = |out: &mut dyn Write| out.write_all(text.as_bytes()).and_then(|()| out.flush());
        // A closed pipe must not disturb the program whose traces these are.
        let _ = match self {
            Self::Stderr => write(&mut io::stderr().lock()),
            Self::Stdout => write(&mut io::stdout().lock()),
            Self::Writer(writer) => write(writer),
        };
    }
}

struct State {
    output: Output,
    waiting: HashMap<TraceId, Vec<Row>>,
    waiting_spans: usize,
    /// The traces of `waiting`, the one that has waited longest first.
    order: VecDeque<TraceId>,
    printed: VecDeque<TraceId>,
    ended: bool,
}

impl State {
    fn new(output: Output) -> Self {
        Self {
            output,
            waiting: HashMap::new(),
            waiting_spans: 0,
            order: VecDeque::new(),
            printed: VecDeque::new(),
            ended: false,
        }
    }

    fn accept(&mut self, batch: &[SpanData], style: Style) {
        let mut complete = Vec::new();
        for span in batch {
            let trace = span.span_context.trace_id();
            let row = Row::of(span);
            if (row.is_root() || self.printed.contains(&trace)) && !complete.contains(&trace) {
                complete.push(trace);
            }
            self.wait(trace, row);
        }
        // After the whole batch, because a root may stand before a child that outlived it.
        for trace in complete {
            self.print(trace, style);
        }
        while self.waiting_spans > MAX_WAITING {
            let Some(oldest) = self.order.front().copied() else { break };
            self.print(oldest, style);
        }
    }

    fn wait(&mut self, trace: TraceId, row: Row) {
        let rows = self.waiting.entry(trace).or_default();
        if rows.is_empty() {
            self.order.push_back(trace);
        }
        rows.push(row);
        self.waiting_spans += 1;
    }

    fn print(&mut self, trace: TraceId, style: Style) {
        let Some(rows) = self.waiting.remove(&trace) else { return };
        self.waiting_spans -= rows.len();
        self.order.retain(|waiting| *waiting != trace);
        if !self.printed.contains(&trace) {
            self.printed.push_back(trace);
        }
        if self.printed.len() > MAX_REMEMBERED {
            self.printed.pop_front();
        }
        let text = tree::render(trace, &rows, style);
        self.output.write(&text);
    }

    fn print_waiting(&mut self, style: Style) {
        while let Some(oldest) = self.order.front().copied() {
            self.print(oldest, style);
        }
    }
}

#[cfg(test)]
mod tests;
