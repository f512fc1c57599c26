//! Guests by what is wrong with them, a line for each.

use std::collections::HashSet;

use hvtriage_diagnosis::Diagnosis;

use super::super::layout::count;
use super::{INDENT, cut};
use crate::attention::{GuestInNeed, GuestsInNeed, guests_in_need};
use crate::short_names::ShortNames;
use crate::words::printable;

/// Lines of guests.
const MOST: usize = 4;

pub(super) fn lines(diagnosis: &Diagnosis, names: &ShortNames<'_>, width: usize) -> Vec<String> {
    let kinds = guests_in_need(diagnosis);
    let shown = if kinds.len() > MOST { MOST.saturating_sub(1) } else { kinds.len() };
    let (shown, rest) = kinds.split_at_checked(shown).unwrap_or((&kinds, &[]));
    let mut lines: Vec<String> = shown.iter().map(|kind| of_kind(kind, names, width)).collect();
    if !rest.is_empty() {
        let guests: HashSet<&str> =
            rest.iter().flat_map(|kind| &kind.guests).map(|guest| guest.name).collect();
        let kinds = count(rest.len() as u64, "other kind");
        let guests = count(guests.len() as u64, "guest");
        lines.push(format!("{INDENT}and {kinds} of trouble with {guests}: --details"));
    }
    lines
}

/// As many names as the line has room for, and how many more there are.
fn of_kind(kind: &GuestsInNeed<'_>, names: &ShortNames<'_>, width: usize) -> String {
    let mut line = format!("{INDENT}{}: ", kind.what);
    let mut length = line.chars().count();
    for (number, guest) in kind.guests.iter().enumerate() {
        let left = kind.guests.len().saturating_sub(number).saturating_sub(1);
        let between = if number == 0 { "" } else { ", " };
        let more = if left == 0 { String::new() } else { format!(" and {left} more") };
        let name = name(guest, names);
        let letters = between.len().saturating_add(name.chars().count());
        if number > 0 && length.saturating_add(letters).saturating_add(more.len()) > width {
            let more = format!(" and {} more", left.saturating_add(1));
            return format!("{}{more}", cut(&line, width.saturating_sub(more.len())));
        }
        length = length.saturating_add(letters);
        line.push_str(between);
        line.push_str(&name);
    }
    cut(&line, width)
}

fn name(guest: &GuestInNeed<'_>, names: &ShortNames<'_>) -> String {
    let name = names.short(guest.name);
    match guest.stop {
        Some(stop) => printable(&format!("{name} ({stop})")),
        None => printable(name),
    }
}
