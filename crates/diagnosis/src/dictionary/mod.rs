//! The event dictionary: what is known of events of Hyper-V and of what stands beside it, by provider
//! and id.
//!
//! Its rows are data, in `data/events`. One id may have several rows, since some ids changed their
//! meaning or their values between versions of Windows: which row an event goes by is told by what the
//! event itself shows and by the build of the machine that wrote it, and where neither tells, the
//! answer is that it is one of several.
//!
//! ```
//! use hvtriage_diagnosis::EventDictionary;
//!
//! let rows = EventDictionary::get().find("Hyper-V-Worker", 18590);
//! assert_eq!(rows[0].meaning, "the system in {vm} crashed and told its host");
//! ```

mod choose;
mod read;
mod row;
mod value;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use hvtriage_winfmt::Guid;

pub use choose::EventMeaning;
pub(crate) use choose::{hresult, status, values};
pub use read::DictionaryError;
pub use row::{EventRow, Importance, KnownProvider, WindowsRange};
pub use value::{LoggedAs, ValueKind};

use crate::logged_event::{LoggedEvent, PREFIX};

/// The files of the dictionary, by name.
const FILES: [(&str, &str); 9] = [
    ("integration.txt", include_str!("../../data/events/integration.txt")),
    ("worker.txt", include_str!("../../data/events/worker.txt")),
    ("management.txt", include_str!("../../data/events/management.txt")),
    ("migration.txt", include_str!("../../data/events/migration.txt")),
    ("cluster.txt", include_str!("../../data/events/cluster.txt")),
    ("storage.txt", include_str!("../../data/events/storage.txt")),
    ("network.txt", include_str!("../../data/events/network.txt")),
    ("guest.txt", include_str!("../../data/events/guest.txt")),
    ("system.txt", include_str!("../../data/events/system.txt")),
];

static DICTIONARY: LazyLock<EventDictionary> = LazyLock::new(|| {
    let rows = FILES.iter().flat_map(|(_, text)| read::rows(text)).filter_map(Result::ok);
    EventDictionary::of(rows.collect())
});

/// All rows.
#[derive(Debug)]
pub struct EventDictionary {
    rows: Vec<EventRow>,
    /// Rows by provider, in lower case, and id.
    by_event: HashMap<String, BTreeMap<u32, Vec<usize>>>,
    by_guid: BTreeMap<Guid, &'static str>,
}

impl EventDictionary {
    /// The dictionary that comes with this crate.
    #[must_use]
    pub fn get() -> &'static Self {
        &DICTIONARY
    }

    /// Every row, in the order of the files.
    #[must_use]
    pub fn rows(&self) -> &[EventRow] {
        &self.rows
    }

    /// The rows of an event; none where it is not known. `provider` is its name in any case, with or
    /// without `Microsoft-Windows-`.
    #[must_use]
    pub fn find(&self, provider: &str, id: u32) -> Vec<&EventRow> {
        let name = provider.trim().to_ascii_lowercase();
        let by_id = self
            .by_event
            .get(name.as_str())
            .or_else(|| self.by_event.get(format!("{PREFIX}{name}").as_str()));
        let numbers = by_id.and_then(|by_id| by_id.get(&id)).into_iter().flatten();
        numbers.filter_map(|number| self.rows.get(*number)).collect()
    }

    /// What an event means that a machine of this build wrote; the build may be unknown.
    #[must_use]
    pub fn meaning(&self, event: &LoggedEvent, build: Option<u32>) -> EventMeaning<'_> {
        EventMeaning::choose(self.find(&event.provider, event.id), event, build)
    }

    /// Providers with the ids of their events that are worth a line beside a crash.
    #[must_use]
    pub fn timeline_events(&self) -> Vec<(&str, Option<Guid>, Vec<u32>)> {
        let mut events: BTreeMap<&str, (Option<Guid>, Vec<u32>)> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.importance == Importance::Timeline) {
            for provider in &row.providers {
                let (guid, ids) = events.entry(provider.name).or_default();
                *guid = guid.or(provider.guid);
                ids.extend(row.ids());
            }
        }
        events.into_iter().map(|(name, (guid, ids))| (name, guid, ids)).collect()
    }

    /// The name of the provider with this GUID.
    #[must_use]
    pub fn provider_name(&self, guid: Guid) -> Option<&'static str> {
        self.by_guid.get(&guid).copied()
    }

    /// The providers whose GUIDs are known, by GUID.
    pub fn providers(&self) -> impl Iterator<Item = (Guid, &'static str)> {
        self.by_guid.iter().map(|(guid, name)| (*guid, *name))
    }

    fn of(rows: Vec<EventRow>) -> Self {
        let mut by_event: HashMap<String, BTreeMap<u32, Vec<usize>>> = HashMap::new();
        for (number, row) in rows.iter().enumerate() {
            for provider in &row.providers {
                let by_id = by_event.entry(provider.name.to_ascii_lowercase()).or_default();
                for id in row.ids() {
                    by_id.entry(id).or_default().push(number);
                }
            }
        }
        let providers = rows.iter().flat_map(|row| &row.providers);
        let by_guid = providers.filter_map(|it| Some((it.guid?, it.name))).collect();
        Self { rows, by_event, by_guid }
    }
}

#[cfg(test)]
mod tests;
