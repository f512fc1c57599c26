//! Short names and full ones.

use super::names::Names;
use super::reason::{ReasonKind, Strength};

/// `hv1` is `hv1.contoso.com` where only one full name begins so, and nothing speaks against it.
pub(super) fn join_short_and_full(names: &mut Names<'_>) {
    let labels: Vec<(usize, Vec<usize>)> = names
        .labels()
        .filter_map(|(label, alike)| {
            let full = alike.iter().filter(|name| names.domain(**name).is_some());
            Some((names.called(label)?, full.copied().collect()))
        })
        .collect();
    for (short, full) in labels {
        let Some(first) = full.first().copied() else { continue };
        let (shown, full_shown) = (names.shown(short).to_owned(), names.shown(first).to_owned());
        if names.only_group(&full).is_none() {
            let words =
                format!("{shown} is short for several names, and is held to be none of them");
            let few: Vec<usize> = full.iter().take(2).copied().collect();
            names.doubt_of_names(short, words, &few);
        } else if let Some((one, other)) = names.contradiction(short, first) {
            let words = format!(
                "{shown} is not held to be {full_shown}, since Windows would have become older"
            );
            names.doubt(short, words, &[one, other]);
        } else {
            let words = format!("{shown} is short for {full_shown}");
            let reason = names.reason_of_names(
                Strength::Likely,
                ReasonKind::ShortName,
                words,
                [short, first],
            );
            names.join(short, first, reason);
        }
    }
}
