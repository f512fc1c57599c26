//! Stacks by frame pointers: x86 and ARM64.

use hvtriage_winfmt::VirtAddr;

use super::{FRAME_LIMIT, Stack, Walker, turns_back};
use crate::processor::Registers;
use crate::report::{FrameTrust, MachineType};

impl Walker<'_> {
    /// Follows the chain of frame pointers: at each stands the one before, and behind it the return
    /// address.
    pub(super) fn chain(&mut self, start: &Registers) -> Stack {
        let mut stack = Stack::default();
        stack.frames.push(self.frame(start, FrameTrust::Context));
        let is_arm = start.machine() == MachineType::Arm64;
        // A function that was interrupted before it saved the link register has its caller there.
        let link = start.link().map(without_signature);
        if let Some(link) = link.filter(|link| self.drivers.loaded(VirtAddr(*link)).is_some()) {
            let at = VirtAddr(start.stack_pointer().unwrap_or_default());
            stack.frames.push(self.frame_at(VirtAddr(link), at, FrameTrust::FramePointer));
        }
        let mut frame = start.frame_pointer().unwrap_or_default();
        while stack.frames.len() < FRAME_LIMIT {
            let at = VirtAddr(frame);
            let back = at.checked_add(self.memory.pointer_size());
            let read = |at| self.memory.pointer(at).map(|value| value.0);
            let (Ok(next), Some(Ok(caller))) = (read(at), back.map(read)) else {
                stack.end = Some(format!("the frame at {at} is not in the dump"));
                return stack;
            };
            let caller = if is_arm { without_signature(caller) } else { caller };
            if caller == 0 {
                return stack;
            }
            if self.drivers.resolve(VirtAddr(caller), String::new()).module.is_none() {
                stack.end = Some(format!("{} lies in no module", VirtAddr(caller)));
                return stack;
            }
            // The link register names the first caller, too, when its function has a frame.
            let is_told = link == Some(caller) && stack.frames.len() == 2;
            if !is_told {
                stack.frames.push(self.frame_at(VirtAddr(caller), at, FrameTrust::FramePointer));
            }
            if next <= frame {
                stack.end = (next != 0).then(turns_back);
                return stack;
            }
            frame = next;
        }
        stack.end = Some(format!("it has more than {FRAME_LIMIT} frames"));
        stack
    }
}

/// A return address of ARM64 may be signed in the bits that its address does not need; bit 55 tells
/// kernel addresses from those of processes.
fn without_signature(address: u64) -> u64 {
    const HALF: u64 = 1 << 55;
    const SIGNATURE: u64 = 0xFFFF_0000_0000_0000;
    if address & HALF != 0 { address | SIGNATURE } else { address & !SIGNATURE }
}
