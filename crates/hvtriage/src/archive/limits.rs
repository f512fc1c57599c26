//! How much an archive may expand to.

/// Archives in archives. Real collections have two: a customer's zip of a collector's cab.
pub(super) const MAX_DEPTH: u32 = 6;
/// Members of one archive that was given, those of archives inside it included.
pub(super) const MAX_MEMBERS: u64 = 200_000;
/// Bytes that one archive that was given may expand to: more than the memory of any host.
const MAX_BYTES: u64 = 16 << 40;
/// Bytes for each byte of the archive. Event logs shrink to a twentieth, dumps of idle machines to
/// a fiftieth.
const MAX_RATIO: u64 = 200;
/// What may come out of any archive, whatever its ratio.
const FREE_BYTES: u64 = 64 << 20;

/// What one archive that was given may still expand to.
#[derive(Debug)]
pub(crate) struct Limits {
    bytes: u64,
    expanded: u64,
    members: u64,
}

/// A limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    Bytes,
    Members,
    Depth,
}

impl Limits {
    /// The limits of an archive of `archive_bytes`.
    pub(crate) fn of(archive_bytes: u64) -> Self {
        let bytes = archive_bytes.saturating_mul(MAX_RATIO).clamp(FREE_BYTES, MAX_BYTES);
        Self { bytes, expanded: 0, members: 0 }
    }

    /// Counts a member.
    pub(super) fn add_member(&mut self) -> Result<(), Exceeded> {
        self.members = self.members.saturating_add(1);
        if self.members > MAX_MEMBERS { Err(Exceeded::Members) } else { Ok(()) }
    }

    /// Counts bytes that came out.
    pub(super) fn add_bytes(&mut self, bytes: u64) -> Result<(), Exceeded> {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > self.bytes { Err(Exceeded::Bytes) } else { Ok(()) }
    }

    /// How many bytes may still come out.
    pub(super) fn left(&self) -> u64 {
        self.bytes.saturating_sub(self.expanded)
    }
}

impl Exceeded {
    /// What is wrong, in words.
    pub(super) fn message(self, limits: &Limits) -> String {
        match self {
            Self::Bytes => format!(
                "expands to more than {} MiB, which is out of proportion to its size; the rest is not read",
                limits.bytes >> 20
            ),
            Self::Members => {
                format!("holds more than {MAX_MEMBERS} files; the rest is not read")
            }
            Self::Depth => {
                format!("lies in {MAX_DEPTH} archives inside each other and is not opened")
            }
        }
    }
}
