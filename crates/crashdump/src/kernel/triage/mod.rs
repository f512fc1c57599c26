//! Small dumps: a table of offsets to the parts that were worth keeping.
//!
//! All offsets are from the start of the file, and the parts come in any order: the kernel and
//! the debugger's writer place them differently.

mod drivers;
mod unloaded;

use hvtriage_winfmt::{Bytes, ErrorKind, FileOffset, ParseError, VirtAddr};

use super::problems::Problems;
use super::process::{self, Ids};
use crate::header::KernelHeader;
use crate::memory::{Block, BlockMemory};
use crate::report::{MachineType, Module, UnloadedModule};

/// Every part of a small dump that is read.
#[derive(Clone, Debug)]
pub(super) struct Triage<'a> {
    file: Bytes<'a>,
    is_wide: bool,
    size: u64,
    unloaded_at: u64,
    process_at: u64,
    thread_at: u64,
    stack: Part,
    top_of_stack: VirtAddr,
    drivers: Part,
    debugger_data: Part,
    data_page: (VirtAddr, Part),
    data_blocks: Part,
}

/// Where a part stands, and its size in bytes or its count of entries.
#[derive(Clone, Copy, Debug)]
struct Part {
    at: u64,
    count: u64,
}

/// The letters at the end of the table's parts.
const MARK: u32 = u32::from_le_bytes(*b"TRGD");

impl<'a> Triage<'a> {
    /// Whether the end mark of such a table stands where the bytes behind `header` say.
    pub(super) fn stands_behind(file: Bytes<'a>, header: &KernelHeader) -> bool {
        let mark_at = file.tail(header.size).u32_at(0x08, "TRIAGE_DUMP.ValidOffset");
        mark_at.is_ok_and(|at| file.u32_at(u64::from(at), "TRGD").is_ok_and(|mark| mark == MARK))
    }

    /// The offset after the last part, where data of drivers may follow.
    pub(super) fn end(&self) -> FileOffset {
        FileOffset(self.size)
    }

    /// Reads the table that follows `header`.
    ///
    /// # Errors
    /// A table that the file cuts, or whose end mark is missing.
    pub(super) fn read(file: Bytes<'a>, header: &KernelHeader) -> Result<Self, ParseError> {
        let table = file.tail(header.size);
        let number = |at: u64| table.u32_at(at, "TRIAGE_DUMP").map(u64::from);
        let part = |at: u64, count: u64| {
            Ok::<_, ParseError>(Part { at: number(at)?, count: number(count)? })
        };
        let is_wide = header.pointer_size == 8;

        let mark_at = number(0x08)?;
        match file.u32_at(mark_at, "TRIAGE_DUMP.ValidOffset") {
            Ok(MARK) => {}
            Ok(found) => {
                let kind = ErrorKind::Invalid { found: u64::from(found) };
                return Err(ParseError::new(kind, "TRIAGE_DUMP end mark", FileOffset(mark_at)));
            }
            // The end of the file is cut off; what stands before it is still good.
            Err(_) => {}
        }
        let (top_of_stack, data_page, debugger_data, data_blocks) = if is_wide {
            let page = (VirtAddr(table.u64_at(0x60, "TRIAGE_DUMP64")?), part(0x68, 0x6C)?);
            (table.u64_at(0x48, "TRIAGE_DUMP64")?, page, part(0x70, 0x74)?, part(0x78, 0x7C)?)
        } else {
            let page = (VirtAddr(number(0x4C)?), part(0x50, 0x54)?);
            (number(0x48)?, page, part(0x58, 0x5C)?, part(0x60, 0x64)?)
        };
        Ok(Self {
            file,
            is_wide,
            size: number(0x04)?,
            unloaded_at: number(0x18)?,
            process_at: number(0x20)?,
            thread_at: number(0x24)?,
            stack: part(0x28, 0x2C)?,
            top_of_stack: VirtAddr(top_of_stack),
            drivers: part(0x30, 0x34)?,
            debugger_data,
            data_page,
            data_blocks,
        })
    }

    /// Says whether the file ends before the last part does.
    pub(super) fn check_size(&self, problems: &mut Problems) {
        if self.file.len() < self.size {
            let message = format!("{} of {} bytes are in the file", self.file.len(), self.size);
            problems.add(FileOffset(self.file.len()), message);
        }
    }

    /// The loaded modules.
    pub(super) fn modules(&self, problems: &mut Problems) -> Vec<Module> {
        drivers::read(self.file, self.drivers, self.is_wide, problems)
    }

    /// The unloaded drivers.
    pub(super) fn unloaded(&self, problems: &mut Problems) -> Vec<UnloadedModule> {
        if self.unloaded_at == 0 {
            return Vec::new();
        }
        unloaded::read(self.file, self.unloaded_at, self.is_wide, problems)
    }

    /// The name of the process, from the copy of its `EPROCESS`.
    pub(super) fn process_name(&self, machine: MachineType, build: Option<u32>) -> Option<String> {
        let at = self.process_at.checked_add(process::image_name_offset(machine, build)?)?;
        let field = self.file.slice_at(at, process::NAME_SIZE as u64, "ImageFileName").ok()?;
        let letters = field.as_slice().iter().take_while(|byte| **byte != 0);
        let name: String = letters.copied().map(char::from).collect();
        let is_text = name.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ');
        (self.process_at != 0 && is_text && !name.is_empty()).then_some(name)
    }

    /// The ids of the process and the thread, from the copies of both.
    pub(super) fn ids(&self, machine: MachineType, build: Option<u32>) -> Option<Ids> {
        let field = |of: u64| {
            move |offset: u64| self.file.u64_at(of.checked_add(offset)?, "id of a process").ok()
        };
        let is_there = self.process_at != 0 && self.thread_at != 0;
        is_there
            .then(|| Ids::read(machine, build, field(self.process_at), field(self.thread_at)))?
    }

    /// The memory that was kept: data blocks, the stack, and the copy of the debugger's block,
    /// which stood at `debugger_data`.
    ///
    /// The stack starts at the saved stack pointer and ends where the thread's stack did.
    pub(super) fn memory(
        &self,
        debugger_data: Option<VirtAddr>,
        problems: &mut Problems,
    ) -> BlockMemory<'a> {
        let block = |address: VirtAddr, part: Part| Block {
            address,
            at: FileOffset(part.at),
            size: part.count,
        };
        let mut blocks = vec![block(self.top_of_stack, self.stack)];
        let (page, part) = self.data_page;
        if part.at != 0 {
            blocks.push(block(page, part));
        }
        if let Some(address) = debugger_data.filter(|_| self.debugger_data.at != 0) {
            blocks.push(block(address, self.debugger_data));
        }
        self.read_data_blocks(&mut blocks, problems);
        BlockMemory::new(self.file.as_slice(), blocks)
    }

    fn read_data_blocks(&self, blocks: &mut Vec<Block>, problems: &mut Problems) {
        const STRIDE: u64 = 16;
        let Part { at, count } = self.data_blocks;
        let table = self.file.tail(at);
        let room = table.len().checked_div(STRIDE).unwrap_or(0);
        if count > room {
            let message = format!("{room} of {count} data blocks are in the file");
            problems.add(FileOffset(at), message);
        }
        for index in 0..count.min(room) {
            let at = index.saturating_mul(STRIDE);
            let entry = || {
                Ok::<_, ParseError>(Block {
                    address: VirtAddr(table.u64_at(at, "data block")?),
                    at: FileOffset(table.u32_at(at.saturating_add(8), "data block")?.into()),
                    size: table.u32_at(at.saturating_add(12), "data block")?.into(),
                })
            };
            blocks.extend(entry().ok());
        }
    }
}
