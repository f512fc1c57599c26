//! A row of the dictionary.

use std::ops::RangeInclusive;

use hvtriage_winfmt::Guid;

use super::value::LoggedAs;

/// What is known of some events of some providers on some versions of Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Who writes them.
    pub providers: Vec<KnownProvider>,
    /// Their ids.
    pub id_ranges: Vec<RangeInclusive<u32>>,
    /// The versions of Windows that it is known of.
    pub windows: WindowsRange,
    /// A part of the channel's name, where it tells this row from others.
    pub channel: Option<&'static str>,
    /// The values, in order; insert `%1` of the message is the first.
    pub values: Vec<LoggedAs>,
    /// Whether more values may follow, of which nothing is known.
    pub has_more: bool,
    /// How much it matters beside a crash.
    pub importance: Importance,
    /// Where the layout and the meaning are known from, by kind: `M` a message table, `E` a manifest
    /// in a parser, `S` a real record, `O` a constant of Microsoft's, `D` documentation, `F` others.
    pub certainty: &'static str,
    /// The sources, by their letters in the notes that the rows were made from.
    pub sources: &'static str,
    /// What it means. `{vm}` stands for the name of the virtual machine.
    pub meaning: &'static str,
}

/// A provider that the dictionary knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownProvider {
    /// Its name.
    pub name: &'static str,
    /// Its GUID, where it is known.
    pub guid: Option<Guid>,
}

/// How much an event matters beside a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// It says little even to one who looks for it.
    Noise,
    /// It explains something to one who looks for it.
    Detail,
    /// Worth a line in a timeline.
    Timeline,
}

/// Versions of Windows, as builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowsRange {
    /// As the dictionary has it, `2008R2-2012R2`, `2016+`.
    pub text: &'static str,
    pub(super) first: u32,
    pub(super) last: u32,
}

impl EventRow {
    /// Its ids, one by one.
    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.id_ranges.iter().flat_map(Clone::clone)
    }

    /// Whether an event with this many values has its layout.
    #[must_use]
    pub fn fits(&self, value_count: usize) -> bool {
        let known = self.values.len();
        value_count == known || (self.has_more && value_count > known)
    }
}

impl WindowsRange {
    /// Whether a machine of this build is among them.
    #[must_use]
    pub fn holds(self, build: u32) -> bool {
        (self.first..=self.last).contains(&build)
    }
}

impl Importance {
    /// Its word in the dictionary.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Detail => "detail",
            Self::Timeline => "timeline",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        [Self::Noise, Self::Detail, Self::Timeline].into_iter().find(|it| it.word() == word)
    }
}
