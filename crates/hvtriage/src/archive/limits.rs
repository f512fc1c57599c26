//! How much an archive may expand to.

/// Archives in archives. Real collections have two: a customer's zip of a collector's cab.
pub(super) const MAX_DEPTH: u32 = 6;
/// Members of one archive that was given, those of archives inside it included.
pub(super) const MAX_MEMBERS: u64 = 200_000;
/// Bytes that one archive that was given may expand to: more than the memory of any host.
const MAX_BYTES: u64 = 16 << 40;
/// Bytes for each byte of a small archive. Event logs and dumps shrink to a twentieth.
const RATIO: u64 = 40;
/// Bytes of an archive up to which it is a small one.
const SMALL: u64 = 16 << 20;
/// Bytes for each byte beyond. Dumps of idle machines shrink to a fiftieth, and are big.
const RATIO_BEYOND: u64 = 100;
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
        let of_small = archive_bytes.min(SMALL).saturating_mul(RATIO);
        let beyond = archive_bytes.saturating_sub(SMALL).saturating_mul(RATIO_BEYOND);
        let bytes = of_small.saturating_add(beyond).clamp(FREE_BYTES, MAX_BYTES);
        Self { bytes, expanded: 0, members: 0 }
    }

    /// Counts a member.
    pub(super) fn add_member(&mut self) -> Result<(), Exceeded> {
        self.members = self.members.saturating_add(1);
        if self.members > MAX_MEMBERS { Err(Exceeded::Members) } else { Ok(()) }
    }

    /// How many members there were.
    pub(super) fn members(&self) -> u64 {
        self.members
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
                let thousands = MAX_MEMBERS / 1000;
                format!("holds more than {thousands},000 files; the rest is not read")
            }
            Self::Depth => {
                format!("lies in {MAX_DEPTH} archives inside each other and is not opened")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an archive may expand to grows with its size, and faster when it is big.
    #[test]
    fn a_small_bomb_ends_soon_and_a_big_dump_of_an_idle_machine_is_whole() {
        const MIB: u64 = 1 << 20;
        assert_eq!(Limits::of(0).left(), 64 * MIB);
        assert_eq!(Limits::of(4 * MIB).left(), 160 * MIB);
        assert_eq!(Limits::of(16 * MIB).left(), 640 * MIB);
        assert_eq!(Limits::of(80 * MIB).left(), (640 + 6400) * MIB, "a fiftieth of 4 GB");
        assert_eq!(Limits::of(u64::MAX).left(), MAX_BYTES);
    }
}
