//! What is known of a rule, a STOP code, an error code or an event, without any evidence.

use std::io::{self, Write};

use hvtriage_crashdump::bugcheck::{self, BugcheckInfo};
use hvtriage_diagnosis::{
    EventDictionary, EventRow, Importance, Rule, RuleSet, code_name, like, win32_name,
};

use crate::rules::in_full;
use crate::text::layout::wrapped;
use crate::text::page::{Page, TextStyle};

/// Something that can be explained.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// A rule.
    Rule(&'a Rule),
    /// A STOP code, and rules that speak of it.
    Stop(&'static BugcheckInfo, Vec<&'a Rule>),
    /// The code of an error, and its name.
    Error(u32, String),
    /// Rows of the event dictionary, of one event or of all providers that have this id.
    Events(Vec<&'static EventRow>),
}

/// More rows than this for one id are not told one by one.
const ROWS_TOLD: usize = 20;

impl<'a> Subject<'a> {
    /// Finds what `word` means: the id of a rule, `0xD1` or its name, `0x80070020`, `Hyper-V-Worker/18590`, or
    /// the id of an event alone.
    ///
    /// # Errors
    /// Words that say that there is no such thing, and what may have been meant.
    pub fn find(word: &str, rules: &'a RuleSet) -> Result<Self, String> {
        let word = word.trim();
        if let Some(rule) = rules.rules().iter().find(|it| it.id.eq_ignore_ascii_case(word)) {
            return Ok(Self::Rule(rule));
        }
        if let Some((provider, id)) = word.rsplit_once('/') {
            return event(provider, id);
        }
        if let Some(digits) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            return code(digits, rules);
        }
        if let Some(info) = bugcheck::known().iter().find(|it| it.name.eq_ignore_ascii_case(word)) {
            return Ok(Self::stop(info, rules));
        }
        if let Ok(id) = word.parse::<u32>() {
            let rows: Vec<&EventRow> = EventDictionary::get()
                .rows()
                .iter()
                .filter(|row| row.ids().any(|it| it == id))
                .collect();
            return match rows.as_slice() {
                [] => Err(format!("no event {id} is known; a STOP code begins with 0x")),
                _ => Ok(Self::Events(rows)),
            };
        }
        let names = bugcheck::known().iter().map(|info| info.name);
        let known = rules.rules().iter().map(|rule| rule.id.as_str()).chain(names);
        let meant =
            like(word, known).map_or_else(String::new, |it| format!("; did you mean '{it}'?"));
        Err(format!("nothing is known of '{word}'{meant}"))
    }

    fn stop(info: &'static BugcheckInfo, rules: &'a RuleSet) -> Self {
        let code = format!("0x{:X}", info.code);
        let speaks = |rule: &&Rule| mentions(&rule.title, &code) || mentions(&rule.explain, &code);
        Self::Stop(info, rules.rules().iter().filter(speaks).collect())
    }
}

/// Whether `text` has `word` as a word of its own: 0xD1 is not 0xD10.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|part| part.eq_ignore_ascii_case(word))
}

fn event<'a>(provider: &str, id: &str) -> Result<Subject<'a>, String> {
    let dictionary = EventDictionary::get();
    let id: u32 = id.trim().parse().map_err(|_| format!("'{id}' is no id of an event"))?;
    let rows = dictionary.find(provider, id);
    if !rows.is_empty() {
        return Ok(Subject::Events(rows));
    }
    let named = dictionary.rows().iter().flat_map(|row| row.providers.iter().map(|it| it.name));
    let mut names: Vec<&str> = named.flat_map(|name| [name, short(name)]).collect();
    names.sort_unstable();
    names.dedup();
    if names.iter().any(|name| name.eq_ignore_ascii_case(provider.trim())) {
        return Err(format!("event {id} of {} is not known", provider.trim()));
    }
    let meant = like(provider.trim(), names)
        .map_or_else(String::new, |it| format!("; did you mean '{it}/{id}'?"));
    Err(format!("no provider '{}' is known{meant}", provider.trim()))
}

fn short(name: &str) -> &str {
    name.strip_prefix("Microsoft-Windows-").unwrap_or(name)
}

fn code<'a>(digits: &str, rules: &'a RuleSet) -> Result<Subject<'a>, String> {
    let digits = digits.replace('`', "");
    let code = u32::from_str_radix(&digits, 16);
    let code = code.map_err(|_| format!("'0x{digits}' is no code of 32 bits"))?;
    if let Some(info) = bugcheck::describe(code) {
        return Ok(Subject::stop(info, rules));
    }
    let name = code_name(code).or_else(|| win32_name(code));
    name.map(|name| Subject::Error(code, name))
        .ok_or_else(|| format!("neither a STOP nor an error 0x{code:X} is known"))
}

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
        Subject::Error(code, name) => writeln!(out, "0x{code:08X}  {name}"),
        Subject::Events(rows) => {
            for (number, row) in rows.iter().take(ROWS_TOLD).enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                event_row(row, out)?;
            }
            match rows.len().saturating_sub(ROWS_TOLD) {
                0 => Ok(()),
                more => writeln!(out, "\nand {more} more: name the provider, as Hyper-V-VMMS/1"),
            }
        }
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

fn event_row(row: &EventRow, out: &mut Page<'_>) -> io::Result<()> {
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
    let weight = match row.importance {
        Importance::Noise => "little, even to one who looks for it",
        Importance::Detail => "something to one who looks for it",
        Importance::Timeline => "worth a line beside a crash",
    };
    writeln!(out, "  it says      {weight}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(word: &str) -> Result<String, String> {
        let rules = RuleSet::catalogue().unwrap();
        let subject = Subject::find(word, &rules)?;
        let mut out = Vec::new();
        write_subject(&subject, TextStyle::default(), &mut out).unwrap();
        Ok(String::from_utf8(out).unwrap())
    }

    /// Names as in Microsoft's reference of bug checks and in `winerror.h`.
    #[test]
    fn codes_rules_and_events_are_found() {
        for (word, begin) in [
            ("0xD1", "STOP 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL\n"),
            ("0x000000d1", "STOP 0xD1  DRIVER_IRQL_NOT_LESS_OR_EQUAL\n"),
            ("0x1000007E", "STOP 0x7E  SYSTEM_THREAD_EXCEPTION_NOT_HANDLED\n"),
            ("driver_irql_not_less_or_equal", "STOP 0xD1  "),
            ("0x80070020", "0x80070020  ERROR_SHARING_VIOLATION\n"),
            ("kb2636573", "KB2636573  Guest of 2008 R2 stops with 0xD1"),
            ("Hyper-V-Worker/18590", "Microsoft-Windows-Hyper-V-Worker  event 18590"),
            ("microsoft-windows-hyper-v-worker/18590", "Microsoft-Windows-Hyper-V-Worker  event"),
        ] {
            let text = told(word).unwrap();
            assert!(text.starts_with(begin), "{word}: {text}");
        }
        assert!(told("0xD1").unwrap().contains("rule KB2636573"));
        assert!(told("18590").unwrap().contains("Microsoft-Windows-Hyper-V-Worker  event 18590"));
    }

    #[test]
    fn what_may_have_been_meant_is_said() {
        for (word, wanted) in [
            ("KB2636537", "did you mean 'KB2636573'?"),
            ("DRIVER_IRQL_NOT_LES_OR_EQUAL", "did you mean 'DRIVER_IRQL_NOT_LESS_OR_EQUAL'?"),
            ("Hyper-V-Wroker/18590", "did you mean 'Hyper-V-Worker/18590'?"),
            ("Hyper-V-Worker/65535", "event 65535 of Hyper-V-Worker is not known"),
            ("Hyper-V-Worker/x", "'x' is no id of an event"),
            ("0xFFFFFFFFF", "is no code of 32 bits"),
            ("0xx", "is no code of 32 bits"),
            ("", "nothing is known of ''"),
            ("65535", "a STOP code begins with 0x"),
        ] {
            let error = told(word).unwrap_err();
            assert!(error.contains(wanted), "{word}: {error}");
        }
    }
}
