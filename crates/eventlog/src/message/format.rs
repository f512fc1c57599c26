//! What does a message say once its inserts are filled in?
//!
//! | in a text | stands for |
//! |---|---|
//! | `%1` to `%99` | a value of the event, first is 1 |
//! | `%1!format!` | the same in a `printf` format; `*` in it takes the inserts that follow |
//! | `%%1833` | a parameter message, in a text or in a value; left as it is when there is none |
//! | `%%` | a percent sign |
//! | `%n` `%r` `%t` `%b` | line break, carriage return, tab, space |
//! | `%0` | the end of the text |
//! | `%` and anything else | that, without the percent sign (`%.`, `%!`, `% `) |
//!
//! An insert whose value is missing stays as it is written. \[MS-EVEN\] has inserts filled in until
//! none is left, so that a file name with `%1` in it becomes something else; here a value is only
//! searched for parameters, once.

use std::borrow::Cow;

use super::printf::{Format, Size, number};
use super::without_line_end;

/// The most that is made of one message, in bytes: `FormatMessage` refuses more than 128 KiB of
/// UTF-16, which is as many characters.
const MESSAGE_LIMIT: usize = 65_536;
/// Inserts and parameters that are filled in; more stay as they are.
const FILLED_LIMIT: usize = 1024;

/// Where values and parameters come from.
pub(super) trait Source<'a> {
    /// The value of insert `number`, which starts at 1.
    fn value(&self, number: usize) -> Option<Cow<'a, str>>;
    /// The text of a parameter message.
    fn parameter(&self, number: u32) -> Option<&'a str>;
}

/// Fills in `text`.
pub(super) fn message<'a>(text: &str, source: &impl Source<'a>) -> String {
    let mut writer = Writer { out: String::new(), filled_left: FILLED_LIMIT, source };
    writer.text(text);
    let end = without_line_end(&writer.out).len();
    writer.out.truncate(end);
    writer.out
}

struct Writer<'s, S> {
    out: String,
    filled_left: usize,
    source: &'s S,
}

impl<'a, S: Source<'a>> Writer<'_, S> {
    fn text(&mut self, mut rest: &str) {
        while let Some((before, after)) = rest.split_once('%') {
            self.push(before);
            if self.out.len() >= MESSAGE_LIMIT {
                return;
            }
            let Some(letter) = after.chars().next() else { return self.push("%") };
            if letter == '0' {
                return;
            }
            rest = match letter {
                '1'..='9' => self.insert(after),
                '%' => self.percent(after.strip_prefix('%').unwrap_or_default()),
                _ => {
                    let behind = after.strip_prefix(letter).unwrap_or_default();
                    match letter {
                        'n' => self.push("\r\n"),
                        'r' => self.push("\r"),
                        't' => self.push("\t"),
                        'b' => self.push(" "),
                        _ => self.push(letter.encode_utf8(&mut [0; 4])),
                    }
                    behind
                }
            };
        }
        self.push(rest);
    }

    /// `text` stands behind a percent sign and begins with a digit.
    fn insert<'t>(&mut self, text: &'t str) -> &'t str {
        let (digits, mut rest) = split_digits(text, 2);
        let mut first = digits.parse::<usize>().unwrap_or_default();
        let mut format = None;
        if let Some((read, behind)) = rest.strip_prefix('!').and_then(Format::read) {
            (format, rest) = (Some(read), behind);
        }
        let mut size = |size: Option<Size>| match size {
            Some(Size::Insert) => {
                let told = self.source.value(first).and_then(|value| number(&value));
                first = first.saturating_add(1);
                told.and_then(|told| i64::try_from(told).ok())
            }
            _ => None,
        };
        let width = size(format.map(|format| format.width));
        let precision = size(format.map(|format| format.precision));
        let value = self.take().and_then(|()| self.source.value(first));
        match (value, format) {
            (Some(value), Some(format)) => self.value(&format.apply(&value, width, precision)),
            (Some(value), None) => self.value(&value),
            (None, _) => {
                let written = text.strip_suffix(rest).unwrap_or(text);
                self.push("%");
                self.push(written);
            }
        }
        rest
    }

    /// `text` stands behind two percent signs.
    fn percent<'t>(&mut self, text: &'t str) -> &'t str {
        let (digits, rest) = split_digits(text, 10);
        if digits.is_empty() {
            self.push("%");
            return text;
        }
        let parameter = digits.parse().ok().and_then(|number| self.parameter(number));
        match parameter {
            Some(parameter) => self.push(without_line_end(parameter)),
            None => {
                self.push("%%");
                self.push(digits);
            }
        }
        rest
    }

    /// A value, in which only parameters are looked for.
    fn value(&mut self, mut rest: &str) {
        while let Some((before, after)) = rest.split_once("%%") {
            self.push(before);
            if self.out.len() >= MESSAGE_LIMIT {
                return;
            }
            if after.starts_with(|letter: char| letter.is_ascii_digit()) {
                rest = self.percent(after);
            } else {
                self.push("%%");
                rest = after;
            }
        }
        self.push(rest);
    }

    fn parameter(&mut self, number: u32) -> Option<&'a str> {
        self.take()?;
        self.source.parameter(number)
    }

    fn take(&mut self) -> Option<()> {
        self.filled_left = self.filled_left.checked_sub(1)?;
        Some(())
    }

    /// Adds as much as there is room for.
    fn push(&mut self, text: &str) {
        let room = MESSAGE_LIMIT.saturating_sub(self.out.len());
        let end = text.floor_char_boundary(room);
        self.out.push_str(text.get(..end).unwrap_or_default());
    }
}

/// Up to `most` digits that `text` begins with, and the rest.
fn split_digits(text: &str, most: usize) -> (&str, &str) {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    text.split_at_checked(count).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Values<'a>(&'a [&'a str]);

    impl<'a> Source<'a> for Values<'a> {
        fn value(&self, number: usize) -> Option<Cow<'a, str>> {
            self.0.get(number.checked_sub(1)?).map(|value| Cow::Borrowed(*value))
        }

        fn parameter(&self, number: u32) -> Option<&'a str> {
            (number == 1833).then_some("Impersonation\r\n")
        }
    }

    fn show(text: &str, values: &[&str]) -> String {
        message(text, &Values(values))
    }

    #[test]
    fn escapes_are_those_of_the_documentation() {
        for (text, shown) in [
            ("", ""),
            ("plain\r\n", "plain"),
            ("100%% of %1", "100% of one"),
            ("%1 and %2", "one and two"),
            ("%10 is missing, so is %3", "%10 is missing, so is %3"),
            ("%1st", "onest"),
            ("a%nb%tc%rd%be", "a\r\nb\tc\rd e"),
            ("stop%. wait%! % x", "stop. wait!  x"),
            ("end%0never", "end"),
            ("last %", "last %"),
            ("%x%ä", "xä"),
            ("%2!10s!|", "       two|"),
            ("%1!nothing", "one!nothing"),
            ("hello %1!", "hello one!"),
            ("%4!d! %4!d", "%4!d! %4!d"),
            ("%123", "%123"),
        ] {
            assert_eq!(show(text, &["one", "two"]), shown, "{text:?}");
        }
    }

    #[test]
    fn stars_take_the_inserts_that_follow() {
        assert_eq!(show("[%1!*.*s!]", &["6", "2", "text"]), "[    te]");
        assert_eq!(show("[%1!*.*s!]", &["6", "2"]), "[%1!*.*s!]");
    }

    #[test]
    fn parameters_stand_in_texts_and_values() {
        assert_eq!(
            show("%1, %%1833.", &["%%1833 and %%7 and 5%%"]),
            "Impersonation and %%7 and 5%%, Impersonation."
        );
        assert_eq!(show("%%99999999999", &[]), "%%99999999999");
        // A value is not a text: its inserts are its own.
        assert_eq!(show("%1", &["C:\\%1%n%%"]), "C:\\%1%n%%");
    }

    #[test]
    fn a_message_is_bounded() {
        let long = "ä".repeat(60_000);
        let text = "%1".repeat(60_000);
        assert!(show(&text, &[&long]).len() <= MESSAGE_LIMIT);
        let empty = "%%1833".repeat(100_000);
        assert!(show(&text, &[&empty]).len() <= MESSAGE_LIMIT);
    }
}
