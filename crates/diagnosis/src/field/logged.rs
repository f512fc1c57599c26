//! Fields of events as they stand in a log. What a value is called by position or name is for the rule
//! to say; virtual machine, code and path are where the dictionary knows them.

use super::table::{derived, given, kind, known_vm, named, text};
use super::{Field, Shape, Value};
use crate::describe::vm_name;
use crate::dictionary::{EventDictionary, EventMeaning};
use crate::evidence::Evidence;
use crate::fact::FactKind;
use crate::kind::Kind;
use crate::logged_event::{LoggedEvent, vm_of_resource};
use crate::vm::{GuestSystem, KnownVm};

const EVENT: &[Kind] = &[Kind::Event];

/// Every field of this kind.
pub(super) const LOGGED: &[Field] = &[
    given("event.provider", EVENT, Shape::Provider, |evidence, index| {
        text(&logged(evidence, index)?.provider)
    }),
    given("event.id", EVENT, Shape::Number, |evidence, index| {
        Some(Value::Number(logged(evidence, index)?.id.into()))
    }),
    given("event.version", EVENT, Shape::Number, |evidence, index| {
        Some(Value::Number(logged(evidence, index)?.version.into()))
    }),
    given("event.level", EVENT, Shape::Number, |evidence, index| {
        Some(Value::Number(logged(evidence, index)?.level.into()))
    }),
    given("event.channel", EVENT, Shape::Text, |evidence, index| {
        text(&logged(evidence, index)?.channel)
    }),
    named("value.*", EVENT, Shape::Logged, false, |evidence, index, name| {
        text(logged(evidence, index)?.value(name)?)
    }),
    named("vm_of.*", EVENT, Shape::Text, true, |evidence, index, name| {
        text(vm_of_resource(logged(evidence, index)?.value(name)?))
    }),
    given("values", EVENT, Shape::LoggedList, |evidence, index| {
        let values = logged(evidence, index)?.values.iter().map(|value| value.text.trim());
        let told: Vec<String> = values.filter(|it| !it.is_empty()).map(str::to_owned).collect();
        (!told.is_empty()).then_some(Value::List(told))
    }),
    derived("vm.name", EVENT, Shape::Text, |evidence, index| {
        text(kind(evidence, index)?.vm()?.name.as_deref()?)
    }),
    derived("vm.id", EVENT, Shape::Text, |evidence, index| {
        text(&kind(evidence, index)?.vm()?.id?.to_string())
    }),
    derived("vm", EVENT, Shape::Text, |evidence, index| {
        let known = known_vm(evidence, index).map(KnownVm::display);
        text(&known.unwrap_or(vm_name(kind(evidence, index)?.vm()?)))
    }),
    derived("guest.system", EVENT, Shape::Word(GuestSystem::WORDS), |evidence, index| {
        text(known_vm(evidence, index)?.system.word())
    }),
    derived("hresult", EVENT, Shape::ErrorCode, |evidence, index| {
        let (event, meaning) = meaning(evidence, index)?;
        meaning.hresult(event).map(|code| Value::Number(code.into()))
    }),
    derived("path", EVENT, Shape::Text, |evidence, index| {
        let (event, meaning) = meaning(evidence, index)?;
        text(&meaning.path(event)?)
    }),
];

fn logged(evidence: &Evidence, index: usize) -> Option<&LoggedEvent> {
    match kind(evidence, index)? {
        FactKind::Event(event) => Some(event),
        _ => None,
    }
}

fn meaning(evidence: &Evidence, index: usize) -> Option<(&LoggedEvent, EventMeaning<'static>)> {
    let event = logged(evidence, index)?;
    Some((event, EventDictionary::get().meaning(event, evidence.build_at(index))))
}
