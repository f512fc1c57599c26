//! Which guests need attention: by what is wrong with them, those of the gravest incident first.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use hvtriage_diagnosis::{Diagnosis, Locator, Verdict};
use hvtriage_winfmt::FileTime;

/// What is wrong with some guests.
pub(crate) struct GuestsInNeed<'a> {
    /// What is wrong, in words.
    pub(crate) what: &'a str,
    /// Those it is wrong with, of the gravest incident first.
    pub(crate) guests: Vec<GuestInNeed<'a>>,
}

/// One of them.
pub(crate) struct GuestInNeed<'a> {
    pub(crate) name: &'a str,
    /// How it stopped, for one that did.
    pub(crate) stop: Option<&'a str>,
    /// The number of the gravest incident that tells so.
    pub(crate) incident: Option<usize>,
}

impl<'a> GuestInNeed<'a> {
    fn new(name: &'a str, stop: Option<&'a str>, rank: usize) -> Self {
        Self { name, stop, incident: (rank != usize::MAX).then(|| rank.saturating_add(1)) }
    }
}

/// Guests by what is wrong with them. What concerns the gravest incident comes first; behind that what
/// happened to guests, then their services.
pub(crate) fn guests_in_need(diagnosis: &Diagnosis) -> Vec<GuestsInNeed<'_>> {
    let incidents = Incidents::of(diagnosis);
    let mut kinds: Kinds<'_> = Kinds::default();
    for trouble in &diagnosis.tables.guest_troubles {
        let rank =
            incidents.gravest(&trouble.citations, &trouble.guest, trouble.first, trouble.last);
        let (what, stop) = match trouble.stops.is_empty() {
            true => (trouble.what.as_str(), None),
            false => ("stopped", Some(trouble.what.as_str())),
        };
        let stop = stop.map(|stop| stop.strip_prefix("crashed with ").unwrap_or(stop));
        kinds.add(what, rank, GuestInNeed::new(&trouble.guest, stop, rank));
    }
    for guest in &diagnosis.guests {
        let what = match guest.verdict {
            Verdict::Incompatible => "integration services do not work with the host's",
            Verdict::Outdated => "integration services out of date",
            Verdict::HostBehind => "host behind its guest",
            Verdict::Compatible | Verdict::Harmless | Verdict::Unknown => continue,
        };
        let rank = incidents.gravest(
            std::slice::from_ref(&guest.citation),
            &guest.vm_name,
            guest.first_seen,
            guest.last_seen,
        );
        kinds.add(what, rank, GuestInNeed::new(&guest.vm_name, None, rank));
    }
    kinds.gravest_first()
}

/// The number of the gravest incident that something belongs to.
struct Incidents<'a> {
    by_place: HashMap<&'a Locator, usize>,
    by_vm: HashMap<&'a str, Vec<(usize, RangeInclusive<FileTime>)>>,
}

impl<'a> Incidents<'a> {
    fn of(diagnosis: &'a Diagnosis) -> Self {
        let mut all = Self { by_place: HashMap::new(), by_vm: HashMap::new() };
        // What is not shown may be what a guest's trouble is of.
        let is_whole = diagnosis.left_out.is_none() && diagnosis.ignored.is_none();
        for (number, incident) in diagnosis.incidents.iter().enumerate() {
            let findings = incident.findings.iter();
            let findings = findings.filter_map(|index| diagnosis.findings.get(*index));
            let cited = findings.flat_map(|finding| &finding.citations).map(|it| &it.locator);
            for place in cited.chain(incident.timeline.iter().map(|moment| &moment.citation)) {
                all.by_place.entry(place).or_insert(number);
            }
            if let (Some(start), Some(end), true) = (incident.start, incident.end, is_whole) {
                for vm in &incident.vms {
                    all.by_vm.entry(vm).or_default().push((number, start..=end));
                }
            }
        }
        all
    }

    /// By what is cited; of citations there is a bounded number, so else by the name of the guest in an
    /// incident of that time.
    fn gravest(
        &self,
        citations: &[Locator],
        guest: &str,
        first: Option<FileTime>,
        last: Option<FileTime>,
    ) -> usize {
        let cited = citations.iter().filter_map(|place| self.by_place.get(place)).min();
        let is_then = |times: &RangeInclusive<FileTime>| {
            first
                .zip(last)
                .is_some_and(|(first, last)| first <= *times.end() && *times.start() <= last)
        };
        let of_vm = || {
            let mut of_vm = self.by_vm.get(guest)?.iter().filter(|(_, times)| is_then(times));
            of_vm.next().map(|(number, _)| *number)
        };
        cited.copied().or_else(of_vm).unwrap_or(usize::MAX)
    }
}

/// Guests of one kind by name, each with the number of its gravest incident.
type Guests<'a> = BTreeMap<&'a str, (usize, GuestInNeed<'a>)>;

#[derive(Default)]
struct Kinds<'a> {
    /// What is wrong, in order of coming.
    kinds: Vec<(&'a str, Guests<'a>)>,
    numbers: HashMap<&'a str, usize>,
}

impl<'a> Kinds<'a> {
    /// A guest is named once for each kind, by the gravest of what happened.
    fn add(&mut self, what: &'a str, rank: usize, guest: GuestInNeed<'a>) {
        let number = *self.numbers.entry(what).or_insert_with(|| {
            self.kinds.push((what, BTreeMap::new()));
            self.kinds.len().saturating_sub(1)
        });
        let Some((_, guests)) = self.kinds.get_mut(number) else { return };
        match guests.get(guest.name) {
            Some((known, _)) if *known <= rank => {}
            _ => {
                guests.insert(guest.name, (rank, guest));
            }
        }
    }

    fn gravest_first(self) -> Vec<GuestsInNeed<'a>> {
        let kinds = self.kinds.into_iter().map(|(what, guests)| {
            let mut guests: Vec<(usize, GuestInNeed<'a>)> = guests.into_values().collect();
            guests.sort_by_key(|(rank, _)| *rank);
            let gravest = guests.first().map_or(usize::MAX, |(rank, _)| *rank);
            let guests = guests.into_iter().map(|(_, guest)| guest).collect();
            (gravest, GuestsInNeed { what, guests })
        });
        let mut kinds: Vec<(usize, GuestsInNeed<'a>)> = kinds.collect();
        kinds.sort_by_key(|(gravest, _)| *gravest);
        kinds.into_iter().map(|(_, kind)| kind).collect()
    }
}
