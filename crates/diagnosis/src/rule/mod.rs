//! Rules: judgements as data.

mod binding;
mod catalogue;
mod condition;
mod example;
mod looks_at;
mod nearest;
mod read;
mod relation;
mod repetition;
mod template;

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::finding::{Confidence, Severity};
use crate::logged_event::EventRequest;
use crate::yaml::{self, Node, YamlError};

pub use binding::RegistryRequest;
pub(crate) use binding::{Binding, Support, Unless};
pub(crate) use example::{Example, Expected};
pub use looks_at::{EventUse, LooksAt};
pub use nearest::like;
pub(crate) use relation::{FieldOf, Relation, Window};
pub(crate) use repetition::Repetition;
pub(crate) use template::{Said, Template, read_field};

/// A judgement that can be made of evidence.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The file that it stands in, as the caller named it; of the catalogue `theme/ID.yaml`.
    pub file: String,
    /// The line in it at which the rule begins, from 1.
    pub(crate) line: u64,
    /// Whether it is of the catalogue, and so may be replaced by one of the user's.
    pub is_stock: bool,
    /// Its title.
    pub title: String,
    /// How much it matters when it holds.
    pub severity: Severity,
    /// How sure it is when only what it requires holds.
    pub confidence: Confidence,
    /// What part of the system it is about.
    pub theme: Theme,
    /// What it means.
    pub explain: String,
    /// What to do.
    pub remedy: String,
    /// Where to read on.
    pub references: Vec<String>,
    /// What it wants, the anchor first.
    pub(crate) when: Vec<Binding>,
    pub(crate) supported_by: Vec<Support>,
    /// Numbers of supports of which one must hold; none when empty.
    pub(crate) needs_one_of: Vec<usize>,
    pub(crate) unless: Vec<Unless>,
    /// How many anchors a machine and subject must have.
    pub(crate) repetition: Repetition,
    pub(crate) subject: Option<Subject>,
    /// Whether the findings of all machines with one subject are one.
    pub(crate) is_across_machines: bool,
    pub(crate) message: Template,
    /// Ids of rules whose findings it explains.
    pub(crate) explains: Vec<String>,
    pub(crate) examples: Vec<Example>,
}

impl Rule {
    /// The kinds of facts that it looks at, each once, in the order in which it names them.
    #[must_use]
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut words = Vec::new();
        for kind in self.bindings().flat_map(|binding| &binding.kinds) {
            if !words.contains(&kind.word()) {
                words.push(kind.word());
            }
        }
        words
    }

    /// What to do in a certain case instead of [`Self::remedy`], with the name of the support that tells
    /// the case.
    pub fn other_remedies(&self) -> impl Iterator<Item = (&str, &str)> {
        let supports = self.supported_by.iter();
        supports.filter_map(|it| Some((it.binding.name.as_str(), it.remedy.as_deref()?)))
    }

    /// The same with the case in words that follow `if`: those of the rule, or else the name.
    pub fn other_remedies_in_words(&self) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
        self.supported_by.iter().filter_map(|it| {
            let named = || it.binding.name.replace('_', " ").into();
            let case = it.case.as_deref().map_or_else(named, Cow::Borrowed);
            Some((case, it.remedy.as_deref()?))
        })
    }

    /// What severity and confidence evidence beside it can raise a finding to: those of the rule where none does.
    #[must_use]
    pub fn highest(&self) -> (Severity, Confidence) {
        let severities = self.supported_by.iter().filter_map(|it| it.raises_severity_to);
        let confidences = self.supported_by.iter().filter_map(|it| it.raises_to);
        let severity = severities.fold(self.severity, Severity::max);
        (severity, confidences.fold(self.confidence, Confidence::max))
    }

    /// How many examples it was read with.
    #[must_use]
    pub fn number_of_examples(&self) -> usize {
        self.examples.len()
    }

    /// Every binding that can hold a fact of its own.
    fn bindings(&self) -> impl Iterator<Item = &Binding> {
        let unless = self.unless.iter().filter_map(|unless| match unless {
            Unless::Fact(binding) => Some(binding),
            Unless::Rule(_) => None,
        });
        let supports = self.supported_by.iter().map(|support| &support.binding);
        self.when.iter().chain(supports).chain(unless)
    }
}

/// What a finding is about besides its machine.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The virtual machine of the anchor, whatever it is called at the time.
    Vm,
    /// The value of a field of the anchor.
    Field(FieldOf),
}

/// A part of the system. Findings of one theme tend to have one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Theme {
    /// A machine stopped.
    Crash,
    /// Guest and host do not understand each other fully.
    Integration,
    /// Cluster shared volumes.
    Csv,
    /// Filter drivers and what they do to files of virtual machines.
    Antivirus,
    /// Network adapters, queues and virtual switches.
    Network,
    /// Storage of virtual machines.
    Storage,
    /// Nodes of a failover cluster and their membership.
    Cluster,
    /// Security updates that a machine lacks.
    Security,
    /// Hardware, firmware and settings of a machine.
    Settings,
}

impl Theme {
    /// All of them, in the order in which reports list them.
    pub const ALL: [Self; 9] = [
        Self::Crash,
        Self::Integration,
        Self::Csv,
        Self::Antivirus,
        Self::Network,
        Self::Storage,
        Self::Cluster,
        Self::Security,
        Self::Settings,
    ];

    /// The word that rules use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Crash => "crash",
            Self::Integration => "integration",
            Self::Csv => "csv",
            Self::Antivirus => "antivirus",
            Self::Network => "network",
            Self::Storage => "storage",
            Self::Cluster => "cluster",
            Self::Security => "security",
            Self::Settings => "settings",
        }
    }
}

/// What is wrong with a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct RuleError {
    /// The file, as the caller named it.
    pub file: String,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: u64,
    /// Column in characters, from 1; 0 where the file as a whole is meant.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// Rules in the order in which they were loaded.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    rules: Vec<Rule>,
}

impl RuleSet {
    /// The rules that are compiled in.
    ///
    /// # Errors
    /// When one of them is not valid, which the tests exclude.
    pub fn catalogue() -> Result<Self, RuleError> {
        /// Reading it takes as long as judging a small case, and a process may judge thousands.
        static READ: OnceLock<RuleSet> = OnceLock::new();
        if let Some(read) = READ.get() {
            return Ok(read.clone());
        }
        let read = Self::of_files(|file| Ok(file.rule()))?;
        Ok(READ.get_or_init(|| read).clone())
    }

    /// The same with the examples of the rules, for [`check_examples`](crate::check_examples).
    ///
    /// # Errors
    /// As [`Self::catalogue`].
    pub fn catalogue_with_examples() -> Result<Self, RuleError> {
        Self::of_files(|file| yaml::read(file.yaml))
    }

    /// The file of the catalogue with this name, `crash/KP-41.yaml`, as it was written.
    #[must_use]
    pub fn catalogue_file(name: &str) -> Option<&'static str> {
        catalogue::FILES.iter().find(|file| file.name == name).map(|file| file.yaml)
    }

    fn of_files(
        read: impl Fn(&catalogue::File) -> Result<Node, YamlError>,
    ) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        for file in catalogue::FILES {
            rules.add_all(file.name, read(file))?;
        }
        for rule in &mut rules.rules {
            rule.is_stock = true;
        }
        Ok(rules)
    }

    /// Adds the rule, or the list of rules, of one file. A rule with the id of one of the catalogue
    /// takes its place. A rule may name rules that were loaded before it and stand above it; one
    /// that takes a place, those that stand above that place.
    ///
    /// # Errors
    /// Anything that the rule language does not know, with its place; nothing is added then.
    pub fn load(&mut self, file_name: &str, yaml: &str) -> Result<(), RuleError> {
        self.add_all(file_name, yaml::read(yaml))
    }

    fn add_all(
        &mut self,
        file_name: &str,
        document: Result<Node, YamlError>,
    ) -> Result<(), RuleError> {
        let before = self.rules.len();
        let mut replaced = Vec::new();
        let result = document.and_then(|document| {
            for node in document.as_items() {
                replaced.extend(self.add(node, file_name)?);
            }
            Ok(())
        });
        result.map_err(|error| {
            self.rules.truncate(before);
            for (place, rule) in replaced {
                self.replace(place, rule);
            }
            RuleError::new(file_name, error)
        })
    }

    /// Adds one rule; gives the one whose place it took.
    fn add(&mut self, node: &Node, file: &str) -> Result<Option<(usize, Rule)>, YamlError> {
        let id = read::id(node)?;
        let place = self.rules.iter().position(|rule| rule.is_stock && rule.id == id);
        let above = place.unwrap_or(self.rules.len());
        let rule = read::rule(node, file, self.rules.get(..above).unwrap_or_default())?;
        match place {
            Some(place) => Ok(self.replace(place, rule).map(|stock| (place, stock))),
            None => {
                self.rules.push(rule);
                Ok(None)
            }
        }
    }

    fn replace(&mut self, place: usize, rule: Rule) -> Option<Rule> {
        self.rules.get_mut(place).map(|it| std::mem::replace(it, rule))
    }

    /// The raw events that the rules ask for. No others need be kept.
    pub fn event_requests(&self) -> impl Iterator<Item = &EventRequest> {
        self.rules.iter().flat_map(Rule::bindings).filter_map(|binding| binding.events.as_ref())
    }

    /// The registry values that the rules ask for. No others need be kept.
    pub fn registry_requests(&self) -> impl Iterator<Item = &RegistryRequest> {
        self.rules.iter().flat_map(Rule::bindings).filter_map(|binding| binding.values.as_deref())
    }

    /// The same with another rule in the place of one.
    #[cfg(test)]
    pub(crate) fn with(&self, number: usize, rule: Rule) -> Self {
        let mut rules = self.rules.clone();
        if let Some(place) = rules.get_mut(number) {
            *place = rule;
        }
        Self { rules }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }
}

impl RuleError {
    pub(crate) fn new(file: &str, error: YamlError) -> Self {
        Self {
            file: file.to_owned(),
            line: error.at.line,
            column: error.at.column,
            message: error.message,
        }
    }
}
