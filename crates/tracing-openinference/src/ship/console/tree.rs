//! One trace as a tree of lines.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use opentelemetry::trace::{SpanId, TraceId};

use super::row::Row;
use super::text::{columns, duration, one_line};

/// A line is never cut below this, however deep the tree or narrow the terminal.
const MIN_TEXT: usize = 20;

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    /// Columns of a line.
    pub(super) width: usize,
    /// Whether to use ANSI colours.
    pub(super) colours: bool,
}

/// What a piece of text is, to the eye.
#[derive(Clone, Copy)]
enum Tone {
    Plain,
    Bold,
    Dim,
    Red,
    Kind(&'static str),
}

/// The tree of `rows`, which are the spans of `trace`, with a head line and an empty line after it.
pub(super) fn render(trace: TraceId, rows: &[Row], style: Style) -> String {
    let mut lines = Lines { text: String::new(), style };
    lines.head(trace, rows);
    let families = Families::of(rows);
    // A stack, not recursion: how deep a trace goes is not ours to decide.
    let mut stack: Vec<(&Row, String, Branch)> =
        families.roots.iter().rev().map(|row| (*row, String::new(), Branch::Root)).collect();
    while let Some((row, indent, branch)) = stack.pop() {
        let children = families.children(row);
        let below = format!("{indent}{}", branch.below());
        lines.title(row, &format!("{indent}{}", branch.beside()));
        let rail = if children.is_empty() { "  " } else { "│ " };
        lines.details(row, &format!("{below}{rail}"));
        for (place, child) in children.iter().enumerate().rev() {
            let branch = if place + 1 == children.len() { Branch::Last } else { Branch::Inner };
            stack.push((child, below.clone(), branch));
        }
    }
    lines.text.push('\n');
    lines.text
}

#[derive(Clone, Copy)]
enum Branch {
    Root,
    Inner,
    Last,
}

impl Branch {
    fn beside(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Inner => "├─ ",
            Self::Last => "└─ ",
        }
    }

    fn below(self) -> &'static str {
        match self {
            Self::Root => "",
            Self::Inner => "│  ",
            Self::Last => "   ",
        }
    }
}

/// Who belongs under whom, the earlier first.
struct Families<'a> {
    roots: Vec<&'a Row>,
    children: HashMap<SpanId, Vec<&'a Row>>,
}

impl<'a> Families<'a> {
    fn of(rows: &'a [Row]) -> Self {
        let mut rows: Vec<&Row> = rows.iter().collect();
        rows.sort_by_key(|row| row.start);
        let ids: HashSet<SpanId> = rows.iter().map(|row| row.id).collect();
        let (nested, roots): (Vec<&Row>, Vec<&Row>) =
            // A remote parent may be here as well: client and server in one process.
            rows.into_iter().partition(|row| ids.contains(&row.parent) && row.parent != row.id);
        let mut children = HashMap::<SpanId, Vec<&Row>>::new();
        for row in nested {
            children.entry(row.parent).or_default().push(row);
        }
        Self { roots, children }
    }

    fn children(&self, row: &Row) -> &[&'a Row] {
        self.children.get(&row.id).map_or(&[], Vec::as_slice)
    }
}

struct Lines {
    text: String,
    style: Style,
}

impl Lines {
    fn head(&mut self, trace: TraceId, rows: &[Row]) {
        let mut head = format!("trace {trace}");
        if let Some(session) = rows.iter().find_map(|row| row.session.as_deref()) {
            let _ = write!(head, " · session {session}");
        }
        if !rows.iter().any(Row::is_root) {
            head.push_str(" · without its root");
        }
        self.put(&one_line(&head, self.style.width), Tone::Dim);
        self.text.push('\n');
    }

    fn title(&mut self, row: &Row, indent: &str) {
        self.put(indent, Tone::Dim);
        let mut room = self.room(indent);
        let mut word = |lines: &mut Self, word: &str, tone| {
            if word.is_empty() || room < 2 {
                return;
            }
            let word = one_line(word, room);
            room = room.saturating_sub(width(&word) + 1);
            lines.put(&word, tone);
            lines.text.push(' ');
        };
        word(self, &row.kind, Tone::Kind(colour(&row.kind)));
        word(self, &row.name, Tone::Bold);
        word(self, &duration(row.duration), Tone::Dim);
        word(self, row.model.as_deref().unwrap_or_default(), Tone::Plain);
        word(self, row.tokens.as_deref().unwrap_or_default(), Tone::Dim);
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
    }

    fn details(&mut self, row: &Row, indent: &str) {
        let details =
            [("✗  ", &row.error, Tone::Red), ("in ", &row.input, Tone::Plain), ("out", &row.output, Tone::Plain)];
        for (label, text, tone) in details {
            let Some(text) = text else { continue };
            self.put(indent, Tone::Dim);
            self.put(label, if label.starts_with('✗') { Tone::Red } else { Tone::Dim });
            self.text.push(' ');
            let text = one_line(text, self.room(indent).saturating_sub(4).max(MIN_TEXT));
            self.put(&text, tone);
            self.text.push('\n');
        }
    }

    fn room(&self, indent: &str) -> usize {
        self.style.width.saturating_sub(width(indent)).max(MIN_TEXT)
    }

    fn put(&mut self, text: &str, tone: Tone) {
        let code = match tone {
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Red => "31",
            Tone::Kind(colour) => colour,
            Tone::Plain => "",
        };
        if self.style.colours && !code.is_empty() && !text.is_empty() {
            let _ = write!(self.text, "\u{1b}[{code}m{text}\u{1b}[0m");
        } else {
            self.text.push_str(text);
        }
    }
}

fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Models stand out, what feeds them is cool, what they act with is warm.
fn colour(kind: &str) -> &'static str {
    match kind {
        "LLM" => "1;35",
        "RETRIEVER" | "RERANKER" | "EMBEDDING" => "36",
        "TOOL" => "33",
        "AGENT" => "1;34",
        "GUARDRAIL" | "EVALUATOR" => "32",
        _ => "2",
    }
}
