//! Dumps.

use hvtriage_diagnosis::{Blame, Bugcheck, CrashFrame, CrashedDump};
use schemars::JsonSchema;
use serde::Serialize;

use super::time::{Time, time};
use crate::words;

/// A STOP code, and what its parameters mean.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Bugcheck")]
pub(super) struct BugcheckJson<'a> {
    code: String,
    name: Option<&'a str>,
    parameters: [String; 4],
    parameter_meanings: &'a [String],
    offset: String,
}

/// A place in a driver, and why it is named.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Blame")]
pub(super) struct BlameJson<'a> {
    module: &'a str,
    offset: String,
    function: Option<&'a str>,
    basis: &'a str,
}

/// A dump.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Crash")]
pub(super) struct CrashJson<'a> {
    source: &'a str,
    dump_type: &'a str,
    bugcheck: Option<BugcheckJson<'a>>,
    exception: Option<&'a str>,
    os_build: Option<u32>,
    machine_type: &'a str,
    system_time: Option<Time>,
    uptime_seconds: Option<u64>,
    process: Option<&'a str>,
    role: &'static str,
    fault: Option<BlameJson<'a>>,
    fault_address: Option<String>,
    blamed: Option<BlameJson<'a>>,
    module_count: u64,
    unloaded_count: u64,
    stack: Vec<FrameJson<'a>>,
    stack_end: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Frame")]
pub(super) struct FrameJson<'a> {
    text: &'a str,
    trust: &'a str,
}

pub(super) fn crash(crash: &CrashedDump) -> CrashJson<'_> {
    CrashJson {
        source: &crash.source,
        dump_type: &crash.dump_type,
        bugcheck: crash.bugcheck.as_ref().map(|check| bugcheck(crash, check)),
        exception: crash.exception.as_deref(),
        os_build: crash.os_build,
        machine_type: &crash.machine_type,
        system_time: time(crash.system_time),
        uptime_seconds: crash.uptime_seconds,
        process: crash.process.as_deref(),
        role: crash.role.word(),
        fault: crash.fault.as_ref().map(blame),
        fault_address: crash.fault_address.map(words::hex),
        blamed: crash.blamed.as_ref().map(blame),
        module_count: crash.module_count,
        unloaded_count: crash.unloaded_count,
        stack: crash.stack.iter().map(frame).collect(),
        stack_end: crash.stack_end.as_deref(),
    }
}

pub(super) fn frame(frame: &CrashFrame) -> FrameJson<'_> {
    FrameJson { text: &frame.text, trust: &frame.trust }
}

pub(super) fn bugcheck<'a>(crash: &'a CrashedDump, bugcheck: &Bugcheck) -> BugcheckJson<'a> {
    BugcheckJson {
        code: words::hex(crash.stored_code.unwrap_or(bugcheck.code)),
        name: crash.bugcheck_name.as_deref(),
        parameters: bugcheck.parameters.map(words::hex),
        parameter_meanings: &crash.parameter_meanings,
        offset: crash.bugcheck_at.to_string(),
    }
}

pub(super) fn blame(blame: &Blame) -> BlameJson<'_> {
    BlameJson {
        module: &blame.module,
        offset: words::hex(blame.offset),
        function: blame.function.as_deref(),
        basis: &blame.basis,
    }
}
