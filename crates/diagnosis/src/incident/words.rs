//! What an incident is called, and what is said of it in a few sentences.

use std::collections::BTreeSet;

use super::Sighted;
use super::about::About;
use super::links::{Consequence, Links, Why};
use super::pattern::pattern;
use crate::crash::Crashed;
use crate::evidence::Evidence;
use crate::finding::{Finding, PartOf, first_step};
use crate::rule::{Subject, Theme};

/// A summary names no more subjects, and no more of what happened about that time, than this.
const MAX_NAMED: usize = 5;

/// The findings of an incident, the lead first, and what is known of them.
pub(super) struct Members<'a, 'r> {
    pub(super) evidence: &'a Evidence,
    pub(super) links: &'a Links,
    pub(super) numbers: &'a [usize],
    pub(super) all: &'a [&'a Sighted<'r>],
}

impl Members<'_, '_> {
    /// The lead's title, and how many subjects it holds of.
    pub(super) fn title(&self) -> String {
        let Some(lead) = self.all.first() else { return String::new() };
        let subjects: BTreeSet<&String> =
            self.alike().filter_map(|one| one.subject.as_ref()).collect();
        match subjects.len() {
            0 | 1 => lead.finding.title.clone(),
            count => match lead.rule.subject.as_ref().and_then(plural) {
                Some(noun) => format!("{} ({count} {noun})", lead.finding.title),
                None => lead.finding.title.clone(),
            },
        }
    }

    /// The lead's machine, and how many more logged the same.
    pub(super) fn machines(&self) -> String {
        let Some(lead) = self.all.first() else { return String::new() };
        let alike = self.all.iter().filter(|one| one.rule.id == lead.rule.id);
        let logged = alike.flat_map(|one| &one.anchors).map(|it| self.evidence.machine_index(*it));
        let others: BTreeSet<usize> = logged.filter(|machine| *machine != lead.machine).collect();
        match others.len() {
            0 => lead.finding.machine.clone(),
            count => format!("{} and {count} more", lead.finding.machine),
        }
    }

    /// What broke and where, whom it took along, how sure that is, what else happened, what to do first.
    pub(super) fn summary(&self, about: &About) -> String {
        let Some(lead) = self.all.first() else { return String::new() };
        // How sure the rule is belongs to what the rule says, and not to what was joined to it.
        let sure = lead.finding.confidence.sentence().to_owned();
        let mut said = vec![lead.finding.message.clone(), sure];
        said.extend(self.stopped());
        said.extend(self.same());
        said.extend(self.consequences());
        said.extend(pattern(self.evidence, self.all));
        said.extend(also(about));
        said.push(format!("First: {}", first_step(&lead.finding.remedy)));
        said.join(" ")
    }

    /// Findings of the same rule as the lead.
    fn alike(&self) -> impl Iterator<Item = &Finding> {
        let rule = self.all.first().map(|one| one.finding.rule.as_str());
        let findings = self.all.iter().map(|one| &one.finding);
        findings.filter(move |finding| Some(finding.rule.as_str()) == rule)
    }

    /// The machines, and the virtual machines that only hosts speak of, that stopped in it, where the lead
    /// tells something else.
    fn stopped(&self) -> Option<String> {
        let lead = self.all.first()?;
        if lead.rule.theme == Theme::Crash {
            return None;
        }
        let crashes = self.evidence.crashes();
        // Others cite a dump for what was on the machine when it was written.
        let facts =
            self.all.iter().filter(|it| matches!(it.rule.theme, Theme::Crash | Theme::Storage));
        let numbers: BTreeSet<usize> = facts
            .flat_map(|one| &one.of_failure)
            .filter_map(|fact| crashes.number_of(*fact))
            .collect();
        let told = numbers.iter().filter_map(|number| crashes.get(*number));
        let told = told.filter_map(|crash| {
            let name = match crash.crashed {
                Crashed::Machine(machine) => self.evidence.machines().get(machine)?.name.clone(),
                Crashed::Vm(vm) => self.evidence.vms().get(vm)?.display(),
            };
            let code = crash.bugcheck.filter(|bugcheck| bugcheck.code != 0);
            let code = code.map(|it| format!(" (STOP {:#X})", it.code)).unwrap_or_default();
            Some(format!("{name}{code}"))
        });
        let told: BTreeSet<String> = told.collect();
        let told: BTreeSet<&str> = told.iter().map(String::as_str).collect();
        (!told.is_empty()).then(|| format!("In this incident there stopped: {}.", listed(&told)))
    }

    fn same(&self) -> Option<String> {
        let lead = self.all.first()?;
        let others: BTreeSet<&str> = self
            .alike()
            .filter_map(|one| one.subject.as_deref())
            .filter(|subject| Some(*subject) != lead.finding.subject.as_deref())
            .collect();
        (!others.is_empty()).then(|| format!("The same holds of {}.", listed(&others)))
    }

    /// The virtual machines that the lead took along.
    fn consequences(&self) -> Vec<String> {
        let of = |why: Why| -> BTreeSet<usize> {
            let consequences = self.numbers.iter().filter_map(|it| self.links.consequence(*it));
            let fitting = consequences.filter(|it: &&Consequence| it.why.contains(&why));
            fitting.flat_map(|it| &it.vms).copied().collect()
        };
        let restarted = self.numbers.iter().filter_map(|it| self.links.restarts(*it));
        let restarted: BTreeSet<usize> = restarted.flat_map(|it| it.keys().copied()).collect();
        let told = [
            (of(Why::HostDied), "went down about when the host that ran {} did"),
            (restarted, "of the host {was} started on other hosts within the hour"),
            (
                of(Why::StorageLost),
                "stopped or waited for {their} disks about when {their} host lost storage",
            ),
        ];
        let told = told.into_iter().filter(|(vms, _)| !vms.is_empty());
        told.map(|(vms, what)| {
            let vms = vms.iter().filter_map(|vm| self.evidence.vms().get(*vm));
            let names: BTreeSet<String> = vms.map(|vm| vm.display()).collect();
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let count = names.len();
            let [noun, them, was, their] = match count {
                1 => ["virtual machine", "it", "was", "its"],
                _ => ["virtual machines", "them", "were", "their"],
            };
            let what = what.replace("{}", them).replace("{was}", was).replace("{their}", their);
            format!("{count} {noun} {what}: {}.", listed(&names))
        })
        .collect()
    }
}

/// What a finding says that is shown without what leads its incident.
pub(crate) fn part_in_words(finding: &Finding, whole: &PartOf) -> String {
    let sure = finding.confidence.sentence();
    let part = format!("Part of: {} ({}).", whole.title, whole.severity.word());
    let first = first_step(&finding.remedy);
    format!("{} {sure} {part} First: {first}", finding.message)
}

fn also(about: &About) -> Option<String> {
    let named: Vec<&str> = about.said.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = match about.said.len().saturating_sub(named.len()) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    (!named.is_empty()).then(|| {
        format!("About that time, which need not be its cause: {}{more}.", named.join("; "))
    })
}

/// The first of them, and how many more.
pub(super) fn listed(names: &BTreeSet<&str>) -> String {
    let named: Vec<&str> = names.iter().take(MAX_NAMED).copied().collect();
    match names.len().saturating_sub(named.len()) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// What several subjects of a rule are called.
fn plural(subject: &Subject) -> Option<&'static str> {
    let field = match subject {
        Subject::Vm => return Some("virtual machines"),
        Subject::Field(field) => field.fields.first()?.1.field.path,
    };
    ["volume", "adapter", "switch", "bugcheck.code"]
        .iter()
        .zip(["volumes", "adapters", "switches", "STOP codes"])
        .find_map(|(path, noun)| (*path == field).then_some(noun))
}
