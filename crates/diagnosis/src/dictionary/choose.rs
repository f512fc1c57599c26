//! Which of several rows an event goes by, and what its values are.

use hvtriage_winfmt::Guid;

use super::row::{EventRow, Importance};
use super::value::{LoggedAs, ValueKind};
use crate::fact::Vm;
use crate::logged_event::{LoggedEvent, number_in, vm_of_resource};

/// What an event means, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventMeaning<'a> {
    /// This.
    Known(&'a EventRow),
    /// One of these; nothing tells which.
    OneOf(Vec<&'a EventRow>),
    /// The dictionary does not have it, or not for this version of Windows or with such values.
    Unknown,
}

impl<'a> EventMeaning<'a> {
    /// Chooses among the rows of an event's provider and id.
    ///
    /// A row goes for the builds that it names. Where several are left, the number of values and the
    /// channel decide. A single one goes for other numbers of values, too: later versions of Windows
    /// append values; but then no text is taken from it by its place.
    pub(super) fn choose(rows: Vec<&'a EventRow>, event: &LoggedEvent, build: Option<u32>) -> Self {
        let is_alone = rows.len() == 1;
        let fitting = rows.into_iter().filter(|row| {
            build.is_none_or(|build| row.windows.holds(build))
                && (is_alone || (row.fits(event.values.len()) && is_of_channel(row, event)))
        });
        let mut fitting: Vec<&EventRow> = fitting.collect();
        match fitting.as_slice() {
            [] => Self::Unknown,
            [only] => Self::Known(only),
            [first, others @ ..] => {
                // A row that demands a channel is surer than one that does not.
                let sure = fitting.iter().find(|row| row.channel.is_some());
                if let Some(sure) = sure {
                    return Self::Known(sure);
                }
                if others
                    .iter()
                    .all(|row| row.meaning == first.meaning && row.values == first.values)
                {
                    return Self::Known(first);
                }
                fitting.dedup_by(|one, other| one.meaning == other.meaning);
                Self::OneOf(fitting)
            }
        }
    }

    /// The rows that it may be.
    #[must_use]
    pub fn rows(&self) -> &[&'a EventRow] {
        match self {
            Self::Known(row) => std::slice::from_ref(row),
            Self::OneOf(rows) => rows,
            Self::Unknown => &[],
        }
    }

    /// Whether it is worth a line in a timeline. What is not known may be.
    #[must_use]
    pub fn is_for_timeline(&self) -> bool {
        let rows = self.rows();
        rows.is_empty() || rows.iter().any(|row| row.importance == Importance::Timeline)
    }

    /// The virtual machine that `event` names, where all rows that it may be agree on it.
    #[must_use]
    pub fn vm(&self, event: &LoggedEvent) -> Option<Vm> {
        self.agreed(|row| vm(row, event))
    }

    /// The HRESULT of `event`; success is none.
    #[must_use]
    pub fn hresult(&self, event: &LoggedEvent) -> Option<u32> {
        self.agreed(|row| hresult(row, event))
    }

    /// The first file or folder of `event`.
    #[must_use]
    pub fn path(&self, event: &LoggedEvent) -> Option<String> {
        self.agreed(|row| values(row, event).find(|(one, _)| one.kind == ValueKind::Path))
            .map(|(_, text)| text.to_owned())
    }

    fn agreed<T: PartialEq>(&self, read: impl Fn(&'a EventRow) -> Option<T>) -> Option<T> {
        let mut told = self.rows().iter().map(|row| read(row));
        let first = told.next()??;
        told.all(|other| other.as_ref() == Some(&first)).then_some(first)
    }
}

fn is_of_channel(row: &EventRow, event: &LoggedEvent) -> bool {
    let channel = event.channel.to_ascii_lowercase();
    row.channel.is_none_or(|part| channel.contains(&part.to_ascii_lowercase()))
}

/// The values of an event that a row knows, each with its text, without those that are empty or do
/// not look like what they should be.
pub(crate) fn values<'a>(
    row: &'a EventRow,
    event: &'a LoggedEvent,
) -> impl Iterator<Item = (LoggedAs, &'a str)> {
    let fits = row.fits(event.values.len());
    row.values.iter().enumerate().filter_map(move |(position, one)| {
        let named = one.name.and_then(|name| event.value(name));
        let placed = || event.value_at(position);
        let text = named.or_else(placed)?;
        let is_sure = named.is_some() || fits;
        looks_like(one.kind, text, is_sure).then_some((*one, text))
    })
}

/// Whether `text` may be a value of this kind. What has no form of its own is believed only where
/// the layout is sure.
fn looks_like(kind: ValueKind, text: &str, is_sure: bool) -> bool {
    match kind {
        ValueKind::VmId => text.parse::<Guid>().is_ok(),
        ValueKind::ErrorReference => text.starts_with("%%") && number_in(text).is_some(),
        ValueKind::Hresult => number_in(text).is_some_and(|code| u32::try_from(code).is_ok()),
        ValueKind::Status => status(text).is_some(),
        ValueKind::Path => text.contains(['\\', '/']),
        ValueKind::Milliseconds
        | ValueKind::Megabytes
        | ValueKind::ProcessId
        | ValueKind::Port
        | ValueKind::StopCode
        | ValueKind::StopParameter => number_in(text).is_some() && is_sure,
        ValueKind::Seconds => text.parse::<f64>().is_ok() && is_sure,
        _ => is_sure,
    }
}

/// A status as an event has it: as a number of any sign, or in hexadecimal.
pub(crate) fn status(text: &str) -> Option<u32> {
    let signed = || text.parse::<i32>().ok().map(i32::cast_unsigned);
    number_in(text).and_then(|number| u32::try_from(number).ok()).or_else(signed)
}

fn vm(row: &EventRow, event: &LoggedEvent) -> Option<Vm> {
    let mut vm = Vm::default();
    for (one, text) in values(row, event) {
        match one.kind {
            ValueKind::VmId => vm.id = vm.id.or_else(|| text.parse().ok()),
            ValueKind::VmName => vm.name = vm.name.or_else(|| Some(text.into())),
            ValueKind::VmResource => {
                vm.name = vm.name.or_else(|| Some(vm_of_resource(text).into()));
            }
            ValueKind::VmReference => match text.parse() {
                Ok(id) => vm.id = vm.id.or(Some(id)),
                Err(_) => vm.name = vm.name.or_else(|| Some(vm_of_resource(text).into())),
            },
            _ => {}
        }
    }
    // Where the id should stand and does not, the layout is another one.
    let lacks_id = row.values.iter().any(|one| one.kind == ValueKind::VmId) && vm.id.is_none();
    // VMMS writes `-` for the name of a machine whose configuration it cannot read.
    vm.name = vm.name.filter(|name| **name != *"-" && !lacks_id);
    (vm.id.is_some() || vm.name.is_some()).then_some(vm)
}

pub(crate) fn hresult(row: &EventRow, event: &LoggedEvent) -> Option<u32> {
    let of_kind = |kind| {
        let mut texts = values(row, event).filter(move |(one, _)| one.kind == kind);
        texts.find_map(|(_, text)| u32::try_from(number_in(text)?).ok())
    };
    let code = of_kind(ValueKind::Hresult).or_else(|| of_kind(ValueKind::ErrorReference));
    code.filter(|code| *code != 0)
}
