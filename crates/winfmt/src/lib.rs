//! Windows data types and bounds-checked reading of little-endian bytes.
//!
//! The principal type is [`Bytes`]: a borrowed slice that knows at which offset of its file it
//! stands, so that every failed read becomes a [`ParseError`] that says what is wrong, with which
//! field of the format, at which offset. Around it stand the values that all Windows formats
//! share: [`FileTime`], [`Guid`], [`Sid`], [`FileVersion`], and one type for each kind of address
//! ([`FileOffset`], [`VirtAddr`], [`PhysAddr`], [`Rva`]), so that they cannot be mixed up.
//!
//! ```
//! use hvtriage_winfmt::{Bytes, FileOffset};
//!
//! let bytes = Bytes::new(&[0x4d, 0x5a, 0x90, 0x00]);
//! assert_eq!(bytes.u16_at(0, "e_magic").unwrap(), 0x5a4d);
//! let error = bytes.u32_at(2, "e_cblp").unwrap_err();
//! assert_eq!(error.at, FileOffset(2));
//! assert_eq!(error.to_string(), "e_cblp: needs 4 bytes, 2 are left, at offset 0x2");
//! ```
//!
//! Nothing here opens a file, reads a clock or allocates in proportion to a number that was read.
#![forbid(unsafe_code)]

mod address;
mod bytes;
mod error;
mod filetime;
mod guid;
mod sid;
mod text;
mod utf16;
mod version;
mod windows_release;

pub use address::{FileOffset, PhysAddr, Rva, VirtAddr};
pub use bytes::Bytes;
pub use error::{ErrorKind, ParseError};
pub use filetime::{CivilTime, FileTime, TimeRange};
pub use guid::Guid;
pub use sid::Sid;
pub use text::{Offsets, Text, decode_text};
pub use utf16::decode_utf16le;
pub use version::{Branch, FileVersion, FileVersionError};
pub use windows_release::{ProductLine, windows_release};
