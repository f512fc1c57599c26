//! Reading the files of the dictionary.
//!
//! A line that starts with `@` names a provider and its GUID (`-` where it is not known); several in a
//! row have the rows below in common. Any other line is a row of seven columns:
//!
//! ```text
//! ids | Windows | values | importance | certainty | sources | meaning
//! 12727-12732 | 2012R2 | vm vmid | timeline | M | W | {vm} does not start: ...
//! ```
//!
//! Windows is `any`, a release, two of them (`2008R2-2012`), or one and what came later (`2016+`, which
//! is every Windows 10); behind it may stand `@` and a part of the channel's name. The values are words,
//! each maybe with `=` and its name; `-` means that there are none, and `...` that more may follow.

use std::ops::RangeInclusive;

use super::row::{EventRow, Importance, KnownProvider, WindowsRange};
use super::value::{LoggedAs, ValueKind};

/// What is wrong with a line of the dictionary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct DictionaryError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// Releases by the words of the dictionary, with their first and last build.
const RELEASES: [(&str, u32, u32); 13] = [
    ("2008", 6001, 6003),
    ("2008R2", 7600, 7601),
    ("2012", 9200, 9200),
    ("2012R2", 9600, 9600),
    ("2016", 10240, 14393),
    ("1507", 10240, 10240),
    ("1511", 10586, 10586),
    ("1607", 14393, 14393),
    ("1703", 15063, 15063),
    ("1709", 16299, 16299),
    ("2019", 17763, 17763),
    ("2022", 20348, 20348),
    ("21H2", 22000, 22000),
];

/// The rows of a file, each line on its own.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Result<EventRow, DictionaryError>> {
    let mut providers: Vec<KnownProvider> = Vec::new();
    let mut is_heading = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let error = |what: String| DictionaryError { line: index.saturating_add(1), what };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        if let Some(heading) = line.strip_prefix('@') {
            if !is_heading {
                providers.clear();
            }
            is_heading = true;
            return match provider(heading) {
                Ok(provider) => {
                    providers.push(provider);
                    None
                }
                Err(what) => Some(Err(error(what))),
            };
        }
        is_heading = false;
        Some(row(line, &providers).map_err(error))
    })
}

fn provider(heading: &'static str) -> Result<KnownProvider, String> {
    let (name, guid) =
        heading.split_once('|').ok_or("a provider is its name, '|' and its GUID or '-'")?;
    let (name, guid) = (name.trim(), guid.trim());
    let guid = match guid {
        "-" => None,
        guid => Some(guid.parse().map_err(|_| format!("'{guid}' is no GUID"))?),
    };
    Ok(KnownProvider { name, guid })
}

fn row(line: &'static str, providers: &[KnownProvider]) -> Result<EventRow, String> {
    let columns: Vec<&'static str> = line.split('|').map(str::trim).collect();
    let &[ids, windows, values, importance, certainty, sources, meaning] = columns.as_slice()
    else {
        return Err(format!("{} columns where there are seven", columns.len()));
    };
    if providers.is_empty() {
        return Err("no provider stands before it".into());
    }
    if certainty.is_empty() || sources.is_empty() || meaning.is_empty() {
        return Err("certainty, sources or meaning is missing".into());
    }
    let (windows, channel) = match windows.split_once(" @") {
        Some((windows, channel)) => (windows.trim(), Some(channel.trim())),
        None => (windows, None),
    };
    let (values, has_more) = read_values(values)?;
    Ok(EventRow {
        providers: providers.to_vec(),
        id_ranges: ids.split(',').map(id_range).collect::<Result<_, _>>()?,
        windows: windows_range(windows)?,
        channel,
        values,
        has_more,
        importance: Importance::of(importance)
            .ok_or_else(|| format!("'{importance}' is no importance"))?,
        certainty,
        sources,
        meaning,
    })
}

fn id_range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let number = |text: &str| {
        let id: Result<u32, _> = text.trim().parse();
        id.map_err(|_| format!("'{text}' is no event id"))
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    if first > last {
        return Err(format!("'{text}' runs backwards"));
    }
    Ok(first..=last)
}

fn windows_range(text: &'static str) -> Result<WindowsRange, String> {
    let release = |word: &str| {
        let found = RELEASES.iter().find(|(name, ..)| *name == word);
        found.ok_or_else(|| format!("'{word}' is no release"))
    };
    let (first, last) = match text.split_once('-') {
        _ if text == "any" => (0, u32::MAX),
        Some((first, last)) => (release(first)?.1, release(last)?.2),
        None => match text.strip_suffix('+') {
            Some(first) => (release(first)?.1, u32::MAX),
            None => (release(text)?.1, release(text)?.2),
        },
    };
    Ok(WindowsRange { text, first, last })
}

fn read_values(text: &'static str) -> Result<(Vec<LoggedAs>, bool), String> {
    if text == "-" {
        return Ok((Vec::new(), false));
    }
    let (text, has_more) = match text.strip_suffix("...") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let values = text.split_whitespace().map(|word| {
        let (word, name) = match word.split_once('=') {
            Some((word, name)) => (word, Some(name)),
            None => (word, None),
        };
        let kind = ValueKind::of(word).ok_or_else(|| format!("'{word}' is no kind of value"))?;
        Ok(LoggedAs { kind, name })
    });
    Ok((values.collect::<Result<_, String>>()?, has_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &'static str) -> DictionaryError {
        rows(text).find_map(Result::err).unwrap()
    }

    #[test]
    fn a_row_is_read() {
        let text = "@ Some-Provider | -\n\n# why\n1-3,7 | 2008R2-2012 @Admin | vm=VmName _ ... | \
                    detail | M,F | W,V | {vm} x";
        let rows: Vec<EventRow> = rows(text).map(Result::unwrap).collect();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!(row.ids().collect::<Vec<_>>(), [1, 2, 3, 7]);
        assert_eq!(row.values[0], LoggedAs { kind: ValueKind::VmName, name: Some("VmName") });
        assert_eq!((row.channel, row.has_more), (Some("Admin"), true));
        assert!(row.fits(2) && row.fits(5) && !row.fits(1));
        assert!(row.windows.holds(7600) && row.windows.holds(9200) && !row.windows.holds(9600));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let head = "1 | any | - | noise | M | W | x";
        assert_eq!(error(head).what, "no provider stands before it");
        let wrong = error("@ P | -\n1 | any | - | noise | M | W");
        assert_eq!(wrong.to_string(), "line 2: 6 columns where there are seven");
        assert_eq!(error("@ P | x").what, "'x' is no GUID");
        assert_eq!(error("@ P | -\n1 | 2013 | - | noise | M | W | x").what, "'2013' is no release");
        assert_eq!(
            error("@ P | -\n3-1 | any | - | noise | M | W | x").what,
            "'3-1' runs backwards"
        );
        assert_eq!(
            error("@ P | -\n1 | any | vmx | noise | M | W | x").what,
            "'vmx' is no kind of value"
        );
    }
}
