//! Facts as rules see them, for programs that ask questions of their own.

use hvtriage_winfmt::FileTime;

use crate::evidence::Evidence;
use crate::fact::{Fact, FactKind, Locator};
use crate::field::{Field, Read, Shape, Value};
use crate::kind::Kind;
use crate::machine::Machine;

/// A fact, with the words and the fields that rules have for it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToldFact<'a> {
    /// Where it stands.
    pub locator: &'a Locator,
    /// When it was logged by the clock of its own machine.
    pub time: Option<FileTime>,
    /// The machine that it is of.
    pub machine: Option<&'a Machine>,
    /// The Windows build of that machine at that time.
    pub os_build: Option<u32>,
    /// What rules call its kind, `guest_crash`.
    pub kind: &'static str,
    /// What it says: names as in rules, `vm.name`, and texts; a code is in hexadecimal. Of an event as it
    /// was logged also its values, `value.VmName`, or `value.1` for one without a name.
    pub fields: Vec<(String, String)>,
}

/// Fields that every fact has, and that of an event's values, which are told one by one.
const TOLD_ELSEWHERE: [&str; 4] = ["machine.name", "machine.role", "os.build", "values"];

impl Evidence {
    /// The facts as rules see them, in the order of [`Self::facts`].
    pub fn told_facts(&self) -> impl Iterator<Item = ToldFact<'_>> {
        self.facts().iter().enumerate().map(|(index, fact)| ToldFact {
            locator: &fact.locator,
            time: fact.time,
            machine: self.machine_of(index),
            os_build: self.build_at(index),
            kind: Kind::of(&fact.kind).word(),
            fields: self.fields_of(index, fact),
        })
    }

    fn fields_of(&self, index: usize, fact: &Fact) -> Vec<(String, String)> {
        let fields = Field::of(Kind::of(&fact.kind));
        let told =
            fields.filter(|field| !TOLD_ELSEWHERE.contains(&field.path)).filter_map(|field| {
                let Read::Plain(read) = field.read else { return None };
                Some((field.path.to_owned(), text(field, read(self, index)?)))
            });
        let mut told: Vec<(String, String)> = told.collect();
        if let FactKind::Event(event) = &fact.kind {
            let values =
                event.values.iter().zip(1_usize..).filter(|(value, _)| !value.text.is_empty());
            told.extend(values.map(|(value, place)| {
                let name = value.name.map_or_else(|| place.to_string(), str::to_owned);
                (format!("value.{name}"), value.text.to_owned())
            }));
        }
        told
    }
}

/// A value for programs: as it is, codes in hexadecimal.
fn text(field: &Field, value: Value) -> String {
    match value {
        Value::Number(code) if matches!(field.shape, Shape::Code | Shape::ErrorCode) => {
            format!("{code:#x}")
        }
        Value::Number(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Flag(flag) => flag.to_string(),
        Value::Text(text) => text,
        Value::List(items) => items.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use hvtriage_winfmt::FileOffset;

    use super::*;
    use crate::fact::{Bugcheck, MachineName, Place};
    use crate::logged_event::LoggedEvent;

    fn told(kind: FactKind) -> Vec<(&'static str, Vec<(String, String)>)> {
        let fact = Fact {
            locator: Locator {
                source: "a.evtx".into(),
                place: Place::Record { id: 7, offset: FileOffset(512) },
            },
            time: None,
            machine: MachineName::Computer("HV01".into()),
            os_build: Some(7601),
            kind,
        };
        let evidence = Evidence::gather(vec![fact]);
        let mut facts = evidence.told_facts().map(|fact| {
            assert_eq!(fact.machine.map(|machine| machine.name.as_str()), Some("HV01"));
            assert_eq!(
                (fact.os_build, fact.locator.place.clone()),
                (Some(7601), Place::Record { id: 7, offset: FileOffset(512) },)
            );
            (fact.kind, fact.fields)
        });
        facts.by_ref().collect()
    }

    fn named<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
        fields.iter().find(|(path, _)| path == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_fact_is_told_in_the_words_of_rules() {
        let bugcheck = Bugcheck { code: 0xD1, parameters: [0x28, 2, 0, 0xFFFF_F880_0163_32B8] };
        let facts = told(FactKind::BugcheckReported { bugcheck, dump_path: None });
        let [(kind, fields)] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!(*kind, "bugcheck_reported");
        assert_eq!(named(fields, "bugcheck.code"), Some("0xd1"));
        assert_eq!(named(fields, "bugcheck.parameter4"), Some("0xfffff880016332b8"));
        assert_eq!(named(fields, "machine.name"), None);
    }

    #[test]
    fn an_event_is_told_with_its_values() {
        let event = LoggedEvent {
            provider: "P".into(),
            id: 9,
            values: [(Some("VmName"), "=SQL01"), (Some("Empty"), ""), (None, "x")]
                .into_iter()
                .collect(),
            ..LoggedEvent::default()
        };
        let facts = told(FactKind::Event(Box::new(event)));
        let [(kind, fields)] = facts.as_slice() else { panic!("{facts:?}") };
        assert_eq!(*kind, "event");
        assert_eq!(named(fields, "event.id"), Some("9"));
        assert_eq!(named(fields, "value.VmName"), Some("=SQL01"));
        assert_eq!(named(fields, "value.3"), Some("x"));
        assert_eq!((named(fields, "value.Empty"), named(fields, "values")), (None, None));
    }
}
