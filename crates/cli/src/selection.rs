//! Which events are wanted, for the commands that show events.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;
use hvtriage::{EventFilter, EventsRead};
use hvtriage_diagnosis::{EventDictionary, like};
use hvtriage_winfmt::Guid;

use crate::arguments::SpanArguments;
use crate::output::tell;

#[derive(Debug, Args)]
#[command(next_help_heading = "Which events")]
pub(crate) struct EventSelection {
    /// Only events of this computer, by its full or short name, in any case; '*' stands for anything; may be
    /// repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) machine: Vec<String>,

    /// Only events of this provider, in any case, with or without 'Microsoft-Windows-'; '*' at its start or end
    /// stands for anything; may be repeated
    #[arg(short, long, value_name = "NAME")]
    provider: Vec<String>,

    /// Only events with these ids, such as 1,3,10-13
    #[arg(long, value_name = "N,..", value_delimiter = ',', value_parser = id_range)]
    id: Vec<RangeInclusive<u32>>,

    /// Only events of these levels: critical, error, warning, information, verbose, or numbers
    #[arg(short, long, value_name = "LEVEL,..", value_delimiter = ',', value_parser = level)]
    level: Vec<u8>,

    #[command(flatten)]
    pub(crate) span: SpanArguments,
}

impl EventSelection {
    /// Whether all events are wanted that a computer has.
    pub(crate) fn is_of_all_kinds(&self) -> bool {
        let is_of_any = self.provider.is_empty() && self.id.is_empty() && self.level.is_empty();
        is_of_any && self.span.is_all()
    }

    /// What is asked for. Ids without a provider are those of any.
    pub(crate) fn filter(&self) -> EventFilter {
        let ids: Vec<u32> = self.id.iter().cloned().flatten().collect();
        let mut filter = EventFilter::default();
        for provider in &self.provider {
            filter = filter.provider(provider, provider.parse().ok(), &ids);
            for name in longer_names(provider) {
                filter = filter.provider(&name, None, &ids);
            }
        }
        if self.provider.is_empty() && !ids.is_empty() {
            filter = filter.provider("*", None, &ids);
        }
        for level in &self.level {
            filter = filter.level(*level);
        }
        if let Some(time) = self.span.since {
            filter = filter.since(time);
        }
        if let Some(time) = self.span.until {
            filter = filter.until(time);
        }
        filter
    }
}

/// What the names of most providers begin with, and people leave out.
const OF_WINDOWS: &str = "Microsoft-Windows-";
/// What the logs of providers are called behind their names.
const OF_LOGS: [&str; 4] = ["-Admin", "-Operational", "/Admin", "/Operational"];

/// The names that a provider may have whose short name, or whose log, was typed.
fn longer_names(typed: &str) -> Vec<String> {
    let is_whole = typed.contains('*') || typed.parse::<Guid>().is_ok();
    if is_whole {
        return Vec::new();
    }
    let of_log = OF_LOGS.iter().find_map(|end| {
        let (name, last) = typed.split_at_checked(typed.len().checked_sub(end.len())?)?;
        last.eq_ignore_ascii_case(end).then_some(name)
    });
    let in_full = |name: &str| (!has_prefix(name)).then(|| format!("{OF_WINDOWS}{name}"));
    let of_log = of_log.into_iter().flat_map(|name| [Some(name.to_owned()), in_full(name)]);
    [in_full(typed)].into_iter().chain(of_log).flatten().collect()
}

fn has_prefix(name: &str) -> bool {
    name.get(..OF_WINDOWS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OF_WINDOWS))
}

/// Which of the providers that are asked for were met.
pub(crate) struct SeenProviders<'a>(Vec<TypedProvider<'a>>);

/// A provider as it was typed. Every event is compared with it, so that its names are worked out once.
struct TypedProvider<'a> {
    typed: &'a str,
    longer: Vec<String>,
    is_seen: AtomicBool,
}

impl<'a> TypedProvider<'a> {
    fn new(typed: &'a str) -> Self {
        Self { typed, longer: longer_names(typed), is_seen: AtomicBool::new(false) }
    }

    /// Whether a provider of this name is meant.
    fn is(&self, name: &str) -> bool {
        let mut longer = self.longer.iter();
        self.typed.eq_ignore_ascii_case(name) || longer.any(|it| it.eq_ignore_ascii_case(name))
    }
}

impl<'a> SeenProviders<'a> {
    /// Those that are named in full and that the event dictionary does not know.
    pub(crate) fn of(selection: &'a EventSelection) -> Self {
        let is_name = |name: &&String| !name.contains('*') && name.parse::<Guid>().is_err();
        let named = selection.provider.iter().filter(is_name).map(|name| TypedProvider::new(name));
        Self(named.filter(|typed| !known().any(|name| typed.is(name))).collect())
    }

    /// An event of this provider was met.
    pub(crate) fn see(&self, provider: &str) {
        for typed in self.0.iter().filter(|typed| typed.is(provider)) {
            typed.is_seen.store(true, Ordering::Relaxed);
        }
    }

    /// Tells of names that were not met and look mistyped: an error where no event was found at all.
    pub(crate) fn unknown(&self, read: &EventsRead) -> Option<String> {
        let unseen = self.0.iter().filter(|typed| !typed.is_seen.load(Ordering::Relaxed));
        let mut messages = unseen.filter_map(|TypedProvider { typed: name, .. }| {
            let short = known().map(|it| it.strip_prefix(OF_WINDOWS).unwrap_or(it));
            let meant = like(name, known().chain(short))?;
            Some(format!("no event of provider '{name}' is here; did you mean '{meant}'?"))
        });
        if read.found == 0 {
            return messages.next();
        }
        messages.for_each(|message| tell(&message));
        None
    }
}

/// The names of providers of the event dictionary.
fn known() -> impl Iterator<Item = &'static str> {
    let rows = EventDictionary::get().rows().iter();
    rows.flat_map(|row| row.providers.iter().map(|provider| provider.name))
}

/// Ids of events are 16 bits wide in every log.
const MAX_ID: u32 = 0xFFFF;

fn id_range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let number = |text: &str| {
        let number = text.trim().parse::<u32>().ok().filter(|number| *number <= MAX_ID);
        number.ok_or_else(|| format!("'{text}' is no event id: a number up to {MAX_ID} is wanted"))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let range = number(first)?..=number(last)?;
    if range.is_empty() { Err(format!("'{text}' ends before it begins")) } else { Ok(range) }
}

fn level(text: &str) -> Result<u8, String> {
    const LEVELS: [(&str, u8); 6] = [
        ("critical", 1),
        ("error", 2),
        ("warning", 3),
        ("information", 4),
        ("info", 4),
        ("verbose", 5),
    ];
    let named = LEVELS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
    let number = || text.trim().parse::<u8>().ok().filter(|level| *level < 32);
    named.map(|(_, level)| *level).or_else(number).ok_or_else(|| {
        "critical, error, warning, information, verbose or a number below 32 is wanted".to_owned()
    })
}
