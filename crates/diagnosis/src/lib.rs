//! Facts, rules, findings and incidents of Hyper-V failures.
#![forbid(unsafe_code)]

mod also_told;
mod cited_fields;
mod clock;
mod clusters;
mod code_name;
mod code_of_name;
mod coverage;
mod crash;
mod describe;
mod describe_event;
mod diagnosis;
mod dictionary;
mod drivers;
mod episodes;
mod evidence;
mod examples;
mod fact;
mod field;
mod filter_driver;
mod finding;
mod glob;
mod groups;
mod guest_protocol;
mod guests;
mod hosts;
mod ignore;
mod incident;
mod integration_build;
mod judge;
mod judged_span;
mod kind;
mod logged_event;
mod logged_values;
mod machine;
mod matching;
mod migration_ends;
mod migration_steps;
mod placement;
mod rule;
mod selection;
mod shared_texts;
mod some_of;
mod table;
mod told_fact;
mod version_gap;
mod vm;
mod volumes;
mod wanted;
mod yaml;

pub use also_told::also_told_by;
pub use cited_fields::CitedField;
pub use clock::ClockOffset;
pub use code_name::{code_name, win32_name, with_named_code};
pub use code_of_name::code_of_name;
pub use coverage::{CoveredLog, LOGS_OF_A_HOST, MissingLog, coverage, first_missing, missing};
pub use describe_event::event_meaning;
pub use diagnosis::{
    CrashFrame, CrashedDump, Diagnosis, Problem, ProblemKind, RecordRange, SigmaUse, Source,
    SourceKind,
};
pub use dictionary::{
    DictionaryError, EventDictionary, EventMeaning, EventRow, Importance, KnownProvider, LoggedAs,
    ValueKind, WindowsRange,
};
pub use evidence::Evidence;
pub use examples::check_examples;
pub use fact::{
    Blame, Bugcheck, CsvStateKind, Fact, FactKind, IntegrationState, LoadedModule, Locator,
    MachineName, MigrationPhase, Place, ReportedService, RestartCircumstances, Role, StopAbout, Vm,
    VmStateKind,
};
pub use filter_driver::FilterDriver;
pub use finding::{
    Citation, Confidence, Finding, GuestAttention, GuestSight, Harmless, Incident, Judgement,
    Moment, MomentKind, PartOf, RuleOrigin, Severity, Verdict, first_step,
};
pub use glob::names_fit;
pub use guests::{GuestTrouble, ReportedGuest};
pub use ignore::{
    Day, DayError, Expired, Ignore, IgnoreList, Ignored, IgnoredFindings, UnusedEntry,
};
pub use judge::{judge, judge_and_tell};
pub use judged_span::JudgedSpan;
pub use logged_event::{
    CLUSTER_TRACE, EventRequest, LoggedEvent, ProviderPattern, ProviderPatternError,
};
pub use logged_values::{LoggedValue, LoggedValues};
pub use machine::{
    Cluster, Doubt, Machine, MachineRole, Reason, ReasonKind, SeenRole, Strength, first_label,
};
pub use rule::{EventUse, LooksAt, RegistryRequest, Rule, RuleError, RuleSet, Theme, like};
pub use selection::{LeftOut, Selection, UnknownMachine, UnmetRule};
pub use shared_texts::SharedTexts;
pub use some_of::some_of;
pub use table::{
    AlsoKnown, DriftedHost, FilterOfMachine, Host, HostDrift, Lack, Migration, MigrationOutcome,
    RedirectedHost, Redirection, Stop, Tables, UnknowableGuest,
};
pub use told_fact::ToldFact;
pub use wanted::WantedLog;
