//! Why the system refused something: in words of our own, which are the same on every system, where it is one
//! of the usual reasons, and else in those of the system.

use std::io::{self, ErrorKind};

/// Why something could not be read or written, without numbers of the system and names of temporary files.
/// What is not one of the usual reasons is told in the words of the system, so tests and programs must not
/// compare them.
///
/// ```
/// let error = std::fs::read("no-such-folder/file").unwrap_err();
/// assert_eq!(hvtriage::reason_of(&error), "no such file or folder");
/// ```
#[must_use]
pub fn reason_of(error: &io::Error) -> String {
    let text = error.to_string();
    // What a library or this program says itself is in words already.
    let is_of_system = error.raw_os_error().is_some() || text.contains(NUMBER);
    let known = match error.kind() {
        ErrorKind::NotFound => "no such file or folder",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::AlreadyExists => "there is one already",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of its path is no folder",
        ErrorKind::StorageFull => "no space left on the disk",
        ErrorKind::QuotaExceeded => "no space left of what the user may have",
        ErrorKind::FileTooLarge => "the file would be too large",
        ErrorKind::ReadOnlyFilesystem => "the disk cannot be written to",
        ErrorKind::InvalidFilename => "no file can be called so",
        ErrorKind::TimedOut => "it took too long",
        _ => return words(&text).to_owned(),
    };
    if is_of_system { known.to_owned() } else { text }
}

/// Behind it the system's number stands.
const NUMBER: &str = " (os error ";

fn words(text: &str) -> &str {
    text.split_once(NUMBER).map_or(text, |(words, _)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `tempfile` says it.
    #[test]
    fn no_name_of_a_temporary_file_is_told() {
        let text = "Permission denied (os error 13) at path \"/x/.hvtriage-aBc.part\"";
        let error = io::Error::new(ErrorKind::PermissionDenied, text);
        assert_eq!(reason_of(&error), "permission denied");
        let other = io::Error::other("Input/output error (os error 5) at path \"/x/.part\"");
        assert_eq!(reason_of(&other), "Input/output error");
    }

    #[test]
    fn what_is_in_words_stays() {
        let error = io::Error::new(ErrorKind::NotFound, "holds no rule (*.yaml)");
        assert_eq!(reason_of(&error), "holds no rule (*.yaml)");
    }
}
