//! Some of many names, for a sentence or a cell.

/// The first `shown` of `names` with `separator` between them, and how many more there are.
///
/// ```
/// use hvtriage_diagnosis::some_of;
///
/// assert_eq!(some_of(["HV1", "HV2"], 2, ", "), "HV1, HV2");
/// assert_eq!(some_of(["HV1", "HV2", "HV3"], 2, " "), "HV1 HV2 and 1 more");
/// ```
pub fn some_of<'a>(
    names: impl IntoIterator<Item = &'a str>,
    shown: usize,
    separator: &str,
) -> String {
    let mut names = names.into_iter();
    let first = names.by_ref().take(shown).collect::<Vec<_>>().join(separator);
    match names.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}
