//! User-mode minidumps, through the `minidump` package.

mod annotations;
mod handles;
mod memory;
mod module_lists;
mod process;
mod streams;
mod system_words;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hvtriage_winfmt::{Bytes, FileOffset, FileTime, FileVersion, Guid, VirtAddr};
use minidump::system_info::{Cpu, Os};
use minidump::{
    CodeView, Error, Minidump, MinidumpException, MinidumpModule, MinidumpModuleList,
    MinidumpStream, MinidumpSystemInfo, MinidumpUnloadedModule, MinidumpUnloadedModuleList,
    Module as _,
};

use self::module_lists::{MODULE_LIMIT, MODULES, UNLOADED, names_fit};
use crate::companions::{Companions, NoCompanions, PdbKey};
use crate::fault::Drivers;
use crate::memory::VirtualMemory;
use crate::processor::Registers;
use crate::report::{
    CrashReport, DumpFormat, DumpProblem, MachineType, Module, ModuleVersion, UnloadedModule,
    UserException,
};
use crate::role::role_of;
use crate::stack::Walker;

type Dump<'a> = Minidump<'a, &'a [u8]>;

/// Everything that can be said of a user minidump.
pub(crate) fn examine(bytes: &[u8], companions: &dyn Companions) -> CrashReport {
    let blank = || CrashReport::new(DumpFormat::User, "user minidump");
    // The package is not ours; should it panic on damage, that is one more problem of the file.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut report = blank();
        match Minidump::read(bytes) {
            Ok(dump) => read(&dump, bytes, companions, &mut report),
            Err(error) => report.problems.push(problem(0, "the minidump cannot be read", &error)),
        }
        report
    }));
    outcome.unwrap_or_else(|_| {
        let message = "the minidump decoder gave up on damage".into();
        CrashReport { problems: vec![DumpProblem { at: FileOffset(0), message }], ..blank() }
    })
}

/// The memory of a process, and nothing else of it.
pub(crate) fn memory_of(bytes: &[u8]) -> Option<VirtualMemory<'_>> {
    let outcome = catch_unwind(|| {
        let dump = Minidump::read(bytes).ok()?;
        let system = dump.get_stream::<MinidumpSystemInfo>().ok();
        let (blocks, _) = memory::read(&dump, Bytes::new(bytes), &mut Vec::new());
        let pointer_size = process::pointer_bytes(system.map_or(Cpu::X86_64, |it| it.cpu));
        Some(VirtualMemory::Blocks { blocks, pointer_size })
    });
    outcome.ok().flatten()
}

fn read<'a>(
    dump: &'a Dump<'a>,
    bytes: &'a [u8],
    companions: &dyn Companions,
    report: &mut CrashReport,
) {
    let system: Option<MinidumpSystemInfo> = stream(dump, report, "system information", true);
    if let Some(system) = &system {
        report.machine_type = machine_type(system);
        // Linux and macOS have no build that a rule about Windows may take for one.
        let is_windows = system.os == Os::Windows;
        report.os_build = Some(system.raw.build_number).filter(|build| is_windows && *build != 0);
        report.os_version = Some(os_version(system));
        report.processor_count = Some(u32::from(system.raw.number_of_processors));
        report.product_type = Some(u32::from(system.raw.product_type)).filter(|it| *it != 0);
    }
    report.system_time = unix_time(dump.header.time_date_stamp);
    let modules: Option<MinidumpModuleList> =
        names_fit(dump, bytes, &MODULES, &mut report.problems)
            .then(|| stream(dump, report, "module list", true))
            .flatten();
    if let Some(modules) = &modules {
        report.modules = modules.iter().take(MODULE_LIMIT).map(module).collect();
        report.process_name = report.modules.first().map(|module| module.name.clone());
    }
    let unloaded: Option<MinidumpUnloadedModuleList> =
        names_fit(dump, bytes, &UNLOADED, &mut report.problems)
            .then(|| stream(dump, report, "unloaded module list", false))
            .flatten();
    if let Some(unloaded) = &unloaded {
        report.unloaded = unloaded.iter().take(MODULE_LIMIT).map(unloaded_module).collect();
    }
    (report.role, report.system.role_reason) = role_of(&report.modules, report.os_build, None);
    let exception: Option<MinidumpException<'_>> = stream(dump, report, "exception", false);
    if let Some(exception) = &exception {
        report.bugcheck_at = stream_offset(dump, MinidumpException::STREAM_TYPE);
        report.exception = Some(user_exception(exception, system.as_ref(), &report.modules));
    }
    let file = Bytes::new(bytes);
    let memory = process::read(dump, file, system.as_ref(), exception.as_ref(), report);
    let os = system.as_ref().map(|system| system.os);
    let is_windows = os == Some(Os::Windows);
    if matches!(os, Some(Os::Linux | Os::Android)) {
        place_by_registers(report);
    }
    stack(&memory, is_windows, companions, report);
}

/// A signal of Linux tells the address that was touched, not where the thread stood.
fn place_by_registers(report: &mut CrashReport) {
    let (Some(exception), Some(state)) = (&mut report.exception, &report.state) else { return };
    if state.instruction == exception.address {
        return;
    }
    exception.referenced = exception.referenced.or(Some(exception.address));
    exception.address = state.instruction;
    (exception.module, exception.offset) = place(state.instruction, &report.modules).unzip();
}

/// The stack of the thread that crashed. Images of other systems have no unwind data that is read
/// here, so their frames are those of frame pointers and of what looks like return addresses.
fn stack(
    memory: &VirtualMemory<'_>,
    is_windows: bool,
    companions: &dyn Companions,
    report: &mut CrashReport,
) {
    let registers = report.state.as_ref().and_then(|state| {
        Registers::of_named(report.machine_type, &state.registers, state.instruction.0)
    });
    let Some(registers) = registers else {
        let machine = report.machine_type;
        report.stack_end = Some(match &report.state {
            Some(_) => format!("stacks of {machine} are not walked"),
            None => "no registers of a thread that crashed are in the dump".into(),
        });
        return;
    };
    let drivers = Drivers { modules: &report.modules, unloaded: &report.unloaded };
    let stack = match is_windows {
        true => Walker::new(memory, drivers, companions).walk(&registers, None),
        false => Walker::new(memory, drivers, &NoCompanions).walk_without_images(&registers),
    };
    report.stack = stack.frames;
    report.stack_end = stack.end;
}

/// A stream, or a problem when it is damaged, or `is_needed` and not there.
fn stream<'a, S: MinidumpStream<'a>>(
    dump: &'a Dump<'a>,
    report: &mut CrashReport,
    what: &str,
    is_needed: bool,
) -> Option<S> {
    match dump.get_stream::<S>() {
        Ok(stream) => Some(stream),
        Err(Error::StreamNotFound) if !is_needed => None,
        Err(error) => {
            let at = stream_offset(dump, S::STREAM_TYPE);
            report.problems.push(problem(at.0, &format!("the {what} cannot be read"), &error));
            None
        }
    }
}

fn problem(at: u64, what: &str, error: &Error) -> DumpProblem {
    let reason = error.to_string().to_lowercase();
    DumpProblem { at: FileOffset(at), message: format!("{what}: {reason}") }
}

fn stream_offset(dump: &Dump<'_>, kind: u32) -> FileOffset {
    let found = dump.all_streams().find(|entry| entry.stream_type == kind);
    FileOffset(found.map_or(0, |entry| u64::from(entry.location.rva)))
}

/// Seconds since 1970, which minidumps count in, as a FILETIME.
fn unix_time(seconds: u32) -> Option<FileTime> {
    (seconds != 0).then(|| FileTime::UNIX_EPOCH.saturating_add_seconds(u64::from(seconds)))
}

fn machine_type(system: &MinidumpSystemInfo) -> MachineType {
    match system.cpu {
        Cpu::X86 => MachineType::X86,
        Cpu::X86_64 => MachineType::Amd64,
        Cpu::Arm => MachineType::Arm,
        Cpu::Arm64 => MachineType::Arm64,
        _ => MachineType::Other(u32::from(system.raw.processor_architecture)),
    }
}

/// Such as `Windows NT 6.1.7601 Service Pack 1`.
fn os_version(system: &MinidumpSystemInfo) -> String {
    let (version, service_pack) = system.os_parts();
    let name = system.os.long_name();
    match service_pack {
        Some(service_pack) => format!("{name} {version} {service_pack}"),
        None => format!("{name} {version}"),
    }
}

fn base_name(path: &str) -> String {
    path.rsplit(['\\', '/']).next().unwrap_or(path).to_lowercase()
}

fn module(module: &MinidumpModule) -> Module {
    let known = |value: u32| (value != 0).then_some(value);
    Module {
        name: base_name(&module.name),
        path: module.name.contains(['\\', '/']).then(|| module.name.clone()),
        base: VirtAddr(module.base_address()),
        size: module.raw.size_of_image,
        timestamp: known(module.raw.time_date_stamp),
        checksum: known(module.raw.checksum),
        exception_table: None,
        pdb: pdb_key(module),
        version: version(module),
    }
}

/// The record of the symbols is copied into the dump.
fn pdb_key(module: &MinidumpModule) -> Option<PdbKey> {
    /// Records of modules may share their bytes, so the file's size does not bound their names.
    const NAME_LIMIT: usize = 260;
    let Some(CodeView::Pdb70(record)) = &module.codeview_info else { return None };
    let id = &record.signature;
    let mut guid = [0; 16];
    let fields = [&id.data1.to_le_bytes()[..], &id.data2.to_le_bytes(), &id.data3.to_le_bytes()];
    let bytes = fields.into_iter().flatten().chain(&id.data4);
    guid.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    let name = record.pdb_file_name.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(name.get(..NAME_LIMIT).unwrap_or(name));
    let name = name.rsplit(['\\', '/']).next().unwrap_or_default().to_owned();
    (!name.is_empty()).then(|| PdbKey { name, guid: Guid::from_bytes_le(guid), age: record.age })
}

/// The numbers of the version are copied into the dump, its texts are not.
fn version(module: &MinidumpModule) -> Option<ModuleVersion> {
    const MARK: u32 = 0xFEEF_04BD;
    let info = &module.raw.version_info;
    (info.signature == MARK).then(|| ModuleVersion {
        file: FileVersion::from_numbers(info.file_version_hi, info.file_version_lo),
        company: None,
        product: None,
        description: None,
    })
}

fn unloaded_module(module: &MinidumpUnloadedModule) -> UnloadedModule {
    let start = module.raw.base_of_image;
    UnloadedModule {
        name: base_name(&module.name),
        start: VirtAddr(start),
        end: VirtAddr(start.saturating_add(u64::from(module.raw.size_of_image))),
        unloaded_at: None,
    }
}

fn user_exception(
    exception: &MinidumpException<'_>,
    system: Option<&MinidumpSystemInfo>,
    modules: &[Module],
) -> UserException {
    let (os, cpu) = system.map_or((Os::Unknown(0), Cpu::Unknown(0)), |it| (it.os, it.cpu));
    // Writers sign-extend addresses of 32-bit processes or leave rubbish above them.
    let mask = if matches!(cpu, Cpu::X86 | Cpu::Arm) { 0xFFFF_FFFF } else { u64::MAX };
    let record = &exception.raw.exception_record;
    let address = VirtAddr(record.exception_address & mask);
    let crash_address = VirtAddr(exception.get_crash_address(os, cpu) & mask);
    let (module, offset) = place(address, modules).unzip();
    UserException {
        code: record.exception_code,
        description: exception.get_crash_reason(os, cpu).to_string(),
        address,
        referenced: (crash_address != address).then_some(crash_address),
        thread: exception.thread_id,
        module,
        offset,
    }
}

/// The module that an address lies in, and how far in it.
fn place(address: VirtAddr, modules: &[Module]) -> Option<(String, u64)> {
    let (module, offset) = Drivers { modules, unloaded: &[] }.loaded(address)?;
    Some((module.name.clone(), offset))
}
