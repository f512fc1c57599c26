//! Values as JSON inside of a page.

use std::io;

use serde::Serialize;

/// JSON that can stand inside of a `script` element: no value can end it, begin a comment or another
/// element in it. The letters are in strings only, where an escape stands for the same.
pub(super) fn embedded(value: &impl Serialize) -> io::Result<String> {
    let json = serde_json::to_string(value)?;
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            other => safe.push(other),
        }
    }
    Ok(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_ends_the_element_that_it_stands_in() {
        let hostile =
            ["</script><script>alert(1)</script>", "<!--", "&lt;", "\u{2028}\u{2029}", "\0"];
        let safe = embedded(&hostile).unwrap();
        assert_eq!(
            safe,
            "[\"\\u003c/script\\u003e\\u003cscript\\u003ealert(1)\\u003c/script\\u003e\",\
             \"\\u003c!--\",\"\\u0026lt;\",\"\\u2028\\u2029\",\"\\u0000\"]"
        );
        let read: Vec<String> = serde_json::from_str(&safe).unwrap();
        assert_eq!(read, hostile);
    }
}
