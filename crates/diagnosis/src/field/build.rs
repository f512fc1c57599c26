//! Facts from the fields that an example gives.

use std::collections::BTreeMap;

use hvtriage_winfmt::Guid;

use super::{Value, words};
use crate::fact::{
    Blame, Bugcheck, FactKind, LoadedModule, ReportedService, RestartCircumstances, Role,
    StopAbout, Vm,
};
use crate::kind::Kind;
use crate::logged_event::{LoggedEvent, MAX_POSITION};
use crate::logged_values::LoggedValues;

/// Values by field, checked against the table before.
#[derive(Clone, Debug, Default)]
pub(crate) struct GivenValues(pub(crate) BTreeMap<String, Value>);

/// The fact of `kind` with these values; what is not given is what a source that does not tell it
/// leaves open. The error is the field without which there is no such fact.
pub(crate) fn build_fact(kind: Kind, given: &GivenValues) -> Result<FactKind, &'static str> {
    Ok(match kind {
        Kind::Crash => FactKind::Crash {
            bugcheck: given.bugcheck().ok_or("bugcheck.code")?,
            blamed: given.text("blamed.module").map(|module| {
                Box::new(Blame {
                    module,
                    offset: given.number("blamed.offset").unwrap_or_default(),
                    function: given.text("blamed.function"),
                    is_of_windows: match given.text("blamed.maker").as_deref() {
                        Some(words::WINDOWS) => Some(true),
                        Some(words::OTHER_MAKER) => Some(false),
                        _ => None,
                    },
                    basis: given.text("blamed.basis").unwrap_or_default(),
                })
            }),
            role: given.word("role", words::role_of).unwrap_or(Role::Unknown),
            modules: given.list("modules").into_iter().map(module).collect(),
            about: StopAbout {
                process: given.text("about.process"),
                watched: given.text("about.watched"),
            },
        },
        Kind::GuestCrash => FactKind::GuestCrash {
            vm: given.vm(),
            bugcheck: given.bugcheck().ok_or("bugcheck.code")?,
            message: given.text("message"),
            is_linux: given.flag("is_linux"),
        },
        Kind::BugcheckReported => FactKind::BugcheckReported {
            bugcheck: given.bugcheck().ok_or("bugcheck.code")?,
            dump_path: given.text("dump_path"),
        },
        Kind::DumpNotSaved => FactKind::DumpNotSaved {
            event_id: given.event_id()?,
            reason: given.text("reason").unwrap_or_default(),
            bugcheck: given.bugcheck(),
        },
        Kind::UncleanRestart => FactKind::UncleanRestart {
            bugcheck: given.bugcheck(),
            circumstances: RestartCircumstances {
                power_button: given.flag("power_button"),
                sleep_transition: given.flag("sleep_transition"),
                told_by_firmware: false,
            },
        },
        Kind::UnexpectedShutdown => FactKind::UnexpectedShutdown { last_alive: None },
        Kind::GuestTripleFault => {
            FactKind::GuestTripleFault { vm: given.vm(), event_id: given.event_id()? }
        }
        Kind::VmState => FactKind::VmState {
            vm: given.vm(),
            state: given.word("state", words::vm_state_of).ok_or("state")?,
            event_id: given.event_id()?,
        },
        Kind::LiveMigration => FactKind::LiveMigration {
            vm: given.vm(),
            phase: given.word("phase", words::phase_of).ok_or("phase")?,
            blackout_seconds: given.decimal("blackout_seconds"),
            other_host: given.text("other_host"),
            event_id: given.number_u32("event_id"),
        },
        Kind::Integration => FactKind::Integration {
            vm: given.vm(),
            service: given.text("service").ok_or("service")?.into(),
            state: given.word("state", words::integration_state_of).ok_or("state")?,
            event_id: given.event_id()?,
            negotiated: given.text("negotiated").map(Into::into),
            expected: given.text("expected").map(Into::into),
            framework_negotiated: given.text("framework_negotiated").map(Into::into),
            framework_expected: given.text("framework_expected").map(Into::into),
            host_is_2016_or_later: given.known_flag("host.since_2016"),
        },
        Kind::CsvState => FactKind::CsvState {
            volume: given.text("volume").ok_or("volume")?,
            resource: given.text("resource"),
            state: given.word("state", words::csv_state_of).ok_or("state")?,
            drivers: given.list("drivers"),
            status: given.text("status"),
        },
        Kind::FilterLoaded => FactKind::FilterLoaded {
            driver: given.text("driver").ok_or("driver")?,
            version: given.text("version"),
        },
        Kind::FilterUnloaded => {
            FactKind::FilterUnloaded { driver: given.text("driver").ok_or("driver")? }
        }
        Kind::VmFileError => FactKind::VmFileError {
            vm: given.vm(),
            component: given.text("component").ok_or("component")?,
            event_id: given.event_id()?,
            hresult: given.number_u32("hresult"),
            path: given.text("path"),
        },
        Kind::VmFiles => {
            FactKind::VmFiles { vm: given.vm(), path: given.text("path").ok_or("path")? }
        }
        Kind::Offload => FactKind::Offload {
            event_id: given.event_id()?,
            adapter: given.text("adapter"),
            switch: given.text("switch"),
            reason: given.text("reason"),
            status: given.text("status"),
        },
        Kind::RssCapabilityFailure => FactKind::RssCapabilityFailure {
            event_id: given.event_id()?,
            adapter: given.text("adapter"),
        },
        Kind::StorageReset => FactKind::StorageReset {
            event_id: given.event_id()?,
            driver: given.text("driver").ok_or("driver")?,
            device: given.text("device"),
        },
        Kind::HyperVHost => FactKind::HyperVHost {},
        Kind::OsVersion => FactKind::OsVersion { build: given.number_u32("build").ok_or("build")? },
        Kind::GuestReport => FactKind::GuestReport {
            vm: given.vm(),
            computer: given.text("computer").map(Into::into),
            os_name: given.text("os_name").map(Into::into),
            os_build: given.number_u32("os_build"),
            integration_version: given.text("integration_version").map(Into::into),
            integration_state: given.text("integration_state").map(Into::into),
            services: given.list("mismatched_services").into_iter().map(mismatched).collect(),
            host: given.text("host").map(Into::into),
            host_is_2016_or_later: given.known_flag("host.since_2016"),
            uptime_seconds: given.number("uptime_seconds"),
        },
        Kind::Firmware => FactKind::Firmware {
            vm: None,
            id: given.text("firmware.id").and_then(|id| id.parse().ok()),
            serial: given.text("firmware.serial"),
            is_hyper_v_guest: given.flag("firmware.is_hyper_v_guest"),
        },
        Kind::Hardware => FactKind::Hardware {
            maker: given.text("hardware.maker").map(Into::into),
            model: given.text("hardware.model").map(Into::into),
            bios: given.text("hardware.bios").map(Into::into),
        },
        Kind::RegistryValue => FactKind::RegistryValue {
            key: given.text("key").ok_or("key")?,
            name: given.text("name").unwrap_or_default(),
            data: given.text("data").unwrap_or_default(),
        },
        Kind::UpdateInstalled => FactKind::UpdateInstalled {
            update: given.text("update").ok_or("update")?,
            is_installed: given.flag("is_installed"),
            event_id: given.event_id()?,
        },
        Kind::NodeLost => FactKind::NodeLost { node: given.text("node").ok_or("node")? },
        Kind::LiesBeside => {
            let computer = given.text("computer").ok_or("computer")?;
            FactKind::LiesBeside { computer, collector: None, copy: None }
        }
        Kind::LogContinued => FactKind::LogContinued {
            from: given.text("from").ok_or("from")?,
            to: given.text("to").ok_or("to")?,
        },
        Kind::ComputerRenamed => FactKind::ComputerRenamed {
            from: given.text("from").ok_or("from")?,
            to: given.text("to").ok_or("to")?,
        },
        Kind::Event => FactKind::Event(Box::new(given.logged_event()?)),
    })
}

fn mismatched(name: String) -> ReportedService {
    ReportedService { name, is_enabled: None, status: Some(ReportedService::MISMATCH.into()) }
}

/// A module of an example: its name, and behind a space its version where it is known.
fn module(text: String) -> LoadedModule {
    let (name, version) = match text.split_once(' ') {
        Some((name, version)) => (name.to_owned(), version.parse().ok()),
        None => (text, None),
    };
    LoadedModule { name, base: 0, size: 0, timestamp: None, version }
}

impl GivenValues {
    pub(crate) fn number(&self, path: &str) -> Option<u64> {
        match self.0.get(path)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(crate) fn number_u32(&self, path: &str) -> Option<u32> {
        u32::try_from(self.number(path)?).ok()
    }

    fn number_u8(&self, path: &str) -> u8 {
        self.number(path).and_then(|number| number.try_into().ok()).unwrap_or_default()
    }

    fn logged_event(&self) -> Result<LoggedEvent, &'static str> {
        let event = LoggedEvent {
            provider: self.text("event.provider").ok_or("event.provider")?.into(),
            id: self.number_u32("event.id").ok_or("event.id")?,
            version: self.number_u8("event.version"),
            level: self.number_u8("event.level"),
            channel: self.text("event.channel").unwrap_or_default().into(),
            values: self.logged_values(),
            vm: None,
        };
        Ok(event.with_its_vm(None))
    }

    /// The values of an event: the list, then those given by position, then those given by name.
    fn logged_values(&self) -> LoggedValues {
        let list = self.list("values");
        let mut values: Vec<(Option<&str>, &str)> =
            list.iter().map(|text| (None, text.as_str())).collect();
        let mut named = Vec::new();
        for (path, value) in &self.0 {
            let (Some(name), Value::Text(text)) = (path.strip_prefix("value."), value) else {
                continue;
            };
            match name.parse::<usize>() {
                Ok(position) if (1..=MAX_POSITION).contains(&position) => {
                    values.resize(values.len().max(position), (None, ""));
                    if let Some(value) = values.get_mut(position.saturating_sub(1)) {
                        value.1 = text;
                    }
                }
                _ => named.push((Some(name), text.as_str())),
            }
        }
        values.into_iter().chain(named).collect()
    }

    fn event_id(&self) -> Result<u32, &'static str> {
        self.number_u32("event_id").ok_or("event_id")
    }

    fn decimal(&self, path: &str) -> Option<f64> {
        match self.0.get(path)? {
            Value::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    fn flag(&self, path: &str) -> bool {
        self.known_flag(path).unwrap_or_default()
    }

    fn known_flag(&self, path: &str) -> Option<bool> {
        match self.0.get(path)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        match self.0.get(path)? {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn list(&self, path: &str) -> Vec<String> {
        match self.0.get(path) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn word<T>(&self, path: &str, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
        meaning(&self.text(path)?)
    }

    fn vm(&self) -> Vm {
        let id: Option<Guid> = self.text("vm.id").and_then(|text| text.parse().ok());
        Vm { id, name: self.text("vm.name").map(Into::into) }
    }

    fn bugcheck(&self) -> Option<Bugcheck> {
        let parameter = |path| self.number(path).unwrap_or_default();
        Some(Bugcheck {
            code: self.number_u32("bugcheck.code")?,
            parameters: [
                parameter("bugcheck.parameter1"),
                parameter("bugcheck.parameter2"),
                parameter("bugcheck.parameter3"),
                parameter("bugcheck.parameter4"),
            ],
        })
    }
}
