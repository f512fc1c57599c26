//! Which events are wanted, for the commands that show events.

use std::ops::RangeInclusive;

use clap::Args;
use hvtriage::EventFilter;
use hvtriage_winfmt::FileTime;

use crate::arguments::{end_time, time};

#[derive(Debug, Args)]
pub(crate) struct EventSelection {
    /// Only events of this provider, in any case; '*' at its start or end stands for anything; may
    /// be repeated
    #[arg(short, long, value_name = "NAME")]
    provider: Vec<String>,

    /// Only events with these ids, such as 1,3,10-13
    #[arg(long, value_name = "N,..", value_delimiter = ',', value_parser = id_range)]
    id: Vec<RangeInclusive<u32>>,

    /// Only events of these levels: critical, error, warning, information, verbose, or numbers
    #[arg(short, long, value_name = "LEVEL,..", value_delimiter = ',', value_parser = level)]
    level: Vec<u8>,

    /// Only events from this time on, such as 2012-01-08T21:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) since: Option<FileTime>,

    /// Only events up to this time; a day counts to its end
    #[arg(long, value_name = "TIME", value_parser = end_time)]
    pub(crate) until: Option<FileTime>,
}

impl EventSelection {
    /// What is asked for. Ids without a provider are those of any.
    pub(crate) fn filter(&self) -> EventFilter {
        let ids: Vec<u32> = self.id.iter().cloned().flatten().collect();
        let mut filter = EventFilter::default();
        for provider in &self.provider {
            filter = filter.provider(provider, provider.parse().ok(), &ids);
        }
        if self.provider.is_empty() && !ids.is_empty() {
            filter = filter.provider("*", None, &ids);
        }
        for level in &self.level {
            filter = filter.level(*level);
        }
        if let Some(time) = self.since {
            filter = filter.since(time);
        }
        if let Some(time) = self.until {
            filter = filter.until(time);
        }
        filter
    }
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
