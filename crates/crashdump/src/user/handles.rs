//! The open handles of a process.
//!
//! The package follows the chain of details behind each handle until it ends, and a chain that
//! comes back to itself never does. The details are of no use here, so the list is read without.

use hvtriage_winfmt::Bytes;

use super::streams::Texts;
use crate::report::UserHandle;

/// `HandleDataStream`.
pub(super) const STREAM: u32 = 12;
/// Bytes of the smaller descriptor; the larger one only adds the chain.
const DESCRIPTOR_BYTES: u64 = 32;
/// More handles than are worth a look; a process can have 16 million.
const HANDLE_LIMIT: u64 = 0x1_0000;

/// The handles of `list`, and how many it says there are.
pub(super) fn read(list: Bytes<'_>, texts: &mut Texts<'_>) -> (Vec<UserHandle>, u64) {
    let number = |at| list.u32_at(at, "handle data").map_or(0, u64::from);
    let (header, stride, count) = (number(0), number(4), number(8));
    let entries = list.tail(header);
    if stride < DESCRIPTOR_BYTES {
        return (Vec::new(), count);
    }
    let room = entries.len().checked_div(stride).unwrap_or(0);
    let handles = (0..count.min(room).min(HANDLE_LIMIT)).filter_map(|index| {
        let entry = entries.tail(index.saturating_mul(stride));
        let field = |at| entry.u32_at(at, "handle descriptor").ok();
        Some(UserHandle {
            value: entry.u64_at(0, "handle descriptor").ok()?,
            type_name: texts.utf16(field(8)?.into()),
            object_name: texts.utf16(field(12)?.into()),
            granted_access: field(20)?,
        })
    });
    (handles.collect(), count)
}
