//! The page as a whole.

use std::borrow::Cow;
use std::io;

use askama::Template;
use hvtriage_diagnosis::{Diagnosis, some_of};
use serde::Serialize;

use super::coverage::{self, CoveredMachine};
use super::crashes::crashes;
use super::data::embedded;
use super::findings::{FindingView, RuleView, findings};
use super::guests::guests;
use super::happened::{hosts, migrations, volumes};
use super::incidents::{IncidentView, incidents};
use super::leftover::{ignored, machines, missing, problems, sigma, sources};
use super::model::{Section, Table, clean};
use super::policy::{SCRIPT, STYLE, policy};
use super::sources::Names;
use super::summary::Summary;
use super::texts::Texts;
use crate::shown_paths::ShownPaths;

/// More incidents than this are not there without the script.
const PLAIN_INCIDENTS: usize = 40;
/// More findings than this are not there without the script.
const PLAIN_FINDINGS: usize = 60;
/// More lines of a timeline than this are not there without the script.
const PLAIN_MOMENTS: usize = 20;
/// More fields of a citation than this are not there without the script.
const PLAIN_FIELDS: usize = 12;
/// More citations of a finding than this are not there without the script.
const PLAIN_CITES: usize = 6;

/// More names than this of what was given are counted and not listed.
const GIVEN_NAMED: usize = 2;

#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page {
    version: &'static str,
    /// What the case is called.
    case: Option<String>,
    policy: String,
    style: &'static str,
    script: &'static str,
    json: String,
    summary: Summary,
    data: Data,
}

/// What the script reads.
#[derive(Serialize)]
struct Data {
    sources: Vec<String>,
    rules: Vec<RuleView>,
    findings: Vec<FindingView>,
    incidents: Vec<IncidentView>,
    /// Parts before the findings, and behind the time that logs cover.
    before: Vec<Section>,
    after: Vec<Section>,
    coverage: Vec<CoveredMachine>,
    coverage_table: Table,
}

impl Texts for Data {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.sources.each(change);
        self.findings.each(change);
        self.incidents.each(change);
        self.before.each(change);
        self.after.each(change);
        self.coverage.each(change);
        self.coverage_table.each(change);
    }
}

impl Page {
    pub(super) fn of(diagnosis: &Diagnosis) -> io::Result<Self> {
        let names = Names::default();
        let (rules, findings) = findings(diagnosis, &names);
        let incidents = incidents(diagnosis, &names);
        let before = [
            guests(diagnosis, &names),
            hosts(diagnosis, &names),
            crashes(diagnosis, &names),
            migrations(diagnosis, &names),
            volumes(diagnosis, &names),
        ];
        let after = [
            missing(diagnosis),
            machines(diagnosis, &names),
            ignored(diagnosis),
            sigma(diagnosis),
            problems(diagnosis),
            sources(diagnosis),
        ];
        let mut data = Data {
            rules,
            findings,
            incidents,
            before: before.into_iter().flatten().collect(),
            after: after.into_iter().flatten().collect(),
            coverage: coverage::machines(diagnosis),
            coverage_table: coverage::table(diagnosis),
            sources: names.into_names(),
        };
        let paths = ShownPaths::of(diagnosis);
        let mut summary = Summary::of(diagnosis, &paths);
        let show = |text: &mut String| {
            if let Cow::Owned(shown) = paths.in_text(text) {
                *text = shown;
            }
        };
        summary.each(&show);
        data.each(&show);
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            case: case_name(&diagnosis.given).map(|name| clean(&name)),
            policy: policy(),
            style: STYLE,
            script: SCRIPT,
            json: embedded(&data)?,
            summary,
            data,
        })
    }

    fn source(&self, index: &usize) -> &str {
        self.data.sources.get(*index).map_or("", String::as_str)
    }

    fn rule(&self, finding: &FindingView) -> Option<&RuleView> {
        self.data.rules.get(finding.rule)
    }

    fn told(&self) -> impl Iterator<Item = &IncidentView> {
        self.data.incidents.iter().take(self.summary.told)
    }

    fn plain_incidents(&self) -> impl Iterator<Item = &IncidentView> {
        self.data.incidents.iter().take(PLAIN_INCIDENTS)
    }

    fn plain_findings(&self) -> impl Iterator<Item = &FindingView> {
        self.data.findings.iter().take(PLAIN_FINDINGS)
    }

    fn untold(&self) -> usize {
        self.data.incidents.len().saturating_sub(self.summary.told)
    }

    fn more_incidents(&self) -> usize {
        self.data.incidents.len().saturating_sub(PLAIN_INCIDENTS)
    }

    fn more_findings(&self) -> usize {
        self.data.findings.len().saturating_sub(PLAIN_FINDINGS)
    }
}

/// What was given, by the last names of its paths: the others tell of who works on the case, not of the case.
fn case_name(given: &[String]) -> Option<String> {
    let last = |path: &String| {
        let name = path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next()?.to_owned();
        let is_name = !name.is_empty() && !name.ends_with(':') && name != "." && name != "..";
        is_name.then_some(name)
    };
    let names: Vec<String> = given.iter().filter_map(last).collect();
    let listed = some_of(names.iter().map(String::as_str), GIVEN_NAMED, ", ");
    (!names.is_empty()).then_some(listed)
}
