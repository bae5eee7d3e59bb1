//! How a program ends and what it runs in, in every combination. (`exit.rs` has each ending more closely.)

use std::thread;
use std::time::Duration;

use integration_tests::{Collector, SLACK};

use crate::pipeline::{BOTH, assert_has};
use crate::process::Child;

const RUNTIMES: [&str; 4] = ["no_runtime", "current_thread", "one_worker", "many_workers"];
const ENDINGS: [&str; 6] = ["handle_dropped", "shutdown", "main_returns", "exit", "panic", "task"];

/// Far below what an ending may wait for a collector, on a machine that does other things.
const START: Duration = Duration::from_millis(1500);

#[test]
fn however_a_program_ends_its_spans_arrive() {
    for runtime in RUNTIMES {
        thread::scope(|scope| {
            for (transport, ending) in BOTH.into_iter().flat_map(|transport| ENDINGS.map(|ending| (transport, ending)))
            {
                // Only a runtime with workers runs a task while somebody waits for it.
                if ending == "task" && !["one_worker", "many_workers"].contains(&runtime) {
                    continue;
                }
                scope.spawn(move || {
                    let case = format!("{transport:?} {runtime} {ending}");
                    let collector = Collector::start().answer_ok();
                    let ended = Child::new(&["ending", runtime, ending]).to(transport, &collector.url()).run();
                    let code = if ending == "panic" { 101 } else { 0 };
                    assert_eq!(ended.code, Some(code), "{case}: {}", ended.err);
                    assert!(ended.took < START + SLACK, "{case}: {:?}", ended.took);
                    assert_eq!(collector.spans().len(), 100, "{case}");
                    assert_has(&collector, 0..100);
                });
            }
        });
    }
}

/// With the lines that the README gives for it: a signal that nobody waits for ends a process at once.
#[cfg(unix)]
#[test]
fn a_program_that_is_terminated_delivers_first() {
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let child = Child::new(&["terminated"]).to(transport, &collector.url());
        // Nothing is sent before the end.
        let ended = child.env("OTEL_BSP_SCHEDULE_DELAY", "60000").terminate_after("ready");
        assert_eq!(ended.code, Some(0), "{transport:?}: {}", ended.err);
        assert!(ended.out.contains("created 100, exported 100"), "{transport:?}: {}", ended.out);
        assert!(ended.took < START + SLACK, "{transport:?}: {:?}", ended.took);
        assert_has(&collector, 0..100);
    }
}

#[cfg(unix)]
#[test]
fn a_fork_neither_waits_nor_sends_what_its_parent_sends() {
    for transport in BOTH {
        let collector = Collector::start().answer_ok();
        let ended = Child::new(&["fork"]).to(transport, &collector.url()).run();
        assert_eq!(ended.code, Some(0), "{transport:?}: {}", ended.err);
        let line = |who: &str| {
            let line = ended.out.lines().find(|line| line.starts_with(who));
            line.unwrap_or_else(|| panic!("{transport:?}: no word of the {who} in {}", ended.out)).to_owned()
        };
        let (child, parent) = (line("child"), line("parent"));
        let waited: u64 = child.split(' ').nth(1).and_then(|ms| ms.parse().ok()).expect("milliseconds");
        assert!(waited < 100, "{transport:?}: {child}");
        assert!(child.contains("dropped 200 (forked child 200), pending 0"), "{transport:?}: {child}");
        assert!(parent.contains(" false 101 created 101, exported 101"), "{transport:?}: {parent}");
        assert_has(&collector, 0..100);
    }
}

/// As many as it has: a build that cannot be made says so, and what cannot be sent now is sent later.
#[cfg(unix)]
#[test]
fn without_file_descriptors_nothing_panics_and_nothing_is_lost() {
    for transport in BOTH {
        let (mut built, mut not_built) = (0, 0);
        for most in [4, 5, 6, 7, 8, 9, 10, 12, 16, 64] {
            let collector = Collector::start().answer_ok();
            let child = Child::new(&["descriptors"]).to(transport, &collector.url()).with_descriptors(most);
            let ended = child.run();
            assert_eq!(ended.code, Some(0), "{transport:?} {most}: {} {}", ended.out, ended.err);
            if ended.out.starts_with("not built: ") || ended.out.starts_with("built with the last: ") {
                not_built += 1;
                continue;
            }
            built += 1;
            let (without, with) = ended.out.split_once('\n').expect("two lines");
            assert!(without.contains("pending 100; last error: ") && without.contains("open files"), "{without}");
            assert!(with.contains("exported 100, rejected 0, dropped 0, pending 0"), "{with}");
            assert_has(&collector, 0..100);
        }
        assert!(built > 0 && not_built > 0, "{transport:?}: {built} {not_built}");
    }
}
