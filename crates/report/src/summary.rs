//! What a reader wants to know first, besides what broke: who needs attention, how sure that is, and what
//! to do next.

use std::collections::HashMap;

use hvtriage_diagnosis::{Confidence, Diagnosis, Incident, MissingLog, Severity, first_step};

use crate::attention::guests_in_need;
use crate::short_names::{ShortNames, first_of_several};
use crate::text::layout::count;

/// Guests of which the same is told.
pub(crate) struct Attention<'a> {
    /// By name.
    pub(crate) guests: Vec<&'a str>,
    /// What happened to them, or what is wrong with their services.
    pub(crate) what: String,
    /// The number of the gravest incident that they are of.
    pub(crate) incident: Option<usize>,
}

/// The guests that need attention, those of the gravest incident first.
pub(crate) fn attention(diagnosis: &Diagnosis) -> Vec<Attention<'_>> {
    let mut alike: Vec<Attention<'_>> = Vec::new();
    let mut numbers: HashMap<(Option<usize>, String), usize> = HashMap::new();
    for kind in guests_in_need(diagnosis) {
        for guest in kind.guests {
            let how = guest.stop.map_or_else(String::new, |stop| format!(" ({stop})"));
            let (incident, what) = (guest.incident, format!("{}{how}", kind.what));
            let number = *numbers.entry((incident, what.clone())).or_insert(alike.len());
            match alike.get_mut(number) {
                Some(of) => of.guests.push(guest.name),
                None => alike.push(Attention { guests: vec![guest.name], what, incident }),
            }
        }
    }
    alike.sort_by_key(|one| one.incident.unwrap_or(usize::MAX));
    alike
}

/// How sure it is what broke: a sentence for each degree, the surest first.
pub(crate) fn sureness(incidents: &[Incident]) -> Vec<String> {
    let degrees = Confidence::ALL.into_iter().rev();
    let numbered = degrees.map(|degree| {
        (degree, incidents.iter().filter(|incident| incident.confidence == degree).count())
    });
    let told = numbered.filter(|(_, number)| *number > 0);
    told.map(|(degree, number)| {
        format!(
            "{}: {} (confidence {})",
            count(number as u64, "incident"),
            shows(degree),
            degree.word()
        )
    })
    .collect()
}

fn shows(degree: Confidence) -> &'static str {
    match degree {
        Confidence::High => "the evidence shows it",
        Confidence::Medium => "the evidence points there, but does not prove it",
        Confidence::Low => "a hypothesis that the evidence allows",
    }
}

/// Something to do, and the numbers of the incidents that ask for it.
pub(crate) struct Step<'a> {
    pub(crate) remedy: &'a str,
    pub(crate) incidents: Vec<usize>,
}

/// What to do about the incidents, the gravest first, each short answer once.
pub(crate) fn steps(diagnosis: &Diagnosis) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (number, incident) in (1..).zip(&diagnosis.incidents) {
        let lead = incident.findings.first().and_then(|index| diagnosis.findings.get(*index));
        let Some(lead) = lead.filter(|lead| lead.severity > Severity::Info) else { continue };
        let place = *numbers.entry(first_step(&lead.remedy)).or_insert(steps.len());
        match steps.get_mut(place) {
            Some(step) => step.incidents.push(number),
            None => steps.push(Step { remedy: &lead.remedy, incidents: vec![number] }),
        }
    }
    steps
}

/// The first thing to bring of a machine of the gravest incident, and how many more there are to bring.
pub(crate) fn first_to_bring(diagnosis: &Diagnosis) -> Option<(&MissingLog, usize)> {
    let names = ShortNames::of(diagnosis);
    let incidents = machines_of_incidents(diagnosis, &names);
    let gravest =
        |one: &&MissingLog| *incidents.get(names.short(&one.machine)).unwrap_or(&usize::MAX);
    let wanted = || diagnosis.missing.iter().filter(|one| !one.is_lost);
    let first = wanted().min_by_key(gravest)?;
    Some((first, wanted().count().saturating_sub(1)))
}

/// The number of the gravest incident that names a machine.
fn machines_of_incidents<'a>(
    diagnosis: &'a Diagnosis,
    names: &ShortNames<'_>,
) -> HashMap<&'a str, usize> {
    let mut numbers = HashMap::new();
    for (number, incident) in diagnosis.incidents.iter().enumerate() {
        let moments = incident.timeline.iter().map(|moment| &moment.machine);
        for machine in moments.chain(&incident.vms).chain([&incident.machine]) {
            let (first, _) = first_of_several(machine);
            numbers.entry(names.short(first)).or_insert(number);
        }
    }
    numbers
}
