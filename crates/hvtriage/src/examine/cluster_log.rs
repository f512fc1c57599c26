//! The log of the cluster service to facts.

use std::sync::Arc;

use hvtriage_clusterlog::{Clock, ClusterLog, Entry, Head, Position};
use hvtriage_diagnosis::{
    Fact, FactKind, Locator, MachineName, Place, Problem, ProblemKind, Source, SourceKind,
};
use hvtriage_winfmt::FileTime;

use super::Examined;
use crate::Options;
use crate::identified::IdentifiedFact;
use crate::interpret::{Wanted, cluster_event};
use crate::retold::ClockDoubt;

/// Reads such a log.
pub(super) fn examine(name: &str, bytes: &[u8], wanted: &Wanted, options: &Options) -> Examined {
    let log = ClusterLog::open(bytes);
    let shared: Arc<str> = name.into();
    let reader = Reader { source: &shared, machine: machine(name, log.head()), head: log.head() };
    let mut facts = Vec::new();
    let mut source = Source::new(name, SourceKind::ClusterLog, bytes.len() as u64);
    log.entries(|entry| {
        let time = reader.time(entry);
        source.first_time = [source.first_time, time].into_iter().flatten().min();
        source.last_time = source.last_time.max(time);
        facts.extend(reader.facts(entry, time, wanted, options));
    });
    facts.extend(reader.build().map(IdentifiedFact::from));
    Examined {
        source: Some(source),
        facts,
        problems: caution(name, log.head().clock).into_iter().collect(),
        clock_doubt: doubt(log.head().clock),
        ..Examined::default()
    }
}

/// What every entry of a log is read with.
struct Reader<'r> {
    source: &'r Arc<str>,
    machine: MachineName,
    head: &'r Head,
}

impl Reader<'_> {
    fn facts(
        &self,
        entry: &Entry<'_>,
        time: Option<FileTime>,
        wanted: &Wanted,
        options: &Options,
    ) -> Vec<IdentifiedFact> {
        let Some(event) = cluster_event(entry) else { return Vec::new() };
        let is_outside = !options.wants(time);
        let facts = wanted.facts_of(&event).map(|kind| self.fact(entry.at, time, kind));
        facts.map(|fact| IdentifiedFact { is_outside, ..fact.into() }).collect()
    }

    /// That of the day when the log was written; one with a time would be that of a boot.
    fn build(&self) -> Option<Fact> {
        let build = self.head.build?;
        Some(self.fact(self.head.build_at, None, FactKind::OsVersion { build }))
    }

    fn fact(&self, at: Position, time: Option<FileTime>, kind: FactKind) -> Fact {
        let place = Place::Line { number: at.line, offset: at.offset };
        Fact {
            locator: Locator { source: Arc::clone(self.source), place },
            time,
            machine: self.machine.clone(),
            os_build: None,
            kind,
        }
    }

    /// When an entry was traced; `None` where its clock is another than UTC and not known.
    fn time(&self, entry: &Entry<'_>) -> Option<FileTime> {
        let written = entry.written_time()?;
        match self.head.clock {
            Clock::Utc | Clock::Untold => Some(written),
            Clock::Local { minutes_to_utc } => {
                let seconds = u64::from(minutes_to_utc?.unsigned_abs()).saturating_mul(60);
                Some(if minutes_to_utc? < 0 {
                    written.saturating_sub_seconds(seconds)
                } else {
                    written.saturating_add_seconds(seconds)
                })
            }
        }
    }
}

/// The node that a log is of: as the log says, else by the name that `Get-ClusterLog` gives its file,
/// `HV1_cluster.log`.
fn machine(source: &str, head: &Head) -> MachineName {
    let file = source.rsplit(['/', '\\', '!']).next().unwrap_or_default();
    let suffix = file.len().saturating_sub(SUFFIX.len());
    let of_file = file.split_at_checked(suffix).and_then(|(node, suffix)| {
        (!node.is_empty() && suffix.eq_ignore_ascii_case(SUFFIX)).then(|| node.to_owned())
    });
    match head.node.clone().or(of_file) {
        Some(node) => MachineName::Computer(node.into()),
        None => MachineName::Source(source.into()),
    }
}

const SUFFIX: &str = "_cluster.log";

fn doubt(clock: Clock) -> Option<ClockDoubt> {
    match clock {
        Clock::Utc => None,
        Clock::Local { .. } => Some(ClockDoubt::OfSummerTime),
        Clock::Untold => Some(ClockDoubt::OfZone),
    }
}

/// What everybody who reads such a log must know of its times.
fn caution(source: &str, clock: Clock) -> Option<Problem> {
    let (message, hint) = match clock {
        Clock::Utc => return None,
        Clock::Untold => (
            "does not say whether its times are UTC; they are taken for UTC, as Get-ClusterLog writes \
             them unless it is asked for local time",
            "compare one time with the System log of that node if the order of things matters",
        ),
        Clock::Local { minutes_to_utc: Some(_) } => (
            "has local times; they are brought to UTC by the offset of the day it was written, so what \
             lies before a change to or from summer time is an hour off",
            "ask for the log without -UseLocalTime",
        ),
        Clock::Local { minutes_to_utc: None } => (
            "has local times of a zone that it does not name, so what it says has no time here",
            "ask for the log without -UseLocalTime",
        ),
    };
    Some(Problem::new(source, message).hint(hint).kind(ProblemKind::Caution))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_of_the_node_that_it_names_or_that_its_file_is_called_after() {
        let untold = Head::default();
        let told = Head { node: Some("HV7".into()), ..Head::default() };
        for (source, head, expected) in [
            ("case/HV1_cluster.log", &untold, Some("HV1")),
            ("case.zip!logs\\hv1.contoso.com_Cluster.log", &untold, Some("hv1.contoso.com")),
            ("case/HV1_cluster.log", &told, Some("HV7")),
            ("case/cluster.log", &untold, None),
            ("case/_cluster.log", &untold, None),
            ("case/\u{fc}_cluster.txt", &untold, None),
        ] {
            let expected = match expected {
                Some(name) => MachineName::Computer(name.into()),
                None => MachineName::Source(source.into()),
            };
            assert_eq!(machine(source, head), expected, "{source}");
        }
    }

    fn times(head: &str) -> (Option<String>, bool) {
        let text = format!(
            "[=== Cluster ===]\r\n{head}\r\n[=== Cluster Logs ===]\r\n\
                            00000fe4.00001628::2022/12/15-14:26:02.654 WARN  lost\r\n"
        );
        let log = ClusterLog::open(text.as_bytes());
        let machine = MachineName::Source("".into());
        let reader = Reader { source: &"x".into(), machine, head: log.head() };
        let mut time = None;
        log.entries(|entry| time = reader.time(entry));
        (time.map(FileTime::to_the_second), caution("x", log.head().clock).is_some())
    }

    #[test]
    fn local_times_become_utc_where_the_log_says_how() {
        let offset = "UTC = localtime + time zone offset;the time zone offset of this machine is";
        let local = "The logs were generated using local time";
        let told = |time: &str, is_cautioned| (Some(time.to_owned()), is_cautioned);
        let west = format!("{offset} 480 minutes, or 8 hours\r\n{local}");
        assert_eq!(times(&west), told("2022-12-15 22:26:02", true));
        let east = format!("{offset} -330 minutes, or -5.5 hours\r\n{local}");
        assert_eq!(times(&east), told("2022-12-15 08:56:02", true));
        assert_eq!(times(local), (None, true));
        assert_eq!(times("The logs were generated using UTC"), told("2022-12-15 14:26:02", false));
        assert_eq!(times(""), told("2022-12-15 14:26:02", true));
    }
}
