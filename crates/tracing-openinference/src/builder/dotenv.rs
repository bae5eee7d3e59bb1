use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::endpoint;
use super::env::{Env, File, Source};
use crate::BuildError;

const FILE_NAME: &str = ".env.phoenix";
const DISCOVER_CONFIG: &str = "PHOENIX_DISCOVER_CONFIG";
const LONGEST_FILE: u64 = 64 * 1024;

const CREDENTIALS: [&str; 2] = ["PHOENIX_API_KEY", "PHOENIX_CLIENT_HEADERS"];

/// Settings that belong together come from one place. The groups do not bind each other: a key of the process is sent to
/// a file's server, with a warning; a key of the file not to another server than the file's, see [`foreign_server`].
/// The first member of a pair is what the file may give, the second what keeps the file from giving it.
const GROUPS: [(&[&str], &[&str]); 3] = [
    (&CREDENTIALS, &["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"]),
    (
        &["PHOENIX_COLLECTOR_ENDPOINT", "PHOENIX_ENDPOINT", "PHOENIX_GRPC_PORT"],
        &["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
    ),
    (&["PHOENIX_PROJECT", "PHOENIX_PROJECT_NAME"], &[]),
];

/// Adds what the nearest `.env.phoenix` says to what the process says, group by group.
///
/// The rules are those of Phoenix's own clients: the file is found by walking up from the working directory, must be a
/// regular file of the user's own and not longer than 64 KiB, and is only asked for a group of which the process sets
/// nothing (a variable that is empty sets nothing, as in JS). `PHOENIX_DISCOVER_CONFIG=false` turns it off; the file
/// itself cannot.
///
/// Whose process this is cannot be asked without a system call that the standard library does not have. On Linux the
/// owner of `/proc/self` answers, elsewhere on Unix the owner of the home directory; where neither does, no file is
/// trusted. On other systems the owner is not checked.
///
/// Unlike there, credentials of the file are not used where code or the process names a server, and the file another:
/// `endpoint` is what code says.
pub(super) fn discover(env: &Env, endpoint: Option<&str>, warnings: &mut Vec<String>) -> Result<Env, BuildError> {
    let mut env = env.clone();
    env.file = None;
    if env.bool(DISCOVER_CONFIG)?.is_some_and(|discover| !discover.value) {
        return Ok(env);
    }
    let Some(directory) = &env.directory else { return Ok(env) };
    let Some((path, text)) = nearest(directory, user(&env), warnings) else { return Ok(env) };
    let mut values = parse(&text);
    let foreign = foreign_server(&env, endpoint, &values);
    for (given, claimed) in GROUPS {
        if given.iter().chain(claimed).any(|name| env.sets(name)) {
            values.retain(|name, _| !given.contains(&name.as_str()));
        }
    }
    values.retain(|name, _| GROUPS.iter().any(|(given, _)| given.contains(&name.as_str())));
    let is_credential = |name: &String| CREDENTIALS.contains(&name.as_str());
    if let Some(server) = foreign.filter(|_| values.keys().any(is_credential)) {
        values.retain(|name, _| !is_credential(name));
        warnings.push(format!(
            "the credentials in {} are not sent to the server of {server}: the file names another one",
            path.display()
        ));
    }
    env.file = Some(Arc::new(File { path, values }));
    Ok(env)
}

/// Who names the server, if it is not the one that the file names. Ports are not compared: those for HTTP and for gRPC
/// differ. A file without a server has its credentials for any.
fn foreign_server(env: &Env, endpoint: Option<&str>, values: &BTreeMap<String, String>) -> Option<Source> {
    let theirs = ["PHOENIX_COLLECTOR_ENDPOINT", "PHOENIX_ENDPOINT"].iter().find_map(|name| values.get(*name))?;
    let variable = || {
        let name = endpoint::VARIABLES.into_iter().find(|name| env.sets(name))?;
        Some((env.var_os(name)?.to_string_lossy().into_owned(), Source::Variable(name)))
    };
    let code = endpoint.filter(|endpoint| !endpoint.is_empty());
    let (ours, source) = code.map(|code| (code.to_owned(), Source::Code("endpoint"))).or_else(variable)?;
    (endpoint::host(&ours) != endpoint::host(theirs)).then_some(source)
}

fn nearest(directory: &Path, user: Option<u32>, warnings: &mut Vec<String>) -> Option<(PathBuf, String)> {
    for directory in directory.ancestors() {
        let path = directory.join(FILE_NAME);
        // Asked before opening: to open a pipe is to wait for its writer.
        let problem = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(_) => "it cannot be inspected",
            Ok(metadata) => match distrust(&metadata, user) {
                Some(problem) => problem,
                None => match read(&path, user, warnings) {
                    Ok(text) => return Some((path, text)),
                    // The nearest file is the one that counts, even where it says nothing.
                    Err(problem) => {
                        warnings.push(format!("{} is ignored: {problem}", path.display()));
                        return None;
                    }
                },
            },
        };
        warnings.push(format!("{} is ignored: {problem}", path.display()));
    }
    None
}

fn read(path: &Path, user: Option<u32>, warnings: &mut Vec<String>) -> Result<String, &'static str> {
    let unreadable = |_| "it cannot be read";
    let file = fs::File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // Again, for what was opened may not be what was inspected.
    if let Some(problem) = distrust(&metadata, user) {
        return Err(problem);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err("it is longer than 64 KiB");
    }
    warn_if_shared(path, &metadata, warnings);
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8")
}

/// Whose process this is.
#[cfg(unix)]
fn user(env: &Env) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let owner_of = |path: PathBuf| fs::metadata(path).ok().map(|metadata| metadata.uid());
    owner_of("/proc/self".into()).or_else(|| env.var_os("HOME").map(PathBuf::from).and_then(owner_of))
}

#[cfg(not(unix))]
fn user(_: &Env) -> Option<u32> {
    None
}

#[cfg(unix)]
fn distrust(metadata: &Metadata, user: Option<u32>) -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    match (metadata.is_file(), user == Some(metadata.uid())) {
        (false, _) => Some("it is not a regular file"),
        (true, false) => Some("it does not belong to the user of this process"),
        (true, true) => None,
    }
}

#[cfg(not(unix))]
fn distrust(metadata: &Metadata, _: Option<u32>) -> Option<&'static str> {
    (!metadata.is_file()).then_some("it is not a regular file")
}

#[cfg(unix)]
fn warn_if_shared(path: &Path, metadata: &Metadata, warnings: &mut Vec<String>) {
    use std::os::unix::fs::MetadataExt;
    let path = path.display();
    if metadata.mode() & 0o066 != 0 {
        let mode = metadata.mode() & 0o777;
        warnings
            .push(format!("{path} may hold credentials and is open to other users (mode {mode:o}): chmod 600 {path}"));
    }
}

#[cfg(not(unix))]
fn warn_if_shared(_: &Path, _: &Metadata, _: &mut Vec<String>) {}

/// The dotenv of `@arizeai/phoenix-config`: comments, `export`, matching quotes; no escapes, no substitution.
fn parse(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        let (name, value) = (name.trim(), unquoted(value.trim()));
        if name.starts_with("PHOENIX_") && !value.is_empty() {
            values.insert(name.to_owned(), value.to_owned());
        }
    }
    values
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A directory of its own that goes away with the test.
    struct Directory(PathBuf);

    impl Directory {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let name = format!("openinference-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(path.join("a/b")).unwrap();
            Self(path)
        }

        fn write(self, text: &str) -> Self {
            fs::write(self.file(), text).unwrap();
            fs::set_permissions(self.file(), fs::Permissions::from_mode(0o600)).unwrap();
            self
        }

        fn file(&self) -> PathBuf {
            self.0.join(FILE_NAME)
        }

        fn discover<const N: usize>(&self, variables: [(&str, &str); N]) -> (Env, Vec<String>) {
            self.discover_beside(None, variables)
        }

        fn discover_beside<const N: usize>(
            &self,
            endpoint: Option<&str>,
            variables: [(&str, &str); N],
        ) -> (Env, Vec<String>) {
            let (mut env, mut warnings) = (Env::of(variables), Vec::new());
            env.directory = Some(self.0.join("a/b"));
            let env = discover(&env, endpoint, &mut warnings).unwrap();
            (env, warnings)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn text(env: &Env, name: &'static str) -> Option<String> {
        env.text(name).unwrap().map(|text| text.value)
    }

    #[test]
    fn the_nearest_file_above_is_read() {
        let directory = Directory::new().write(
            "# comment\r\nexport PHOENIX_API_KEY = \"key\"\nPHOENIX_PROJECT='p'\nOTHER=1\nPHOENIX_AUTO_SETUP=false\nnoise\n",
        );
        let (env, warnings) = directory.discover([]);
        assert!(warnings.is_empty(), "{warnings:?}");
        assert_eq!(text(&env, "PHOENIX_PROJECT").as_deref(), Some("p"));
        assert_eq!(
            env.text("PHOENIX_API_KEY").unwrap().unwrap().source,
            Source::File("PHOENIX_API_KEY", directory.file())
        );
        assert_eq!(text(&env, "PHOENIX_AUTO_SETUP"), None);
        assert_eq!(text(&env, "OTHER"), None);
    }

    #[test]
    fn a_group_comes_from_one_place() {
        let directory = Directory::new().write(
            "PHOENIX_API_KEY=k\nPHOENIX_CLIENT_HEADERS=h=1\nPHOENIX_COLLECTOR_ENDPOINT=http://f\nPHOENIX_PROJECT=p\n",
        );
        let (env, _) = directory.discover([("PHOENIX_API_KEY", "mine"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://o")]);
        assert_eq!(text(&env, "PHOENIX_API_KEY").as_deref(), Some("mine"));
        assert_eq!(text(&env, "PHOENIX_CLIENT_HEADERS"), None);
        assert_eq!(text(&env, "PHOENIX_COLLECTOR_ENDPOINT"), None);
        assert_eq!(text(&env, "PHOENIX_PROJECT").as_deref(), Some("p"));
    }

    #[test]
    fn credentials_of_a_file_stay_with_the_server_of_the_file() {
        let both = "PHOENIX_API_KEY=k\nPHOENIX_CLIENT_HEADERS=x-key=k\nPHOENIX_COLLECTOR_ENDPOINT=https://file:443\n";
        let directory = Directory::new().write(both);
        for (code, variable) in
            [(Some("http://other:6006"), ""), (None, "http://other:6006"), (Some("other"), "https://file")]
        {
            let (env, warnings) = directory.discover_beside(code, [("OTEL_EXPORTER_OTLP_ENDPOINT", variable)]);
            assert_eq!((text(&env, "PHOENIX_API_KEY"), text(&env, "PHOENIX_CLIENT_HEADERS")), (None, None));
            let source = if code.is_some() { ".endpoint(…)" } else { "OTEL_EXPORTER_OTLP_ENDPOINT" };
            let file = directory.file().display().to_string();
            assert!(warnings.len() == 1 && warnings[0].contains(source) && warnings[0].contains(&file), "{warnings:?}");
        }
        for (code, variable) in [(None, ""), (Some("https://FILE:4317"), "http://other"), (None, "https://file/x")] {
            let (env, warnings) = directory.discover_beside(code, [("OTEL_EXPORTER_OTLP_ENDPOINT", variable)]);
            assert_eq!(text(&env, "PHOENIX_API_KEY").as_deref(), Some("k"), "{code:?} {variable}: {warnings:?}");
            assert!(warnings.is_empty(), "{warnings:?}");
        }
        let (env, warnings) = directory.discover_beside(Some("http://other"), [("PHOENIX_API_KEY", "mine")]);
        assert_eq!((text(&env, "PHOENIX_API_KEY").as_deref(), warnings.len()), (Some("mine"), 0));
        let directory = Directory::new().write("PHOENIX_API_KEY=k\n");
        assert!(text(&directory.discover_beside(Some("http://other"), []).0, "PHOENIX_API_KEY").is_some());
    }

    #[test]
    fn an_empty_variable_claims_nothing() {
        let directory = Directory::new().write("PHOENIX_API_KEY=k\n");
        let (env, _) = directory.discover([("PHOENIX_API_KEY", " ")]);
        assert_eq!(text(&env, "PHOENIX_API_KEY").as_deref(), Some("k"));
    }

    #[test]
    fn discovery_can_be_turned_off_by_the_process_alone() {
        let directory = Directory::new().write("PHOENIX_PROJECT=p\nPHOENIX_DISCOVER_CONFIG=false\n");
        assert_eq!(text(&directory.discover([(DISCOVER_CONFIG, "off")]).0, "PHOENIX_PROJECT"), None);
        assert_eq!(text(&directory.discover([]).0, "PHOENIX_PROJECT").as_deref(), Some("p"));
    }

    #[test]
    fn a_file_open_to_others_is_read_with_a_warning() {
        let directory = Directory::new().write("PHOENIX_PROJECT=p\n");
        fs::set_permissions(directory.file(), fs::Permissions::from_mode(0o644)).unwrap();
        let (env, warnings) = directory.discover([]);
        assert_eq!(text(&env, "PHOENIX_PROJECT").as_deref(), Some("p"));
        assert!(warnings[0].contains("mode 644") && warnings[0].contains("chmod 600"), "{warnings:?}");
    }

    #[test]
    fn what_is_no_hand_off_file_is_said_and_ignored() {
        let long = format!("PHOENIX_PROJECT=p\n#{}", "x".repeat(64 * 1024));
        let (env, warnings) = Directory::new().write(&long).discover([]);
        assert_eq!(text(&env, "PHOENIX_PROJECT"), None);
        assert!(warnings[0].contains("64 KiB"), "{warnings:?}");

        let directory = Directory::new();
        fs::create_dir(directory.file()).unwrap();
        let (env, warnings) = directory.discover([]);
        assert_eq!(text(&env, "PHOENIX_PROJECT"), None);
        assert!(warnings[0].contains("regular file"), "{warnings:?}");
    }

    #[test]
    fn a_file_of_somebody_else_is_not_trusted() {
        let directory = Directory::new().write("PHOENIX_PROJECT=p\n");
        let metadata = fs::metadata(directory.file()).unwrap();
        let owner = std::os::unix::fs::MetadataExt::uid(&metadata);
        assert_eq!(distrust(&metadata, Some(owner)), None);
        assert!(distrust(&metadata, Some(owner + 1)).is_some());
        assert!(distrust(&metadata, None).is_some());
    }
}
