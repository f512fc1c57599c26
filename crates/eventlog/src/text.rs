//! Messages as they are kept.

/// A rendered message as it is kept: lines end in a line feed alone, as XML has them, and nothing
/// stands around it. `None` when that is nothing.
pub(crate) fn message(text: &str) -> Option<String> {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\0');
    (!text.is_empty()).then(|| text.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_without_what_is_around_them() {
        assert_eq!(message("\r\n a\r\n\r\nb \0\r\n").as_deref(), Some("a\n\nb"));
        assert_eq!(message(" \r\n"), None);
    }
}
