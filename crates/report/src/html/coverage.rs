//! Which logs cover which time, and which are not there.

use hvtriage_diagnosis::{CoveredLog, Diagnosis};
use hvtriage_winfmt::FileTime;
use serde::Serialize;

use super::model::{Kind, Row, Table, clean};
use crate::text::coverage::{COVERED_COLUMNS, covered, short};

/// A machine and its logs.
#[derive(Serialize)]
pub(super) struct CoveredMachine {
    pub(super) machine: String,
    pub(super) logs: Vec<Log>,
    /// Logs that a host has and that are not at hand.
    pub(super) absent: Vec<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Log {
    pub(super) channel: String,
    pub(super) events: u64,
    /// Milliseconds since 1970, where its events have times.
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
    pub(super) times: String,
}

/// The logs of all machines, those first that have exceptions.
pub(super) fn machines(diagnosis: &Diagnosis) -> Vec<CoveredMachine> {
    let machines = covered(diagnosis).into_iter();
    machines
        .map(|one| CoveredMachine {
            machine: clean(one.logs.first().map_or("", |log| &log.machine)),
            logs: one
                .logs
                .iter()
                .map(|log| Log {
                    channel: clean(short(&log.channel)),
                    events: log.events,
                    from: log.first_time.map(FileTime::unix_milliseconds),
                    to: log.last_time.map(FileTime::unix_milliseconds),
                    times: times(log),
                })
                .collect(),
            absent: one.absent,
        })
        .collect()
}

fn times(log: &CoveredLog) -> String {
    let damaged = if log.is_damaged { "; damaged, may have holes" } else { "" };
    match (log.first_time, log.last_time) {
        (Some(from), Some(to)) => {
            format!("{} to {}{damaged}", from.to_the_second(), to.to_the_second())
        }
        _ => format!("no event has a time{damaged}"),
    }
}

/// A row a machine, as the text report has it.
pub(super) fn table(diagnosis: &Diagnosis) -> Table {
    let rows = covered(diagnosis);
    let title = "Time that logs cover, by those of System, Hyper-V-VMMS and Hyper-V-Worker where they \
                 are there";
    Table::new("coverage-table", title, &COVERED_COLUMNS)
        .kinds(Kind::Number, &["logs"])
        .kinds(Kind::Time, &["from", "to"])
        .rows(rows.iter().map(|machine| Row::new(machine.row(usize::MAX))))
}
