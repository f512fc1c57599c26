//! Names of modules as the kernel stores them.

/// The last part of a path, in lower case.
pub(super) fn base_name(path: &str) -> String {
    let last = path.rsplit(['\\', '/']).next().unwrap_or(path);
    last.trim_end_matches('\0').to_lowercase()
}

/// Whether `name` can be the name of a driver's file. Memory that is taken for a name makes letters of
/// faraway scripts; drivers are named in ASCII, whatever the language of their Windows.
pub(super) fn is_plausible(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_graphic() || letter == ' ';
    !name.is_empty() && name.chars().all(is_letter)
}

/// Whether a driver can lie from `start` to `end`.
pub(super) fn is_plausible_place(start: u64, end: u64, pointer_size: u64) -> bool {
    /// No driver is larger, and the kernel and its largest drivers have some tens of MiB.
    const LARGEST: u64 = 1 << 30;
    // Kernel space with five levels of page tables begins there, with four later.
    let kernel: u64 = if pointer_size == 4 { 0x4000_0000 } else { 0xFF00_0000_0000_0000 };
    start >= kernel && start < end && end.saturating_sub(start) <= LARGEST
}

/// `text` where it is a path, that is, more than a base name.
pub(super) fn as_path(text: String) -> Option<String> {
    text.contains('\\').then_some(text)
}
