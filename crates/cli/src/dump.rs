//! `hvtriage dump`: from arguments to pages about dumps and an exit code.

mod arguments;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use hvtriage::{
    DriverGroup, DumpQuery, DumpRead, DumpsRead, Problem, VirtAddr, is_evidence, read_dumps,
};
use hvtriage_report::{DriversOfKind, DumpFormat, DumpPage, write_dumps};

use crate::arguments::temporary_folder;
use crate::output::{EVIDENCE_UNREAD, Output, fail, is_same_file, tell, unwritable};
use crate::progress::with_progress;
use crate::store;
use crate::style;

use arguments::OutputFormat;
pub(crate) use arguments::{AFTER_DUMP_HELP, DumpArguments};

/// Bytes of the stack that `--raw-stack` shows.
const RAW_STACK_BYTES: u64 = 0x400;

/// Runs the command.
pub(crate) fn run(arguments: &DumpArguments) -> ExitCode {
    if let Some(evidence) = overwritten(arguments) {
        return fail(&format!("--output {evidence} is among the evidence: name another file"));
    }
    if let Err(wrong) = temporary_folder(arguments.reading.temp_dir.as_ref()) {
        return fail(&wrong);
    }
    let store = match store::open(&arguments.store) {
        Ok(store) => store,
        Err(message) => return fail(&message),
    };
    let mut query = DumpQuery::new(store).jobs(arguments.reading.jobs);
    if let Some((address, size)) = arguments.memory {
        query = query.memory(VirtAddr(address), size);
    }
    if arguments.raw_stack {
        query = query.raw_stack(RAW_STACK_BYTES);
    }
    if let Some(folder) = &arguments.reading.temp_dir {
        query = query.temporary(folder);
    }
    let read = match with_progress(|progress| read_dumps(&arguments.paths, &query, progress)) {
        Ok(read) => read,
        Err(error) => return fail(&error.to_string()),
    };
    tell_problems(&read);
    tell_other_builds(&query);
    match write(arguments, &read) {
        Ok(()) => {}
        // The reader has seen enough (`| head`): that is its right.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => return unwritable("the dumps", arguments.output.file.as_ref(), &error),
    }
    let is_unread = read.problems.iter().any(Problem::is_unread)
        || read.dumps.iter().any(|dump| !dump.report.problems.is_empty());
    if arguments.reading.strict && is_unread {
        ExitCode::from(EVIDENCE_UNREAD)
    } else {
        ExitCode::SUCCESS
    }
}

fn write(arguments: &DumpArguments, read: &DumpsRead) -> io::Result<()> {
    let format = match arguments.format {
        OutputFormat::Text => DumpFormat::Text,
        OutputFormat::Json => DumpFormat::Json,
    };
    let pages: Vec<DumpPage<'_>> = read.dumps.iter().map(page).collect();
    let file = arguments.output.file.as_ref();
    let mut out = Output::open(file)?;
    write_dumps(&pages, format, arguments.modules, style::of(file), &mut out)?;
    out.finish()
}

fn page(dump: &DumpRead) -> DumpPage<'_> {
    DumpPage {
        source: &dump.source,
        report: &dump.report,
        drivers: dump.drivers.iter().map(of_kind).collect(),
        memory: &dump.memory,
        raw_stack: &dump.raw_stack,
    }
}

fn of_kind(group: &DriverGroup) -> DriversOfKind<'_> {
    DriversOfKind { kind: &group.name, names: &group.drivers, is_ordinary: group.is_ordinary }
}

/// The dump that the output would overwrite.
fn overwritten(arguments: &DumpArguments) -> Option<String> {
    let output = arguments.output.file.as_ref()?;
    let named = arguments.paths.iter().any(|path| is_same_file(output, Path::new(path)));
    (named || (output.is_file() && is_evidence(output)))
        .then(|| output.to_string_lossy().into_owned())
}

/// Files of a store that were looked at and did not fit: whoever put them there takes them for used.
fn tell_other_builds(query: &DumpQuery) {
    const TOLD: usize = 5;
    let others = query.store().other_builds();
    for (_, path) in others.iter().take(TOLD) {
        let path = path.display();
        tell(&format!("{path} is of another build than the dump and is not used for it"));
    }
    if let Some(more) = others.len().checked_sub(TOLD).filter(|more| *more > 0) {
        tell(&format!("{more} more files are of other builds than the dumps"));
    }
}

fn tell_problems(read: &DumpsRead) {
    for problem in &read.problems {
        tell(&format!("{} {}", problem.source, problem.message));
    }
}
