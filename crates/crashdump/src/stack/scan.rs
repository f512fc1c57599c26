//! What looks like return addresses, where a stack cannot be unwound.

use hvtriage_winfmt::VirtAddr;

use super::{Walker, is_kernel};
use crate::report::{FrameTrust, StackFrame};

/// A kernel stack of x64.
const STACK_BYTES: u64 = 0x6000;
/// Candidates that are listed. In a real dump 94 candidates hold 34 true frames.
const CANDIDATES: usize = 64;

impl Walker<'_> {
    /// Adds the addresses behind calls that stand on the stack from `stack` on.
    pub(super) fn scan(&mut self, stack: u64, frames: &mut Vec<StackFrame>) {
        let start = stack.next_multiple_of(8);
        let mut found = 0_usize;
        for at in (start..start.saturating_add(STACK_BYTES)).step_by(8) {
            let Ok(value) = self.memory.u64(VirtAddr(at)) else { return };
            let address = VirtAddr(value);
            // Without its image nothing tells whether a call stands before it.
            if !is_kernel(value) || self.is_behind_call(address) == Some(false) {
                continue;
            }
            if self.drivers.loaded(address).is_none() {
                continue;
            }
            frames.push(self.frame_at(address, VirtAddr(at), FrameTrust::Scanned));
            found = found.saturating_add(1);
            if found == CANDIDATES {
                return;
            }
        }
    }

    /// Whether a call stands before `address`; `None` where its bytes are not to be had.
    pub(super) fn is_behind_call(&mut self, address: VirtAddr) -> Option<bool> {
        const LONGEST: usize = 7;
        let drivers = self.drivers;
        let Some((module, offset)) = drivers.loaded(address) else { return Some(false) };
        let before = u32::try_from(offset).ok()?.checked_sub(LONGEST as u32)?;
        let mut code = [0; LONGEST];
        self.image(module).read(before, &mut code).then(|| ends_with_call(&code))
    }
}

/// Whether bytes end with a near call of x64.
fn ends_with_call(code: &[u8; 7]) -> bool {
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
