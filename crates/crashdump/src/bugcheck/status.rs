//! The NTSTATUS values that STOP parameters and exceptions carry.

/// What an NTSTATUS says, for the ones that crashes carry. A sign-extended value is the same.
#[must_use]
pub fn status_name(value: u64) -> Option<&'static str> {
    const SIGN_EXTENSION: u64 = 0xFFFF_FFFF_0000_0000;
    let high = value & SIGN_EXTENSION;
    if high != 0 && high != SIGN_EXTENSION {
        return None;
    }
    Some(match value & !SIGN_EXTENSION {
        0x8000_0001 => "guard page touched",
        0x8000_0002 => "misaligned data",
        0x8000_0003 => "breakpoint",
        0x8000_0004 => "single step",
        0xC000_0005 => "access violation",
        0xC000_0006 => "page could not be read in",
        0xC000_000E => "no such device",
        0xC000_0017 => "no memory",
        0xC000_001D => "illegal instruction",
        0xC000_0025 => "exception that cannot be continued",
        0xC000_0094 => "integer division by zero",
        0xC000_0096 => "privileged instruction",
        0xC000_009A => "insufficient resources",
        0xC000_009C => "device data error",
        0xC000_009D => "device not connected",
        0xC000_00B5 => "I/O timeout",
        0xC000_00FD => "stack overflow",
        0xC000_0102 => "file corrupt",
        0xC000_016A => "disk operation failed",
        0xC000_0185 => "I/O device error",
        0xC000_0194 => "possible deadlock",
        0xC000_0374 => "heap corruption",
        0xC000_0409 => "fast fail or stack buffer overrun",
        0xC000_0420 => "assertion failure",
        0xE06D_7363 => "C++ exception",
        _ => return None,
    })
}
