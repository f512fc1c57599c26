//! Every text of the page that evidence may have a word in, so that all are changed in one place.

use super::coverage::CoveredMachine;
use super::findings::FindingView;
use super::incidents::IncidentView;
use super::model::{Cite, Row, Section, Table};

/// Something that shows texts of evidence.
pub(super) trait Texts {
    /// Changes each of them.
    fn each(&mut self, change: &dyn Fn(&mut String));
}

impl Texts for String {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        change(self);
    }
}

impl<T: Texts> Texts for Vec<T> {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.iter_mut().for_each(|one| one.each(change));
    }
}

/// The file has an index only.
impl Texts for Cite {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        change(&mut self.note);
        change(&mut self.message);
        self.fields.iter_mut().for_each(|(_, value)| change(value));
    }
}

impl Texts for Row {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.cells.each(change);
        self.details.iter_mut().for_each(|detail| change(&mut detail.text));
        self.cites.each(change);
    }
}

impl Texts for Table {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.rows.each(change);
    }
}

impl Texts for Section {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        self.notes.each(change);
        self.tables.each(change);
    }
}

impl Texts for FindingView {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        for text in [&mut self.machine, &mut self.subject, &mut self.message] {
            change(text);
        }
        self.cites.each(change);
    }
}

impl Texts for IncidentView {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        for text in [&mut self.title, &mut self.machine, &mut self.summary] {
            change(text);
        }
        self.vms.each(change);
        self.lanes.each(change);
        for moment in &mut self.moments {
            change(&mut moment.text);
            moment.cite.each(change);
        }
        self.spans.iter_mut().for_each(|span| change(&mut span.text));
        self.moves.iter_mut().for_each(|one| change(&mut one.text));
    }
}

impl Texts for CoveredMachine {
    fn each(&mut self, change: &dyn Fn(&mut String)) {
        change(&mut self.machine);
    }
}
