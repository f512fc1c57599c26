//! Offline analysis of Hyper-V evidence: event logs and crash dumps in, a diagnosis out.
//!
//! The principal function is [`analyze`]. It walks the paths it is given, recognises event logs
//! (`.evtx`), exported event XML and crash dumps by their content, decodes them in parallel, turns
//! what they say into facts, and judges the facts of all machines together with a catalogue of
//! rules. The result, a [`Diagnosis`], holds findings with the record or offset that each rests on,
//! incidents that join them, tables, and a list of what could not be read.
//!
//! ```no_run
//! use hvtriage::{Options, analyze};
//!
//! let diagnosis = analyze(&["collection"], &Options::default())?;
//! for finding in &diagnosis.findings {
//!     println!("{} on {}: {}", finding.rule, finding.machine, finding.message);
//!     for citation in &finding.citations {
//!         println!("    {}", citation.locator.source);
//!     }
//! }
//! # Ok::<(), hvtriage::AnalyzeError>(())
//! ```
//!
//! [`Analyzer`] is the same with callbacks, for progress, for findings as they arise and for breaking off,
//! and with limits for one case; [`watch`] takes each entry of a folder as a case.
//!
//! The diagnosis is a function of the files alone: no thread count, locale, clock or directory
//! order shows in it. Evidence may be hostile: no damage ends a run or makes memory grow out of
//! proportion to a file; it becomes a [`Problem`]. Files must not be truncated while they are read
//! (see the README).

mod analyzer;
mod archive;
mod cited_messages;
mod collection;
mod copies;
mod discover;
mod doubles;
mod driver_groups;
mod dumps;
mod error;
mod examine;
mod explore;
mod exports;
mod identified;
mod interpret;
mod judged_span;
mod layout;
mod log_owner;
mod map;
mod messages;
mod opened;
mod options;
#[cfg(doctest)]
mod readme;
mod reason;
mod retold;
mod rules;
mod shown_names;
#[cfg(feature = "sigma")]
mod sigma;
#[cfg(not(feature = "sigma"))]
#[path = "without_sigma.rs"]
mod sigma;
mod store;
pub mod watch;

use std::collections::BTreeSet;
use std::path::Path;

use hvtriage_diagnosis::{Machine, coverage, first_missing, judge_and_tell, missing};

pub use analyzer::{Advance, Analyzer, CaseLimits};
pub use collection::read_archive;
pub use driver_groups::DriverGroup;
pub use dumps::{DumpQuery, DumpRead, DumpsRead, read_dumps};
pub use error::AnalyzeError;
pub use explore::{
    EventQuery, EventsError, EventsRead, FoundEvent, event_meaning, read_events, read_timeline,
};
pub use hvtriage_crashdump::{CrashReport, MemoryPiece};
pub use hvtriage_diagnosis::{
    Day, DayError, Diagnosis, Evidence, Fact, Finding, Ignore, IgnoreList, IgnoredFindings,
    Incident, JudgedSpan, Judgement, LeftOut, Problem, ProblemKind, Rule, RuleError, RuleOrigin,
    RuleSet, Selection, Severity, SigmaUse, Source, Tables, UnknownMachine, check_examples, judge,
};
pub use hvtriage_eventlog::{
    Container, Event, EventFilter, Origin, Payload, PayloadValue, Provider,
};
pub use hvtriage_winfmt::{FileOffset, FileTime, Guid, Sid, VirtAddr};
pub use interpret::{ToldByEvent, told_by_event};
pub use opened::is_evidence;
pub use options::{Options, Progress};
pub use reason::reason_of;
pub use rules::{RulesRead, judging_rules, read_rules};
#[cfg(feature = "sigma")]
pub use sigma::{check_sigma, sigma_files};
pub use store::LocalStore;

use analyzer::{Reading, Told};
use doubles::without_doubles;
use examine::Examined;
use retold::without_retold;
use sigma::Sigma;

/// Analyzes the files and folders at `paths` as one case.
///
/// # Errors
/// Only for what the caller got wrong: a path that does not exist, paths without any evidence, a
/// rule that is wrong. Damaged evidence is in [`Diagnosis::problems`].
pub fn analyze<P: AsRef<Path>>(paths: &[P], options: &Options) -> Result<Diagnosis, AnalyzeError> {
    analyze_with_progress(paths, options, &Progress::default())
}

/// The same, telling another thread how far it has come.
///
/// # Errors
/// As [`analyze`].
pub fn analyze_with_progress<P: AsRef<Path>>(
    paths: &[P],
    options: &Options,
    progress: &Progress,
) -> Result<Diagnosis, AnalyzeError> {
    Analyzer::new(options.clone()).progress(progress).analyze(paths)
}

/// What the files and folders at `paths` say, before anything is judged: the facts that the catalogue
/// and the rules of `options` can ask for, each event and each crash once, in the order of the files.
/// [`Evidence::gather`] brings them into the order of time and finds out which machines they are of.
///
/// # Errors
/// As [`analyze`].
pub fn read_facts<P: AsRef<Path>>(
    paths: &[P],
    options: &Options,
) -> Result<(Vec<Fact>, Vec<Problem>), AnalyzeError> {
    let rules = judging_rules(&options.rules)?;
    let reading = Reading {
        options,
        limits: CaseLimits::default(),
        progress: &Progress::default(),
        on_progress: None,
    };
    let (examined, mut problems) = reading.examine_all(paths, &rules, None)?;
    let doubts = examined.iter().filter_map(Examined::doubted).collect();
    let mut facts = Vec::with_capacity(count_facts(&examined));
    for one in examined {
        problems.extend(one.problems);
        facts.extend(one.facts.into_iter().filter(|one| !one.is_outside));
    }
    problems.sort();
    Ok((without_retold(without_doubles(facts), &doubts), problems))
}

/// Runs `work` on `jobs` threads, or on those of the process for 0.
fn in_pool<T: Send>(jobs: usize, work: impl FnOnce() -> T + Send) -> Result<T, AnalyzeError> {
    if jobs == 0 {
        return Ok(work());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.min(options::MAX_JOBS)).build();
    let error = |error: rayon::ThreadPoolBuildError| error.to_string();
    let pool = pool.map_err(error).map_err(|message| AnalyzeError::Threads { jobs, message })?;
    Ok(pool.install(work))
}

fn count_facts(examined: &[Examined]) -> usize {
    examined.iter().map(|one| one.facts.len()).sum()
}

fn gather(
    examined: Vec<Examined>,
    mut problems: Vec<Problem>,
    rules: &RuleSet,
    sigma: Option<&Sigma>,
    options: &Options,
    told: &mut Told<'_>,
) -> Diagnosis {
    let doubts = examined.iter().filter_map(Examined::doubted).collect();
    let mut sources = Vec::new();
    let mut crashes = Vec::new();
    let mut facts = Vec::with_capacity(count_facts(&examined));
    let mut matches = Vec::new();
    for one in examined {
        sources.extend(one.source);
        crashes.extend(one.crash);
        problems.extend(one.problems);
        facts.extend(one.facts);
        matches.push(one.matches);
    }
    problems.sort();
    let outside = facts.extract_if(.., |one| one.is_outside).collect();
    let outside = without_retold(without_doubles(outside), &doubts);
    let mut facts = without_retold(without_doubles(facts), &doubts);
    let layout = layout::recognize(&mut sources);
    let span = options.span().map(|times| judged_span::of(times, &sources, &outside));
    let asked_by_all = (!outside.is_empty()).then(|| {
        let all = without_retold(facts.iter().cloned().chain(outside).collect(), &doubts);
        judged_span::asked_by(all, &sources, &layout, rules)
    });
    facts.extend(layout::facts_of(&sources, &layout, &facts));
    let evidence = Evidence::gather(facts);
    told.evidence(&evidence);
    let ignore = &options.ignore;
    let mut told_finding = |finding: &Finding| told.finding(finding);
    let mut judgement = judge_and_tell(&evidence, rules, ignore, &mut told_finding);
    let tables = Tables::of(&evidence);
    let mut machines = evidence.machines().to_vec();
    let logs = coverage(&sources, &machines, &problems);
    // What would tell more of Hyper-V is no matter of what Sigma rules found.
    let missing = missing(&sources, &machines, &logs, &judgement, &tables);
    let missing = first_missing(missing, asked_by_all.as_deref());
    if let Some(sigma) = sigma {
        let found = sigma.findings(matches, &machines).into_iter();
        let ignored = &mut judgement.ignored;
        let found: Vec<Finding> =
            found.filter_map(|it| ignore.take(it, &machines, ignored)).collect();
        ignored.sort();
        also_named(&mut machines, &found);
        found.iter().for_each(|finding| told.finding(finding));
        judgement.add(found);
    }
    let mut diagnosis = Diagnosis {
        missing,
        coverage: logs,
        sources,
        machines,
        incidents: judgement.incidents,
        findings: judgement.findings,
        guests: judgement.guests,
        crashes,
        tables,
        sigma: sigma.map(Sigma::used),
        rules: rule_ids(rules, sigma),
        problems,
        ignored: (!ignore.is_empty()).then_some(judgement.ignored),
        span,
        left_out: None,
        given: Vec::new(),
        given_besides: Vec::new(),
    };
    diagnosis.explain_unused_entries();
    diagnosis
}

fn rule_ids(rules: &RuleSet, sigma: Option<&Sigma>) -> BTreeSet<String> {
    let own = rules.rules().iter().map(|rule| rule.id.as_str());
    own.chain(sigma.into_iter().flat_map(Sigma::rule_ids)).map(str::to_owned).collect()
}

/// Adds the machines that only findings name.
fn also_named(machines: &mut Vec<Machine>, findings: &[Finding]) {
    let known: BTreeSet<String> = machines.iter().map(|machine| machine.name.clone()).collect();
    let named: BTreeSet<&String> = findings.iter().map(|finding| &finding.machine).collect();
    let unknown = named.into_iter().filter(|name| !known.contains(*name));
    machines.extend(unknown.map(|name| Machine::named(name)));
    machines.sort_by(|left, right| left.name.cmp(&right.name));
}
