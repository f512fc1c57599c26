//! What the processor held: registers, from the records in which Windows keeps them.
//!
//! Layouts: `CONTEXT` of each processor (winnt.h); `KTRAP_FRAME` of x64, which is the same from Windows
//! Server 2003 to 2025; `KTRAP_FRAME` of x86 (public symbols of Windows XP to 10), in which three
//! registers moved with Windows 8.1.

use hvtriage_winfmt::{Bytes, VirtAddr};

use crate::memory::VirtualMemory;
use crate::report::MachineType;

/// A general register: its name in debuggers, its place in a `CONTEXT`, and its place in a
/// `KTRAP_FRAME` where that holds it.
struct Place {
    name: &'static str,
    context: u64,
    trap_frame: Option<u64>,
}

const fn place(name: &'static str, context: u64, trap_frame: u64) -> Place {
    let trap_frame = if trap_frame == 0 { None } else { Some(trap_frame) };
    Place { name, context, trap_frame }
}

/// In the order of their numbers in instructions and unwind codes.
const AMD64: [Place; 16] = [
    place("rax", 0x78, 0x30),
    place("rcx", 0x80, 0x38),
    place("rdx", 0x88, 0x40),
    // A trap frame has room for these four, too, but is rarely filled there.
    place("rbx", 0x90, 0),
    place("rsp", 0x98, 0x180),
    place("rbp", 0xA0, 0x158),
    place("rsi", 0xA8, 0),
    place("rdi", 0xB0, 0),
    place("r8", 0xB8, 0x48),
    place("r9", 0xC0, 0x50),
    place("r10", 0xC8, 0x58),
    place("r11", 0xD0, 0x60),
    place("r12", 0xD8, 0),
    place("r13", 0xE0, 0),
    place("r14", 0xE8, 0),
    place("r15", 0xF0, 0),
];
/// In the order of their numbers. The stack pointer is not pushed when the kernel itself is
/// interrupted; the stack goes on where it would stand.
const X86: [Place; 8] = [
    place("eax", 0xB0, 0x44),
    place("ecx", 0xAC, 0x40),
    place("edx", 0xA8, 0x3C),
    place("ebx", 0xA4, 0x5C),
    place("esp", 0xC4, 0),
    place("ebp", 0xB4, 0x60),
    place("esi", 0xA0, 0x58),
    place("edi", 0x9C, 0x54),
];
const ARM64: [&str; 32] = [
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
    "x15", "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27",
    "x28", "fp", "lr", "sp",
];

const AMD64_RIP: u64 = 0xF8;
const X86_EIP: u64 = 0xB8;
const ARM64_PC: u64 = 0x108;
const AMD64_FLAGS: u64 = 0x44;
const TRAP_RIP: u64 = 0x168;
const TRAP_FLAGS: u64 = 0x178;
const X86_TRAP_EIP: u64 = 0x68;
const X86_TRAP_SEGMENT: u64 = 0x6C;
const X86_TRAP_FLAGS: u64 = 0x70;
const X86_TRAP_STACK: u64 = 0x74;
/// The build of Windows 8.1, in which `eax`, `ecx` and `edx` stand 4 bytes earlier.
const X86_MOVED: u32 = 9600;

/// Numbers of registers of x64.
pub(crate) const RSP: usize = 4;
pub(crate) const RBP: usize = 5;
/// Places of the registers of ARM64 that stacks are walked by.
const ARM64_FP: usize = 29;
const ARM64_LR: usize = 30;
const ARM64_SP: usize = 31;

/// The registers of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registers {
    machine: MachineType,
    /// `None` for what the record does not hold.
    general: Vec<Option<u64>>,
    pub(crate) instruction: u64,
    flags: Option<u64>,
}

impl Registers {
    /// The registers in a `CONTEXT`, given as a reader of 8-byte numbers at its offsets.
    fn of_context(machine: MachineType, number: impl Fn(u64) -> Option<u64>) -> Option<Self> {
        let half = |at| number(at).map(|value| value & 0xFFFF_FFFF);
        let (general, instruction, flags) = match machine {
            MachineType::Amd64 => {
                let general = AMD64.iter().map(|place| number(place.context)).collect();
                (general, number(AMD64_RIP)?, half(AMD64_FLAGS))
            }
            MachineType::X86 => {
                let general = X86.iter().map(|place| half(place.context)).collect();
                (general, half(X86_EIP)?, half(0xC0))
            }
            MachineType::Arm64 => {
                let at = |index: u64| number(8_u64.saturating_add(index.saturating_mul(8)));
                let general = (0..ARM64.len() as u64).map(at).collect();
                (general, number(ARM64_PC)?, half(4))
            }
            MachineType::Arm | MachineType::Other(_) => return None,
        };
        Some(Self { machine, general, instruction, flags }).filter(Self::is_possible)
    }

    /// The registers that a reader of contexts of its own has named as debuggers do.
    pub(crate) fn of_named(
        machine: MachineType,
        known: &[(&str, u64)],
        instruction: u64,
    ) -> Option<Self> {
        let value = |name: &str| known.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
        let general: Vec<Option<u64>> = match machine {
            MachineType::Amd64 => AMD64.iter().map(|place| value(place.name)).collect(),
            MachineType::X86 => X86.iter().map(|place| value(place.name)).collect(),
            MachineType::Arm64 => ARM64.iter().map(|name| value(name)).collect(),
            MachineType::Arm | MachineType::Other(_) => return None,
        };
        Some(Self { machine, general, instruction, flags: None }).filter(Self::is_possible)
    }

    /// The `CONTEXT` at `at` of the file.
    pub(crate) fn in_file(machine: MachineType, file: Bytes<'_>, at: u64) -> Option<Self> {
        let context = file.tail(at);
        Self::of_context(machine, |offset| context.u64_at(offset, "CONTEXT").ok())
    }

    /// The `CONTEXT` at `at` in memory.
    pub(crate) fn in_memory(
        machine: MachineType,
        memory: &VirtualMemory<'_>,
        at: VirtAddr,
    ) -> Option<Self> {
        Self::of_context(machine, |offset| memory.u64(at.checked_add(offset)?).ok())
    }

    /// The `KTRAP_FRAME` at `at`, of a system of that build.
    pub(crate) fn in_trap_frame(
        machine: MachineType,
        memory: &VirtualMemory<'_>,
        at: VirtAddr,
        build: Option<u32>,
    ) -> Option<Self> {
        match machine {
            MachineType::Amd64 => Self::in_amd64_trap_frame(memory, at),
            MachineType::X86 => Self::in_x86_trap_frame(memory, at, build),
            MachineType::Arm64 | MachineType::Arm | MachineType::Other(_) => None,
        }
        .filter(Self::is_possible)
    }

    fn in_amd64_trap_frame(memory: &VirtualMemory<'_>, at: VirtAddr) -> Option<Self> {
        let number = |offset| memory.u64(at.checked_add(offset)?).ok();
        let general = AMD64.iter().map(|place| number(place.trap_frame?)).collect();
        let flags = number(TRAP_FLAGS).map(|value| value & 0xFFFF_FFFF);
        let machine = MachineType::Amd64;
        Some(Self { machine, general, instruction: number(TRAP_RIP)?, flags })
    }

    fn in_x86_trap_frame(
        memory: &VirtualMemory<'_>,
        at: VirtAddr,
        build: Option<u32>,
    ) -> Option<Self> {
        const OF_A_CALL: usize = 3;
        const USER: u64 = 3;
        let number = |offset| memory.u32(at.checked_add(offset)?).ok().map(u64::from);
        let register = |(index, place): (usize, &Place)| {
            let offset = place.trap_frame?;
            let moved = if index < OF_A_CALL && build? >= X86_MOVED { 4 } else { 0 };
            number(offset.checked_sub(moved)?)
        };
        let mut general: Vec<Option<u64>> = X86.iter().enumerate().map(register).collect();
        let stack = if number(X86_TRAP_SEGMENT)? & USER == USER {
            number(X86_TRAP_STACK)
        } else {
            at.checked_add(X86_TRAP_STACK).map(|stack| stack.0)
        };
        if let Some(register) = general.get_mut(RSP) {
            *register = stack;
        }
        let flags = number(X86_TRAP_FLAGS);
        let instruction = number(X86_TRAP_EIP)?;
        Some(Self { machine: MachineType::X86, general, instruction, flags })
    }

    /// A record of zeros was never filled.
    fn is_possible(&self) -> bool {
        self.instruction != 0 || self.stack_pointer().is_some_and(|stack| stack != 0)
    }

    pub(crate) fn machine(&self) -> MachineType {
        self.machine
    }

    /// The register of that number, where it is known.
    pub(crate) fn general(&self, number: usize) -> Option<u64> {
        self.general.get(number).copied().flatten()
    }

    pub(crate) fn set(&mut self, number: usize, value: Option<u64>) {
        if let Some(register) = self.general.get_mut(number) {
            *register = value;
        }
    }

    /// The stack pointer.
    pub(crate) fn stack_pointer(&self) -> Option<u64> {
        self.general(if self.machine == MachineType::Arm64 { ARM64_SP } else { RSP })
    }

    /// The register that by convention points to the frame.
    pub(crate) fn frame_pointer(&self) -> Option<u64> {
        self.general(if self.machine == MachineType::Arm64 { ARM64_FP } else { RBP })
    }

    /// The register that holds the return address on ARM64.
    pub(crate) fn link(&self) -> Option<u64> {
        (self.machine == MachineType::Arm64).then(|| self.general(ARM64_LR)).flatten()
    }

    /// Known registers by name, in the order of debuggers, the instruction pointer and flags last.
    pub(crate) fn named(&self) -> Vec<(&'static str, u64)> {
        let (names, instruction, flags): (Vec<&'static str>, _, _) = match self.machine {
            MachineType::Arm64 => (ARM64.to_vec(), "pc", "cpsr"),
            MachineType::X86 => (X86.iter().map(|it| it.name).collect(), "eip", "efl"),
            _ => (AMD64.iter().map(|it| it.name).collect(), "rip", "efl"),
        };
        let general = names.into_iter().zip(&self.general);
        let general = general.filter_map(|(name, value)| Some((name, (*value)?)));
        let flags = self.flags.map(|value| (flags, value));
        general.chain([(instruction, self.instruction)]).chain(flags).collect()
    }
}

/// Offset of the part of a trap frame that the processor itself pushes, which begins with the
/// interrupted instruction; of the processors whose trap frames are read.
pub(crate) fn trap_machine_frame(machine: MachineType) -> Option<u64> {
    match machine {
        MachineType::Amd64 => Some(TRAP_RIP),
        MachineType::X86 => Some(X86_TRAP_EIP),
        MachineType::Arm64 | MachineType::Arm | MachineType::Other(_) => None,
    }
}

/// Offset of the instruction in a `CONTEXT`.
pub(crate) fn context_instruction(machine: MachineType) -> Option<u64> {
    match machine {
        MachineType::Amd64 => Some(AMD64_RIP),
        MachineType::Arm64 => Some(ARM64_PC),
        MachineType::X86 => Some(X86_EIP),
        MachineType::Arm | MachineType::Other(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::memory::{Block, BlockMemory};

    fn numbered(size: u64) -> Vec<u8> {
        (0..size / 8).flat_map(|index| (0x1000 + index * 8).to_le_bytes()).collect()
    }

    /// Every field holds 0x1000 plus its own offset.
    #[test]
    fn contexts_of_three_processors() {
        let file = numbered(0x4D0);
        let read = |machine| Registers::in_file(machine, Bytes::new(&file), 0).unwrap();
        let amd64 = read(MachineType::Amd64);
        assert_eq!(amd64.instruction, 0x10F8);
        assert_eq!((amd64.stack_pointer(), amd64.frame_pointer()), (Some(0x1098), Some(0x10A0)));
        assert_eq!(amd64.general(15), Some(0x10F0));
        let arm64 = read(MachineType::Arm64);
        assert_eq!((arm64.instruction, arm64.stack_pointer()), (0x1108, Some(0x1100)));
        assert_eq!((arm64.frame_pointer(), arm64.link()), (Some(0x10F0), Some(0x10F8)));
        let x86 = read(MachineType::X86);
        assert_eq!((x86.instruction, x86.general(0)), (0x10B8, Some(0x10B0)));
        assert_eq!(x86.named().first(), Some(&("eax", 0x10B0)));
    }

    fn with_memory<T>(file: &[u8], pointer_size: u64, see: impl Fn(&VirtualMemory<'_>) -> T) -> T {
        let block = Block { address: VirtAddr(0x5000), at: FileOffset(0), size: file.len() as u64 };
        let blocks = BlockMemory::new(file, vec![block]);
        see(&VirtualMemory::Blocks { blocks, pointer_size })
    }

    fn trap_frame(machine: MachineType, file: &[u8], build: Option<u32>) -> Option<Registers> {
        with_memory(file, 8, |memory| {
            Registers::in_trap_frame(machine, memory, VirtAddr(0x5000), build)
        })
    }

    #[test]
    fn a_trap_frame_holds_what_a_call_may_change() {
        let frame = trap_frame(MachineType::Amd64, &numbered(0x190), None).unwrap();
        assert_eq!((frame.instruction, frame.stack_pointer()), (0x1168, Some(0x1180)));
        assert_eq!((frame.general(3), frame.general(12)), (None, None));
        assert!(frame.named().iter().all(|(name, _)| *name != "r12"));
        assert_eq!(trap_frame(MachineType::Amd64, &[0; 0x190], None), None);
        assert_eq!(trap_frame(MachineType::Arm64, &numbered(0x190), None), None);
    }

    /// Offsets of the public symbols: eax at 0x44, ecx 0x40, edx 0x3C, ebx 0x5C, ebp 0x60, eip 0x68,
    /// code segment 0x6C, flags 0x70, esp 0x74; the first three 4 bytes earlier from Windows 8.1 on.
    #[test]
    fn a_trap_frame_of_x86_depends_on_the_build_and_on_who_was_interrupted() {
        let mut file: Vec<u8> =
            (0..0x8C_u32 / 4).flat_map(|index| (0x1000 + index * 4).to_le_bytes()).collect();
        let of_kernel = |file: &[u8], build| trap_frame(MachineType::X86, file, build).unwrap();
        file[0x6C] = 8;
        let old = of_kernel(&file, Some(7601));
        assert_eq!(
            (old.general(0), old.general(1), old.general(2)),
            (Some(0x1044), Some(0x1040), Some(0x103C))
        );
        assert_eq!((old.general(3), old.frame_pointer()), (Some(0x105C), Some(0x1060)));
        assert_eq!((old.instruction, old.stack_pointer()), (0x1068, Some(0x5074)));
        assert_eq!(of_kernel(&file, Some(9600)).general(0), Some(0x1040));
        assert_eq!(of_kernel(&file, None).general(0), None);
        file[0x6C] = 0x1B;
        assert_eq!(of_kernel(&file, Some(7601)).stack_pointer(), Some(0x1074));
    }
}
