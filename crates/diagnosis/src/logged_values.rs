//! The values of an event as it stands in a log.

use std::sync::Arc;

/// The values of an event, in order; insert `%1` of the message is the first.
///
/// There may be millions of events: the texts of one are kept together, and events of one layout can
/// share its names.
///
/// ```
/// use hvtriage_diagnosis::LoggedValues;
///
/// let values: LoggedValues = [(Some("VmName"), "SQL01"), (None, "")].into_iter().collect();
/// let first = values.get(0).expect("it has two");
/// assert_eq!((first.name, first.text), (Some("VmName"), "SQL01"));
/// assert_eq!(values.iter().filter(|value| value.text.is_empty()).count(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedValues {
    /// A name for each value; `None` where no value has one.
    pub(crate) names: Option<ValueNames>,
    texts: Box<str>,
    /// Where each text ends in `texts`.
    ends: Box<[u32]>,
}

/// The names of the values of a layout.
pub(crate) type ValueNames = Arc<[Option<Box<str>>]>;

/// One value of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedValue<'a> {
    /// Its name, where it has one.
    pub name: Option<&'a str>,
    /// Its text; may be empty.
    pub text: &'a str,
}

impl LoggedValues {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The value at `position`, from 0.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<LoggedValue<'_>> {
        let end = *self.ends.get(position)?;
        let before = position.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.copied().unwrap_or_default();
        let text = self.texts.get(start as usize..end as usize)?;
        let name = self.names.as_ref().and_then(|names| names.get(position)?.as_deref());
        Some(LoggedValue { name, text })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = LoggedValue<'_>> {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}

impl<'a> FromIterator<(Option<&'a str>, &'a str)> for LoggedValues {
    /// Texts beyond 4 GiB are left out; no event has them.
    fn from_iter<I: IntoIterator<Item = (Option<&'a str>, &'a str)>>(values: I) -> Self {
        let (mut names, mut texts, mut ends) = (Vec::new(), String::new(), Vec::new());
        for (name, text) in values {
            let Ok(end) = u32::try_from(texts.len().saturating_add(text.len())) else { break };
            texts.push_str(text);
            ends.push(end);
            names.push(name.map(Box::from));
        }
        let is_named = names.iter().any(Option::is_some);
        Self { names: is_named.then(|| names.into()), texts: texts.into(), ends: ends.into() }
    }
}

impl<'a> FromIterator<&'a str> for LoggedValues {
    /// Values without names.
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        texts.into_iter().map(|text| (None, text)).collect()
    }
}
