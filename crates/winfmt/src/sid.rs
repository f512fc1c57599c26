//! Security identifiers, and the virtual machine that some of them name.

use std::fmt;
use std::str::FromStr;

use crate::{Bytes, Guid, ParseError};

/// The largest number of sub-authorities that Windows allows (`SID_MAX_SUB_AUTHORITIES`).
const MAX_SUB_AUTHORITIES: usize = 15;
/// `SECURITY_NT_AUTHORITY`.
const NT_AUTHORITY: u64 = 5;
/// `SECURITY_VIRTUALSERVER_ID_BASE_RID`: the account of one virtual machine.
const VIRTUAL_MACHINE_RID: [u32; 2] = [83, 1];

/// A security identifier such as `S-1-5-18`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid {
    revision: u8,
    authority: u64,
    sub_authorities: Vec<u32>,
}

/// Text that is no SID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a SID")]
pub struct SidError(String);

impl Sid {
    /// Reads a SID in its binary layout.
    ///
    /// # Errors
    /// When the bytes end before the sub-authorities do.
    pub fn read(bytes: Bytes<'_>) -> Result<Self, ParseError> {
        let revision = bytes.u8_at(0, "SID revision")?;
        let count = bytes.u8_at(1, "SID sub-authority count")?;
        let authority = bytes.slice_at(2, 6, "SID authority")?.as_slice();
        let authority = authority.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte));
        let sub_authorities = (0..u64::from(count))
            .map(|index| bytes.u32_at(8_u64.saturating_add(index.saturating_mul(4)), "SID part"))
            .collect::<Result<_, _>>()?;
        Ok(Self { revision, authority, sub_authorities })
    }

    /// The virtual machine whose account this is: the four last parts of `S-1-5-83-1-a-b-c-d` are
    /// the little-endian words of its id.
    #[must_use]
    pub fn vm_id(&self) -> Option<Guid> {
        let (rid, words) = self.sub_authorities.split_first_chunk::<2>()?;
        let words = <[u32; 4]>::try_from(words).ok()?;
        if self.authority != NT_AUTHORITY || *rid != VIRTUAL_MACHINE_RID {
            return None;
        }
        let mut bytes = [0; 16];
        for (target, word) in bytes.chunks_exact_mut(4).zip(words) {
            target.copy_from_slice(&word.to_le_bytes());
        }
        Some(Guid::from_bytes_le(bytes))
    }
}

impl FromStr for Sid {
    type Err = SidError;

    fn from_str(text: &str) -> Result<Self, SidError> {
        let error = || SidError(text.into());
        let mut parts = text.trim().split('-');
        if !parts.next().is_some_and(|first| first.eq_ignore_ascii_case("S")) {
            return Err(error());
        }
        let revision = parts.next().and_then(|part| part.parse().ok()).ok_or_else(error)?;
        let authority = parts.next().and_then(|part| part.parse().ok()).ok_or_else(error)?;
        let sub_authorities: Vec<u32> = parts
            .take(MAX_SUB_AUTHORITIES.saturating_add(1))
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| error())?;
        if sub_authorities.len() > MAX_SUB_AUTHORITIES {
            return Err(error());
        }
        Ok(Self { revision, authority, sub_authorities })
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "S-{}-{}", self.revision, self.authority)?;
        self.sub_authorities.iter().try_for_each(|part| write!(formatter, "-{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The UserID and VmId of one real Worker 18590 record (Windows 11 host).
    #[test]
    fn worker_sid_names_the_vm() {
        let sid: Sid = "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365".parse().unwrap();
        assert_eq!(sid.vm_id(), "D9E0EB0A-5B37-508E-9173-67E9ADE83ACF".parse().ok());
        assert_eq!("S-1-5-18".parse::<Sid>().unwrap().vm_id(), None);
    }

    #[test]
    fn binary_and_text_agree() {
        let bytes = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        let sid = Sid::read(Bytes::new(&bytes)).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-32-544");
        assert_eq!("S-1-5-32-544".parse(), Ok(sid));
        assert!(Sid::read(Bytes::new(&bytes[..15])).is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "S", "S-1", "1-5-18", "S-1-5-x", "S-1-5-4294967296"] {
            assert!(text.parse::<Sid>().is_err(), "{text}");
        }
    }
}
