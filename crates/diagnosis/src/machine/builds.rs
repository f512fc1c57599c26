//! Builds of Windows that are told under one name.

use hvtriage_winfmt::FileTime;

/// A computer that tells its build again and again tells the same; more changes are not looked at.
const MAX_BUILDS: usize = 256;
/// Updates that only switch features on raise the build that one source tells and not that of another
/// (19041 and 19045, 26100 and 26200). Releases lie further apart.
const SAME_RELEASE: u32 = 100;

/// In order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Builds(Vec<Told>);

/// A build that was told, and no other meanwhile.
#[derive(Clone, Copy, Debug)]
struct Told {
    build: u32,
    /// Time and fact.
    first: (FileTime, usize),
    last: (FileTime, usize),
}

impl Builds {
    /// To be called in order of time.
    pub(super) fn add(&mut self, build: u32, time: FileTime, fact: usize) {
        let now = (time, fact);
        if let Some(last) = self.0.last_mut().filter(|last| last.build == build) {
            last.last = now;
        } else if self.0.len() < MAX_BUILDS {
            self.0.push(Told { build, first: now, last: now });
        }
    }

    /// Whether this release of Windows was told, or none at all.
    pub(super) fn may_be(&self, build: u32) -> bool {
        self.0.is_empty() || self.0.iter().any(|told| is_same_release(told.build, build))
    }

    /// Two facts, one of each, between which Windows would have become older.
    pub(super) fn contradiction(&self, other: &Self) -> Option<(usize, usize)> {
        if self.0.is_empty() || other.0.is_empty() {
            return None;
        }
        let of = |builds: &Self, is_own: bool| -> Vec<(FileTime, usize, u32, bool)> {
            let ends = builds.0.iter().flat_map(|it| [(it.first, it.build), (it.last, it.build)]);
            ends.map(|((time, fact), build)| (time, fact, build, is_own)).collect()
        };
        let mut merged = of(self, true);
        merged.extend(of(other, false));
        merged.sort_unstable();
        merged.iter().zip(merged.iter().skip(1)).find_map(|(first, second)| {
            let is_against = is_older(second.2, first.2) && first.3 != second.3;
            is_against.then_some((first.1, second.1))
        })
    }

    /// A build and a later older one, each with the fact that tells it.
    pub(super) fn becomes_older(&self) -> Option<((u32, usize), (u32, usize))> {
        let mut pairs = self.0.iter().zip(self.0.iter().skip(1));
        let (newer, older) = pairs.find(|(first, second)| is_older(second.build, first.build))?;
        Some(((newer.build, newer.last.1), (older.build, older.first.1)))
    }
}

/// Whether two builds are of one release of Windows.
pub(super) fn is_same_release(one: u32, other: u32) -> bool {
    one.abs_diff(other) <= SAME_RELEASE
}

fn is_older(one: u32, other: u32) -> bool {
    one.saturating_add(SAME_RELEASE) < other
}
