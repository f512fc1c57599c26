//! Undoing what the beginning of a function did, code by code.

use super::table::{self, Function};
use super::{UnwindError, pop, stack_u64};
use crate::image::Image;
use crate::memory::VirtualMemory;
use crate::processor::{RSP, Registers};

/// Functions whose unwind data goes on in that of another.
const CHAIN_LIMIT: u32 = 32;
const IS_CHAINED: u8 = 4;

/// The head of unwind data.
struct Info {
    version: u8,
    flags: u8,
    prolog_bytes: u8,
    /// How many slots of two bytes the codes take.
    slots: u8,
    frame_register: usize,
    frame_offset: u64,
}

impl Info {
    fn read(image: &Image<'_>, at: u32) -> Result<Self, UnwindError> {
        let [head, prolog_bytes, slots, frame] =
            image.u32(at).ok_or(UnwindError::Unreadable)?.to_le_bytes();
        let version = head & 7;
        if version != 1 && version != 2 {
            return Err(UnwindError::Version(version));
        }
        Ok(Self {
            version,
            flags: head >> 3,
            prolog_bytes,
            slots,
            frame_register: usize::from(frame & 0xF),
            frame_offset: u64::from(frame >> 4).saturating_mul(16),
        })
    }
}

impl Info {
    fn is_chained(&self) -> bool {
        self.flags & IS_CHAINED != 0
    }

    /// The entry behind the codes, where the data is chained.
    fn next(&self, image: &Image<'_>, data: u32) -> Result<Option<Function>, UnwindError> {
        if !self.is_chained() {
            return Ok(None);
        }
        let slots = u32::from(self.slots).next_multiple_of(2);
        let at = data.checked_add(slots.saturating_mul(2).saturating_add(4));
        let next = at.and_then(|at| table::read(image, at)).ok_or(UnwindError::Unreadable)?;
        Ok(Some(next))
    }
}

/// An unwind code with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Push {
        register: usize,
    },
    Allocate {
        bytes: u64,
    },
    SetFrame,
    Save {
        register: usize,
        offset: u64,
    },
    MachineFrame {
        has_error: bool,
    },
    /// Says nothing that is needed: vector registers and epilogs.
    Other,
}

/// Undoes the codes that had run when the function stood at `at`. What an interrupt pushed tells
/// whether it came from the code of a process.
pub(super) fn undo(
    registers: &mut Registers,
    image: &Image<'_>,
    function: &Function,
    at: u32,
    memory: &VirtualMemory<'_>,
) -> Result<Option<bool>, UnwindError> {
    let (mut data, mut reached) = (function.data, function.reached(at));
    for _ in 0..CHAIN_LIMIT {
        let info = Info::read(image, data)?;
        let codes = read_codes(image, data, &info)?;
        let had_run = |at: u8| reached.is_none_or(|reached| u32::from(at) <= reached);
        // The part of a function inherits the frame that its function has set up.
        let has_frame = info.is_chained()
            || reached.is_none_or(|reached| reached >= u32::from(info.prolog_bytes))
            || codes.iter().any(|(at, code)| *code == Code::SetFrame && had_run(*at));
        let frame = frame_base(registers, &info, has_frame)?;
        for (_, code) in codes.iter().filter(|(at, _)| had_run(*at)) {
            if let Some(is_user) = undo_one(registers, *code, &info, frame, memory)? {
                return Ok(Some(is_user));
            }
        }
        match info.next(image, data)? {
            Some(next) => data = next.data,
            None => return Ok(None),
        }
        // The beginning of the first function has run to its end.
        reached = None;
    }
    Err(UnwindError::Damaged)
}

/// The function whose unwind data goes on where that at `data` ends, if one's does.
pub(super) fn chained(image: &Image<'_>, data: u32) -> Option<Function> {
    Info::read(image, data).and_then(|info| info.next(image, data)).ok().flatten()
}

/// What offsets of saved registers count from.
fn frame_base(registers: &Registers, info: &Info, has_frame: bool) -> Result<u64, UnwindError> {
    let (register, offset) = match info.frame_register {
        0 => (RSP, 0),
        _ if !has_frame => (RSP, 0),
        register => (register, info.frame_offset),
    };
    let base = registers.general(register).ok_or(UnwindError::UnknownRegister)?;
    base.checked_sub(offset).ok_or(UnwindError::Damaged)
}

fn undo_one(
    registers: &mut Registers,
    code: Code,
    info: &Info,
    frame: u64,
    memory: &VirtualMemory<'_>,
) -> Result<Option<bool>, UnwindError> {
    let stack = registers.stack_pointer().ok_or(UnwindError::UnknownRegister)?;
    match code {
        Code::Push { register } => {
            let value = pop(registers, memory)?;
            registers.set(register, Some(value));
        }
        Code::Allocate { bytes } => {
            registers.set(RSP, Some(stack.checked_add(bytes).ok_or(UnwindError::Damaged)?));
        }
        Code::SetFrame => {
            let base = registers.general(info.frame_register);
            let base = base.ok_or(UnwindError::UnknownRegister)?;
            let stack = base.checked_sub(info.frame_offset).ok_or(UnwindError::Damaged)?;
            registers.set(RSP, Some(stack));
        }
        Code::Save { register, offset } => {
            let at = frame.checked_add(offset).ok_or(UnwindError::Damaged)?;
            // Where it was kept may be missing; only that register is lost then.
            registers.set(register, stack_u64(memory, at).ok());
        }
        Code::MachineFrame { has_error } => {
            let frame = stack.checked_add(if has_error { 8 } else { 0 });
            let at = |offset: u64| {
                let at = frame.and_then(|frame| frame.checked_add(offset));
                stack_u64(memory, at.ok_or(UnwindError::Damaged)?)
            };
            const USER: u64 = 3;
            let (instruction, segment, stack) = (at(0)?, at(8)?, at(24)?);
            registers.instruction = instruction;
            registers.set(RSP, Some(stack));
            return Ok(Some(segment & USER == USER));
        }
        Code::Other => {}
    }
    Ok(None)
}

/// The codes, in the order in which they are stored: the last that ran comes first.
fn read_codes(image: &Image<'_>, data: u32, info: &Info) -> Result<Vec<(u8, Code)>, UnwindError> {
    let mut bytes = vec![0; usize::from(info.slots).saturating_mul(2)];
    let at = data.checked_add(4).ok_or(UnwindError::Damaged)?;
    if !image.read(at, &mut bytes) {
        return Err(UnwindError::Unreadable);
    }
    let mut slots = bytes.as_chunks::<2>().0.iter().copied();
    let mut codes = Vec::new();
    while let Some([at, operation]) = slots.next() {
        let mut next = || slots.next().map(u16::from_le_bytes).ok_or(UnwindError::Damaged);
        let argument = usize::from(operation >> 4);
        let mut far = || Ok::<_, UnwindError>(u64::from(next()?) | u64::from(next()?) << 16);
        let code = match operation & 0xF {
            0 => Code::Push { register: argument },
            1 if argument == 0 => Code::Allocate { bytes: u64::from(next()?).saturating_mul(8) },
            1 if argument == 1 => Code::Allocate { bytes: far()? },
            2 => Code::Allocate { bytes: (argument as u64).saturating_mul(8).saturating_add(8) },
            3 => Code::SetFrame,
            4 => Code::Save { register: argument, offset: u64::from(next()?).saturating_mul(8) },
            5 => Code::Save { register: argument, offset: far()? },
            6 if info.version == 2 => Code::Other,
            // The first version saved half of a vector register so, the second leaves it free.
            6 | 8 => next().map(|_| Code::Other)?,
            7 if info.version == 2 => next().map(|_| Code::Other)?,
            7 | 9 => far().map(|_| Code::Other)?,
            10 if argument <= 1 => Code::MachineFrame { has_error: argument == 1 },
            _ => return Err(UnwindError::Damaged),
        };
        codes.push((at, code));
    }
    Ok(codes)
}
