//! Names of modules as the kernel stores them.

/// The last part of a path, in lower case.
pub(super) fn base_name(path: &str) -> String {
    let last = path.rsplit(['\\', '/']).next().unwrap_or(path);
    last.trim_end_matches('\0').to_lowercase()
}

/// `text` where it is a path, that is, more than a base name.
pub(super) fn as_path(text: String) -> Option<String> {
    text.contains('\\').then_some(text)
}
