//! The bodies of the fuzz targets over their seeds: what needs neither a nightly compiler nor time.

#[path = "../fuzz/bodies/flattener.rs"]
mod flattener;
#[path = "../fuzz/bodies/input.rs"]
mod input;
#[path = "../fuzz/bodies/lists.rs"]
mod lists;
#[path = "../fuzz/bodies/redactor.rs"]
mod redactor;

use std::fs;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let mut seeds: Vec<_> =
        fs::read_dir(folder).expect("the seeds are there").map(|entry| entry.expect("it can be read").path()).collect();
    seeds.sort_unstable();
    assert!(seeds.len() >= 10, "only {} seeds", seeds.len());
    for seed in seeds {
        let bytes = fs::read(&seed).expect("it can be read");
        let checked = std::panic::catch_unwind(|| check(&bytes));
        assert!(checked.is_ok(), "{}", seed.display());
        // A seed cut short is another input.
        for end in (0..bytes.len()).step_by(1 + bytes.len() / 64) {
            let checked = std::panic::catch_unwind(|| check(&bytes[..end]));
            assert!(checked.is_ok(), "the first {end} bytes of {}", seed.display());
        }
    }
}

#[test]
fn the_seeds_of_the_redactor_pass() {
    replay("redactor", redactor::check);
}

#[test]
fn the_seeds_of_the_flattener_pass() {
    replay("flattener", flattener::check);
}
