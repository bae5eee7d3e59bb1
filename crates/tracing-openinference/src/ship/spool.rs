//! Requests on disk that could not be delivered: for after the outage, or for the next process.
//!
//! ```text
//! <dir>/<host>-<hash of the address>/<time>-<writer>-<number>-<spans>-<bytes>.otlp
//! ```
//!
//! Each file is one encoded request; there is nothing in it that was not about to be sent, and no credential. A file is
//! written under another name, synchronised and renamed, so that there is no half file. Whoever wants to send one
//! renames it first, to a name that says until when; of several processes one succeeds. One that dies meanwhile leaves a
//! name that runs out, and the file is anybody's again.

mod name;
mod private;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::{self, Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use super::backoff::Past;
use super::otlp::public;
use name::{Name, State};

/// The first bytes of every file. The number is the version of the format.
const MAGIC: &[u8; 8] = b"oispool1";

/// Magic, checksum and length.
const HEADER: usize = MAGIC.len() + 4 + 8;

/// How long the knowledge of what is in the directory is relied upon.
const FRESH: Duration = Duration::from_secs(1);

/// A file that nobody finished writing is removed after this.
const ABANDONED: Duration = Duration::from_secs(600);

/// No claim lasts longer; one that says so was made by a clock that was wrong.
const LONGEST_CLAIM: Duration = Duration::from_secs(2 * 86_400);

/// Where what cannot be delivered is kept, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spool {
    pub(crate) directory: PathBuf,
    pub(crate) max_bytes: u64,
}

impl Spool {
    /// Where the files for a destination are, whatever becomes of the current directory.
    fn place(&self, url: &str) -> io::Result<PathBuf> {
        Ok(path::absolute(&self.directory)?.join(place_of(&public(url))))
    }

    /// The same by the one name that no link and no `..` is part of. Makes the directory, if it can be made.
    pub(crate) fn real_place(&self, url: &str) -> io::Result<PathBuf> {
        fs::create_dir_all(&self.directory)?;
        Ok(fs::canonicalize(&self.directory)?.join(place_of(&public(url))))
    }

    /// What a request of so many bytes takes.
    pub(super) fn size_of(request: usize) -> u64 {
        (request + HEADER) as u64
    }
}

/// The files for one destination.
#[derive(Debug)]
pub(super) struct Store {
    directory: PathBuf,
    max_bytes: u64,
    /// Tells the files of this store from those of others, in this process and elsewhere.
    writer: u64,
    written: u64,
    /// What this store wrote and nobody has sent yet, by the plain name of the file: how many spans.
    own: HashMap<String, u64>,
    entries: BTreeMap<String, Name>,
    listed: Option<Instant>,
    /// What did not go well, by the plain name of the file.
    passed: HashMap<String, Past>,
}

/// A file that nobody else sends meanwhile.
#[derive(Debug)]
pub(super) struct Claim {
    name: Name,
    file: String,
    pub(super) spans: u64,
    /// Written by this store.
    pub(super) own: bool,
    pub(super) past: Past,
}

/// Spans that are in the directory no more.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gone {
    /// Of this store, and of others.
    pub(super) own: u64,
    pub(super) others: u64,
}

/// What is to be found for sending.
#[derive(Debug)]
pub(super) enum Next {
    Request(Claim, Bytes),
    /// A file that is not what was written; it was set aside.
    Damaged(Gone),
    /// Others are busy with files until then, if they are still alive.
    Later(Duration),
    Nothing,
}

impl Store {
    /// Makes the directory for the destination, for nobody but the user of this process.
    pub(super) fn open(spool: &Spool, url: &str) -> io::Result<Self> {
        let directory = spool.place(url)?;
        fs::create_dir_all(&spool.directory)?;
        private::directory(&directory)?;
        let writer = RandomState::new().build_hasher().finish();
        let probe = Name { at: now(), writer, number: 0, spans: 0, bytes: 0, state: State::Unfinished };
        private::owned(&directory, &directory.join(probe.file(State::Unfinished)))?;
        Ok(Self {
            directory,
            max_bytes: spool.max_bytes,
            writer,
            written: 0,
            own: HashMap::new(),
            entries: BTreeMap::new(),
            listed: None,
            passed: HashMap::new(),
        })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Keeps a request, and returns what had to give way.
    pub(super) fn keep(&mut self, body: &[u8], spans: u64) -> io::Result<Gone> {
        let gone = self.make_room(Spool::size_of(body.len()), 0)?;
        let plain = self.add(body, spans)?;
        self.own.insert(plain, spans);
        Ok(gone)
    }

    /// Keeps these requests instead of the claimed one: all of them, or none.
    pub(super) fn replace(&mut self, claim: &Claim, parts: &[(Bytes, u64)]) -> io::Result<Gone> {
        let bytes = parts.iter().map(|(body, _)| Spool::size_of(body.len())).sum();
        let gone = self.make_room(bytes, claim.name.bytes)?;
        let mut added = Vec::new();
        for (body, spans) in parts {
            match self.add(body, *spans) {
                Ok(plain) => added.push((plain, *spans)),
                Err(error) => {
                    for (plain, _) in added {
                        self.entries.remove(&plain);
                        let _ = fs::remove_file(self.directory.join(plain));
                    }
                    return Err(error);
                }
            }
        }
        if claim.own {
            self.own.extend(added);
        }
        self.sync();
        self.remove(claim)?;
        Ok(gone)
    }

    /// Writes a request, and returns the name of its file.
    fn add(&mut self, body: &[u8], spans: u64) -> io::Result<String> {
        let bytes = Spool::size_of(body.len());
        self.written += 1;
        let name = Name { at: now(), writer: self.writer, number: self.written, spans, bytes, state: State::Ready };
        let (unfinished, plain) = (name.file(State::Unfinished), name.file(State::Ready));
        let written = self.write(&unfinished, body).and_then(|()| self.rename(&unfinished, &plain));
        if let Err(error) = written {
            let _ = fs::remove_file(self.directory.join(&unfinished));
            return Err(error);
        }
        self.entries.insert(plain.clone(), name);
        Ok(plain)
    }

    /// Makes the names of the files last too. Where a directory cannot be synchronised, they may be lost with the power.
    pub(super) fn sync(&self) {
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
    }

    fn write(&self, file: &str, body: &[u8]) -> io::Result<()> {
        let mut file = private::create(&self.directory.join(file))?;
        file.write_all(&header(body))?;
        file.write_all(body)?;
        file.sync_all()
    }

    /// Removes the oldest files until there is room for so many bytes.
    fn make_room(&mut self, bytes: u64, credit: u64) -> io::Result<Gone> {
        let mut gone = Gone::default();
        let used =
            |entries: &BTreeMap<String, Name>| entries.values().fold(0_u64, |sum, name| sum.saturating_add(name.bytes));
        self.list(FRESH)?;
        let room = self.max_bytes.saturating_add(credit).saturating_sub(bytes);
        if used(&self.entries) > room {
            self.list(Duration::ZERO)?;
        }
        while used(&self.entries) > room {
            let is_idle = |name: &Name| matches!(name.state, State::Ready | State::Damaged);
            let Some((file, name)) = self.entries.iter().find(|(_, name)| is_idle(name)) else {
                return Err(io::Error::new(io::ErrorKind::StorageFull, "other processes are busy with all files"));
            };
            let (file, spans, state) = (file.clone(), name.spans, name.state);
            match fs::remove_file(self.directory.join(&file)) {
                // The spans of a damaged file were counted when it was found.
                Ok(()) if state == State::Ready => self.forget(&file, spans).add_to(&mut gone),
                Ok(()) => {}
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            self.entries.remove(&file);
        }
        Ok(gone)
    }

    /// A request that nobody is busy with, for so long: the oldest one that does not rest, those that have failed alone
    /// after all others; or, if the latest attempt has failed, the one that has failed least.
    pub(super) fn claim(&mut self, lease: Duration, has_failed: bool) -> io::Result<Next> {
        self.list(FRESH)?;
        let until = now() + millis(lease);
        while let Some((file, name)) = self.next_free(has_failed) {
            self.entries.remove(&file);
            let plain = name.file(State::Ready);
            let claimed = name.file(State::Claimed { until, by: self.writer });
            match self.rename(&file, &claimed) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            }
            let own = self.own.contains_key(&plain);
            let past = self.past(&name);
            let body = match read(&self.directory.join(&claimed), name.bytes) {
                Ok(content) => content.and_then(checked),
                Err(error) => {
                    let _ = self.rename(&claimed, &plain);
                    let past = self.passed.entry(plain).or_default();
                    past.failed_alone(Instant::now(), Duration::ZERO);
                    return Err(error);
                }
            };
            let Some(body) = body else {
                let _ = self.rename(&claimed, &name.file(State::Damaged));
                return Ok(Next::Damaged(self.forget(&plain, name.spans)));
            };
            let spans = name.spans;
            self.entries
                .insert(claimed.clone(), Name { state: State::Claimed { until, by: self.writer }, ..name.clone() });
            return Ok(Next::Request(Claim { name, file: claimed, spans, own, past }, body));
        }
        let (now, instant) = (now(), Instant::now());
        let waits = self.entries.values().filter_map(|name| match name.state {
            State::Claimed { until, .. } if !name.is_free(now) => {
                Some(Duration::from_millis(until.saturating_sub(now) + 1))
            }
            _ if name.is_free(now) => Some(self.past(name).until?.saturating_duration_since(instant)),
            _ => None,
        });
        Ok(waits.min().map_or(Next::Nothing, Next::Later))
    }

    fn next_free(&self, has_failed: bool) -> Option<(String, Name)> {
        let (now, instant) = (now(), Instant::now());
        let free = || self.entries.iter().filter(|(_, name)| name.is_free(now));
        let found = if has_failed && !self.passed.is_empty() {
            free().min_by_key(|(_, name)| self.past(name).failures)
        } else {
            let awake = || free().filter(|(_, name)| !self.past(name).rests(instant));
            awake().find(|(_, name)| !self.past(name).has_failed_alone()).or_else(|| awake().next())
        };
        found.map(|(file, name)| (file.clone(), name.clone()))
    }

    fn past(&self, name: &Name) -> Past {
        if self.passed.is_empty() {
            return Past::default();
        }
        self.passed.get(&name.file(State::Ready)).copied().unwrap_or_default()
    }

    /// The request may be one that the backend fails of: others come first.
    pub(super) fn pass_over(&mut self, claim: &Claim, past: Past) {
        self.passed.insert(claim.name.file(State::Ready), past);
    }

    /// Leaves the request for another time, or for others. They may have it already, if the claim has run out: this process
    /// may have slept.
    pub(super) fn release(&mut self, claim: Claim) -> io::Result<()> {
        let plain = claim.name.file(State::Ready);
        self.entries.remove(&claim.file);
        match self.rename(&claim.file, &plain) {
            Ok(()) => _ = self.entries.insert(plain, Name { state: State::Ready, ..claim.name }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The request needs to be kept no longer.
    pub(super) fn remove(&mut self, claim: &Claim) -> io::Result<()> {
        self.entries.remove(&claim.file);
        let plain = claim.name.file(State::Ready);
        self.own.remove(&plain);
        self.passed.remove(&plain);
        match fs::remove_file(self.directory.join(&claim.file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn forget(&mut self, plain: &str, spans: u64) -> Gone {
        match self.own.remove(plain) {
            Some(own) => Gone { own, others: 0 },
            None => Gone { own: 0, others: spans },
        }
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.directory.join(from), self.directory.join(to))
    }

    /// Looks at what is in the directory, if that was not done just now.
    fn list(&mut self, fresh: Duration) -> io::Result<()> {
        if self.listed.is_some_and(|listed| listed.elapsed() < fresh) {
            return Ok(());
        }
        private::directory(&self.directory)?;
        self.entries.clear();
        for entry in fs::read_dir(&self.directory)? {
            let Ok(file) = entry?.file_name().into_string() else { continue };
            let Some(name) = Name::parse(&file) else { continue };
            if name.state == State::Unfinished && name.at.saturating_add(millis(ABANDONED)) < now() {
                let _ = fs::remove_file(self.directory.join(&file));
                continue;
            }
            self.entries.insert(file, name);
        }
        // Files that others have sent; there are seldom any.
        if self.own.len() > self.entries.len() || !self.passed.is_empty() {
            let there: HashSet<String> = self.entries.values().map(|name| name.file(State::Ready)).collect();
            self.own.retain(|plain, _| there.contains(plain));
            self.passed.retain(|plain, _| there.contains(plain));
        }
        self.listed = Some(Instant::now());
        Ok(())
    }
}

impl Gone {
    fn add_to(self, sum: &mut Self) {
        sum.own += self.own;
        sum.others += self.others;
    }
}

impl Name {
    /// Nobody is busy with it, or whoever was has not come back in time.
    fn is_free(&self, now: u64) -> bool {
        match self.state {
            State::Ready => true,
            State::Claimed { until, .. } => until < now || until > now + millis(LONGEST_CLAIM),
            State::Unfinished | State::Damaged => false,
        }
    }
}

/// The name of the directory for a destination: readable, and different for every address.
fn place_of(address: &str) -> String {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let readable = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '_' };
    let host: String = host.chars().take(64).map(readable).collect();
    format!("{host}-{:016x}", fnv(address.as_bytes()))
}

/// [FNV-1a](https://datatracker.ietf.org/doc/html/draft-eastlake-fnv): the next process, built with another compiler, has
/// to come to the same.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn header(body: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&checksum(body).to_le_bytes());
    header[12..].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header
}

fn checksum(body: &[u8]) -> u32 {
    let mut checksum = flate2::Crc::new();
    checksum.update(body);
    checksum.sum()
}

/// What is in the file, if it is as long as its name says: nobody knows how long it would be otherwise. Nor where a link
/// leads, or when a pipe ends.
fn read(path: &Path, bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_file() && metadata.len() == bytes { fs::read(path).map(Some) } else { Ok(None) }
}

/// The body, if the file is whole.
fn checked(content: Vec<u8>) -> Option<Bytes> {
    let content = Bytes::from(content);
    let body = content.get(HEADER..).map(|_| content.slice(HEADER..))?;
    (content[..HEADER] == header(&body)).then_some(body)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests;
