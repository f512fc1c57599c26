//! What the file may say.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hvtriage::{Day, Ignore};
use hvtriage_diagnosis::like;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Placed};

/// What is wrong, and where in the text.
#[derive(Debug)]
pub(super) struct ParseError {
    line: usize,
    column: usize,
    message: String,
}

/// `3:1: unknown key 'rulez'`.
impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.message)
    }
}

const KEYS: [&str; 6] = ["rules", "sigma", "images", "symbols", "providers", "ignore"];
const IGNORE_KEYS: [&str; 6] = ["rule", "machine", "guest", "file", "reason", "until"];

type Value<'i> = Spanned<DeValue<'i>>;

/// Reads the text of a file that lies in `folder`.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Config, ParseError> {
    let text = Text(text);
    let table = DeTable::parse(text.0)
        .map_err(|error| text.wrong(error.span().unwrap_or(0..0), one_line(error.message())))?;
    let mut config = Config::default();
    for (key, value) in table.get_ref() {
        let list = match key.get_ref().as_ref() {
            "rules" => &mut config.rules,
            "sigma" => &mut config.sigma,
            "images" => &mut config.images,
            "symbols" => &mut config.symbols,
            "providers" => &mut config.providers,
            "ignore" => {
                config.ignore = text.ignores(value)?;
                continue;
            }
            other => return Err(text.unknown(key.span(), other, &KEYS)),
        };
        *list = text.paths(key.get_ref(), value, folder)?;
    }
    Ok(config)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, for places in it.
struct Text<'i>(&'i str);

impl Text<'_> {
    fn wrong(&self, span: Range<usize>, message: impl Into<String>) -> ParseError {
        let before = self.0.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let last = before.rsplit('\n').next().unwrap_or_default();
        ParseError { line, column: last.chars().count().saturating_add(1), message: message.into() }
    }

    fn line(&self, value: &Value<'_>) -> usize {
        self.wrong(value.span(), "").line
    }

    fn unknown(&self, span: Range<usize>, key: &str, known: &[&str]) -> ParseError {
        let meant = match like(key, known.iter().copied()) {
            Some(meant) => format!("; did you mean '{meant}'?"),
            None => format!(": known are {}", known.join(", ")),
        };
        self.wrong(span, format!("unknown key '{key}'{meant}"))
    }

    /// One path or a list of such, relative to the folder of the file.
    fn paths(
        &self,
        key: &str,
        value: &Value<'_>,
        folder: &Path,
    ) -> Result<Vec<Placed<PathBuf>>, ParseError> {
        let wrong = |value: &Value<'_>| {
            let what = value.get_ref().type_str();
            self.wrong(value.span(), format!("{key} is a list of paths, and this is {}", a(what)))
        };
        let path = |value: &Value<'_>| match value.get_ref() {
            DeValue::String(path) => {
                Ok(Placed { line: self.line(value), value: folder.join(path.as_ref()) })
            }
            _ => Err(wrong(value)),
        };
        match value.get_ref() {
            DeValue::Array(values) => values.iter().map(path).collect(),
            DeValue::String(_) => Ok(vec![path(value)?]),
            _ => Err(wrong(value)),
        }
    }

    fn ignores(&self, value: &Value<'_>) -> Result<Vec<Placed<Ignore>>, ParseError> {
        let wrong =
            |value: &Value<'_>| self.wrong(value.span(), "each entry begins with [[ignore]]");
        let DeValue::Array(entries) = value.get_ref() else { return Err(wrong(value)) };
        let entry = |value: &Value<'_>| match value.get_ref() {
            DeValue::Table(table) => {
                let value_of = self.ignore(value.span(), table)?;
                Ok(Placed { line: self.line(value), value: value_of })
            }
            _ => Err(wrong(value)),
        };
        entries.iter().map(entry).collect()
    }

    fn ignore(&self, span: Range<usize>, table: &DeTable<'_>) -> Result<Ignore, ParseError> {
        let [mut rule, mut machine, mut guest, mut file, mut reason] = [const { None }; 5];
        let mut until = None;
        for (key, value) in table {
            let slot = match key.get_ref().as_ref() {
                "rule" => &mut rule,
                "machine" => &mut machine,
                "guest" => &mut guest,
                "file" => &mut file,
                "reason" => &mut reason,
                "until" => {
                    until = Some(self.day(value)?);
                    continue;
                }
                other => return Err(self.unknown(key.span(), other, &IGNORE_KEYS)),
            };
            *slot = Some(self.words(key.get_ref(), value)?);
        }
        let lacks = |key: &str| self.wrong(span.clone(), format!("this entry has no {key}"));
        Ok(Ignore {
            rule: rule.ok_or_else(|| lacks("rule"))?,
            machine,
            guest,
            file,
            reason: reason.ok_or_else(|| lacks("reason: say why it is ignored"))?,
            until,
        })
    }

    /// A text that says something.
    fn words(&self, key: &str, value: &Value<'_>) -> Result<String, ParseError> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            DeValue::String(_) => Err(self.wrong(value.span(), format!("{key} is empty"))),
            other => {
                let what = a(other.type_str());
                Err(self.wrong(value.span(), format!("{key} is a text, and this is {what}")))
            }
        }
    }

    /// A date, with or without quotation marks.
    fn day(&self, value: &Value<'_>) -> Result<Day, ParseError> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            other => a(other.type_str()),
        };
        let wrong = || format!("until is a day such as 2026-12-31, and this is {text}");
        text.parse().map_err(|_| self.wrong(value.span(), wrong()))
    }
}

fn a(what: &str) -> String {
    let article = if what.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        parse(text, Path::new("/case")).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_file_may_say() {
        let config = read(
            "rules = ['my-rules', '/all/rules']\nsymbols = 'pdb'\n\n[[ignore]]\nrule = 'KP-41'\n\
             reason = 'known'\nuntil = 2026-12-31\n[[ignore]]\nrule = 'VM-*'\nguest = 'SQL07'\n\
             file = 'old.evtx'\nmachine = 'HV*'\nreason = 'so it is'\nuntil = '2027-01-01'\n",
        )
        .unwrap();
        let rules: Vec<(usize, &Path)> =
            config.rules.iter().map(|it| (it.line, it.value.as_path())).collect();
        assert_eq!(rules, [(1, Path::new("/case/my-rules")), (1, Path::new("/all/rules"))]);
        assert_eq!(config.symbols.first().unwrap().value, Path::new("/case/pdb"));
        let [first, second] = config.ignore.as_slice() else { panic!("{config:?}") };
        assert_eq!((first.line, second.line), (4, 8));
        assert_eq!(first.value.until, Some("2026-12-31".parse().unwrap()));
        assert_eq!(second.value.guest.as_deref(), Some("SQL07"));
        assert_eq!(second.value.until, Some("2027-01-01".parse().unwrap()));
        assert!(read("").unwrap().ignore.is_empty());
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        for (text, told) in [
            ("rulez = []", "1:1: unknown key 'rulez'; did you mean 'rules'?"),
            ("colour = true", "1:1: unknown key 'colour': known are rules, sigma,"),
            ("\nrules = 7", "2:9: rules is a list of paths, and this is an integer"),
            ("rules = ['a', true]", "1:15: rules is a list of paths, and this is a boolean"),
            ("[ignore]\nrule = 'A'", "each entry begins with [[ignore]]"),
            ("[[ignore]]\nrule = 'A'", "1:1: this entry has no reason"),
            ("[[ignore]]\nreason = 'A'", "1:1: this entry has no rule"),
            ("[[ignore]]\nrule = 'A'\nreason = ' '", "3:10: reason is empty"),
            ("[[ignore]]\nrule = 'A'\nuntl = 1", "3:1: unknown key 'untl'; did you mean 'until'?"),
            ("[[ignore]]\nuntil = 2026-02-30", "2:"),
            (
                "[[ignore]]\nuntil = 'soon'",
                "2:9: until is a day such as 2026-12-31, and this is soon",
            ),
            ("[[ignore]]\nuntil = 10:00:00", "2:9: until is a day"),
            ("rules = [", "1:"),
            ("rules = []\nrules = []", "2:"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }
}
