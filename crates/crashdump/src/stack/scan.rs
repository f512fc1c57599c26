//! What looks like return addresses, where a stack cannot be walked.

use hvtriage_winfmt::VirtAddr;

use super::{STACK_BYTES, Walker};
use crate::memory::PAGE;
use crate::report::{FrameTrust, MachineType, StackFrame};

/// Candidates that are listed. In a real dump 94 candidates hold 34 true frames.
const CANDIDATES: usize = 64;
/// The longest call of x86 and x64 without prefixes.
const LONGEST_CALL: usize = 7;

impl Walker<'_> {
    /// Adds the addresses behind calls that stand on the stack from `stack` on.
    pub(super) fn scan(&mut self, machine: MachineType, stack: u64, frames: &mut Vec<StackFrame>) {
        let pointer = self.memory.pointer_size();
        let Some(start) = stack.checked_next_multiple_of(pointer) else { return };
        let end = start.saturating_add(STACK_BYTES);
        let mut found = 0_usize;
        let mut at = start;
        while at < end && found < CANDIDATES {
            let Ok(address) = self.memory.pointer(VirtAddr(at)) else { return };
            if self.may_return_to(machine, address) {
                frames.push(self.frame_at(address, VirtAddr(at), FrameTrust::Scanned));
                found = found.saturating_add(1);
            }
            at = at.saturating_add(pointer);
        }
    }

    fn may_return_to(&mut self, machine: MachineType, address: VirtAddr) -> bool {
        // An image begins with headers, not with code.
        let is_code = self.drivers.loaded(address).is_some_and(|(_, offset)| offset >= PAGE);
        // Without its image nothing tells whether a call stands before an address.
        is_code && self.is_behind_call(machine, address) != Some(false)
    }

    /// Whether a call stands before `address`; `None` where its bytes are not to be had.
    pub(super) fn is_behind_call(
        &mut self,
        machine: MachineType,
        address: VirtAddr,
    ) -> Option<bool> {
        let drivers = self.drivers;
        let Some((module, offset)) = drivers.loaded(address) else { return Some(false) };
        let length = if machine == MachineType::Arm64 { 4 } else { LONGEST_CALL };
        let before = u32::try_from(offset).ok()?.checked_sub(u32::try_from(length).ok()?)?;
        let mut code = [0; LONGEST_CALL];
        let instruction = code.get_mut(LONGEST_CALL.checked_sub(length)?..)?;
        self.image(module).read(before, instruction).then(|| match machine {
            MachineType::Arm64 => address.0.is_multiple_of(4) && is_arm64_call(code),
            _ => ends_with_call(&code),
        })
    }
}

/// Whether the last four bytes are a `bl`, `blr` or a `blr` that checks the signature of its target.
fn is_arm64_call([_, _, _, a, b, c, d]: [u8; LONGEST_CALL]) -> bool {
    let instruction = u32::from_le_bytes([a, b, c, d]);
    let is_direct = instruction >> 26 == 0b10_0101;
    is_direct || instruction & 0xFEFF_F000 == 0xD63F_0000
}

/// Whether bytes end with a near call of x86 or x64.
fn ends_with_call(code: &[u8; LONGEST_CALL]) -> bool {
    let from = |length: usize| code.get(code.len().saturating_sub(length)..).unwrap_or_default();
    if matches!(from(5), [0xE8, ..]) {
        return true;
    }
    (2..=7).any(|length| match from(length) {
        [0xFF, form, ..] if form >> 3 & 7 == 2 => {
            let has_index = form & 7 == 4 && form >> 6 != 3;
            let base = from(length).get(2).copied().unwrap_or_default();
            let offset = match form >> 6 {
                0 if form & 7 == 5 || (has_index && base & 7 == 5) => 4,
                1 => 1,
                2 => 4,
                _ => 0,
            };
            length == 2_usize.saturating_add(usize::from(has_index)).saturating_add(offset)
        }
        _ => false,
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    #[test]
    fn calls_are_known_by_their_length() {
        let behind = |bytes: &[u8]| {
            let mut code = [0x90; 7];
            code[7 - bytes.len()..].copy_from_slice(bytes);
            ends_with_call(&code)
        };
        assert!(behind(&[0xE8, 1, 2, 3, 4]), "call rel32");
        assert!(behind(&[0xFF, 0xD0]), "call rax");
        assert!(behind(&[0xFF, 0x15, 1, 2, 3, 4]), "call [rip + disp32]");
        assert!(behind(&[0xFF, 0x50, 8]), "call [rax + 8]");
        assert!(behind(&[0xFF, 0x90, 1, 2, 0, 0]), "call [rax + disp32]");
        assert!(behind(&[0xFF, 0x54, 0x24, 0x20]), "call [rsp + 20h]");
        assert!(behind(&[0xFF, 0x94, 0x24, 1, 2, 0, 0]), "call [rsp + disp32]");
        assert!(!behind(&[0xFF, 0x25, 1, 2, 3, 4]), "jmp [rip + disp32]");
        assert!(!behind(&[0xFF, 0xC0]), "inc eax");
        assert!(!behind(&[0x90]));
    }
}
