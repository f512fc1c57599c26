//! Which lists there are as tables, and what stands in each.

/// A list of a diagnosis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Table {
    /// What was found.
    Findings,
    /// Findings of one failure.
    Incidents,
    /// Guests whose services do not fit their hosts.
    Guests,
    /// What happened to guests: stops, errors of their files and the like.
    GuestTroubles,
    /// A row a dump.
    Crashes,
    /// Crashes and restarts without a shutdown, each once.
    Stops,
    /// Moves of virtual machines.
    Migrations,
    /// Hosts and guests.
    Machines,
    /// Machines that run virtual machines or are nodes of a cluster.
    Hosts,
    /// Times during which hosts did not reach a cluster volume directly.
    Redirections,
    /// Filter drivers by machine.
    Filters,
    /// Files that hold evidence.
    Sources,
    /// The time that each log covers.
    Coverage,
    /// What would tell more.
    Missing,
    /// What could not be read.
    Problems,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 15] = [
        Self::Findings,
        Self::Incidents,
        Self::Guests,
        Self::GuestTroubles,
        Self::Crashes,
        Self::Stops,
        Self::Migrations,
        Self::Machines,
        Self::Hosts,
        Self::Redirections,
        Self::Filters,
        Self::Sources,
        Self::Coverage,
        Self::Missing,
        Self::Problems,
    ];

    /// Its word: the name of the list in the JSON report.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Incidents => "incidents",
            Self::Guests => "guests",
            Self::GuestTroubles => "guest_troubles",
            Self::Crashes => "crashes",
            Self::Stops => "stops",
            Self::Migrations => "migrations",
            Self::Machines => "machines",
            Self::Hosts => "hosts",
            Self::Redirections => "redirections",
            Self::Filters => "filters",
            Self::Sources => "sources",
            Self::Coverage => "coverage",
            Self::Missing => "missing",
            Self::Problems => "problems",
        }
    }

    /// What stands in it, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Findings => "The rules that held, each with its machine and what it rests on",
            Self::Incidents => "One failure a row with its findings, the gravest first",
            Self::Guests => "Integration services that do not fit the host, a row for each service",
            Self::GuestTroubles => {
                "What happened to guests: stopped, not started, files not reached"
            }
            Self::Crashes => "Dumps, a row a file",
            Self::Stops => "Crashes and restarts that logs or dumps tell of, each once",
            Self::Migrations => "Moves of virtual machines between hosts",
            Self::Machines => "Hosts and guests with all their names",
            Self::Hosts => "Machines that run guests or are nodes of a cluster",
            Self::Redirections => "Times in which hosts did not reach a cluster volume directly",
            Self::Filters => "Filter drivers of each machine",
            Self::Sources => "The files that hold evidence",
            Self::Coverage => "The time that each log of each machine covers",
            Self::Missing => "What would tell more, by machine",
            Self::Problems => "What could not be read",
        }
    }

    pub(super) fn columns(self) -> &'static str {
        match self {
            Self::Findings => {
                "rule title origin severity confidence machine subject time last_time count message \
                 explain remedy references false_positives citations"
            }
            Self::Incidents => {
                "title machine severity start end summary findings vms machines part_of.title"
            }
            Self::Guests => {
                "vm_name vm_id hosts service state verdict advice negotiated expected \
                 framework_negotiated framework_expected runs os_build integration_version \
                 guest_build guest_update host_build host_update system os_name computer shows \
                 first_seen last_seen count harmless reason citation"
            }
            Self::GuestTroubles => "guest vm_id what count first last hosts stops citations",
            Self::Crashes => {
                "source dump_type bugcheck.code bugcheck.name bugcheck.parameters exception os_build \
                 machine_type system_time uptime_seconds process role fault.module fault.offset \
                 fault.function fault.basis fault_address blamed.module blamed.offset \
                 blamed.function blamed.basis module_count unloaded_count"
            }
            Self::Stops => {
                "machine is_guest time last_alive back code parameters is_linux blamed told_by alike \
                 alike_machines alike_of_unnamed also_known.id dump_path no_dump \
                 small_dump_at_most citations"
            }
            Self::Migrations => {
                "vm kind source destination hosts start end blackout_seconds outcome reason citations"
            }
            Self::Machines => {
                "name role names vm_ids addresses os_build reasons.words doubts.words cluster.name \
                 cluster.nodes clock.reference clock.ahead_seconds clock.is_applied"
            }
            Self::Hosts => {
                "machine is_host is_node os_build generation hardware other_builds last_boot stops vms"
            }
            Self::Redirections => {
                "machine volume hosts.machine states drivers status start end vms \
                 vms_of_unknown_volume citations"
            }
            Self::Filters => {
                "machine driver version vendor category altitude_group is_of_windows first last \
                 unloaded citation"
            }
            Self::Sources => {
                "name kind size events computer channel collection first_time last_time copies"
            }
            Self::Coverage => "machine channel events first_time last_time sources is_damaged",
            Self::Missing => "machine what reason is_lost",
            Self::Problems => "source offset message hint",
        }
    }
}
