//! Fields of what machines say of themselves: names, versions, settings.

use super::table::{given, kind, text};
use super::{Field, Shape, Value};
use crate::fact::FactKind;
use crate::kind::Kind;

/// Every field of these kinds.
pub(super) const REPORTED: &[Field] = &[
    given("computer", &[Kind::GuestReport], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { computer, .. } => text(computer.as_deref()?),
            _ => None,
        }
    }),
    given("os_name", &[Kind::GuestReport], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { os_name, .. } => text(os_name.as_deref()?),
            _ => None,
        }
    }),
    given("os_build", &[Kind::GuestReport], Shape::Number, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { os_build, .. } => {
                os_build.map(|build| Value::Number(build.into()))
            }
            _ => None,
        }
    }),
    given("integration_version", &[Kind::GuestReport], Shape::Text, |evidence, index| match kind(
        evidence, index,
    )? {
        FactKind::GuestReport { integration_version, .. } => text(integration_version.as_deref()?),
        _ => None,
    }),
    given("key", &[Kind::RegistryValue], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::RegistryValue { key, .. } => text(key),
            _ => None,
        }
    }),
    given("name", &[Kind::RegistryValue], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::RegistryValue { name, .. } => text(name),
            _ => None,
        }
    }),
    given("data", &[Kind::RegistryValue], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::RegistryValue { data, .. } => text(data),
            _ => None,
        }
    }),
    given("update", &[Kind::UpdateInstalled], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::UpdateInstalled { update, .. } => text(update),
            _ => None,
        }
    }),
    given("is_installed", &[Kind::UpdateInstalled], Shape::Flag, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::UpdateInstalled { is_installed, .. } => Some(Value::Flag(*is_installed)),
            _ => None,
        }
    }),
    given("node", &[Kind::NodeLost], Shape::Text, |evidence, index| match kind(evidence, index)? {
        FactKind::NodeLost { node } => text(node),
        _ => None,
    }),
    given("from", &[Kind::ComputerRenamed], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::ComputerRenamed { from, .. } => text(from),
            _ => None,
        }
    }),
    given("to", &[Kind::ComputerRenamed], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::ComputerRenamed { to, .. } => text(to),
            _ => None,
        }
    }),
];
