use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const LEASE: Duration = Duration::from_secs(60);

/// A directory that goes away with the test.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("openinference-spool-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        Self(directory)
    }

    fn open(&self, max_bytes: u64) -> Store {
        Store::open(&Spool { directory: self.0.clone(), max_bytes }, "http://host:6006/v1/traces").unwrap()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn files(store: &Store) -> Vec<String> {
    let entries = fs::read_dir(&store.directory).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    files
}

fn next(store: &mut Store) -> Option<(Claim, Bytes)> {
    match store.claim(LEASE, false).unwrap() {
        Next::Request(claim, body) => Some((claim, body)),
        _ => None,
    }
}

#[test]
fn what_was_kept_comes_back_in_order_and_is_whose_it_is() {
    let temporary = Temporary::new();
    let (mut first, mut second) = (temporary.open(1 << 20), temporary.open(1 << 20));
    for number in 0..3 {
        assert_eq!(first.keep(format!("request {number}").as_bytes(), number).unwrap(), Gone::default());
    }
    second.listed = None;
    for (number, own) in [(0, false), (1, true), (2, false)] {
        let store = if own { &mut first } else { &mut second };
        let (claim, body) = next(store).unwrap();
        assert_eq!((&body[..], claim.spans, claim.own), (format!("request {number}").as_bytes(), number, own));
        store.remove(&claim).unwrap();
    }
    assert!(next(&mut first).is_none() && next(&mut second).is_none());
    assert_eq!(files(&first), [""; 0]);
}

#[test]
fn one_request_is_claimed_once_until_the_claim_runs_out() {
    let temporary = Temporary::new();
    let (mut first, mut second) = (temporary.open(1 << 20), temporary.open(1 << 20));
    first.keep(b"request", 7).unwrap();
    let Next::Request(claim, _) = first.claim(Duration::from_secs(2), false).unwrap() else {
        panic!("nothing to claim")
    };
    assert!(matches!(second.claim(LEASE, false).unwrap(), Next::Later(wait) if wait <= Duration::from_millis(2_001)));
    std::thread::sleep(Duration::from_millis(2_010));
    second.listed = None;
    let (stolen, _) = next(&mut second).expect("whoever had it is dead");
    first.release(claim).unwrap();
    assert_eq!(files(&second), [&*stolen.file], "it is not theirs any more");
    second.release(stolen).unwrap();
    first.listed = None;
    assert!(next(&mut first).is_some());
    // A clock that was wrong claims nothing for ever.
    let name = Name { at: 1, writer: 1, number: 1, spans: 1, bytes: 20, state: State::Ready };
    let forever = name.file(State::Claimed { until: u64::MAX / 8, by: 1 });
    fs::write(second.directory.join(forever), [&header(b""), &b""[..]].concat()).unwrap();
    second.listed = None;
    assert!(next(&mut second).is_some());
}

#[test]
fn what_others_have_sent_meanwhile_is_no_failure_of_the_disk() {
    let temporary = Temporary::new();
    let (mut first, mut second) = (temporary.open(1 << 20), temporary.open(1 << 20));
    first.keep(b"request", 1).unwrap();
    let Next::Request(late, _) = first.claim(Duration::ZERO, false).unwrap() else { panic!("nothing to claim") };
    std::thread::sleep(Duration::from_millis(5));
    let (claim, _) = next(&mut second).unwrap();
    second.remove(&claim).unwrap();
    first.remove(&late).unwrap();
    assert!(next(&mut first).is_none());
}

#[test]
fn what_was_passed_over_comes_after_all_others() {
    let (mut failed, mut alone) = (Past::default(), Past::default());
    failed.failed();
    alone.failed_alone(Instant::now(), LEASE);
    let mut rested = alone;
    rested.until = None;
    for (past, has_failed, expected) in
        [(failed, true, "1231"), (failed, false, "1123"), (alone, false, "123"), (rested, false, "1231")]
    {
        let temporary = Temporary::new();
        let mut store = temporary.open(1 << 20);
        for body in [b"1", b"2", b"3"] {
            store.keep(body, 1).unwrap();
        }
        let mut order = String::new();
        let last = loop {
            let (claim, body) = match store.claim(LEASE, has_failed).unwrap() {
                Next::Request(claim, body) => (claim, body),
                other => break other,
            };
            if order.is_empty() {
                store.pass_over(&claim, past);
                store.release(claim).unwrap();
            } else {
                store.remove(&claim).unwrap();
            }
            order.push_str(std::str::from_utf8(&body).unwrap());
        };
        assert_eq!(order, expected);
        let rests = matches!(last, Next::Later(wait) if !wait.is_zero() && wait <= 8 * LEASE);
        assert_eq!(rests, past == alone, "{last:?}");
    }
}

#[test]
fn what_is_known_of_a_file_goes_with_it() {
    let temporary = Temporary::new();
    let mut store = temporary.open(1 << 20);
    for removed in [true, false] {
        store.keep(b"request", 1).unwrap();
        let (claim, _) = next(&mut store).unwrap();
        let mut past = claim.past;
        past.failed();
        store.pass_over(&claim, past);
        if removed {
            store.remove(&claim).unwrap();
        } else {
            fs::remove_file(store.directory.join(&claim.file)).unwrap();
            store.listed = None;
            assert!(next(&mut store).is_none());
        }
        assert!(store.passed.is_empty());
    }
}

#[test]
fn a_file_that_is_not_what_was_written_is_set_aside() {
    let changes: [fn(&mut Vec<u8>); 5] = [
        |content| content.truncate(HEADER + 3),
        |content| content.truncate(3),
        |content| content.clear(),
        |content| content[HEADER] ^= 1,
        |content| content.push(0),
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let temporary = Temporary::new();
        let mut store = temporary.open(1 << 20);
        store.keep(b"the first request", 5).unwrap();
        store.keep(b"the second request", 6).unwrap();
        let path = store.directory.join(&files(&store)[0]);
        let mut content = fs::read(&path).unwrap();
        change(&mut content);
        fs::write(&path, content).unwrap();
        let Next::Damaged(gone) = store.claim(LEASE, false).unwrap() else { panic!("change {at} went unnoticed") };
        assert_eq!(gone, Gone { own: 5, others: 0 });
        assert_eq!(next(&mut store).unwrap().1, &b"the second request"[..]);
        assert!(files(&store)[0].ends_with(".damaged"), "it is there for whoever wants to look");
    }
}

#[test]
fn the_oldest_give_way_and_the_bound_holds() {
    let temporary = Temporary::new();
    let body = [7; 100];
    let size = Spool::size_of(body.len());
    let (mut store, mut other) = (temporary.open(size * 3), temporary.open(size * 3));
    other.keep(&body, 1).unwrap();
    // Of two writers in the same millisecond, either may be the older one.
    std::thread::sleep(Duration::from_millis(5));
    let mut gone = Gone::default();
    for spans in [10, 20, 30, 40] {
        store.keep(&body, spans).unwrap().add_to(&mut gone);
        let on_disk: u64 =
            files(&store).iter().map(|file| fs::metadata(store.directory.join(file)).unwrap().len()).sum();
        assert!(on_disk <= size * 3, "{on_disk}");
    }
    assert_eq!(gone, Gone { own: 10, others: 1 });
    let (claim, _) = next(&mut store).unwrap();
    assert_eq!(claim.spans, 20);
    let _busy = [next(&mut store).unwrap(), next(&mut store).unwrap()];
    let error = store.keep(&body, 50).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull, "what is being sent does not give way");
    store.remove(&claim).unwrap();
    store.keep(&body, 50).unwrap();
}

#[test]
fn a_request_is_replaced_as_a_whole_even_when_there_is_no_room_for_both() {
    let temporary = Temporary::new();
    let mut store = temporary.open(Spool::size_of(100) + 2 * HEADER as u64);
    store.keep(&[7; 100], 4).unwrap();
    let (claim, body) = next(&mut store).unwrap();
    let halves = [(body.slice(..50), 1), (body.slice(50..), 3)];
    assert_eq!(store.replace(&claim, &halves).unwrap(), Gone::default());
    let spans: Vec<_> =
        std::iter::from_fn(|| next(&mut store)).take(9).map(|(claim, _)| (claim.spans, claim.own)).collect();
    assert_eq!(spans, [(1, true), (3, true)]);
}

#[test]
fn a_file_that_nobody_finished_goes_away_and_others_are_left_alone() {
    let temporary = Temporary::new();
    let mut store = temporary.open(1 << 20);
    let name = |at| Name { at, writer: 1, number: 1, spans: 1, bytes: 1, state: State::Unfinished };
    let (old, new) = (name(1).file(State::Unfinished), name(now()).file(State::Unfinished));
    for file in [&old, &new, "README", "notes.otlp"] {
        fs::write(store.directory.join(file), "half a req").unwrap();
    }
    assert!(next(&mut store).is_none());
    assert_eq!(files(&store), [&*new, "README", "notes.otlp"]);
}

#[test]
fn another_address_has_another_place_and_no_place_names_a_credential() {
    let place = |url: &str| place_of(&public(url));
    // The vectors of the draft.
    assert_eq!(
        [b"".as_slice(), b"a", b"foobar"].map(fnv),
        [0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8]
    );
    assert!(place("http://localhost:6006/v1/traces").starts_with("localhost_6006-"));
    let places = ["http://host/a", "http://host/b", "https://host/a", "http://host:1/a"].map(place);
    let different: HashSet<_> = places.iter().collect();
    assert_eq!(different.len(), 4, "{places:?}");
    assert_eq!(place("http://me:hunter2@host/a?key=hunter2"), place("http://host/a"));
    assert_eq!(place("http://[::1]:1/../.."), place("http://[::1]:1/../.."));
    assert!(!place("http://..").contains('/'));
    let relative = Spool { directory: "spool".into(), max_bytes: 1 };
    let here = std::env::current_dir().unwrap();
    assert!(relative.place("http://host").unwrap().starts_with(here), "wherever the process goes from here");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let temporary = Temporary::new();
    let mut store = temporary.open(1 << 20);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&store.directory, fs::Permissions::from_mode(0o777)).unwrap();
    store.keep(b"request", 1).unwrap();
    assert_eq!(mode(&store.directory), 0o700, "it is closed again");
    assert_eq!(mode(&store.directory.join(&files(&store)[0])), 0o600);

    let (directory, elsewhere) = (store.directory.clone(), Temporary::new());
    fs::create_dir_all(&elsewhere.0).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    symlink(&elsewhere.0, &directory).unwrap();
    assert!(temporary_open_fails(&temporary), "a link may lead anywhere");
}

/// Root may write to all of them, and whoever owns one may read what is there.
#[cfg(unix)]
#[test]
fn a_directory_of_somebody_else_is_refused() {
    let temporary = Temporary::new();
    let directory = temporary.open(1 << 20).directory;
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0, "nothing is left of the question");
    // Only root can give one away.
    if std::os::unix::fs::chown(&directory, Some(65_534), None).is_ok() {
        assert!(temporary_open_fails(&temporary));
        std::os::unix::fs::chown(&directory, Some(0), None).unwrap();
    }
    assert!(!temporary_open_fails(&temporary));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() {
    let (temporary, elsewhere) = (Temporary::new(), Temporary::new());
    let mut store = temporary.open(1 << 20);
    store.keep(b"request", 1).unwrap();
    let path = store.directory.join(&files(&store)[0]);
    fs::rename(&path, &elsewhere.0).unwrap();
    std::os::unix::fs::symlink(&elsewhere.0, &path).unwrap();
    assert!(matches!(store.claim(LEASE, false).unwrap(), Next::Damaged(_)));
    fs::remove_file(&elsewhere.0).unwrap();
}

#[cfg(unix)]
fn temporary_open_fails(temporary: &Temporary) -> bool {
    Store::open(&Spool { directory: temporary.0.clone(), max_bytes: 1 }, "http://host:6006/v1/traces").is_err()
}
