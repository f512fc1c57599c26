//! Events as they stand in a log, for rules about events that no kind of fact stands for.

use std::sync::Arc;

use hvtriage_winfmt::Guid;

use crate::dictionary::EventDictionary;
use crate::fact::Vm;
use crate::logged_values::LoggedValues;

/// An event as it stands in a log. One is kept only where a rule asks for it: see
/// [`RuleSet::event_requests`](crate::RuleSet::event_requests).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Name of the provider. One name for each provider, where the one who made the fact knows the
    /// provider's GUID; else as it was logged.
    pub provider: Arc<str>,
    /// EventID.
    pub id: u32,
    /// Version of the event's layout.
    pub version: u8,
    /// 0 log always, 1 critical, 2 error, 3 warning, 4 information, 5 verbose.
    pub level: u8,
    /// The log it was written to.
    pub channel: Arc<str>,
    /// The values, in order; insert `%1` of the message is the first.
    pub values: LoggedValues,
    /// The virtual machine that it names, see [`Self::with_its_vm`].
    pub vm: Option<Vm>,
}

/// What stands for the channel of an event that was not read from a log, but that the trace of the
/// cluster service shows to have been written.
pub const CLUSTER_TRACE: &str = "cluster.log";

/// Events that some rule asks for as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRequest {
    /// The providers, of which any will do.
    pub providers: Vec<ProviderPattern>,
    /// The ids, of which any will do.
    pub ids: Vec<u32>,
}

/// A provider as a rule names it: in full or without `Microsoft-Windows-`, in any case, and open
/// at an end where a `*` stands.
///
/// ```
/// use hvtriage_diagnosis::ProviderPattern;
///
/// let pattern: ProviderPattern = "Hyper-V-Integration*".parse()?;
/// assert!(pattern.fits("Microsoft-Windows-Hyper-V-Integration-VSS"));
/// # Ok::<(), hvtriage_diagnosis::ProviderPatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderPattern {
    /// In lower case, without the `*` at its ends.
    text: String,
    is_open_before: bool,
    is_open_after: bool,
}

/// A text that names no provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' names no provider; wanted is such as Hyper-V-VMMS, Microsoft-Windows-NDIS, \
     Hyper-V-Integration*, with '*' at an end only"
)]
pub struct ProviderPatternError(String);

/// A rule file holds no more values of an event than this, nor asks for a later one.
pub(crate) const MAX_POSITION: usize = 512;

pub(crate) const PREFIX: &str = "microsoft-windows-";
/// Less than this between the stars fits too much.
const SHORTEST_PATTERN: usize = 3;

impl std::str::FromStr for ProviderPattern {
    type Err = ProviderPatternError;

    fn from_str(text: &str) -> Result<Self, ProviderPatternError> {
        let lower = text.trim().to_ascii_lowercase();
        let (is_open_before, rest) = match lower.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, lower.as_str()),
        };
        let (is_open_after, name) = match rest.strip_suffix('*') {
            Some(name) => (true, name),
            None => (false, rest),
        };
        if name.len() < SHORTEST_PATTERN || name.contains('*') {
            return Err(ProviderPatternError(text.to_owned()));
        }
        Ok(Self { text: name.to_owned(), is_open_before, is_open_after })
    }
}

impl ProviderPattern {
    /// Whether `name` is that of such a provider.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        self.is_like(name) || without_prefix(name).is_some_and(|short| self.is_like(short))
    }

    /// The names, with `*` at an end where it is open, by which a reader of logs finds every such
    /// provider.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let star = |is_open: bool| if is_open { "*" } else { "" };
        let name = |prefix: &str| {
            let text = &self.text;
            format!("{}{prefix}{text}{}", star(self.is_open_before), star(self.is_open_after))
        };
        if self.is_open_before || self.text.starts_with(PREFIX) {
            return vec![name("")];
        }
        vec![name(""), name(PREFIX)]
    }

    fn is_like(&self, name: &str) -> bool {
        match (self.is_open_before, self.is_open_after) {
            (false, false) => self.text.eq_ignore_ascii_case(name),
            (false, true) => starts_with(name, &self.text),
            (true, false) => name.to_ascii_lowercase().ends_with(&self.text),
            (true, true) => name.to_ascii_lowercase().contains(&self.text),
        }
    }
}

impl LoggedEvent {
    /// The same event with the virtual machine that it names, as far as the dictionary tells where it
    /// stands. `account` is the one of the account that wrote it, and is taken where its values name
    /// none: a worker process runs under an account of its own for each virtual machine.
    #[must_use]
    pub fn with_its_vm(mut self, account: Option<Guid>) -> Self {
        let by_account = || account.map(|id| Vm { id: Some(id), name: None });
        self.vm = EventDictionary::get().meaning(&self, None).vm(&self).or_else(by_account);
        self
    }

    /// The value that a rule calls `place`: its number, from 1, or its name in any case. `None`
    /// where there is none, or an empty one.
    pub(crate) fn value(&self, place: &str) -> Option<&str> {
        let value = match place.parse::<usize>() {
            Ok(position) => self.values.get(position.checked_sub(1)?)?,
            Err(_) => self
                .values
                .iter()
                .find(|value| value.name.is_some_and(|name| name.eq_ignore_ascii_case(place)))?,
        };
        let text = value.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The value at `position`, from 0; `None` where there is none, or an empty one.
    pub(crate) fn value_at(&self, position: usize) -> Option<&str> {
        let text = self.values.get(position)?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// The provider without what all providers of Windows begin with.
    pub(crate) fn short_provider(&self) -> &str {
        without_prefix(&self.provider).unwrap_or(&self.provider)
    }
}

/// A number as events write it: in decimal, in hexadecimal after `0x`, or, as Hyper-V writes the
/// HRESULT of a message, in decimal after `%%`.
pub(crate) fn number_in(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        // `from_str_radix` would take a sign.
        let is_plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        return u64::from_str_radix(digits, 16).ok().filter(|_| is_plain);
    }
    let digits = text.strip_prefix("%%").unwrap_or(text);
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}

/// The virtual machine of a cluster resource. Failover Cluster Manager calls the resource of `SQL01`
/// `Virtual Machine SQL01`, and System Center calls it `SCVMM SQL01`; an administrator may have called
/// it anything.
pub(crate) fn vm_of_resource(resource: &str) -> &str {
    let mut prefixes = ["Virtual Machine Configuration ", "Virtual Machine ", "SCVMM "].iter();
    prefixes.find_map(|prefix| resource.strip_prefix(prefix)).unwrap_or(resource)
}

fn without_prefix(name: &str) -> Option<&str> {
    starts_with(name, PREFIX).then(|| name.get(PREFIX.len()..)).flatten()
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_by_short_and_full_names() {
        let fits =
            |pattern: &str, name: &str| pattern.parse::<ProviderPattern>().unwrap().fits(name);
        assert!(fits("Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-VMMS"));
        assert!(fits("hyper-v-vmms", "MICROSOFT-WINDOWS-HYPER-V-VMMS"));
        assert!(fits("Microsoft-Windows-Hyper-V-VMMS", "Microsoft-Windows-Hyper-V-VMMS"));
        assert!(fits("disk", "Disk"));
        // Another provider of whose name it is only a part.
        assert!(!fits("Hyper-V-Worker", "Microsoft-Windows-Hyper-V-WorkerManager"));
        assert!(!fits("VMMS", "Microsoft-Windows-Hyper-V-VMMS"));
        // A rule that names it in full does not mean the classic source of that name.
        assert!(!fits("Microsoft-Windows-Disk", "disk"));
        assert!(fits("Hyper-V-Integration*", "Microsoft-Windows-Hyper-V-Integration"));
        assert!(fits("*-Integration*", "Microsoft-Windows-Hyper-V-Integration-VSS"));
        assert!(!fits("Hyper-V-Integration*", "é"));
    }

    #[test]
    fn what_would_fit_everything_names_nothing() {
        for text in ["", "*", "**", "ab", "*ab*", "a*b*c", "abc**"] {
            assert!(text.parse::<ProviderPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_log_is_searched_for_both_names() {
        let names = |text: &str| text.parse::<ProviderPattern>().unwrap().names();
        assert_eq!(names("Disk*"), ["disk*", "microsoft-windows-disk*"]);
        assert_eq!(names("*disk"), ["*disk"]);
        assert_eq!(names("Microsoft-Windows-NDIS"), ["microsoft-windows-ndis"]);
    }

    /// 2147942432 is 0x80070020, the sharing violation that VMMS writes as `%%2147942432`.
    #[test]
    fn numbers_as_they_are_logged() {
        for text in ["0x80070020", "2147942432", "%%2147942432", " 0X80070020 "] {
            assert_eq!(number_in(text), Some(0x8007_0020), "{text}");
        }
        for text in
            ["", "0x", "%%", "-1", "+1", "0x+1", "0x-1", "12 MB", "%%0x20", "1.5", "80070020h"]
        {
            assert_eq!(number_in(text), None, "{text}");
        }
    }

    #[test]
    fn values_by_position_and_name() {
        let event = LoggedEvent {
            values: [(Some("VmName"), "SQL01"), (Some("VmId"), " "), (None, "")]
                .into_iter()
                .collect(),
            ..LoggedEvent::default()
        };
        assert_eq!(event.value("1"), Some("SQL01"));
        assert_eq!(event.value("vmname"), Some("SQL01"));
        for none in ["0", "2", "3", "4", "VmId", "other", "99999999999999999999999"] {
            assert_eq!(event.value(none), None, "{none}");
        }
    }
}
