//! GUIDs, whatever way they are written.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A GUID: of a provider, or of a virtual machine.
///
/// Read with or without braces, in any case; shown in lower case without braces.
///
/// ```
/// use hvtriage_winfmt::Guid;
///
/// let guid: Guid = "{6066F867-7CA1-4418-85FD-36E3F9C0600C}".parse().unwrap();
/// assert_eq!(guid.to_string(), "6066f867-7ca1-4418-85fd-36e3f9c0600c");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(Uuid);

/// Text that is no GUID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a GUID")]
pub struct GuidError(String);

impl Guid {
    /// A GUID in its Windows memory layout, where the first three fields are little-endian.
    #[must_use]
    pub fn from_bytes_le(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes_le(bytes))
    }

    /// The Windows memory layout.
    #[must_use]
    pub fn to_bytes_le(self) -> [u8; 16] {
        self.0.to_bytes_le()
    }

    /// Reads text of ASCII bytes.
    #[must_use]
    pub fn from_ascii(text: &[u8]) -> Option<Self> {
        Uuid::try_parse_ascii(text.trim_ascii()).map(Self).ok()
    }

    /// Its text, as it is displayed.
    #[must_use]
    pub fn ascii(self) -> [u8; 36] {
        let mut text = [0; 36];
        self.0.hyphenated().encode_lower(&mut text);
        text
    }

    /// Whether all bits are zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_nil()
    }
}

impl FromStr for Guid {
    type Err = GuidError;

    fn from_str(text: &str) -> Result<Self, GuidError> {
        Uuid::try_parse(text.trim()).map(Self).map_err(|_| GuidError(text.into()))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
