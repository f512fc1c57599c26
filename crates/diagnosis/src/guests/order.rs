//! In which order guests are told of.

use std::collections::BTreeMap;

use crate::finding::{GuestAttention, Verdict};

/// Guests with the gravest row first, all rows of one guest together.
pub(super) fn by_gravity(mut rows: Vec<GuestAttention>) -> Vec<GuestAttention> {
    let mut gravest: BTreeMap<_, u8> = BTreeMap::new();
    for row in &rows {
        let rank = gravest.entry(guest(row)).or_insert(u8::MAX);
        *rank = (*rank).min(gravity(row.verdict));
    }
    rows.sort_by_cached_key(|row| {
        let guest = guest(row);
        let rank = gravest.get(&guest).copied();
        (rank, guest, gravity(row.verdict), row.service.clone())
    });
    rows
}

fn guest(row: &GuestAttention) -> (String, Option<hvtriage_winfmt::Guid>) {
    (row.vm_name.to_lowercase(), row.vm_id)
}

/// The gravest is 0.
fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Incompatible => 0,
        Verdict::Outdated => 1,
        Verdict::HostBehind => 2,
        Verdict::Unknown => 3,
        Verdict::Compatible => 4,
        Verdict::Harmless => 5,
    }
}
