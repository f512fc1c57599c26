//! What the dumps of `dump-types` must tell, from what was put into them.

use std::fmt::Write as _;

use super::dump_types;
use crate::dump::calls::{address_of, whole_stack};
use crate::dump::{Architecture, DumpKind, DumpSpec, HeaderPage, ModuleSpec};

/// A JSON list with an object for each dump of a machine; `samples/README.md` tells its keys.
#[must_use]
pub fn dump_facts() -> String {
    let dumps: Vec<String> =
        dump_types::machines().iter().map(|(name, spec)| facts(name, spec)).collect();
    format!("[\n{}\n]\n", dumps.join(",\n"))
}

fn facts(name: &str, spec: &DumpSpec) -> String {
    let has_memory = spec.kind != DumpKind::Header;
    let modules = lines(spec.modules.iter().filter(|_| has_memory).map(module));
    let unloaded = lines(spec.unloaded.iter().filter(|_| has_memory).map(|driver| {
        let (start, end) = (hex(driver.start), hex(driver.end));
        format!("{{ \"name\": \"{}\", \"start\": {start}, \"end\": {end} }}", driver.name)
    }));
    let secondary = lines(spec.secondary.iter().map(|piece| {
        format!("{{ \"guid\": \"{}\", \"bytes\": {} }}", guid(&piece.guid), piece.data.len())
    }));
    let parameters: Vec<String> = spec.parameters.iter().map(|value| hex(*value)).collect();
    let stack: Vec<String> = stack(spec).into_iter().map(hex).collect();
    let machine = match spec.architecture {
        Architecture::X64 => "x64",
        Architecture::Arm64 => "ARM64",
        Architecture::X86 | Architecture::X86Pae => "x86",
    };
    let mut text = String::new();
    let _ = write!(
        text,
        r#"  {{
    "path": "dump-types/{name}",
    "type": {},
    "machine": "{machine}",
    "build": {},
    "processors": {},
    "bugcheck": {},
    "parameters": [{}],
    "system_time_filetime": {},
    "uptime_ticks": {},
    "attributes": {},
    "modules": {modules},
    "unloaded": {unloaded},
    "secondary": {secondary},
    "stack": [{}]
  }}"#,
        spec.kind.code(),
        spec.build,
        spec.processors,
        hex(u64::from(spec.bugcheck)),
        parameters.join(", "),
        spec.system_time_filetime,
        spec.uptime_ticks,
        spec.attributes,
        stack.join(", "),
    );
    text
}

fn module(module: &ModuleSpec) -> String {
    let timestamp = match module.header {
        HeaderPage::InPageFile => "null".to_owned(),
        HeaderPage::Present | HeaderPage::Transition => module.timestamp.to_string(),
    };
    format!(
        "{{ \"name\": \"{}\", \"base\": {}, \"size\": {}, \"timestamp\": {timestamp} }}",
        module.name,
        hex(module.base),
        module.size
    )
}

/// Instructions and return addresses, innermost first, as far as unwind data or frame pointers lead.
fn stack(spec: &DumpSpec) -> Vec<u64> {
    let [.., instruction] = spec.parameters;
    let at_stop = |offset: u64| spec.modules.first().map(|kernel| kernel.base + offset);
    match spec.architecture {
        Architecture::X64 if spec.kind == DumpKind::Header => Vec::new(),
        Architecture::X64 => whole_stack(spec.bugcheck, &spec.calls, instruction != 0)
            .iter()
            .map(|place| address_of(place, &spec.modules))
            .collect(),
        Architecture::Arm64 => {
            at_stop(0x40_5D20).into_iter().chain(spec.callers.iter().copied()).collect()
        }
        // The stop's own return address is not behind a frame pointer.
        Architecture::X86 | Architecture::X86Pae => at_stop(0x7_9C10)
            .into_iter()
            .chain([instruction])
            .chain(spec.callers.iter().copied())
            .collect(),
    }
}

fn lines(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("\n      {item}")).collect();
    if items.is_empty() { "[]".to_owned() } else { format!("[{}\n    ]", items.join(",")) }
}

/// A number that JSON readers would not keep.
fn hex(value: u64) -> String {
    format!("\"{value:#x}\"")
}

fn guid(text: &str) -> &str {
    if text.is_empty() { "00000000-0000-0000-0000-000000000000" } else { text }
}
