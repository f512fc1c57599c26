//! Why two names are held to mean one machine, and what speaks against it.

use crate::fact::Locator;

/// Why two names, or a name and a virtual machine, are held to be one machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// How sure it is.
    pub strength: Strength,
    /// What kind of reason.
    pub kind: ReasonKind,
    /// The same in words, one clause.
    pub words: String,
    /// Where it stands: a place for each side, or the one that names both.
    pub locators: Vec<Locator>,
}

/// How sure an equation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// One record or file names both.
    Certain,
    /// Both sides tell something that chance does not repeat: a crash, an id, a series of numbers.
    Strong,
    /// Nothing but the names says so.
    Likely,
}

/// What kind of reason it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ReasonKind {
    /// A short name and the only full one that begins so.
    ShortName,
    /// A record tells that the computer was renamed.
    Renamed,
    /// A log goes on under another name.
    LogContinued,
    /// Both tell the same crash.
    Crash,
    /// The file lies in a folder all of whose logs are of that computer.
    Folder,
    /// Both have the same SMBIOS id.
    Firmware,
    /// What a guest reports to its host, or what the host lists of it.
    GuestReport,
    /// A value of the registry.
    Registry,
    /// A virtual machine is called as the computer is.
    VmName,
    /// Migrations from this address were logged by this host.
    Address,
    /// A node of a cluster tells that another was lost.
    NodeLost,
    /// Two nodes log the move of one clustered virtual machine.
    ClusteredMove,
    /// Two registries name one cluster.
    ClusterName,
}

/// Why two names that could mean one machine are not held to, or why one name may mean two machines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// What speaks against it, one clause.
    pub words: String,
    /// Where that stands.
    pub locators: Vec<Locator>,
}

impl Strength {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Strong => "strong",
            Self::Likely => "likely",
        }
    }
}

impl ReasonKind {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ShortName => "short_name",
            Self::Renamed => "renamed",
            Self::LogContinued => "log_continued",
            Self::Crash => "crash",
            Self::Folder => "folder",
            Self::Firmware => "firmware",
            Self::GuestReport => "guest_report",
            Self::Registry => "registry",
            Self::VmName => "vm_name",
            Self::Address => "address",
            Self::NodeLost => "node_lost",
            Self::ClusteredMove => "clustered_move",
            Self::ClusterName => "cluster_name",
        }
    }
}
