//! What of a diagnosis is not shown, for programs.

use hvtriage_diagnosis::LeftOut;
use schemars::JsonSchema;
use serde::Serialize;

/// What was asked for, and how much else there is: the lists of this report are without it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "LeftOut")]
pub(super) struct LeftOutJson<'a> {
    machines: &'a [String],
    severity: Option<&'static str>,
    rules: &'a [String],
    findings: u64,
    incidents: u64,
    guests: u64,
    crashes: u64,
    rows: u64,
}

pub(super) fn left_out(left: &LeftOut) -> LeftOutJson<'_> {
    LeftOutJson {
        machines: left.selection.machines(),
        severity: left.selection.least_severity().map(|least| least.word()),
        rules: left.selection.rules(),
        findings: left.findings,
        incidents: left.incidents,
        guests: left.guests,
        crashes: left.crashes,
        rows: left.rows,
    }
}
