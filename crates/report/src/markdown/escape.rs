//! Text as Markdown that shows it and does nothing else.

use crate::words::printable;

/// `text` on one line, so that no letter of it is markup: CommonMark takes any punctuation of ASCII behind
/// a backslash for itself. That also ends addresses (`http\:`, `www\.`), which some pages make links of. What
/// is no markup where it stands is left, since tickets are also read as they are written.
pub(super) fn escaped(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = printable(&line).chars().collect();
    let mut escaped = String::with_capacity(line.len());
    let mut is_number = true;
    for (index, letter) in letters.iter().copied().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index)).copied();
        let behind = letters.get(index.saturating_add(1)..).unwrap_or_default();
        // At the beginning of a line they make lists (`-`, `1.`) and headings (`=`).
        let begins = index == 0 && matches!(letter, '-' | '+' | '=');
        let is_end = behind.first().is_none_or(|next| *next == ' ');
        let numbers = is_number && index > 0 && is_end && matches!(letter, '.' | ')');
        if begins || numbers || is_markup(letter, before, behind, &escaped) {
            escaped.push('\\');
        }
        is_number &= letter.is_ascii_digit();
        escaped.push(letter);
    }
    escaped
}

fn is_markup(letter: char, before: Option<char>, behind: &[char], line: &str) -> bool {
    let next = behind.first();
    let is_word = |letter: Option<&char>| letter.is_some_and(char::is_ascii_alphanumeric);
    match letter {
        // Addresses and pictures (`:smile:`); of neither kind is a time of day.
        ':' => next.is_some_and(|next| *next != ' ') && !is_time(before, behind),
        '.' => line.ends_with("www"),
        // GitLab makes a link of `!7`.
        '!' => next.is_none_or(|next| next.is_ascii_digit() || *next == '['),
        // In a word it emphasizes nothing.
        '_' => !(is_word(before.as_ref()) && is_word(next)),
        other => "\\`*[]<>|~#&@$%".contains(other),
    }
}

/// Whether a colon stands between the hours, minutes and seconds of a time.
fn is_time(before: Option<char>, behind: &[char]) -> bool {
    let is_digit = |letter: Option<&char>| letter.is_some_and(char::is_ascii_digit);
    is_digit(before.as_ref())
        && behind.iter().take(2).filter(|next| next.is_ascii_digit()).count() == 2
        && !is_digit(behind.get(2))
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
            ("at 14:22:30: it", "at 14:22:30: it"),
            (":100:", r"\:100:"),
            ("1:234:5", r"1\:234\:5"),
            (":smile:", r"\:smile:"),
            ("![x](y)", r"\!\[x\](y)"),
            ("!7 of a.zip!b.evtx", r"\!7 of a.zip!b.evtx"),
            ("_a_ ERROR_TIMEOUT __b__", r"\_a\_ ERROR_TIMEOUT \_\_b\_\_"),
            ("%1 $x$ #12 ~a~", r"\%1 \$x\$ \#12 \~a\~"),
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
