//! The whole of what is known when an analysis ends.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use hvtriage_winfmt::{FileOffset, FileTime};

use crate::{
    Blame, Bugcheck, CoveredLog, Finding, GuestAttention, IgnoredFindings, Incident, JudgedSpan,
    LeftOut, Machine, MissingLog, Role, Tables,
};

/// Everything that one run learned, ready to be written out.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The files that hold evidence, in order of their names.
    pub sources: Vec<Source>,
    /// The machines that the evidence speaks of.
    pub machines: Vec<Machine>,
    /// Findings of one failure each, the gravest first.
    pub incidents: Vec<Incident>,
    /// The rules that held.
    pub findings: Vec<Finding>,
    /// Guests whose integration services were not at the newest version.
    pub guests: Vec<GuestAttention>,
    /// One row a dump.
    pub crashes: Vec<CrashedDump>,
    /// What happened, over all machines.
    pub tables: Tables,
    /// The logs by machine and channel.
    pub coverage: Vec<CoveredLog>,
    /// Evidence that is not there and would tell more.
    pub missing: Vec<MissingLog>,
    /// What became of Sigma rules, where some were given.
    pub sigma: Option<SigmaUse>,
    /// The ids of all rules that judged the evidence, Sigma rules among them, where they are known.
    pub rules: BTreeSet<String>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Findings that are known and accepted, where a list of such was given.
    pub ignored: Option<IgnoredFindings>,
    /// The time that was asked for, where not all of it was judged.
    pub span: Option<JudgedSpan>,
    /// What was not asked for, where [`Diagnosis::select`] was.
    pub left_out: Option<LeftOut>,
    /// The paths that were given, as names of sources begin with them; a folder ends with `/`. Forms that
    /// are sent on leave out of names what tells nothing but where somebody keeps evidence.
    pub given: Vec<String>,
    /// What was given to read the evidence by, and is none: Sigma rules, and binaries of providers. Problems
    /// name files in it. As in [`Self::given`].
    pub given_besides: Vec<String>,
}

impl Diagnosis {
    /// Events of all logs, those of overlapping exports of one log once.
    #[must_use]
    pub fn event_count(&self) -> u64 {
        let of_logs = self.coverage.iter().map(|log| log.events);
        let covered: BTreeSet<&str> =
            self.coverage.iter().flat_map(|log| &log.sources).map(String::as_str).collect();
        let others = self.sources.iter().filter(|source| !covered.contains(source.name.as_str()));
        let of_others = others.filter_map(|source| source.events);
        of_logs.chain(of_others).fold(0, u64::saturating_add)
    }
}

/// What became of a pack of Sigma rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SigmaUse {
    /// Files that were read.
    pub files: u64,
    /// Rules that judged the evidence.
    pub rules: u64,
    /// What is wrong with others, so that they did not.
    pub problems: Vec<Problem>,
}

/// One file that holds evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name as reports cite it.
    pub name: String,
    /// The names of files with the same content, which were not read again.
    pub copies: Vec<String>,
    /// What it is, by its signature.
    pub kind: SourceKind,
    /// Its size in bytes.
    pub size: u64,
    /// Events that were decoded; `None` for what holds none.
    pub events: Option<u64>,
    /// The computer that wrote its last event, for a log of one channel.
    pub computer: Option<String>,
    /// The channel of its first event, for a log of one channel.
    pub channel: Option<String>,
    /// What collected it, as its layout shows.
    pub collection: Option<String>,
    /// The record ids of its events; `None` where they are not known.
    pub records: Option<Vec<RecordRange>>,
    /// Time of its first event, or of the crash.
    pub first_time: Option<FileTime>,
    /// Time of its last event, or of the crash.
    pub last_time: Option<FileTime>,
}

impl Source {
    /// A file of `size` bytes of which no more is known yet.
    #[must_use]
    pub fn new(name: &str, kind: SourceKind, size: u64) -> Self {
        Self {
            name: name.to_owned(),
            copies: Vec::new(),
            kind,
            size,
            events: None,
            computer: None,
            channel: None,
            collection: None,
            records: None,
            first_time: None,
            last_time: None,
        }
    }

    /// Whether it is a log that holds events and may be any: nothing tells which it is.
    #[must_use]
    pub fn is_of_unknown_channel(&self) -> bool {
        self.kind.is_log() && self.channel.is_none() && self.events != Some(0)
    }
}

/// Events of a log whose record ids follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRange {
    /// Their ids.
    pub ids: RangeInclusive<u64>,
    /// Times of the earliest and the latest: record ids start anew when a log is cleared.
    pub times: Option<(FileTime, FileTime)>,
}

/// A kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// A Windows event log (`.evtx`).
    EventLog,
    /// Events exported as XML.
    EventXml,
    /// Events printed as text.
    EventText,
    /// The text log of the cluster service (`cluster.log`).
    ClusterLog,
    /// A kernel crash dump.
    KernelDump,
    /// A dump of one process.
    UserDump,
    /// What a host or PowerShell knows of virtual machines: `Get-VM`, key-value pairs of guests.
    VmInventory,
    /// An export of the registry.
    RegistryExport,
    /// What `msinfo32` writes of a machine.
    SystemReport,
}

impl SourceKind {
    /// Whether it holds events.
    #[must_use]
    pub fn is_log(self) -> bool {
        matches!(self, Self::EventLog | Self::EventXml | Self::EventText)
    }

    /// Whether it is a crash dump.
    #[must_use]
    pub fn is_dump(self) -> bool {
        matches!(self, Self::KernelDump | Self::UserDump)
    }
}

/// A crash dump and what it tells.
#[derive(Clone, Debug, PartialEq)]
pub struct CrashedDump {
    /// The source's name.
    pub source: String,
    /// The kind of dump, in words.
    pub dump_type: String,
    /// The STOP code as stored; `None` for a user dump.
    pub bugcheck: Option<Bugcheck>,
    /// The code as stored in the dump: a minidump's may carry 0x10000000.
    pub stored_code: Option<u32>,
    /// Its symbolic name.
    pub bugcheck_name: Option<String>,
    /// What each parameter means, in words.
    pub parameter_meanings: Vec<String>,
    /// Offset of the STOP code in the file.
    pub bugcheck_at: FileOffset,
    /// The exception of a user dump, in words.
    pub exception: Option<String>,
    /// Windows build.
    pub os_build: Option<u32>,
    /// `x64`, `x86`, `ARM64`.
    pub machine_type: String,
    /// When it crashed.
    pub system_time: Option<FileTime>,
    /// Seconds since it was started.
    pub uptime_seconds: Option<u64>,
    /// The process that ran.
    pub process: Option<String>,
    /// Host or guest.
    pub role: Role,
    /// The address of the fault, resolved, whatever module it lies in.
    pub fault: Option<Blame>,
    /// The address of the fault itself, also when it lies in no module.
    pub fault_address: Option<u64>,
    /// The driver that the crash is laid on.
    pub blamed: Option<Blame>,
    /// Number of loaded modules.
    pub module_count: u64,
    /// Number of unloaded modules.
    pub unloaded_count: u64,
    /// The stack, innermost first; a bounded number of frames.
    pub stack: Vec<CrashFrame>,
    /// Why the stack goes no further; `None` where it ends with its thread, or was cut here.
    pub stack_end: Option<String>,
}

/// A frame of a stack, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashFrame {
    /// `driver.sys!Function+0x1c`, as debuggers write it.
    pub text: String,
    /// How it was found.
    pub trust: String,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The source's name.
    pub source: String,
    /// Where in it.
    pub at: Option<FileOffset>,
    /// What is wrong, one lower-case clause.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// What it means for the evidence.
    pub kind: ProblemKind,
}

/// What a problem means for the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// Some of it could not be read.
    #[default]
    Unread,
    /// All of it was read, and whoever uses it must know something.
    Caution,
    /// The evidence is not to blame: there was no room to unpack it. Another analysis may read it.
    NoRoom,
}

impl Problem {
    /// Something in the source called `source` that could not be read.
    ///
    /// ```
    /// use hvtriage_diagnosis::{Problem, ProblemKind};
    ///
    /// let problem = Problem::new("case.zip!a.evtx", "is encrypted").hint("unpack it yourself");
    /// assert_eq!(problem.kind, ProblemKind::Unread);
    /// ```
    #[must_use]
    pub fn new(source: impl Into<String>, message: impl Into<String>) -> Self {
        let (source, message) = (source.into(), message.into());
        Self { source, at: None, message, hint: None, kind: ProblemKind::default() }
    }

    /// The same, at a place that is known.
    #[must_use]
    pub fn at(self, at: impl Into<Option<FileOffset>>) -> Self {
        Self { at: at.into(), ..self }
    }

    /// The same, with what to do next.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same, with another meaning.
    #[must_use]
    pub fn kind(self, kind: ProblemKind) -> Self {
        Self { kind, ..self }
    }

    /// Whether some evidence was not read.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.kind != ProblemKind::Caution
    }
}
