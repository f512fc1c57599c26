//! The end of a function: an instruction that was interrupted there has a part of the frame taken
//! down already.
//!
//! The shapes are those that the calling convention allows: `add rsp` or `lea rsp`, pops, and a
//! return or a jump out of the function.

use super::codes::chained;
use super::table::{Function, function_start, whole_start};
use super::{UnwindError, pop};
use crate::image::Image;
use crate::memory::VirtualMemory;
use crate::processor::{RSP, Registers};

/// Longer than the longest end: eight pops, an addition and a jump.
const LONGEST: usize = 48;

/// Carries out what is left of an end that begins at `at`; whether there was one.
pub(super) fn undo(
    registers: &mut Registers,
    image: &Image<'_>,
    function: &Function,
    at: u32,
    memory: &VirtualMemory<'_>,
) -> Result<bool, UnwindError> {
    let left = function.end.saturating_sub(at);
    let mut code = vec![0; LONGEST.min(usize::try_from(left).unwrap_or(LONGEST))];
    if !image.read(at, &mut code) {
        return Ok(false);
    }
    let leaves = |target: i64| leaves(image, function, target);
    let Some(steps) = steps(&code, at, &leaves) else { return Ok(false) };
    let mut after = registers.clone();
    for step in steps {
        match step {
            Step::Add(bytes) => {
                let stack = after.stack_pointer().and_then(|it| it.checked_add_signed(bytes));
                after.set(RSP, Some(stack.ok_or(UnwindError::UnknownRegister)?));
            }
            Step::Load { register, offset } => {
                let base = after.general(register).and_then(|it| it.checked_add_signed(offset));
                after.set(RSP, Some(base.ok_or(UnwindError::UnknownRegister)?));
            }
            Step::Pop(register) => {
                let value = pop(&mut after, memory)?;
                after.set(register, Some(value));
            }
        }
    }
    after.instruction = pop(&mut after, memory)?;
    *registers = after;
    Ok(true)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Add(i64),
    Load { register: usize, offset: i64 },
    Pop(usize),
}

/// Whether a jump to `target` ends the function: it leads into another one, or is a call of the
/// function by itself in the place of its end. A jump to another part of the same function, which the
/// linker may have put anywhere, is none.
fn leaves(image: &Image<'_>, function: &Function, target: i64) -> bool {
    let Ok(target) = u32::try_from(target) else { return true };
    if (function.start..function.end).contains(&target) {
        return target == function.prolog && chained(image, function.data).is_none();
    }
    let whole = whole_start(image, function);
    function_start(image, target) != whole || whole == Some(target)
}

/// What is done before the return, if `code` is the end of a function. `leaves` tells of the target of
/// a jump whether it ends the function.
fn steps(code: &[u8], at: u32, leaves: &dyn Fn(i64) -> bool) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = code;
    match *rest {
        // add rsp, imm8 and imm32
        [0x48, 0x83, 0xC4, value, ..] => {
            steps.push(Step::Add(i64::from(value.cast_signed())));
            rest = rest.get(4..)?;
        }
        [0x48, 0x81, 0xC4, a, b, c, d, ..] => {
            steps.push(Step::Add(i64::from(i32::from_le_bytes([a, b, c, d]))));
            rest = rest.get(7..)?;
        }
        // lea rsp, [register + disp8 or disp32]; r12 would need another byte and is not used
        [prefix @ (0x48 | 0x49), 0x8D, form, value, ..] if form & 0xF8 == 0x60 && form != 0x64 => {
            let register = register_of(form & 7, prefix & 1);
            steps.push(Step::Load { register, offset: i64::from(value.cast_signed()) });
            rest = rest.get(4..)?;
        }
        [prefix @ (0x48 | 0x49), 0x8D, form, a, b, c, d, ..]
            if form & 0xF8 == 0xA0 && form != 0xA4 =>
        {
            let offset = i64::from(i32::from_le_bytes([a, b, c, d]));
            steps.push(Step::Load { register: register_of(form & 7, prefix & 1), offset });
            rest = rest.get(7..)?;
        }
        _ => {}
    }
    loop {
        rest = match *rest {
            [low @ 0x58..=0x5F, ..] if low != 0x5C => {
                steps.push(Step::Pop(register_of(low & 7, 0)));
                rest.get(1..)?
            }
            [0x41, low @ 0x58..=0x5F, ..] => {
                steps.push(Step::Pop(register_of(low & 7, 1)));
                rest.get(2..)?
            }
            _ => break,
        };
    }
    // `bnd ret` and `bnd jmp` of code that is built for bounds checking, `rep ret` of older one.
    if let [0xF2 | 0xF3, after @ ..] = rest {
        rest = after;
    }
    let is_out = |distance: i64, length: usize| {
        let here = i64::from(at)
            .checked_add(i64::try_from(code.len().checked_sub(rest.len())?).ok()?)?
            .checked_add(i64::try_from(length).ok()?)?;
        here.checked_add(distance).map(leaves)
    };
    let is_end = match *rest {
        // ret, ret n
        [0xC3 | 0xC2, ..] => true,
        // A jump within the function is a loop, not its end.
        [0xEB, distance, ..] => is_out(i64::from(distance.cast_signed()), 2)?,
        [0xE9, a, b, c, d, ..] => is_out(i64::from(i32::from_le_bytes([a, b, c, d])), 5)?,
        // jmp [rip + disp32]; with a prefix of 64 bits any such jump, which compilers write so when it
        // leaves the function, and without it when it goes to a case of a switch.
        [0xFF, 0x25, ..] => true,
        [0x48..=0x4F, 0xFF, form, ..] if form & 0x38 == 0x20 => true,
        _ => false,
    };
    is_end.then_some(steps)
}

fn register_of(low: u8, high: u8) -> usize {
    usize::from(low).saturating_add(usize::from(high).saturating_mul(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The function goes from 0x1000 to 0x1100.
    fn leaves(target: i64) -> bool {
        !(0x1000..0x1100).contains(&target)
    }

    #[test]
    fn ends_are_told_from_code_that_looks_alike() {
        let of = |code: &[u8]| steps(code, 0x1010, &leaves);
        assert_eq!(of(&[0xC3]), Some(vec![]));
        let whole = [0x48, 0x83, 0xC4, 0x28, 0x5B, 0x41, 0x5E, 0xC3];
        assert_eq!(of(&whole), Some(vec![Step::Add(0x28), Step::Pop(3), Step::Pop(14)]));
        let framed = [0x48, 0x8D, 0x65, 0x10, 0x5D, 0xC3];
        let load = Step::Load { register: 5, offset: 0x10 };
        assert_eq!(of(&framed), Some(vec![load, Step::Pop(5)]));
        let far = [0x49, 0x8D, 0xA3, 0, 1, 0, 0, 0xC3];
        assert_eq!(of(&far), Some(vec![Step::Load { register: 11, offset: 0x100 }]));
        // jmp +0x200 leaves the function, jmp -0x10 does not.
        assert_eq!(of(&[0x5B, 0xE9, 0, 2, 0, 0]), Some(vec![Step::Pop(3)]));
        assert_eq!(of(&[0x5B, 0xEB, 0xF0]), None);
        assert_eq!(of(&[0x48, 0x83, 0xC4, 0x28, 0x90]), None);
        // The stack probe of Microsoft's runtime ends so.
        assert_eq!(of(&[0xF2, 0xC3]), Some(vec![]));
        assert_eq!(of(&[0x5C, 0xC3]), None);
        assert_eq!(of(&[]), None);
    }
}
