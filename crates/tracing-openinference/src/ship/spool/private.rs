//! Directories and files that nobody but the user of this process can read, where the system knows users.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes the directory, and its permissions what they should be.
///
/// A link is refused: in a directory that others may write to, like `/tmp`, it may lead anywhere.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => close(path, &metadata),
        Ok(_) => Err(io::Error::new(io::ErrorKind::NotADirectory, "is not a directory")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path),
        Err(error) => Err(error),
    }
}

/// A new file.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options);
    options.open(path)
}

/// Refuses a directory of somebody else's: its owner may open it again, and read and replace what is in it. Whose it is
/// shows beside a file that is made there; where none can be made there is nothing to be read either.
#[cfg(unix)]
pub(super) fn owned(directory: &Path, probe: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let Ok(file) = create(probe) else { return Ok(()) };
    let mine = file.metadata().map(|metadata| metadata.uid());
    let _ = fs::remove_file(probe);
    if mine? == fs::symlink_metadata(directory)?.uid() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "belongs to another user"))
}

#[cfg(not(unix))]
pub(super) fn owned(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(unix)]
fn close(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o777 == 0o700 {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(not(unix))]
fn close(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &mut OpenOptions) {}
