//! Text as Markdown that shows it and does nothing else.

use crate::words::printable;

/// `text` on one line, so that no letter of it is markup: CommonMark takes any punctuation of ASCII behind
/// a backslash for itself. That also ends addresses (`http\:`, `www\.`), which some pages make links of.
pub(super) fn escaped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut escaped = String::with_capacity(line.len());
    let mut is_number = true;
    let line = printable(&line);
    let mut letters = line.chars().enumerate().peekable();
    while let Some((index, letter)) = letters.next() {
        // At the beginning of a line they make lists (`-`, `1.`) and headings (`=`).
        let begins = index == 0 && matches!(letter, '-' | '+' | '=');
        let is_end = letters.peek().is_none_or(|(_, next)| *next == ' ');
        let numbers = is_number && index > 0 && is_end && matches!(letter, '.' | ')');
        let addresses = match letter {
            ':' => !is_end,
            '.' => escaped.ends_with("www"),
            _ => false,
        };
        if begins || numbers || addresses || is_markup(letter) {
            escaped.push('\\');
        }
        is_number &= letter.is_ascii_digit();
        escaped.push(letter);
    }
    escaped
}

fn is_markup(letter: char) -> bool {
    "\\`*_[]<>|~#!&@$".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_no_markup() {
        let table = [
            ("[x](javascript:alert(1))", r"\[x\](javascript\:alert(1))"),
            ("<img src=x onerror=y>", r"\<img src=x onerror=y\>"),
            ("a|b", r"a\|b"),
            ("`code`", r"\`code\`"),
            ("a\n\n# heading", r"a \# heading"),
            ("- item", r"\- item"),
            ("12. item", r"12\. item"),
            ("10.0.0.1", "10.0.0.1"),
            ("7.", r"7\."),
            ("&lt;b&gt;", r"\&lt;b\&gt;"),
            ("https://example.org", r"https\://example.org"),
            ("mailto:a@b.org", r"mailto\:a\@b.org"),
            ("www.example.org", r"www\.example.org"),
            ("First: install it", "First: install it"),
            ("@everyone", r"\@everyone"),
            (r"C:\VMs", r"C\:\\VMs"),
            ("SQL01-a (test)", "SQL01-a (test)"),
            ("\u{202e}gpj.exe\u{1b}[2J", "\u{fffd}gpj.exe\u{fffd}\\[2J"),
        ];
        for (text, wanted) in table {
            assert_eq!(escaped(text), wanted, "{text}");
        }
    }
}
