//! What the values of events are.

/// One value of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedAs {
    /// What it is.
    pub kind: ValueKind,
    /// Its name on versions of Windows that give names. A hint: other versions call it `Parameter2`,
    /// or give it no name.
    pub name: Option<&'static str>,
}

/// What a value of an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueKind {
    /// Nothing that matters, or nothing that is known.
    Other,
    /// The length of the text that follows.
    Length,
    /// Name of a virtual machine.
    VmName,
    /// Id of a virtual machine.
    VmId,
    /// Name or id of a virtual machine, or the name of its cluster resource.
    VmReference,
    /// The cluster resource of a virtual machine, which bears its name.
    VmResource,
    /// An error as a reference to its text, `%%2147942432`.
    ErrorReference,
    /// An HRESULT.
    Hresult,
    /// An NTSTATUS, or another number that tells how it went.
    Status,
    /// A file or folder.
    Path,
    /// Another host.
    Host,
    /// A network address.
    Address,
    /// A server that is no host of this cluster.
    Server,
    /// A port of a network address.
    Port,
    /// A volume.
    Volume,
    /// A cluster resource.
    ClusterResource,
    /// A cluster role.
    ClusterGroup,
    /// A cluster node.
    Node,
    /// A network of a cluster.
    Network,
    /// A device.
    Device,
    /// A network adapter.
    Adapter,
    /// A virtual switch.
    Switch,
    /// A driver.
    Driver,
    /// Several drivers.
    Drivers,
    /// Version that a guest has or asks for.
    GuestVersion,
    /// Version that a host has or wants.
    HostVersion,
    /// Negotiated and expected version of the framework.
    FrameworkVersions,
    /// Negotiated and expected version of the messages.
    ProtocolVersions,
    /// A time in seconds.
    Seconds,
    /// A time in milliseconds.
    Milliseconds,
    /// An amount in megabytes.
    Megabytes,
    /// A process id.
    ProcessId,
    /// A key of a key-value pair.
    Item,
    /// An account.
    Account,
    /// A STOP code.
    StopCode,
    /// A parameter of a STOP code.
    StopParameter,
    /// A reason, as a number or a text.
    Reason,
    /// A text.
    Text,
}

/// The kinds by their words in the dictionary.
const WORDS: [(&str, ValueKind); 37] = [
    ("_", ValueKind::Other),
    ("len", ValueKind::Length),
    ("vm", ValueKind::VmName),
    ("vmid", ValueKind::VmId),
    ("vmref", ValueKind::VmReference),
    ("resource", ValueKind::VmResource),
    ("errref", ValueKind::ErrorReference),
    ("hresult", ValueKind::Hresult),
    ("status", ValueKind::Status),
    ("path", ValueKind::Path),
    ("host", ValueKind::Host),
    ("address", ValueKind::Address),
    ("server", ValueKind::Server),
    ("port", ValueKind::Port),
    ("volume", ValueKind::Volume),
    ("cluster", ValueKind::ClusterResource),
    ("group", ValueKind::ClusterGroup),
    ("node", ValueKind::Node),
    ("network", ValueKind::Network),
    ("device", ValueKind::Device),
    ("adapter", ValueKind::Adapter),
    ("switch", ValueKind::Switch),
    ("driver", ValueKind::Driver),
    ("drivers", ValueKind::Drivers),
    ("guestver", ValueKind::GuestVersion),
    ("hostver", ValueKind::HostVersion),
    ("framework", ValueKind::FrameworkVersions),
    ("protocol", ValueKind::ProtocolVersions),
    ("seconds", ValueKind::Seconds),
    ("milliseconds", ValueKind::Milliseconds),
    ("megabytes", ValueKind::Megabytes),
    ("pid", ValueKind::ProcessId),
    ("item", ValueKind::Item),
    ("account", ValueKind::Account),
    ("code", ValueKind::StopCode),
    ("parameter", ValueKind::StopParameter),
    ("reason", ValueKind::Reason),
];

impl ValueKind {
    /// Its word in the dictionary.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, kind)| *kind == self).map_or("text", |(word, _)| word)
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        if word == "text" {
            return Some(Self::Text);
        }
        WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }
}
