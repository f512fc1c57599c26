//! What broke, who needs attention, how sure it is and what is next, in words.

use std::collections::HashSet;

use hvtriage_diagnosis::{Diagnosis, Incident, Severity, some_of};

use super::model::{clean, flowing};
use super::texts::Texts;
use crate::shown_paths::ShownPaths;
use crate::summary::{attention, first_to_bring, steps, sureness};
use crate::text;
use crate::text::head::HeadOf;

/// More incidents than this are not told at the top.
const INCIDENTS_TOLD: usize = 8;
/// More kinds of trouble than this are counted and not named.
const KINDS_OF_ATTENTION: usize = 12;
/// More guests of one kind of trouble than this are counted and not named.
const GUESTS_NAMED: usize = 8;
/// More remedies than this stand with their incidents only.
const STEPS_TOLD: usize = 8;
/// More incidents than this that ask for the same are counted and not named.
const INCIDENTS_OF_STEP: usize = 5;

/// The top of the page.
pub(super) struct Summary {
    /// What was read and found, the same as in the text report.
    pub(super) sentences: Vec<String>,
    /// How many incidents there are of each severity, the gravest first.
    pub(super) severities: Vec<(&'static str, usize)>,
    /// How many of the incidents are told: the grave ones, or else the first few.
    pub(super) told: usize,
    pub(super) attention: Vec<AttentionView>,
    /// Guests that need attention and are not named.
    pub(super) unnamed: usize,
    pub(super) sure: Vec<String>,
    pub(super) steps: Vec<StepView>,
    /// What to ask the customer for.
    pub(super) to_bring: Option<String>,
}

/// Guests of which the same is told.
pub(super) struct AttentionView {
    pub(super) guests: String,
    pub(super) what: String,
    pub(super) incident: Option<usize>,
}

/// What to do, and for which incidents.
pub(super) struct StepView {
    pub(super) remedy: String,
    pub(super) incidents: Vec<usize>,
    /// How many more of them there are.
    pub(super) others: usize,
}

impl Summary {
    pub(super) fn of(diagnosis: &Diagnosis, paths: &ShownPaths) -> Self {
        let attention = attention(diagnosis);
        let unnamed = attention.iter().skip(KINDS_OF_ATTENTION).flat_map(|one| &one.guests);
        let unnamed: HashSet<&&str> = unnamed.collect();
        let named = attention.iter().take(KINDS_OF_ATTENTION).map(|one| AttentionView {
            guests: clean(&some_of(one.guests.iter().copied(), GUESTS_NAMED, ", ")),
            what: flowing(&one.what),
            incident: one.incident,
        });
        let steps = steps(diagnosis).into_iter().take(STEPS_TOLD).map(|step| StepView {
            remedy: flowing(step.remedy),
            others: step.incidents.len().saturating_sub(INCIDENTS_OF_STEP),
            incidents: step.incidents.into_iter().take(INCIDENTS_OF_STEP).collect(),
        });
        let mut sentences = text::head::sentences(diagnosis, HeadOf::Page);
        sentences.extend(paths.in_words());
        Self {
            sentences: sentences.iter().map(|text| flowing(text)).collect(),
            severities: severities(&diagnosis.incidents),
            told: told_at_the_top(&diagnosis.incidents),
            unnamed: unnamed.len(),
            attention: named.collect(),
            sure: sureness(&diagnosis.incidents),
            steps: steps.collect(),
            to_bring: to_bring(diagnosis),
        }
    }
}

impl Texts for Summary {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.sentences.each(change);
        for one in &mut self.attention {
            change(&mut one.guests);
            change(&mut one.what);
        }
        self.steps.iter_mut().for_each(|step| change(&mut step.remedy));
        self.to_bring.iter_mut().for_each(change);
    }
}

fn severities(incidents: &[Incident]) -> Vec<(&'static str, usize)> {
    let number =
        |severity| incidents.iter().filter(|incident| incident.severity == severity).count();
    let all = Severity::ALL.into_iter().rev();
    all.map(|severity| (severity.word(), number(severity))).filter(|(_, all)| *all > 0).collect()
}

fn told_at_the_top(incidents: &[Incident]) -> usize {
    const AT_LEAST: usize = 3;
    let grave = incidents.iter().filter(|incident| incident.severity >= Severity::High).count();
    grave.clamp(AT_LEAST, INCIDENTS_TOLD)
}

fn to_bring(diagnosis: &Diagnosis) -> Option<String> {
    let (wanted, others) = first_to_bring(diagnosis)?;
    let rest = if others > 0 { format!(", {others} more") } else { String::new() };
    Some(flowing(&format!("To know more: of {} bring {}{rest}.", wanted.machine, wanted.what)))
}
