//! What the name of a file says, so that the directory can be judged without opening any.

/// `<time>-<writer>-<number>-<spans>-<bytes>`, and what is the matter with it. In the order of names the oldest is first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Milliseconds since 1970.
    pub(super) at: u64,
    pub(super) writer: u64,
    pub(super) number: u64,
    pub(super) spans: u64,
    /// Of the whole file.
    pub(super) bytes: u64,
    pub(super) state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unfinished,
    Ready,
    /// Somebody sends it, until this time at the latest.
    Claimed {
        until: u64,
        by: u64,
    },
    Damaged,
}

const UNFINISHED: &str = "tmp";
const READY: &str = "otlp";
const CLAIMED: &str = "sending";
const DAMAGED: &str = "damaged";

impl Name {
    /// The name of the file in this state.
    pub(super) fn file(&self, state: State) -> String {
        let Self { at, writer, number, spans, bytes, .. } = self;
        let stem = format!("{at:013}-{writer:016x}-{number:010}-{spans}-{bytes}");
        match state {
            State::Unfinished => format!("{stem}.{UNFINISHED}"),
            State::Ready => format!("{stem}.{READY}"),
            State::Claimed { until, by } => format!("{stem}.{until}-{by:016x}.{CLAIMED}"),
            State::Damaged => format!("{stem}.{DAMAGED}"),
        }
    }

    /// `None` for a file that is not ours.
    pub(super) fn parse(file: &str) -> Option<Self> {
        let (rest, kind) = file.rsplit_once('.')?;
        let (stem, state) = match kind {
            UNFINISHED => (rest, State::Unfinished),
            READY => (rest, State::Ready),
            DAMAGED => (rest, State::Damaged),
            CLAIMED => {
                let (stem, claim) = rest.rsplit_once('.')?;
                let (until, by) = claim.split_once('-')?;
                (stem, State::Claimed { until: until.parse().ok()?, by: u64::from_str_radix(by, 16).ok()? })
            }
            _ => return None,
        };
        let mut parts = stem.split('-');
        let name = Self {
            at: parts.next()?.parse().ok()?,
            writer: u64::from_str_radix(parts.next()?, 16).ok()?,
            number: parts.next()?.parse().ok()?,
            spans: parts.next()?.parse().ok()?,
            bytes: parts.next()?.parse().ok()?,
            state,
        };
        // Whatever else could be read as one of ours has a name that is not written like this.
        (name.file(state) == file).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_was_written() {
        let name = Name { at: 1_763_640_000_000, writer: 7, number: 3, spans: 512, bytes: 70_000, state: State::Ready };
        for state in [State::Unfinished, State::Ready, State::Claimed { until: 12, by: u64::MAX }, State::Damaged] {
            assert_eq!(Name::parse(&name.file(state)), Some(Name { state, ..name.clone() }));
        }
        for other in ["", ".otlp", "notes.otlp", "1-2-3-4-5.otlp", "a-b-c-d-e.otlp", "x.sending", "README", "..tmp"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }

    #[test]
    fn names_stand_in_the_order_of_time() {
        let name = |at, number| Name { at, writer: 1, number, spans: 9, bytes: 9, state: State::Ready };
        let files =
            [(1, 2), (1, 10), (20, 1), (1_763_640_000_000, 1)].map(|(at, number)| name(at, number).file(State::Ready));
        assert!(files.is_sorted(), "{files:?}");
    }
}
