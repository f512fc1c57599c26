//! What is known of something, as text.

use std::io::{self, Write};

use hvtriage_crashdump::bugcheck::BugcheckInfo;
use hvtriage_diagnosis::{EventUse, Importance, Rule};

use super::{KnownEvent, Subject};
use crate::rules::in_full;
use crate::text::layout::wrapped;
use crate::text::page::{Page, TextStyle};

/// More rows than this for one id are not told one by one.
const ROWS_TOLD: usize = 20;
/// More rules than this are told by their ids alone.
const RULES_TOLD: usize = 8;

/// Writes what is known.
///
/// # Errors
/// Only those of `out`.
pub fn write_subject(
    subject: &Subject<'_>,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut Page::new(style, out);
    match subject {
        Subject::Rule(rule) => in_full(rule, out),
        Subject::Stop(info, rules) => stop(info, rules, out),
        Subject::Error(code, name) => {
            writeln!(out, "0x{code:08X}  {name}")?;
            other_ways(*code).map_or(Ok(()), |others| writeln!(out, "  {others}"))
        }
        Subject::Events(rows) => {
            for (number, event) in rows.iter().take(ROWS_TOLD).enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                event_row(event, out)?;
                users(&event.rules, out)?;
            }
            match rows.len().saturating_sub(ROWS_TOLD) {
                0 => Ok(()),
                more => writeln!(out, "\nand {more} more: name the provider, as Hyper-V-VMMS/1"),
            }
        }
    }
}

/// How else reports and events write the code of a Win32 error.
fn other_ways(code: u32) -> Option<String> {
    const WRAPPED: u32 = 0x8007_0000;
    match code {
        0..=0xFFFF => Some(format!("Win32 error {code}, in events also 0x{:08X}", WRAPPED | code)),
        _ if code & 0xFFFF_0000 == WRAPPED => Some(format!("Win32 error {}", code & 0xFFFF)),
        _ => None,
    }
}

fn stop(info: &BugcheckInfo, rules: &[&Rule], out: &mut Page<'_>) -> io::Result<()> {
    out.heading(&format!("STOP 0x{:X}  {}", info.code, info.name))?;
    if info.is_live_dump {
        writeln!(out, "  a live dump: the machine went on running")?;
    }
    if info.is_messenger {
        wrapped(
            out,
            "  ",
            "who stopped the machine is a messenger only: nobody is blamed on this code alone",
        )?;
    }
    for (number, meaning) in (1_u8..).zip(info.parameters) {
        if let Some(meaning) = meaning {
            wrapped(out, &format!("  parameter {number}   "), meaning)?;
        }
        for (_, value, said) in info.values.iter().filter(|known| known.0 == number) {
            wrapped(out, &format!("    {value:#x}  "), said)?;
        }
    }
    for rule in rules {
        wrapped(out, &format!("  rule {}  ", rule.id), &rule.title)?;
    }
    Ok(())
}

fn event_row(event: &KnownEvent<'_>, out: &mut Page<'_>) -> io::Result<()> {
    let row = event.row;
    let ids: Vec<String> = row
        .id_ranges
        .iter()
        .map(|range| match (range.start(), range.end()) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        })
        .collect();
    for provider in &row.providers {
        out.heading(&format!("{}  event {}", provider.name, ids.join(", ")))?;
    }
    wrapped(out, "  it means     ", &row.meaning.replace("{vm}", "the virtual machine"))?;
    writeln!(out, "  Windows      {}", row.windows.text)?;
    if let Some(channel) = row.channel {
        writeln!(out, "  in the log   {channel}")?;
    }
    let values = row.values.iter().zip(1_u64..).map(|(value, place)| {
        let name = value.name.map_or_else(|| value.kind.word().replace('_', " "), str::to_owned);
        format!("%{place} {name}")
    });
    let values: Vec<String> = values.collect();
    if !values.is_empty() {
        wrapped(out, "  its values   ", &values.join(", "))?;
    }
    for tells in &event.tells {
        wrapped(out, "  it tells     ", tells)?;
    }
    wrapped(out, "  in a report  ", in_a_report(event))
}

/// Where a report shows an event.
fn in_a_report(event: &KnownEvent<'_>) -> &'static str {
    let (is_used, is_told) = (!event.rules.is_empty(), !event.tells.is_empty());
    match (event.row.importance, is_used, is_told) {
        (_, true, _) => "as evidence of the rules below",
        (Importance::Timeline, false, true) => "in the timeline of an incident about that time",
        (Importance::Timeline, false, false) => {
            "in the timeline of an incident about that time; no rule looks at it"
        }
        (_, false, true) => "not by itself, but by what it tells",
        (Importance::Detail, false, false) => {
            "not at all: no rule looks at it, and it says something only to one who looks for it"
        }
        (Importance::Noise, false, false) => {
            "not at all: it says little, even to one who looks for it"
        }
    }
}

/// The rules that use an event: those that need it, or one that tells the same, are told by their titles.
fn users(using: &[(EventUse, &Rule)], out: &mut Page<'_>) -> io::Result<()> {
    let of = |wanted: EventUse| using.iter().filter(move |(it, _)| *it == wanted);
    for (_, rule) in of(EventUse::Wanted).take(RULES_TOLD) {
        wrapped(out, &format!("  rule {}  ", rule.id), &rule.title)?;
    }
    let more = of(EventUse::Wanted).skip(RULES_TOLD);
    let beside = of(EventUse::Beside).chain(more).map(|(_, rule)| rule.id.as_str());
    let beside: Vec<&str> = beside.collect();
    match beside.as_slice() {
        [] => Ok(()),
        beside => wrapped(out, "  also used by ", &beside.join(", ")),
    }
}
