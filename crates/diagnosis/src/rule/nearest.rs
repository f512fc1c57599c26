//! What a mistyped word may have been meant to be.

/// ` (did you mean 'event.id'?)` where one of `known` is like `word`, else nothing.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    like(word, known).map_or_else(String::new, |other| format!(" (did you mean '{other}'?)"))
}

/// The one of `known` that `word` is most like, if any is like it.
#[must_use]
pub fn like<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words bear more slips, and of a long one nothing is like everything.
    let most = (word.chars().count() / 3).clamp(1, 3);
    let distances = known
        .into_iter()
        .map(|other| (strsim::osa_distance(&word.to_lowercase(), &other.to_lowercase()), other));
    distances.filter(|(distance, _)| *distance <= most).min().map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_like_it_was_meant() {
        let known = ["event", "event.id", "severity", "when"];
        for (word, told) in [
            ("event.idd", " (did you mean 'event.id'?)"),
            ("severty", " (did you mean 'severity'?)"),
            ("Evnet", " (did you mean 'event'?)"),
            ("wehn", " (did you mean 'when'?)"),
            ("vm.name", ""),
            ("x", ""),
            ("", ""),
        ] {
            assert_eq!(meant(word, known), told, "{word}");
        }
    }
}
