//! Which events are wanted.

use hvtriage_winfmt::{FileTime, Guid, TimeRange};

use crate::Event;

/// Says which events are wanted, so that the others need not be read in full.
///
/// Every condition that is set must hold. Providers and logs go together with ids, and an event is
/// wanted when one of them wants it: see [`Self::provider`] and [`Self::channel`].
///
/// ```
/// use hvtriage_eventlog::EventFilter;
///
/// let filter = EventFilter::default()
///     .provider("Microsoft-Windows-Hyper-V-Netvsc", None, &[1, 3])
///     .provider("Microsoft-Windows-Hyper-V-Worker", None, &[]);
/// # let _ = filter;
/// ```
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    rows: Vec<Row>,
    channels: Vec<ChannelRow>,
    /// Whether some row wants an id below 65,536; empty when some row wants them all.
    ids: Vec<u64>,
    /// Empty for all.
    levels: Vec<u8>,
    times: TimeRange,
    with_slack: bool,
}

/// A provider, and which of its events.
#[derive(Clone, Debug)]
struct Row {
    name: Pattern,
    guid: Option<Guid>,
    /// Sorted; empty for all.
    ids: Vec<u32>,
}

/// A log, and which of its events.
#[derive(Clone, Debug)]
struct ChannelRow {
    name: String,
    /// Sorted; empty for all.
    ids: Vec<u32>,
}

/// A name, with or without `*` at its ends.
#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    is_open_before: bool,
    is_open_after: bool,
}

impl EventFilter {
    /// Wants the events with `ids` of a provider, or all of its events when `ids` is empty. Called
    /// again, it adds another provider.
    ///
    /// `name` is compared without regard to case, since Windows versions differ in it; a `*` at its
    /// start or end stands for anything. An event with the GUID is wanted whatever its name.
    #[must_use]
    pub fn provider(mut self, name: &str, guid: Option<Guid>, ids: &[u32]) -> Self {
        self.rows.push(Row { name: Pattern::of(name), guid, ids: sorted(ids) });
        self.ids = self.id_bits();
        self
    }

    /// Wants the events with `ids` of a log, or all of its events when `ids` is empty, whatever
    /// provider wrote them. Called again, it adds another log. The name is compared without regard
    /// to case.
    #[must_use]
    pub fn channel(mut self, name: &str, ids: &[u32]) -> Self {
        self.channels.push(ChannelRow { name: name.to_owned(), ids: sorted(ids) });
        self.ids = self.id_bits();
        self
    }

    /// Wants events of this level; called again, of that one, too. Windows has 0 to 5, and a provider
    /// may define others up to 255.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.levels.push(level);
        self
    }

    /// Leaves out events before `time`. An event without a time is wanted.
    #[must_use]
    pub fn since(mut self, time: FileTime) -> Self {
        self.times.since = Some(time);
        self
    }

    /// Leaves out events after `time`.
    #[must_use]
    pub fn until(mut self, time: FileTime) -> Self {
        self.times.until = Some(time);
        self
    }

    /// Wants events in slack space, too: old ones, that a log has given up (see
    /// [`crate::Origin::Slack`]).
    #[must_use]
    pub fn with_slack(mut self) -> Self {
        self.with_slack = true;
        self
    }

    /// Whether `event` is wanted.
    #[must_use]
    pub fn wants(&self, event: &Event) -> bool {
        self.wants_id(event.id)
            && self.wants_time(event.time_created)
            && self.wants_level(event.level)
            && (self.with_slack || event.origin != crate::Origin::Slack)
            && (self.wants_of_provider(&event.provider.name, event.provider.guid, event.id)
                || self.wants_of_channel(event.id, |name| event.channel.eq_ignore_ascii_case(name)))
    }

    /// Whether events in slack space are wanted.
    #[must_use]
    pub fn wants_slack(&self) -> bool {
        self.with_slack
    }

    /// Whether some provider's event with this id is wanted.
    #[inline]
    pub(crate) fn wants_id(&self, id: u32) -> bool {
        if self.ids.is_empty() {
            return true;
        }
        match usize::try_from(id / u64::BITS).ok().and_then(|word| self.ids.get(word)) {
            Some(word) => word >> (id % u64::BITS) & 1 == 1,
            None => self.all_ids().any(|ids| holds(ids, id)),
        }
    }

    pub(crate) fn wants_level(&self, level: u8) -> bool {
        self.levels.is_empty() || self.levels.contains(&level)
    }

    pub(crate) fn wants_time(&self, time: Option<FileTime>) -> bool {
        self.times.holds(time)
    }

    /// Whether a provider is wanted with some id or other.
    pub(crate) fn wants_provider(&self, name: &str, guid: Option<Guid>) -> bool {
        !self.names_any() || self.rows.iter().any(|row| row.wants_provider(name, guid))
    }

    /// Whether it matters which provider an event is of, or which log it is in.
    pub(crate) fn names_any(&self) -> bool {
        !self.rows.is_empty() || !self.channels.is_empty()
    }

    /// Whether the event of a provider is wanted by its id.
    pub(crate) fn wants_of_provider(&self, name: &str, guid: Option<Guid>, id: u32) -> bool {
        !self.names_any()
            || self.rows.iter().any(|row| holds(&row.ids, id) && row.wants_provider(name, guid))
    }

    /// Whether the event of a log is wanted by its id; `is_it` compares the log's name.
    pub(crate) fn wants_of_channel(&self, id: u32, mut is_it: impl FnMut(&str) -> bool) -> bool {
        self.channels.iter().any(|row| holds(&row.ids, id) && is_it(&row.name))
    }

    fn all_ids(&self) -> impl Iterator<Item = &[u32]> {
        let of_providers = self.rows.iter().map(|row| row.ids.as_slice());
        of_providers.chain(self.channels.iter().map(|row| row.ids.as_slice()))
    }

    fn id_bits(&self) -> Vec<u64> {
        if self.all_ids().any(<[u32]>::is_empty) {
            return Vec::new();
        }
        let mut bits = vec![0; 1024];
        for id in self.all_ids().flatten() {
            let word = usize::try_from(id / u64::BITS).ok().and_then(|it| bits.get_mut(it));
            if let Some(word) = word {
                *word |= 1 << (id % u64::BITS);
            }
        }
        bits
    }
}

fn sorted(ids: &[u32]) -> Vec<u32> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Whether an id is one of those, which are sorted; none stand for all.
fn holds(ids: &[u32], id: u32) -> bool {
    ids.is_empty() || ids.binary_search(&id).is_ok()
}

impl Row {
    fn wants_provider(&self, name: &str, guid: Option<Guid>) -> bool {
        (self.guid.is_some() && self.guid == guid) || self.name.is_like(name)
    }
}

impl Pattern {
    fn of(name: &str) -> Self {
        let (is_open_before, rest) = match name.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let (is_open_after, text) = match rest.strip_suffix('*') {
            Some(text) => (true, text),
            None => (false, rest),
        };
        Self { text: text.to_ascii_lowercase(), is_open_before, is_open_after }
    }

    fn is_like(&self, name: &str) -> bool {
        if !self.is_open_before && !self.is_open_after {
            return self.text.eq_ignore_ascii_case(name);
        }
        let name = name.to_ascii_lowercase();
        match (self.is_open_before, self.is_open_after) {
            (true, true) => name.contains(&self.text),
            (true, false) => name.ends_with(&self.text),
            _ => name.starts_with(&self.text),
        }
    }
}
