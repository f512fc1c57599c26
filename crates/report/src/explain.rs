//! What is known of a rule, a STOP code, an error code or an event, without any evidence.

mod page;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hvtriage_crashdump::bugcheck::{self, BugcheckInfo};
use hvtriage_diagnosis::{
    EventDictionary, EventRow, EventUse, Rule, RuleSet, also_told_by, code_name, code_of_name,
    like, win32_name,
};

pub use page::write_subject;

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
    /// An event, of one provider or of all that have this id.
    Events(Vec<KnownEvent<'a>>),
}

/// An event, and what comes of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KnownEvent<'a> {
    /// Its row of the event dictionary.
    pub row: &'static EventRow,
    /// The rules that use it.
    pub rules: Vec<(EventUse, &'a Rule)>,
    /// What it tells beside that, in words: what many rules and lists rest on without asking for the event.
    pub tells: Vec<&'static str>,
}

/// What an event, by the full name of its provider and its id, may tell in the words of rules: kinds of facts,
/// each with what its state can be. It is not known here, where formats and their meaning do not meet.
pub type ToldBy<'a> = &'a dyn Fn(&str, u32) -> Vec<(&'static str, &'static [&'static str])>;

impl<'a> Subject<'a> {
    /// Finds what `word` means: the id of a rule, `0xD1` or its name, `0x80070020` or its name, `Hyper-V-Worker/18590`, or
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
                [] => match win32_name(id).filter(|_| bugcheck::describe(id).is_none()) {
                    Some(name) => Ok(Self::Error(id, name)),
                    None => Err(format!("no event {id} is known; {}", perhaps_a_stop(id))),
                },
                _ => Ok(Self::events(rows, id, rules, told)),
            };
        }
        if let Some(code) = code_of_name(word) {
            return Ok(Self::Error(code, word.to_ascii_uppercase()));
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
        let known = |row: &'static EventRow| {
            let names = || row.providers.iter().map(|provider| provider.name);
            let using = rules.rules().iter().filter_map(|rule| {
                let uses = names().filter_map(|name| rule.uses_event(name, id, &told(name, id)));
                Some((uses.min()?, rule))
            });
            let kinds = names().flat_map(|name| told(name, id));
            let tells: BTreeSet<&'static str> =
                kinds.filter_map(|(kind, _)| also_told_by(kind)).collect();
            KnownEvent { row, rules: using.collect(), tells: tells.into_iter().collect() }
        };
        Self::Events(rows.into_iter().map(known).collect())
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
