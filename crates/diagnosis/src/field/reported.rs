//! Fields of what machines say of themselves: names, versions, settings.

use super::table::{derived, given, kind, list, text};
use super::{Field, Shape, Value};
use crate::fact::FactKind;
use crate::finding::Verdict;
use crate::guests::{ReportBasis, basis_of, verdict_of};
use crate::kind::Kind;

const RENAMED: &[Kind] = &[Kind::ComputerRenamed, Kind::LogContinued];

/// Every field of these kinds.
pub(super) const REPORTED: &[Field] = &[
    given("computer", &[Kind::GuestReport, Kind::LiesBeside], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { computer, .. } => text(computer.as_deref()?),
            FactKind::LiesBeside { computer, .. } => text(computer),
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
    given("integration_state", &[Kind::GuestReport], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { integration_state, .. } => text(integration_state.as_deref()?),
            _ => None,
        }
    }),
    given("mismatched_services", &[Kind::GuestReport], Shape::List, |evidence, index| match kind(
        evidence, index,
    )? {
        FactKind::GuestReport { services, .. } => {
            let mismatched = services.iter().filter(|service| service.is_mismatched());
            list(mismatched.map(|service| service.name.clone()))
        }
        _ => None,
    }),
    derived("verdict", &[Kind::GuestReport], Shape::Word(Verdict::WORDS), |evidence, index| {
        text(verdict_of(evidence, index)?.word())
    }),
    derived(
        "compared_with",
        &[Kind::GuestReport],
        Shape::Word(ReportBasis::WORDS),
        |evidence, index| text(basis_of(evidence, index)?.word()),
    ),
    given("host", &[Kind::GuestReport], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { host, .. } => text(host.as_deref()?),
            _ => None,
        }
    }),
    given("uptime_seconds", &[Kind::GuestReport], Shape::Number, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::GuestReport { uptime_seconds, .. } => uptime_seconds.map(Value::Number),
            _ => None,
        }
    }),
    given("firmware.id", &[Kind::Firmware], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::Firmware { id, .. } => text(&(*id)?.to_string()),
            _ => None,
        }
    }),
    given("firmware.serial", &[Kind::Firmware], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::Firmware { serial, .. } => text(serial.as_deref()?),
            _ => None,
        }
    }),
    given(
        "firmware.is_hyper_v_guest",
        &[Kind::Firmware],
        Shape::Flag,
        |evidence, index| match kind(evidence, index)? {
            FactKind::Firmware { is_hyper_v_guest, .. } => Some(Value::Flag(*is_hyper_v_guest)),
            _ => None,
        },
    ),
    given("hardware.maker", &[Kind::Hardware], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::Hardware { maker, .. } => text(maker.as_deref()?),
            _ => None,
        }
    }),
    given("hardware.model", &[Kind::Hardware], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::Hardware { model, .. } => text(model.as_deref()?),
            _ => None,
        }
    }),
    given("hardware.bios", &[Kind::Hardware], Shape::Text, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::Hardware { bios, .. } => text(bios.as_deref()?),
            _ => None,
        }
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
    given("data", &[Kind::RegistryValue], Shape::Logged, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::RegistryValue { data, .. } => text(data),
            _ => None,
        }
    }),
    derived("data_date", &[Kind::RegistryValue], Shape::Number, |evidence, index| {
        match kind(evidence, index)? {
            FactKind::RegistryValue { data, .. } => date_of_firmware(data).map(Value::Number),
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
    given("from", RENAMED, Shape::Text, |evidence, index| match kind(evidence, index)? {
        FactKind::ComputerRenamed { from, .. } | FactKind::LogContinued { from, .. } => text(from),
        _ => None,
    }),
    given("to", RENAMED, Shape::Text, |evidence, index| match kind(evidence, index)? {
        FactKind::ComputerRenamed { to, .. } | FactKind::LogContinued { to, .. } => text(to),
        _ => None,
    }),
];

/// The date of a BIOS, which SMBIOS writes as `MM/DD/YYYY`, as the number 20120831. A year of two
/// digits, which SMBIOS allowed before 2.3, is none: no such machine runs Hyper-V.
fn date_of_firmware(text: &str) -> Option<u64> {
    let mut parts = text.trim().splitn(3, '/');
    let mut number = |digits: usize| {
        let part = parts.next()?;
        let is_plain = part.len() == digits && part.bytes().all(|digit| digit.is_ascii_digit());
        part.parse::<u64>().ok().filter(|_| is_plain)
    };
    let (month, day, year) = (number(2)?, number(2)?, number(4)?);
    let is_date = (1..=12).contains(&month) && (1..=31).contains(&day);
    let date = year.saturating_mul(10_000).saturating_add(month.saturating_mul(100));
    is_date.then(|| date.saturating_add(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_firmware() {
        assert_eq!(date_of_firmware("08/31/2012"), Some(20_120_831));
        for none in
            ["", "31.08.2012", "08/31/12", "13/01/2012", "00/10/2012", "+8/31/2012", "8/31/2012 x"]
        {
            assert_eq!(date_of_firmware(none), None, "{none}");
        }
    }
}
