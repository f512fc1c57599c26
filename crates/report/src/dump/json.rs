//! Dumps as one JSON object, see `docs/report-schema.md`.

use std::io::{self, Write};

use hvtriage_crashdump::{
    CrashReport, Firmware, MemoryPiece, ModuleVersion, PdbKey, StackFrame, Stated,
};
use hvtriage_winfmt::VirtAddr;
use serde::Serialize;
use serde_json::{Value, json};

use super::process::process;
use super::{DumpPage, signature};
use crate::SCHEMA_VERSION;

pub(super) fn write(
    pages: &[DumpPage<'_>],
    with_modules: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let dumps: Vec<Value> = pages.iter().map(|page| dump(page, with_modules)).collect();
    let all = json!({ "schema_version": SCHEMA_VERSION, "dumps": dumps });
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

/// Numbers of 64 bits are text: readers of JSON cut them otherwise.
fn hex(address: VirtAddr) -> String {
    format!("{:#x}", address.0)
}

fn dump(page: &DumpPage<'_>, with_modules: bool) -> Value {
    let report = page.report;
    let drivers: Vec<Value> = page
        .drivers
        .iter()
        .map(|group| json!({ "group": group.kind, "drivers": group.names }))
        .collect();
    let mut object = json!({
        "source": page.source,
        "signature": signature(report),
        "dump_type": report.dump_type,
        "bugcheck": bugcheck(report),
        "exception": exception(report),
        "blamed": blamed(report),
        "fault": fault(report),
        "windows": super::release(report),
        "os_build": report.os_build,
        "os_version": report.os_version,
        "machine_type": report.machine_type.to_string(),
        "processors": report.processor_count,
        "product_type": report.product_type,
        "edition": report.system.edition.as_ref().map(stated),
        "firmware": report.system.firmware.as_ref().map(firmware),
        "role": report.role.to_string(),
        "role_reason": report.system.role_reason,
        "process": report.process_name,
        "process_id": report.system.process_id.as_ref().map(stated),
        "process_detail": report.process.as_ref().map(process),
        "thread_id": report.system.thread_id.as_ref().map(stated),
        "irql": report.system.irql.as_ref().map(stated),
        "system_time": report.system_time.map(|time| time.to_string()),
        "uptime_seconds": report.uptime_ticks.map(|ticks| ticks / 10_000_000),
        "attributes": report.attributes,
        "pages_present": report.memory.map(|memory| memory.pages_present),
        "pages_promised": report.memory.map(|memory| memory.pages_promised),
        "registers": registers(report),
        "stack": report.stack.iter().map(frame).collect::<Vec<_>>(),
        "stack_end": report.stack_end,
        "module_count": report.modules.len(),
        "drivers": drivers,
        "unloaded": unloaded(report),
        "memory": memory(page.memory),
        "raw_stack": memory(page.raw_stack),
        "secondary": report.secondary.iter().map(|piece| json!({
            "name": piece.name,
            "guid": piece.guid.to_string(),
            "offset": piece.at.to_string(),
            "size": piece.size_bytes,
        })).collect::<Vec<_>>(),
        "is_contradictory": report.is_contradictory,
        "problems": report
            .problems
            .iter()
            .map(|it| json!({ "offset": it.at.0, "message": it.message }))
            .collect::<Vec<_>>(),
    });
    if with_modules && let Some(fields) = object.as_object_mut() {
        fields.insert("modules".into(), modules(report));
    }
    object
}

fn bugcheck(report: &CrashReport) -> Value {
    let Some(bugcheck) = &report.bugcheck else { return Value::Null };
    let known = bugcheck.parameter_meanings();
    let parameter = |(number, value): (u8, u64)| {
        let meaning = known.iter().find(|one| one.number == number);
        json!({
            "value": format!("{value:#x}"),
            "meaning": meaning.map(|one| one.meaning),
            "detail": meaning.and_then(|one| one.detail),
        })
    };
    let parameters: Vec<Value> = (1_u8..).zip(bugcheck.parameters).map(parameter).collect();
    json!({
        "code": format!("{:#X}", bugcheck.base_code()),
        "stored_code": format!("{:#X}", bugcheck.code),
        "name": bugcheck.name(),
        "process": report.system.named_process.as_ref().map(stated),
        "parameters": parameters,
        "offset": report.bugcheck_at.0,
    })
}

fn exception(report: &CrashReport) -> Value {
    let Some(exception) = &report.exception else { return Value::Null };
    json!({
        "code": format!("{:#x}", exception.code),
        "description": exception.description,
        "address": hex(exception.address),
        "referenced": exception.referenced.map(hex),
        "thread": exception.thread,
        "module": exception.module,
        "offset": exception.offset,
    })
}

fn blamed(report: &CrashReport) -> Value {
    let Some(blame) = &report.blame else { return Value::Null };
    json!({
        "module": blame.module,
        "offset": blame.offset,
        "function": blame.function.as_ref().map(|symbol| symbol.name.as_str()),
        "displacement": blame.function.as_ref().map(|symbol| symbol.displacement),
        "text": blame.to_string(),
        "basis": blame.basis,
        "confidence": blame.confidence.to_string(),
        "is_unloaded": blame.is_unloaded,
    })
}

fn fault(report: &CrashReport) -> Value {
    let Some(fault) = &report.fault else { return Value::Null };
    json!({
        "address": hex(fault.address),
        "module": fault.module,
        "offset": fault.offset,
        "is_unloaded": fault.is_unloaded,
        "basis": fault.basis,
    })
}

fn registers(report: &CrashReport) -> Value {
    let Some(state) = &report.state else { return Value::Null };
    let values: serde_json::Map<String, Value> = state
        .registers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(format!("{value:#x}"))))
        .collect();
    let bytes: String = state.instruction_bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let exception = state.exception.as_ref().map(|record| {
        json!({
            "record": hex(record.at),
            "code": format!("{:#x}", record.code),
            "name": record.name,
            "address": hex(record.address),
            "access": record.access,
        })
    });
    json!({
        "basis": state.basis,
        "record": state.record.map(hex),
        "values": values,
        "instruction_bytes": bytes,
        "exception": exception,
    })
}

fn frame(frame: &StackFrame) -> Value {
    json!({
        "text": frame.to_string(),
        "instruction": hex(frame.instruction),
        "stack_pointer": hex(frame.stack_pointer),
        "module": frame.module,
        "offset": frame.offset,
        "is_unloaded": frame.is_unloaded,
        "function": frame.symbol.as_ref().map(|symbol| symbol.name.as_str()),
        "displacement": frame.symbol.as_ref().map(|symbol| symbol.displacement),
        "trust": frame.trust.to_string(),
    })
}

fn unloaded(report: &CrashReport) -> Value {
    let one = |it: &hvtriage_crashdump::UnloadedModule| json!({ "name": it.name, "start": hex(it.start), "end": hex(it.end) });
    report.unloaded.iter().map(one).collect()
}

fn version(version: &ModuleVersion) -> Value {
    json!({
        "file": version.file.to_string(),
        "company": version.company,
        "product": version.product,
        "description": version.description,
    })
}

fn pdb(key: &PdbKey) -> Value {
    json!({ "name": key.name, "guid": key.guid.to_string(), "age": key.age })
}

fn stated<T: Serialize>(fact: &Stated<T>) -> Value {
    json!({ "value": fact.value, "basis": fact.basis })
}

fn firmware(firmware: &Firmware) -> Value {
    json!({
        "manufacturer": firmware.manufacturer,
        "product": firmware.product,
        "version": firmware.version,
        "serial": firmware.serial,
        "uuid": firmware.uuid.map(|id| id.to_string()),
        "board_manufacturer": firmware.board_manufacturer,
        "board_product": firmware.board_product,
        "bios_vendor": firmware.bios_vendor,
        "bios_version": firmware.bios_version,
        "bios_date": firmware.bios_date,
        "is_hyper_v_guest": firmware.is_hyper_v_guest(),
        "offset": firmware.at.0,
    })
}

fn modules(report: &CrashReport) -> Value {
    let one = |it: &hvtriage_crashdump::Module| {
        json!({
            "name": it.name,
            "path": it.path,
            "base": hex(it.base),
            "size": it.size,
            "timestamp": it.timestamp,
            "checksum": it.checksum,
            "version": it.version.as_ref().map(version),
            "pdb": it.pdb.as_ref().map(pdb),
        })
    };
    report.modules.iter().map(one).collect()
}

fn memory(pieces: &[MemoryPiece]) -> Value {
    let one = |piece: &MemoryPiece| match &piece.bytes {
        Ok(bytes) => {
            let bytes: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            json!({ "address": hex(piece.address), "bytes": bytes })
        }
        Err(reason) => json!({ "address": hex(piece.address), "missing": reason }),
    };
    pieces.iter().map(one).collect()
}
