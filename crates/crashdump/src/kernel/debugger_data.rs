//! The kernel debugger data block: addresses of the kernel's variables, kept in every dump.

use hvtriage_winfmt::{Bytes, FileOffset, VirtAddr};

use crate::bugcheck::Bugcheck;
use crate::header::KernelHeader;
use crate::memory::VirtualMemory;

/// What is read of the block; older systems have a shorter one.
const SIZE: usize = 0x340;
/// What every system since Windows XP has of it.
const SMALLEST: usize = 0x230;

/// A copy of the block.
#[derive(Clone, Debug)]
pub(super) struct DebuggerData {
    block: Vec<u8>,
    pointer_size: u64,
}

impl DebuggerData {
    /// Reads the block that the header names, or says why it cannot be had.
    pub(super) fn read(memory: &VirtualMemory<'_>, header: &KernelHeader) -> Result<Self, String> {
        let missing = "the header names no debugger data block";
        let at = header.debugger_data.ok_or(missing)?;
        let read = |size: usize| {
            let mut block = vec![0; size];
            memory.read(at, &mut block).map(|()| block)
        };
        let block = read(SIZE)
            .or_else(|_| read(SMALLEST))
            .map_err(|reason| format!("the debugger data block cannot be read: {reason}"))?;
        if block.get(0x10..0x14) != Some(b"KDBG") {
            return Err(format!("the debugger data block at {at} is encoded or damaged"));
        }
        Ok(Self { block, pointer_size: memory.pointer_size() })
    }

    /// Head of the list of loaded modules.
    pub(super) fn loaded_module_list(&self) -> Option<VirtAddr> {
        self.address(0x48)
    }

    /// The variable that points to the unloaded drivers.
    pub(super) fn unloaded_drivers(&self) -> Option<VirtAddr> {
        self.address(0x220)
    }

    /// The variable that counts the unloaded drivers.
    pub(super) fn last_unloaded_driver(&self) -> Option<VirtAddr> {
        self.address(0x228)
    }

    /// The array of pointers to the control blocks of the processors.
    pub(super) fn processor_blocks(&self) -> Option<VirtAddr> {
        self.address(0x218)
    }

    /// Offset of the stack's upper end in a thread.
    pub(super) fn thread_initial_stack(&self) -> Option<u64> {
        self.offset(0x29E)
    }

    /// Offset of the process that a thread is attached to.
    pub(super) fn thread_process(&self) -> Option<u64> {
        self.offset(0x2A0)
    }

    /// Offset of the running thread in a processor's control block.
    pub(super) fn current_thread(&self) -> Option<u64> {
        self.offset(0x2B4)
    }

    /// The build string, such as `7601.17514.amd64fre.win7sp1_rtm.101119-1850`.
    pub(super) fn build_lab(&self, memory: &VirtualMemory<'_>) -> Option<String> {
        const LIMIT: usize = 128;
        let text = memory.ascii(self.address(0x208)?, LIMIT).ok()?;
        text.starts_with(|first: char| first.is_ascii_digit()).then_some(text)
    }

    /// The kernel's own copy of the STOP code with its parameters, and where it stands.
    pub(super) fn bugcheck(&self, memory: &VirtualMemory<'_>) -> Option<(Bugcheck, FileOffset)> {
        let at = self.address(0x88)?;
        let number = |index: u64| {
            let place = at.checked_add(index.checked_mul(self.pointer_size)?)?;
            memory.pointer(place).ok().map(|value| value.0)
        };
        let code = u32::try_from(number(0)?).ok().filter(|code| *code != 0)?;
        let parameters = [number(1)?, number(2)?, number(3)?, number(4)?];
        Some((Bugcheck { code, parameters }, memory.file_offset(at).ok()?))
    }

    /// Addresses take 8 bytes even in the block of a 32-bit system, sign-extended.
    fn address(&self, at: u64) -> Option<VirtAddr> {
        let value = Bytes::new(&self.block).u64_at(at, "KDBG").ok()?;
        let value = if self.pointer_size == 4 { value & 0xFFFF_FFFF } else { value };
        (value != 0).then_some(VirtAddr(value))
    }

    fn offset(&self, at: u64) -> Option<u64> {
        let value = Bytes::new(&self.block).u16_at(at, "KDBG").ok()?;
        (value != 0 && value != u16::MAX).then_some(u64::from(value))
    }
}
