//! What is shown of a diagnosis, where not all of it is asked for.

mod about;
mod findings;
mod unknown;
mod unmet;

use std::fmt;

use crate::diagnosis::Diagnosis;
use crate::finding::Severity;
use crate::glob::ids_fit;
use crate::table::Tables;
use about::About;
pub(crate) use about::known_names;
pub use unknown::UnknownMachine;
pub use unmet::UnmetRule;

/// What is to be shown of a diagnosis: all of it, unless something is named.
///
/// ```
/// use hvtriage_diagnosis::{Diagnosis, Selection, Severity};
///
/// let mut diagnosis = Diagnosis::default();
/// let selection = Selection::default().severity(Severity::High).rule("KB*");
/// diagnosis.select(&selection)?;
/// assert_eq!(diagnosis.left_out.unwrap().to_string(), "Nothing is left out (--severity high --rule KB*).");
/// # Ok::<(), hvtriage_diagnosis::UnknownMachine>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    machines: Vec<String>,
    severity: Option<Severity>,
    rules: Vec<String>,
}

/// What a selection left out of a diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// What was asked for.
    pub selection: Selection,
    /// Findings.
    pub findings: u64,
    /// Incidents none of whose findings is shown.
    pub incidents: u64,
    /// Rows on the services of guests.
    pub guests: u64,
    /// Dumps.
    pub crashes: u64,
    /// Rows of the tables of what happened and of the logs that there are.
    pub rows: u64,
    /// Rules that were asked for and of which there is no finding at all.
    pub unmet_rules: Vec<UnmetRule>,
}

impl Selection {
    /// Shows what is about this machine: a host or a guest by any of its names, in full or without its
    /// domain, in any case, with `*` for any text. Of several machines any may be it.
    #[must_use]
    pub fn machine(mut self, name: impl Into<String>) -> Self {
        self.machines.push(name.into());
        self
    }

    /// Shows findings of this severity and graver ones.
    #[must_use]
    pub fn severity(mut self, least: Severity) -> Self {
        self.severity = Some(least);
        self
    }

    /// Shows findings of this rule, in any case, with `*` for any text. Of several rules any may be it.
    #[must_use]
    pub fn rule(mut self, id: impl Into<String>) -> Self {
        self.rules.push(id.into());
        self
    }

    /// Whether nothing is named, so that all is shown.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The machines that were asked for.
    #[must_use]
    pub fn machines(&self) -> &[String] {
        &self.machines
    }

    /// The least severity that was asked for.
    #[must_use]
    pub fn least_severity(&self) -> Option<Severity> {
        self.severity
    }

    /// The rules that were asked for.
    #[must_use]
    pub fn rules(&self) -> &[String] {
        &self.rules
    }

    /// Whether findings of a rule are shown.
    #[must_use]
    pub fn takes_rule(&self, id: &str) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|pattern| ids_fit(pattern, id))
    }
}

/// As the command has it.
impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machines = self.machines.iter().map(|name| format!("--machine {name}"));
        let severity = self.severity.map(|least| format!("--severity {}", least.word()));
        let rules = self.rules.iter().map(|id| format!("--rule {id}"));
        let words: Vec<String> = machines.chain(severity).chain(rules).collect();
        formatter.write_str(&words.join(" "))
    }
}

/// `12 findings and 1 incident are not shown (--severity high).`
impl fmt::Display for LeftOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.findings, "finding", "findings"),
            (self.incidents, "incident", "incidents"),
            (self.guests, "row on guests", "rows on guests"),
            (self.crashes, "dump", "dumps"),
            (self.rows, "row on other machines", "rows on other machines"),
        ];
        let left = counts.iter().filter(|(count, ..)| *count > 0);
        let all: u64 = counts.iter().map(|(count, ..)| *count).fold(0, u64::saturating_add);
        let mut words: Vec<String> = left
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        let Some(last) = words.pop() else {
            return write!(formatter, "Nothing is left out ({}).", self.selection);
        };
        let before = if words.is_empty() { String::new() } else { words.join(", ") + " and " };
        let verb = if all == 1 { "is" } else { "are" };
        write!(formatter, "{before}{last} {verb} not shown ({}).", self.selection)
    }
}

impl Diagnosis {
    /// Leaves out what `selection` does not ask for, and counts it in [`Diagnosis::left_out`].
    ///
    /// Severities and rules choose findings. A machine chooses what is about it: its findings and those
    /// about it, all findings of incidents that involve it, and rows of all tables. An incident is shown when
    /// one of its findings is. Its title and severity are of what is shown of it, and where that is not what
    /// leads the incident, [`Incident::part_of`](crate::Incident::part_of) says what it is part of, and its
    /// times are those of what is shown; its timeline stays that of the whole. Sources, machines and problems stay: they are what the rest is
    /// founded on.
    ///
    /// # Errors
    /// A machine that the evidence does not name. Nothing is left out then.
    pub fn select(&mut self, selection: &Selection) -> Result<(), UnknownMachine> {
        if selection.is_all() {
            return Ok(());
        }
        let about = match selection.machines.as_slice() {
            [] => None,
            machines => Some(About::of(self, machines)?),
        };
        let mut left = LeftOut {
            selection: selection.clone(),
            unmet_rules: unmet::rules(self, selection),
            ..LeftOut::default()
        };
        self.select_findings(selection, about.as_ref(), &mut left);
        if let Some(about) = &about {
            self.select_rows(about, &mut left);
        }
        self.left_out = Some(left);
        Ok(())
    }

    fn select_rows(&mut self, about: &About, left: &mut LeftOut) {
        keep(&mut self.guests, &mut left.guests, |guest| {
            about.has(&guest.vm_name) || about.has_any(&guest.hosts)
        });
        // Machines that nothing names are called by their dumps, and those that are named have their
        // dumps among their names.
        keep(&mut self.crashes, &mut left.crashes, |crash| about.has(&crash.source));
        keep(&mut self.coverage, &mut left.rows, |log| about.has(&log.machine));
        keep(&mut self.missing, &mut left.rows, |log| about.has(&log.machine));
        self.tables.select(about, &mut left.rows);
    }
}

impl Tables {
    fn select(&mut self, about: &About, left: &mut u64) {
        self.select_stops(about, left);
        keep(&mut self.migrations, left, |row| {
            about.has(&row.vm) || about.has_any(&row.hosts) || about.has_any(&row.source)
        });
        keep(&mut self.hosts, left, |row| about.has(&row.machine));
        keep(&mut self.redirections, left, |row| {
            about.has_any(&row.vms) || row.hosts.iter().any(|host| about.has(&host.machine))
        });
        keep(&mut self.filters, left, |row| about.has(&row.machine));
        keep(&mut self.drifts, left, |row| {
            about.has_any(&row.vms) || row.hosts.iter().any(|host| about.has(&host.name))
        });
        keep(&mut self.unknowable, left, |row| {
            about.has(&row.vm_name) || about.has_any(&row.hosts)
        });
        keep(&mut self.reported_guests, left, |row| about.has_reported(row));
        keep(&mut self.guest_troubles, left, |row| {
            about.has(&row.guest) || about.has_any(&row.hosts)
        });
    }

    /// Troubles of guests point to stops by their places.
    fn select_stops(&mut self, about: &About, left: &mut u64) {
        let mut place: Vec<Option<usize>> = Vec::with_capacity(self.stops.len());
        let mut next = 0_usize;
        for stop in &self.stops {
            let is_shown = about.has(&stop.machine);
            place.push(is_shown.then_some(next));
            next = next.saturating_add(usize::from(is_shown));
        }
        keep(&mut self.stops, left, |stop| about.has(&stop.machine));
        for trouble in &mut self.guest_troubles {
            let shown = trouble.stops.iter().filter_map(|it| place.get(*it).copied().flatten());
            trouble.stops = shown.collect();
        }
    }
}

/// Keeps what is shown, and counts what is not.
fn keep<T>(list: &mut Vec<T>, left: &mut u64, is_shown: impl Fn(&T) -> bool) {
    let all = list.len();
    list.retain(is_shown);
    *left = left.saturating_add(all.saturating_sub(list.len()) as u64);
}
