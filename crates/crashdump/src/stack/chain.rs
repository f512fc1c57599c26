//! Stacks by frame pointers: x86 and ARM64.

use hvtriage_winfmt::VirtAddr;

use super::{FRAME_LIMIT, Stack, Walker, in_no_module, turns_back};
use crate::processor::Registers;
use crate::report::{FrameTrust, MachineType};

impl Walker<'_> {
    /// Follows the chain of frame pointers: at each stands the one before, and behind it the return
    /// address. Where the chain comes by `interrupted`, or ends before it, it goes on from there.
    pub(super) fn chain(
        &mut self,
        start: &Registers,
        mut interrupted: Option<&Registers>,
    ) -> Stack {
        let mut stack = Stack::default();
        stack.frames.push(self.frame(start, FrameTrust::Context));
        let mut link = self.link(start);
        if let Some(link) = link {
            let at = VirtAddr(start.stack_pointer().unwrap_or_default());
            stack.frames.push(self.frame_at(VirtAddr(link), at, FrameTrust::FramePointer));
        }
        let mut frame = start.frame_pointer().unwrap_or_default();
        while stack.frames.len() < FRAME_LIMIT {
            let stepped = self.link_at(start.machine(), frame);
            let is_past = |further: &Registers| {
                let caller = stepped.as_ref().map(|step| step.caller);
                caller.is_err()
                    || caller == Ok(0)
                    || caller == Ok(further.instruction)
                    || further.stack_pointer().is_some_and(|stack| stack <= frame)
            };
            if let Some(further) = interrupted.take_if(|further| is_past(further)) {
                stack.frames.push(self.frame(further, FrameTrust::MachineFrame));
                frame = further.frame_pointer().unwrap_or_default();
                link = None;
                continue;
            }
            let step = match stepped {
                Ok(step) => step,
                Err(reason) => {
                    // Where the register points to no frame, nothing of the stack is known yet.
                    let is_first = stack.frames.len() == 1;
                    let stack_pointer = start.stack_pointer().filter(|_| is_first);
                    self.scan(start.machine(), stack_pointer.unwrap_or(frame), &mut stack.frames);
                    stack.end = Some(reason);
                    return stack;
                }
            };
            if step.caller == 0 {
                return stack;
            }
            // The link register names the first caller, too, when its function has a frame.
            let is_told = link.take() == Some(step.caller);
            if !is_told {
                let at = VirtAddr(frame);
                let caller = VirtAddr(step.caller);
                stack.frames.push(self.frame_at(caller, at, FrameTrust::FramePointer));
            }
            if step.next <= frame && interrupted.is_none() {
                stack.end = (step.next != 0).then(turns_back);
                return stack;
            }
            // In front of an interrupted moment a chain that ends leads to that moment.
            frame = if step.next > frame { step.next } else { 0 };
        }
        stack.end = Some(format!("it has more than {FRAME_LIMIT} frames"));
        stack
    }

    /// What stands at a frame pointer: a return address into a module, or 0 at the end.
    fn link_at(&self, machine: MachineType, frame: u64) -> Result<Link, String> {
        let at = VirtAddr(frame);
        let read = |at| self.memory.pointer(at).map(|value| value.0);
        let caller = at.checked_add(self.memory.pointer_size()).map(read);
        let (Ok(next), Some(Ok(caller))) = (read(at), caller) else {
            return Err(format!("the frame at {at} is not in the dump"));
        };
        let caller = if machine == MachineType::Arm64 { without_signature(caller) } else { caller };
        let is_known = || self.drivers.resolve(VirtAddr(caller), String::new()).module.is_some();
        if caller != 0 && !is_known() {
            return Err(in_no_module(self.drivers, VirtAddr(caller)));
        }
        Ok(Link { next, caller })
    }

    /// The caller of the innermost function of ARM64, where its return address is still in the link
    /// register: the call in front of that address must lead to where the processor stood. Once a
    /// function has called another, the register names a place in the function itself.
    fn link(&mut self, start: &Registers) -> Option<u64> {
        /// A function is hardly longer.
        const REACH: u64 = 0x1000;
        let link = start.link().map(without_signature)?;
        let call = VirtAddr(link.checked_sub(4)?);
        let (module, offset) = self.drivers.loaded(call)?;
        let instruction = self.image(module).u32(u32::try_from(offset).ok()?)?;
        let target = call.0.checked_add_signed(branch_distance(instruction)?)?;
        let into = start.instruction.checked_sub(target)?;
        (into < REACH).then_some(link)
    }
}

/// One link of the chain.
struct Link {
    next: u64,
    caller: u64,
}

/// How far a `bl` of ARM64 goes, in bytes.
fn branch_distance(instruction: u32) -> Option<i64> {
    const BRANCH_AND_LINK: u32 = 0b10_0101;
    const SIGN_BITS: u32 = 6;
    let is_call = instruction >> 26 == BRANCH_AND_LINK;
    is_call
        .then(|| i64::from((instruction << SIGN_BITS).cast_signed() >> SIGN_BITS).saturating_mul(4))
}

/// A return address of ARM64 may be signed in the bits that its address does not need; bit 55 tells
/// kernel addresses from those of processes.
fn without_signature(address: u64) -> u64 {
    const HALF: u64 = 1 << 55;
    const SIGNATURE: u64 = 0xFFFF_0000_0000_0000;
    if address & HALF != 0 { address | SIGNATURE } else { address & !SIGNATURE }
}
