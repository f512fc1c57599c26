//! Files of rules to rules that can be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rsigma_eval::{CompiledRule, compile_rule};
use rsigma_parser::{
    CorrelationRule, FilterRule, SigmaCollection, SigmaRule, Status, parse_sigma_yaml,
};

use crate::conditions::{event_ids, fields};
use crate::event::SYSTEM_FIELDS;
use crate::log_source::{described, places};
use crate::problems::{Problems, RuleProblem};
use crate::rewrite::for_windows;
use crate::rule::{Rule, name_of};
use crate::rule_set::{SigmaRules, Streams};
use crate::taxonomy::Place;

/// Reads rules, file by file.
///
/// What cannot be used is left out and told: a file that cannot be read, a log source that is no
/// Windows event log, a rule that is deprecated or unsupported, a second rule of one id, and
/// correlations, which are about several events. A rule that a correlation counts is no finding of
/// its own, unless the correlation says so (`generate`), and is left out with it.
#[derive(Debug, Default)]
pub struct Loader {
    rules: Vec<(String, SigmaRule)>,
    filters: Vec<(String, FilterRule)>,
    correlations: Vec<CorrelationRule>,
    problems: Vec<RuleProblem>,
    files: usize,
}

/// No stock rule is longer than a quarter of it.
const MAX_FILE_BYTES: usize = 1 << 20;
/// The time that the YAML parser takes grows with the square of open brackets: 100,000 take a minute.
/// No stock rule has a thousand.
const MAX_BRACKETS: usize = 10_000;
/// What is wrong with one file is told this often.
const MAX_FILE_PROBLEMS: usize = 8;

impl Loader {
    /// Reads the rules of a file. The order of the files decides which of two rules with one id is
    /// the first.
    pub fn add(&mut self, file: &str, text: &str) {
        self.files = self.files.saturating_add(1);
        let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
        if text.len() > MAX_FILE_BYTES || brackets > MAX_BRACKETS {
            let message = format!(
                "is longer than {MAX_FILE_BYTES} bytes or has more than {MAX_BRACKETS} brackets, which \
                 no rule has"
            );
            self.problem(RuleProblem::new(file, message, ""));
            return;
        }
        let read = catch_unwind(|| parse_sigma_yaml(text).map_err(|error| error.to_string()));
        match read.unwrap_or_else(|_| Err("the parser of rules failed on it".into())) {
            Ok(collection) => self.take(file, collection),
            Err(message) => self.problem(unreadable(file, &message)),
        }
    }

    /// Tells of a file that could not be handed over.
    pub fn problem(&mut self, problem: RuleProblem) {
        self.problems.push(problem);
    }

    fn take(&mut self, file: &str, collection: SigmaCollection) {
        let errors = collection.errors.iter().take(MAX_FILE_PROBLEMS);
        self.problems.extend(errors.map(|message| unreadable(file, message)));
        self.rules.extend(collection.rules.into_iter().map(|rule| (file.to_owned(), rule)));
        self.filters.extend(collection.filters.into_iter().map(|filter| (file.to_owned(), filter)));
        for correlation in collection.correlations {
            self.problems.push(RuleProblem::new(
                file,
                format!(
                    "'{}' is a correlation of several events, which is not supported",
                    correlation.title
                ),
                "write a rule of hvtriage's own that counts events or relates them",
            ));
            self.correlations.push(correlation);
        }
    }

    /// Makes rules of what was read.
    #[must_use]
    pub fn finish(self) -> SigmaRules {
        let Self { rules, filters, correlations, mut problems, files } = self;
        let (usable, left_out) = usable(rules, &correlations, &mut problems);
        let mut streams = Streams::default();
        let mut used = Vec::new();
        for Usable { file, mut rule, places } in usable {
            let fields = fields(&rule.detection);
            let ids = event_ids(&rule.detection);
            for_windows(&mut rule.detection);
            let compiled = match compiled(&rule) {
                Ok(compiled) => compiled,
                Err(message) => {
                    problems.push(unreadable(&file, &message));
                    continue;
                }
            };
            // An event without a field that the rule lets pass by would never pass.
            let fits = |place: &&Place| {
                let known = |field: &String| {
                    place.known.is_none_or(|known| known.contains(&field.as_str()))
                        || SYSTEM_FIELDS.contains(&field.as_str())
                };
                fields.absent.iter().all(known)
            };
            let places: Vec<Place> = places.iter().filter(fits).copied().collect();
            if places.is_empty() {
                let message = "asks whether a field is missing that these events never have";
                problems.push(RuleProblem::new(&file, message, ""));
                continue;
            }
            streams.add(used.len(), compiled, ids, &places);
            used.push(Rule::of(&rule, &file, fields.named.into_iter().collect()));
        }
        let streams = streams.ready(&used, &filters, &mut problems);
        SigmaRules::new(used, streams, Problems::of(problems, left_out), files)
    }
}

/// A rule for Windows event logs.
struct Usable {
    file: String,
    rule: SigmaRule,
    places: Vec<Place>,
}

fn usable(
    rules: Vec<(String, SigmaRule)>,
    correlations: &[CorrelationRule],
    problems: &mut Vec<RuleProblem>,
) -> (Vec<Usable>, Vec<RuleProblem>) {
    let counted: BTreeSet<&str> = correlations
        .iter()
        .filter(|correlation| !correlation.generate)
        .flat_map(|correlation| correlation.rules.iter().map(String::as_str))
        .collect();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut left_out = Vec::new();
    let mut leave_out = |file: &str, reason: String, hint: &str| {
        left_out.push(RuleProblem::new(file, reason, hint));
    };
    let mut usable = Vec::new();
    for (file, rule) in rules {
        let places = places(&rule.logsource);
        let name = name_of(&rule).to_lowercase();
        let names = [rule.id.as_deref(), rule.name.as_deref()];
        if places.is_empty() {
            let source = described(&rule.logsource);
            let reason = format!("the log source ({source}) is no Windows event log");
            leave_out(&file, reason, LOG_SOURCE);
        } else if let Some(status @ (Status::Deprecated | Status::Unsupported)) = rule.status {
            let word = if status == Status::Deprecated { "deprecated" } else { "unsupported" };
            leave_out(&file, format!("the status is {word}"), "");
        } else if names.iter().flatten().any(|name| counted.contains(name)) {
            leave_out(&file, "a correlation counts what it finds".into(), "");
        } else if let Some(first) = seen.get(&name) {
            let message = format!("'{}' has the id of a rule in {first}", rule.title.trim());
            problems.push(RuleProblem::new(&file, message, "give it an id of its own"));
        } else {
            seen.insert(name, file.clone());
            usable.push(Usable { file, rule, places });
        }
    }
    (usable, left_out)
}

const LOG_SOURCE: &str = "name the log with `service`, or its events with `category`, as Sigma's \
                          taxonomy does";

fn compiled(rule: &SigmaRule) -> Result<CompiledRule, String> {
    let compile = AssertUnwindSafe(|| compile_rule(rule).map_err(|error| error.to_string()));
    catch_unwind(compile).unwrap_or_else(|_| Err("the compiler of rules failed on it".into()))
}

/// The parser writes its errors with a capital.
fn unreadable(file: &str, message: &str) -> RuleProblem {
    let message = message.trim_start();
    let mut letters = message.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    let is_name = letters.clone().next().is_some_and(char::is_uppercase);
    let begun = if is_name { message.to_owned() } else { format!("{first}{}", letters.as_str()) };
    RuleProblem::new(file, begun, "check it against the Sigma specification")
}
