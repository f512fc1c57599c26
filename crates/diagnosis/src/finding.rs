//! What a judgement says: findings, incidents, and the guests that need attention.

use std::cmp::{Ordering, Reverse};

use hvtriage_winfmt::{FileTime, Guid};

use crate::cited_fields::CitedField;
use crate::fact::{CsvStateKind, FactKind, IntegrationState, Locator, VmStateKind};
use crate::ignore::IgnoredFindings;
use crate::logged_event::LoggedEvent;
use crate::rule::Theme;
use crate::wanted::WantedLog;

/// How much a finding matters. Ordered, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know; nothing to do.
    Info,
    /// To be done at the next opportunity.
    Low,
    /// To be planned.
    Medium,
    /// Something failed or works badly now.
    High,
    /// Machines stop, or data is at risk.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure a finding is of its judgement. Ordered, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A hypothesis that the evidence allows.
    Low,
    /// The evidence points there, one precondition is not shown.
    Medium,
    /// The evidence shows it.
    High,
}

impl Confidence {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Low => "This is a hypothesis (confidence low).",
            Self::Medium => "The evidence points there, but does not prove it (confidence medium).",
            Self::High => "The evidence shows it (confidence high).",
        }
    }
}

/// Where the rule of a finding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleOrigin {
    /// The catalogue of hvtriage.
    Catalogue,
    /// A file of the user, in hvtriage's language.
    User,
    /// A pack of Sigma rules.
    Sigma,
}

impl RuleOrigin {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::User => "user",
            Self::Sigma => "sigma",
        }
    }
}

/// Everything that was concluded from the evidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Rules that held, the gravest first.
    pub findings: Vec<Finding>,
    /// The findings by failure; every finding belongs to exactly one.
    pub incidents: Vec<Incident>,
    /// Guests whose services do not fit their host, over all hosts.
    pub guests: Vec<GuestAttention>,
    /// Logs that would make findings of medium severity or worse surer.
    pub wanted_logs: Vec<WantedLog>,
    /// Findings that are ignored, as far as a list was given.
    pub ignored: IgnoredFindings,
}

/// A rule that held for one machine and subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// Where the rule comes from.
    pub origin: RuleOrigin,
    /// The part of the system that its rule is about; `None` where the rule does not tell.
    pub theme: Option<Theme>,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The machine that logged it or that crashed, by its display name.
    pub machine: String,
    /// The virtual machine, volume or adapter that it is about.
    pub subject: Option<String>,
    /// When it was first seen.
    pub time: Option<FileTime>,
    /// When it was last seen.
    pub last_time: Option<FileTime>,
    /// How many facts match the rule's first binding.
    pub count: u64,
    /// One sentence with the values.
    pub message: String,
    /// What it means.
    pub explain: String,
    /// What to do.
    pub remedy: String,
    /// Where to read on.
    pub references: Vec<String>,
    /// What else may look the same, where the rule says so.
    pub false_positives: Vec<String>,
    /// The facts that it rests on; a bounded number of them.
    pub citations: Vec<Citation>,
}

/// The first sentence of a remedy: what to do first.
///
/// ```
/// use hvtriage_diagnosis::first_step;
///
/// assert_eq!(first_step("Look at power. For a guest look at its host."), "Look at power.");
/// ```
#[must_use]
pub fn first_step(remedy: &str) -> &str {
    match remedy.split_once(". ") {
        Some((first, _)) => remedy.get(..first.len().saturating_add(1)).unwrap_or(first),
        None => remedy.trim(),
    }
}

impl Finding {
    /// The gravest first, then the surest, then the earliest.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (Reverse(one.severity), Reverse(one.confidence), one.time);
        let names = |one: &Self| (one.rule.clone(), one.machine.clone(), one.subject.clone());
        key(self).cmp(&key(other)).then_with(|| names(self).cmp(&names(other)))
    }
}

/// A fact that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Where the fact stands.
    pub locator: Locator,
    /// When it happened.
    pub time: Option<FileTime>,
    /// The rule's name for it, `crash`.
    pub role: String,
    /// What that record says, in short words.
    pub note: String,
    /// The message of an event, as Windows shows it, where something tells it.
    pub message: Option<String>,
    /// The fields of that record; a bounded number of them.
    pub fields: Vec<CitedField>,
}

/// The findings of one failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// The title of the finding that leads.
    pub title: String,
    /// The machine, or the first and how many more.
    pub machine: String,
    /// The gravest severity of its findings.
    pub severity: Severity,
    /// How sure the finding is that leads.
    pub confidence: Confidence,
    /// Time of the first cited fact.
    pub start: Option<FileTime>,
    /// Time of the last cited fact.
    pub end: Option<FileTime>,
    /// Indexes into [`Judgement::findings`], the lead first.
    pub findings: Vec<usize>,
    /// The virtual machines that it is about or that it took along, by name.
    pub vms: Vec<String>,
    /// The machines whose evidence its findings rest on, and those that this evidence names as the other
    /// host or as a lost node, by name.
    pub machines: Vec<String>,
    /// Where a selection left out what leads it: the incident that the shown findings are part of.
    pub part_of: Option<PartOf>,
    /// What its facts tell, in order of time; a bounded number of lines.
    pub timeline: Vec<Moment>,
    /// What happened and what to do, in a sentence or two.
    pub summary: String,
}

/// An incident of which only a part is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartOf {
    /// The title of the whole.
    pub title: String,
    /// The gravest severity of the whole.
    pub severity: Severity,
}

/// A line of a timeline: one fact, or several that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it happened first.
    pub time: FileTime,
    /// When it happened last.
    pub last_time: FileTime,
    /// How many facts say it.
    pub count: u64,
    /// The machine that tells it, or the first and how many more.
    pub machine: String,
    /// The virtual machines that it is about, by name, where the machine tells of them; empty where it
    /// tells of itself.
    pub vms: Vec<String>,
    /// What is said, the machine included.
    pub text: String,
    /// What sort of thing happened.
    pub kind: MomentKind,
    /// Whether it only happened about the time of a crash, and nothing shows that it is of one failure
    /// with it.
    pub is_about_that_time: bool,
    /// The first of the facts.
    pub citation: Locator,
}

/// The host's disk under a virtual machine is nearly full (VMMS).
const DISK_NEARLY_FULL: u32 = 16050;
/// A virtual machine was paused, since the host's disk is full (VMMS).
const PAUSED_FOR_FULL_DISK: u32 = 16060;

/// What sort of thing a line of a timeline tells: enough to see its shape before its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MomentKind {
    /// A machine stopped without a shutdown.
    Stop,
    /// A machine, or a virtual machine, came up.
    Start,
    /// A virtual machine was paused by its host and waits.
    Pause,
    /// A virtual machine moved, or was to move.
    Migration,
    /// Storage was lost, slow or taken a longer way, or files could not be used.
    Storage,
    /// A cluster lost a node.
    NodeLost,
    /// Anything else.
    Other,
}

impl MomentKind {
    /// The word that reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Pause => "pause",
            Self::Migration => "migration",
            Self::Storage => "storage",
            Self::NodeLost => "node_lost",
            Self::Other => "other",
        }
    }

    /// The sort of a fact.
    pub(crate) fn of(fact: &FactKind) -> Self {
        match fact {
            FactKind::Crash { .. }
            | FactKind::GuestCrash { .. }
            | FactKind::GuestTripleFault { .. } => Self::Stop,
            // Told when the machine is up again.
            FactKind::UncleanRestart { .. }
            | FactKind::UnexpectedShutdown { .. }
            | FactKind::BugcheckReported { .. }
            | FactKind::DumpNotSaved { .. } => Self::Start,
            FactKind::VmState { state: VmStateKind::Started | VmStateKind::Restored, .. } => {
                Self::Start
            }
            FactKind::LiveMigration { .. } => Self::Migration,
            FactKind::CsvState { state, .. } if *state != CsvStateKind::Normal => Self::Storage,
            FactKind::VmFileError { .. } | FactKind::StorageReset { .. } => Self::Storage,
            FactKind::NodeLost { .. } => Self::NodeLost,
            FactKind::Event(event) => Self::of_event(event),
            _ => Self::Other,
        }
    }

    fn of_event(event: &LoggedEvent) -> Self {
        let is_vmms = event.short_provider().eq_ignore_ascii_case("Hyper-V-VMMS");
        match event.id {
            DISK_NEARLY_FULL if is_vmms => Self::Storage,
            PAUSED_FOR_FULL_DISK if is_vmms => Self::Pause,
            _ => Self::Other,
        }
    }
}

/// One service of one guest that does not fit its host.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestAttention {
    /// The virtual machine's name, or its id where no name was logged.
    pub vm_name: String,
    /// Its id.
    pub vm_id: Option<Guid>,
    /// The hosts that logged it, by display name, sorted.
    pub hosts: Vec<String>,
    /// The service or device.
    pub service: String,
    /// Version that was negotiated, or that the guest has installed.
    pub negotiated: Option<String>,
    /// Version that the host expected.
    pub expected: Option<String>,
    /// Framework version that was negotiated.
    pub framework_negotiated: Option<String>,
    /// Framework version that the host expected.
    pub framework_expected: Option<String>,
    /// What runs in it, in words: as it reports, or as its logs or the versions of its services show.
    pub runs: Option<String>,
    /// Windows build of the guest itself.
    pub os_build: Option<u32>,
    /// Version of the guest's integration services.
    pub integration_version: Option<String>,
    /// Version of the guest's integration services, or the guest's Windows build.
    pub guest_build: Option<String>,
    /// Windows build of the host that logged it last.
    pub host_build: Option<u32>,
    /// The state that was logged last.
    pub state: IntegrationState,
    /// When a state other than newest was first logged.
    pub first_seen: Option<FileTime>,
    /// When it was last logged.
    pub last_seen: Option<FileTime>,
    /// How often it was logged.
    pub count: u64,
    /// Whether it can be left alone.
    pub harmless: Harmless,
    /// How guest and host fit.
    pub verdict: Verdict,
    /// What to do about it.
    pub advice: Option<&'static str>,
    /// What runs in it, by a word of rules: `linux`, `windows_likely`, ...
    pub system: &'static str,
    /// Name of its system, as the guest reports it.
    pub os_name: Option<String>,
    /// Fully qualified name of the computer in it, as the guest reports it.
    pub computer: Option<String>,
    /// The systems that the versions of its services allow.
    pub shows: Option<String>,
    /// The update that the version of its services came with, and who says so.
    pub guest_update: Option<String>,
    /// The same of the version that the host expects.
    pub host_update: Option<String>,
    /// When it was on which host in which state, in order of time.
    pub history: Vec<GuestSight>,
    /// The last event that says so.
    pub citation: Locator,
}

/// What one host said of one service of a guest, as long as it was the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestSight {
    /// The host, or the source that says so where no host is named.
    pub host: String,
    /// Its Windows build at that time.
    pub host_build: Option<u32>,
    /// The state.
    pub state: IntegrationState,
    /// Version that was negotiated, or that the guest has installed.
    pub negotiated: Option<String>,
    /// Version that the host expected.
    pub expected: Option<String>,
    /// When it was said first; `None` where it has no time, as in an inventory.
    pub first: Option<FileTime>,
    /// When it was said last.
    pub last: Option<FileTime>,
    /// How often it was said.
    pub count: u64,
}

/// How a guest's services and its host fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They work together; at most a hotfix apart.
    Compatible,
    /// They work together, but the guest's are of an older release or service pack.
    Outdated,
    /// They do not work together.
    Incompatible,
    /// What is said of them is known to mean nothing.
    Harmless,
    /// The guest's are newer than the host's.
    HostBehind,
    /// The evidence does not tell.
    Unknown,
}

impl Verdict {
    /// The words of all of them.
    pub(crate) const WORDS: &'static [&'static str] =
        &["compatible", "outdated", "incompatible", "harmless", "host_behind", "unknown"];

    /// The word that rules and reports use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Outdated => "outdated",
            Self::Incompatible => "incompatible",
            Self::Harmless => "harmless",
            Self::HostBehind => "host_behind",
            Self::Unknown => "unknown",
        }
    }
}

/// Whether a mismatch can be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Harmless {
    /// It can, and why.
    Yes(String),
    /// It should be repaired.
    No,
    /// The evidence does not tell, and what it depends on.
    Unknown(String),
}
