//! What writers on Linux and macOS add as text of the system.

use hvtriage_winfmt::Bytes;
use minidump::{Minidump, MinidumpMacBootargs, MinidumpMacCrashInfo};

use super::streams::bytes_of;
use crate::report::UserAnnotation;

const PROCESS_STATUS: u32 = 0x4767_0004;
const RELEASE: u32 = 0x4767_0005;
const COMMAND_LINE: u32 = 0x4767_0006;
const MEMORY_MAP: u32 = 0x4767_0009;
const SOFT_ERRORS: u32 = 0x4D7A_0004;
/// The longest text that is kept, in characters.
const LIMIT: usize = 4096;

/// The number of the process, from `/proc/self/status`.
pub(super) fn process_id(dump: &Minidump<'_, &[u8]>, file: Bytes<'_>) -> Option<u32> {
    let status = text(bytes_of(dump, file, PROCESS_STATUS)?);
    let line = status.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    line.trim().parse().ok()
}

/// Everything that is worth a line.
pub(super) fn read<'a>(dump: &'a Minidump<'a, &'a [u8]>, file: Bytes<'a>) -> Vec<UserAnnotation> {
    let mut found = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            found.push(UserAnnotation { origin: "system".into(), name: name.into(), value });
        }
    };
    if let Some(release) = bytes_of(dump, file, RELEASE) {
        let release = text(release);
        let line = release.lines().find_map(|line| line.strip_prefix("DISTRIB_DESCRIPTION="));
        add("release", line.unwrap_or_default().trim_matches('"').into());
    }
    if let Some(command) = bytes_of(dump, file, COMMAND_LINE) {
        add("command line", text(command).replace('\0', " ").trim_end().into());
    }
    if let Some(map) = bytes_of(dump, file, MEMORY_MAP) {
        let lines = map.as_slice().split(|byte| *byte == b'\n');
        add("mapped ranges", lines.filter(|line| !line.is_empty()).count().to_string());
    }
    if let Some(errors) = bytes_of(dump, file, SOFT_ERRORS) {
        add("errors of the writer", text(errors));
    }
    if let Ok(arguments) = dump.get_stream::<MinidumpMacBootargs>() {
        add("boot arguments", shortened(arguments.bootargs.as_deref().unwrap_or_default()));
    }
    if let Ok(info) = dump.get_stream::<MinidumpMacCrashInfo>() {
        for record in &info.raw {
            add("module", shortened(record.module_path().unwrap_or_default()));
            add("message", shortened(record.message().unwrap_or_default()));
            add("signature", shortened(record.signature_string().unwrap_or_default()));
        }
    }
    found
}

fn text(bytes: Bytes<'_>) -> String {
    let bytes = bytes.as_slice();
    let kept = bytes.get(..LIMIT).unwrap_or(bytes);
    String::from_utf8_lossy(kept).into_owned()
}

fn shortened(text: &str) -> String {
    text.chars().take(LIMIT).collect()
}
