//! An analysis that may be watched, broken off and bounded.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hvtriage_diagnosis::{Evidence, Finding, Problem, RuleSet};
use rayon::prelude::*;

use crate::copies::{Content, Contents, Distinct, Gathered, without_copies};
use crate::discover::{Candidate, discover, given_name, total_bytes};
use crate::examine::{Compare, Examined, Reader};
use crate::interpret::Wanted;
use crate::sigma::Sigma;
use crate::{
    AnalyzeError, Diagnosis, Options, Progress, gather, in_pool, layout, rules, shown_names,
};
use crate::{cited_messages, messages};

/// Files that are read between two looks at the limit of facts.
const WINDOW_FILES: usize = 256;

/// How far an analysis has come, as [`Analyzer::on_progress`] tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advance {
    /// Files that have been looked at; an archive is one.
    pub files: u64,
    /// Files of the case.
    pub all_files: u64,
    /// Bytes that have been decoded, or that hold no evidence.
    pub bytes: u64,
    /// Bytes of all files, and of what was found in archives so far.
    pub found_bytes: u64,
}

/// What one case may cost. What lies beyond a limit is not read, and a [`Problem`] says so.
///
/// Whatever the limits, memory stays in proportion to the evidence; they are for services that read
/// cases of people whom they do not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseLimits {
    files: Option<u64>,
    bytes: Option<u64>,
    facts: Option<usize>,
}

impl CaseLimits {
    /// At most `count` files, in the order of their names.
    #[must_use]
    pub fn files(mut self, count: u64) -> Self {
        self.files = Some(count);
        self
    }

    /// At most `count` bytes of files, as they are stored; what archives may expand to is bounded by
    /// their own size.
    #[must_use]
    pub fn bytes(mut self, count: u64) -> Self {
        self.bytes = Some(count);
        self
    }

    /// No further files once `count` facts have been told, which take about a kilobyte each.
    #[must_use]
    pub fn facts(mut self, count: usize) -> Self {
        self.facts = Some(count);
        self
    }
}

type OnProgress<'a> = Box<dyn Fn(Advance) -> ControlFlow<()> + Send + Sync + 'a>;
type OnEvidence<'a> = Box<dyn FnMut(&Evidence) + Send + 'a>;
type OnFinding<'a> = Box<dyn FnMut(&Finding) + Send + 'a>;

/// An analysis with callbacks and limits; [`analyze`](crate::analyze) is the same without.
///
/// It uses the thread pool of the caller, unless [`Options::jobs`] asks for one of its own.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use hvtriage::{Analyzer, CaseLimits, Options};
///
/// # let case = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/kb2636573");
/// let mut told = Vec::new();
/// let diagnosis = Analyzer::new(Options::default().jobs(1))
///     .limits(CaseLimits::default().files(10_000).bytes(1 << 40))
///     .on_progress(|advance| {
///         eprintln!("{} of {} files", advance.files, advance.all_files);
///         ControlFlow::Continue(())
///     })
///     .on_finding(|finding| told.push(finding.rule.clone()))
///     .analyze(&[case])?;
/// assert!(told.contains(&"KB2636573".to_owned()));
/// assert_eq!(diagnosis.findings.len(), told.len());
/// # Ok::<(), hvtriage::AnalyzeError>(())
/// ```
///
/// Breaking off:
///
/// ```
/// use std::ops::ControlFlow;
///
/// use hvtriage::{AnalyzeError, Analyzer, Options};
///
/// # let case = concat!(env!("CARGO_MANIFEST_DIR"), "/../../samples/kb2636573");
/// let broken_off = Analyzer::new(Options::default())
///     .on_progress(|_| ControlFlow::Break(()))
///     .analyze(&[case]);
/// assert!(matches!(broken_off, Err(AnalyzeError::BrokenOff)));
/// ```
#[derive(Default)]
pub struct Analyzer<'a> {
    options: Options,
    rules: Option<RuleSet>,
    limits: CaseLimits,
    progress: Option<&'a Progress>,
    on_progress: Option<OnProgress<'a>>,
    on_evidence: Option<OnEvidence<'a>>,
    on_finding: Option<OnFinding<'a>>,
}

impl<'a> Analyzer<'a> {
    /// An analysis with `options`.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Bounds what the case may cost.
    #[must_use]
    pub fn limits(mut self, limits: CaseLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Tells `progress`, which another thread may look at, or break the analysis off by.
    #[must_use]
    pub fn progress(mut self, progress: &'a Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Calls `told` after each file, on the thread that read it, so from several at once; a break ends
    /// the analysis as soon as the files that are being read allow.
    #[must_use]
    pub fn on_progress(
        mut self,
        told: impl Fn(Advance) -> ControlFlow<()> + Send + Sync + 'a,
    ) -> Self {
        self.on_progress = Some(Box::new(told));
        self
    }

    /// Calls `told` with all facts once they are gathered, before they are judged.
    #[must_use]
    pub fn on_evidence(mut self, told: impl FnMut(&Evidence) + Send + 'a) -> Self {
        self.on_evidence = Some(Box::new(told));
        self
    }

    /// Calls `told` with each finding as it arises, rule by rule, before the incidents are made of them.
    #[must_use]
    pub fn on_finding(mut self, told: impl FnMut(&Finding) + Send + 'a) -> Self {
        self.on_finding = Some(Box::new(told));
        self
    }

    /// Judges by these rules, and reads none.
    #[must_use]
    pub fn rules(mut self, rules: RuleSet) -> Self {
        self.rules = Some(rules);
        self
    }

    /// Analyzes the files and folders at `paths` as one case.
    ///
    /// # Errors
    /// As [`analyze`](crate::analyze), and [`AnalyzeError::BrokenOff`].
    pub fn analyze<P: AsRef<Path>>(self, paths: &[P]) -> Result<Diagnosis, AnalyzeError> {
        let own = Progress::default();
        let progress = self.progress.unwrap_or(&own);
        let rules = match self.rules {
            Some(rules) => rules,
            None => rules::judging_rules(&self.options.rules)?,
        };
        let sigma = Sigma::of(&self.options)?;
        let mut of_providers = Vec::new();
        let providers = messages::of_providers(&self.options.providers, &mut of_providers)?;
        let reading = Reading {
            options: &self.options,
            limits: self.limits,
            progress,
            on_progress: self.on_progress.as_deref(),
        };
        let (examined, mut problems) = reading.examine_all(paths, &rules, sigma.as_ref())?;
        problems.extend(of_providers);
        let mut told = Told { evidence: self.on_evidence, finding: self.on_finding };
        let options = &self.options;
        let mut diagnosis = gather(examined, problems, &rules, sigma.as_ref(), options, &mut told);
        if progress.is_broken_off() {
            return Err(AnalyzeError::BrokenOff);
        }
        cited_messages::add(&mut diagnosis, &providers);
        diagnosis.given = paths.iter().map(|path| given_name(path.as_ref())).collect();
        diagnosis.given_besides = self.options.besides().map(|path| given_name(path)).collect();
        Ok(diagnosis)
    }
}

impl fmt::Debug for Analyzer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Analyzer")
            .field("options", &self.options)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Who is told of what arises on the way to a diagnosis.
pub(crate) struct Told<'a> {
    evidence: Option<OnEvidence<'a>>,
    finding: Option<OnFinding<'a>>,
}

impl Told<'_> {
    pub(crate) fn evidence(&mut self, evidence: &Evidence) {
        if let Some(told) = &mut self.evidence {
            told(evidence);
        }
    }

    pub(crate) fn finding(&mut self, finding: &Finding) {
        if let Some(told) = &mut self.finding {
            told(finding);
        }
    }
}

/// How files are read.
pub(crate) struct Reading<'a> {
    pub(crate) options: &'a Options,
    pub(crate) limits: CaseLimits,
    pub(crate) progress: &'a Progress,
    pub(crate) on_progress: Option<&'a (dyn Fn(Advance) -> ControlFlow<()> + Send + Sync + 'a)>,
}

impl Reading<'_> {
    /// Examines every file, in parallel and in order.
    pub(crate) fn examine_all<P: AsRef<Path>>(
        &self,
        paths: &[P],
        rules: &RuleSet,
        sigma: Option<&Sigma>,
    ) -> Result<(Vec<Examined>, Vec<Problem>), AnalyzeError> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        let wanted = Wanted::by(rules);
        let wanted = match sigma {
            Some(sigma) => wanted.with(|filter| sigma.want(filter)),
            None => wanted,
        };
        let mut problems = Vec::new();
        let mut candidates = discover(&paths, &mut problems)?;
        self.leave_out(&mut candidates, &mut problems);
        let candidates = without_copies(candidates);
        self.progress.set_files(candidates.len() as u64);
        self.progress.found(total_bytes(candidates.iter().map(|one| &one.candidate)));
        let run = || self.read(&candidates, &wanted, sigma, &mut problems);
        let examined = in_pool(self.options.jobs.map_or(0, NonZeroUsize::get), run)?;
        if self.progress.is_broken_off() {
            return Err(AnalyzeError::BrokenOff);
        }
        let mut examined = layout::each_its_own(examined);
        shown_names::give_each_its_own(&mut examined);
        if examined.iter().all(|examined| examined.source.is_none()) {
            problems.extend(examined.into_iter().flat_map(|examined| examined.problems));
            return Err(AnalyzeError::NoEvidence { files: candidates.len(), problems });
        }
        Ok((examined, problems))
    }

    fn read(
        &self,
        candidates: &[Distinct],
        wanted: &Wanted,
        sigma: Option<&Sigma>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Examined> {
        let (mut gathered, mut contents) = (Gathered::default(), Contents::default());
        let (mut facts, mut first) = (0_usize, 0_usize);
        let size = self.limits.facts.map_or(candidates.len(), |_| WINDOW_FILES).max(1);
        for window in candidates.chunks(size) {
            if let (Some(limit), Some(next)) = (self.limits.facts, window.first())
                && facts >= limit
            {
                let what = format!("{limit} facts");
                problems.push(beyond(&next.candidate, &what));
                break;
            }
            contents.add_files(first, window);
            let compare = |number: usize| Compare { contents: &contents, number };
            let numbered = window.par_iter().enumerate();
            let read = numbered.map(|(place, one)| {
                self.read_one(one, wanted, sigma, compare(first.saturating_add(place)))
            });
            let read: Vec<Vec<Examined>> = read.collect();
            facts = facts.saturating_add(gathered.add(first, read));
            first = first.saturating_add(window.len());
        }
        gathered.into_examined()
    }

    fn read_one(
        &self,
        one: &Distinct,
        wanted: &Wanted,
        sigma: Option<&Sigma>,
        compare: Compare<'_>,
    ) -> Vec<Examined> {
        if self.progress.is_broken_off() {
            return Vec::new();
        }
        let (options, progress) = (self.options, self.progress);
        let reader = Reader { options, wanted, sigma, progress };
        let mut examined = reader.file(&one.candidate, compare);
        name_copies(&mut examined, one);
        progress.file_done();
        if let Some(told) = self.on_progress
            && told(progress.advance()).is_break()
        {
            progress.break_off();
        }
        examined
    }

    /// Drops the files that lie beyond the limits of the case.
    fn leave_out(&self, candidates: &mut Vec<Candidate>, problems: &mut Vec<Problem>) {
        let CaseLimits { files: most_files, bytes: most_bytes, .. } = self.limits;
        if most_files.is_none() && most_bytes.is_none() {
            return;
        }
        let (mut kept, mut bytes) = (0_usize, 0_u64);
        for candidate in candidates.iter() {
            bytes = bytes.saturating_add(candidate.size);
            let is_beyond = most_files.is_some_and(|most| kept as u64 >= most)
                || most_bytes.is_some_and(|most| bytes > most);
            if is_beyond {
                break;
            }
            kept = kept.saturating_add(1);
        }
        if let Some(next) = candidates.get(kept) {
            let what = match most_files {
                Some(most) if kept as u64 >= most => format!("{most} files"),
                _ => format!("{} bytes", most_bytes.unwrap_or_default()),
            };
            problems.push(beyond(next, &what));
            candidates.truncate(kept);
        }
    }
}

/// That a case has more than it may have.
fn beyond(next: &Candidate, what: &str) -> Problem {
    let message =
        format!("lies beyond the limit of {what} for one case; it and what follows is not read");
    Problem::new(next.name.clone(), message)
        .hint("analyze it as a case of its own, or raise the limit")
}

/// Tells of each source under which names its copies are; an archive's copies hold those of its members.
fn name_copies(examined: &mut [Examined], distinct: &Distinct) {
    let copies_of = |name: &str| -> Vec<String> {
        let within = name.strip_prefix(distinct.candidate.name.as_str()).unwrap_or_default();
        distinct.copies.iter().map(|copy| format!("{copy}{within}")).collect()
    };
    for one in examined {
        if let Some(source) = &mut one.source {
            source.copies = copies_of(&source.name);
        }
        if let Content::Copy(_, names) = &mut one.content {
            let more: Vec<String> = names.iter().flat_map(|name| copies_of(name)).collect();
            names.extend(more);
        }
    }
}
