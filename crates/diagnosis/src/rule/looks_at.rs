//! What a rule looks at, in words, and which events it uses.

use super::{Binding, Rule, Unless};
use crate::dictionary::EventDictionary;
use crate::field::Value;
use crate::kind::Kind;
use crate::logged_event::{EventRequest, PREFIX};

/// What a rule looks at, in words; nothing is in two of the lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LooksAt {
    /// What must be there.
    pub wanted: Vec<String>,
    /// What makes it surer, or says more.
    pub beside: Vec<String>,
    /// What keeps it from holding.
    pub excluded: Vec<String>,
}

/// How a rule uses an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventUse {
    /// It must be there, it or another one that tells the same.
    Wanted,
    /// It makes the rule surer, or keeps it from holding.
    Beside,
}

impl Rule {
    /// What it looks at, in words.
    #[must_use]
    pub fn looks_at(&self) -> LooksAt {
        let mut looks_at = LooksAt::default();
        let wanted = self.when.iter();
        add(&mut looks_at.wanted, wanted, &[]);
        let beside = self.supported_by.iter().map(|support| &support.binding);
        add(&mut looks_at.beside, beside, &looks_at.wanted);
        let excluded = self.unless.iter().filter_map(|unless| match unless {
            Unless::Fact(binding) => Some(binding),
            Unless::Rule(_) => None,
        });
        let known = [looks_at.wanted.as_slice(), &looks_at.beside].concat();
        add(&mut looks_at.excluded, excluded, &known);
        looks_at
    }

    /// How it uses the event `id` of `provider`, which is called so in full. `told` are the kinds of facts that
    /// the event may tell, in the words of rules, each with what its state or phase can be, where the id
    /// decides that.
    #[must_use]
    pub fn uses_event(
        &self,
        provider: &str,
        id: u32,
        told: &[(&str, &[&str])],
    ) -> Option<EventUse> {
        let takes = |binding: &&Binding| takes(binding, provider, id, told);
        if self.when.iter().any(|binding| takes(&binding)) {
            return Some(EventUse::Wanted);
        }
        self.bindings().any(|binding| takes(&binding)).then_some(EventUse::Beside)
    }
}

fn takes(binding: &Binding, provider: &str, id: u32, told: &[(&str, &[&str])]) -> bool {
    if let Some(events) = &binding.events {
        return events.ids.contains(&id) && events.providers.iter().any(|it| it.fits(provider));
    }
    told.iter().any(|(kind, states)| takes_told(binding, id, kind, states))
}

fn takes_told(binding: &Binding, id: u32, kind: &str, states: &[&str]) -> bool {
    let can_be = |path: &str| match path {
        "event_id" => vec![Value::Number(id.into())],
        "state" | "phase" => states.iter().map(|it| Value::Text((*it).to_owned())).collect(),
        _ => Vec::new(),
    };
    let is_met = |condition: &super::binding::Condition| {
        let values = condition.fields.first().map(|(_, found)| can_be(found.field.path));
        let values = values.unwrap_or_default();
        values.is_empty() || values.iter().any(|value| condition.test.holds(Some(value)))
    };
    binding.kinds.iter().any(|it| it.word() == kind) && binding.conditions.iter().all(is_met)
}

/// Adds what `bindings` hold and neither list has.
fn add<'a>(list: &mut Vec<String>, bindings: impl Iterator<Item = &'a Binding>, known: &[String]) {
    for words in bindings.flat_map(words) {
        if !known.contains(&words) && !list.contains(&words) {
            list.push(words);
        }
    }
}

fn words(binding: &Binding) -> Vec<String> {
    match &binding.events {
        Some(events) => vec![events_in_words(events)],
        None => binding.kinds.iter().map(|kind| kind.in_words().to_owned()).collect(),
    }
}

/// `event 21128 or 1069 of Hyper-V-High-Availability or FailoverClustering`
fn events_in_words(events: &EventRequest) -> String {
    let ids: Vec<String> = events.ids.iter().map(u32::to_string).collect();
    let known = EventDictionary::get().rows().iter().flat_map(|row| &row.providers);
    let known: Vec<&str> = known.map(|provider| provider.name).collect();
    let names = events.providers.iter().map(|pattern| {
        // The pattern is in lower case; the dictionary knows how the name is written.
        let names = pattern.names();
        let text = names.first().map_or("", String::as_str);
        let full = known.iter().find(|name| !text.contains('*') && pattern.fits(name));
        let name = full.copied().unwrap_or(text);
        let is_long = name.get(..PREFIX.len()).is_some_and(|it| it.eq_ignore_ascii_case(PREFIX));
        name.get(PREFIX.len()..).filter(|_| is_long).unwrap_or(name).to_owned()
    });
    let names: Vec<String> = names.collect();
    format!("event {} of {}", any_of(&ids), any_of(&names))
}

/// `1, 2 or 3`
fn any_of(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

impl Kind {
    /// What such facts are, for people.
    fn in_words(self) -> &'static str {
        match self {
            Self::Crash => "the dump of a crash",
            Self::GuestCrash => "a crash of a guest, as its host logs it",
            Self::BugcheckReported => "a STOP code that a machine logs when it is up again",
            Self::DumpNotSaved => "a dump that was not saved",
            Self::UncleanRestart => "a restart without a clean shutdown",
            Self::UnexpectedShutdown => "an unexpected shutdown, as the event log notes it",
            Self::GuestTripleFault => "a guest that was reset by a triple fault",
            Self::VmState => "a virtual machine that was started, shut down, turned off or reset",
            Self::LiveMigration => "a migration of a virtual machine",
            Self::Integration => "the version of an integration service or device of a guest",
            Self::CsvState => "the state of a cluster shared volume",
            Self::FilterLoaded => "a filter driver that was loaded",
            Self::FilterUnloaded => "a filter driver that was unloaded",
            Self::VmFileError => "an error with a file of a virtual machine",
            Self::VmFiles => "where the files of a virtual machine lie",
            Self::Offload => "trouble with virtual machine queues or receive side scaling",
            Self::RssCapabilityFailure => {
                "receive side scaling of an adapter that could not be set up"
            }
            Self::StorageReset => "a reset of a storage device, or an operation that was repeated",
            Self::HyperVHost => "that a machine runs Hyper-V",
            Self::OsVersion => "the version of Windows",
            Self::GuestReport => "what a guest tells its host of itself",
            Self::Firmware => "the firmware of a machine",
            Self::Hardware => "the hardware of a machine",
            Self::RegistryValue => "a value of the registry",
            Self::UpdateInstalled => "an update that was installed, or failed to be",
            Self::NodeLost => "a node that the cluster lost",
            Self::ComputerRenamed => "a computer that was renamed",
            Self::LogContinued => "a log that goes on under another computer name",
            Self::LiesBeside => "a file that lies beside the logs of a computer",
            Self::Event => "an event as it was logged",
        }
    }
}
