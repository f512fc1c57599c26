//! What is known of a rule, a STOP code, an error code or an event, without any evidence.

use std::io::{self, Write};

use hvtriage_crashdump::bugcheck::{self, BugcheckInfo};
use hvtriage_diagnosis::{
    EventDictionary, EventRow, EventUse, Importance, Rule, RuleSet, code_name, like, win32_name,
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
    /// Rows of the event dictionary, of one event or of all providers that have this id, and the rules that
    /// use each.
    Events(Vec<(&'static EventRow, Vec<(EventUse, &'a Rule)>)>),
}

/// What an event, by the full name of its provider and its id, may tell in the words of rules: kinds of facts,
/// each with what its state can be. It is not known here, where formats and their meaning do not meet.
pub type ToldBy<'a> = &'a dyn Fn(&str, u32) -> Vec<(&'static str, &'static [&'static str])>;

/// More rows than this for one id are not told one by one.
const ROWS_TOLD: usize = 20;
/// More rules than this are told by their ids alone.
const RULES_TOLD: usize = 8;

impl<'a> Subject<'a> {
    /// Finds what `word` means: the id of a rule, `0xD1` or its name, `0x80070020`, `Hyper-V-Worker/18590`, or
    /// the id of an event alone. `told` says what an event tells, so that the rules are found that use it.
    ///
    /// # Errors
    /// Words that say that there is no such thing, and what may have been meant.
    pub fn find(word: &str, rules: &'a RuleSet, told: ToldBy<'_>) -> Result<Self, String> {
        let word = word.trim();
        if let Some(rule) = rules.rules().iter().find(|it| it.id.eq_ignore_ascii_case(word)) {
            return Ok(Self::Rule(rule));
        }
        if let Some((provider, id)) = word.rsplit_once('/') {
            let (rows, id) = event(provider, id)?;
            return Ok(Self::events(rows, id, rules, told));
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
                [] => Err(format!("no event {id} is known; {}", perhaps_a_stop(id))),
                _ => Ok(Self::events(rows, id, rules, told)),
            };
        }
        if let Some(info) = u32::from_str_radix(word, 16).ok().and_then(bugcheck::describe) {
            let code = info.code;
            return Err(format!("nothing is known of '{word}'; did you mean STOP 0x{code:X}?"));
        }
        let names = bugcheck::known().iter().map(|info| info.name);
        let known = rules.rules().iter().map(|rule| rule.id.as_str()).chain(names);
        let meant =
            like(word, known).map_or_else(String::new, |it| format!("; did you mean '{it}'?"));
        Err(format!("nothing is known of '{word}'{meant}"))
    }

    fn events(rows: Vec<&'static EventRow>, id: u32, rules: &'a RuleSet, told: ToldBy<'_>) -> Self {
        let users = |row: &'static EventRow| {
            let using = rules.rules().iter().filter_map(|rule| {
                let names = row.providers.iter().map(|provider| provider.name);
                let uses = names.filter_map(|name| rule.uses_event(name, id, &told(name, id)));
                Some((uses.min()?, rule))
            });
            (row, using.collect())
        };
        Self::Events(rows.into_iter().map(users).collect())
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

/// What else a number may have been meant to be that is no event's.
fn perhaps_a_stop(number: u32) -> String {
    match bugcheck::describe(number) {
        Some(info) => format!("{number} is 0x{number:X}: did you mean STOP 0x{:X}?", info.code),
        None => "a STOP code begins with 0x".into(),
    }
}

fn event(provider: &str, id: &str) -> Result<(Vec<&'static EventRow>, u32), String> {
    let dictionary = EventDictionary::get();
    let id: u32 = id.trim().parse().map_err(|_| format!("'{id}' is no id of an event"))?;
    let rows = dictionary.find(provider, id);
    if !rows.is_empty() {
        return Ok((rows, id));
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
            for (number, (row, using)) in rows.iter().take(ROWS_TOLD).enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                event_row(row, !using.is_empty(), out)?;
                users(using, out)?;
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

fn event_row(row: &EventRow, is_used: bool, out: &mut Page<'_>) -> io::Result<()> {
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
    let shown = match (row.importance, is_used) {
        (_, true) => "as evidence of the rules below",
        (Importance::Timeline, false) => {
            "in the timeline of an incident about that time; no rule looks at it"
        }
        (Importance::Detail, false) => {
            "not at all: no rule looks at it, and it says something only to one who looks for it"
        }
        (Importance::Noise, false) => "not at all: it says little, even to one who looks for it",
    };
    wrapped(out, "  in a report  ", shown)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(word: &str) -> Result<String, String> {
        let rules = RuleSet::catalogue().unwrap();
        let told = |provider: &str, id: u32| -> Vec<(&'static str, &'static [&'static str])> {
            let is_it = provider == "Microsoft-Windows-Hyper-V-Worker" && id == 18590;
            is_it.then_some(("guest_crash", [].as_slice())).into_iter().collect()
        };
        let subject = Subject::find(word, &rules, &told)?;
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

    /// In the catalogue guest-18590 is `when` of it, and KB2636573 is `supported_by` it. FailoverClustering
    /// 1069 is asked for as it stands. 18602 of the worker is none of both.
    #[test]
    fn an_event_names_the_rules_that_use_it() {
        let text = told("Hyper-V-Worker/18590").unwrap();
        assert!(text.contains("\n  rule guest-18590  "), "{text}");
        let beside = text.split("also used by").nth(1).unwrap();
        assert!(beside.contains("KB2636573") && !beside.contains("guest-18590"), "{text}");
        assert!(told("FailoverClustering/1069").unwrap().contains("KB2913486"));
        assert!(!told("Hyper-V-Worker/18602").unwrap().contains("KB2636573"));
    }

    /// No text for people has a name of the rule language in it.
    #[test]
    fn a_rule_says_in_words_what_it_looks_at() {
        let rules = RuleSet::catalogue().unwrap();
        for rule in rules.rules() {
            let text = told(&rule.id).unwrap();
            let head = text.split("what it means").next().unwrap();
            for kind in rule.kinds().into_iter().filter(|kind| kind.contains('_')) {
                assert!(!head.contains(kind), "{kind}: {text}");
            }
            let looks = head.split("looks at").nth(1).unwrap().trim();
            assert!(!looks.is_empty(), "{text}");
        }
        let stopped = told("KB2913486").unwrap();
        let wanted = "event 1069 or 21128 of Hyper-V-High-Availability or FailoverClustering";
        let stopped = stopped.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(stopped.contains(wanted), "{stopped}");
        assert!(stopped.contains("beside that a dump that was not saved"), "{stopped}");
        assert!(told("KP-41").unwrap().contains("\n  if no dump "));
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
            ("D1", "did you mean STOP 0xD1?"),
            ("d1", "did you mean STOP 0xD1?"),
            // 0xD1 is 13 times 16, and 1.
            ("209", "no event 209 is known; 209 is 0xD1: did you mean STOP 0xD1?"),
        ] {
            let error = told(word).unwrap_err();
            assert!(error.contains(wanted), "{word}: {error}");
        }
    }
}
