//! What is noted of names: why they are held to be one, and what speaks against it.

use super::Names;
use crate::machine::builds::Builds;
use crate::machine::reason::{Doubt, Reason, ReasonKind, Strength};

impl Names<'_> {
    pub(in crate::machine) fn join(&mut self, left: usize, right: usize, reason: Reason) {
        if self.groups.join(left, right) {
            self.reasons.push((left, reason));
        }
    }

    /// A reason that joins a name to something else than a name.
    pub(in crate::machine) fn add_reason(&mut self, name: usize, reason: Reason) {
        self.reasons.push((name, reason));
    }

    pub(in crate::machine) fn doubt(&mut self, name: usize, words: String, facts: &[usize]) {
        let locators = facts.iter().filter_map(|fact| self.locator(*fact)).collect();
        self.doubts.push((name, Doubt { words, locators }));
    }

    pub(in crate::machine) fn doubt_of_names(&mut self, name: usize, words: String, of: &[usize]) {
        let firsts: Vec<usize> =
            of.iter().filter_map(|of| self.all.get(*of)).map(|name| name.first).collect();
        self.doubt(name, words, &firsts);
    }

    /// A reason that rests on where two names stand first.
    pub(in crate::machine) fn reason_of_names(
        &self,
        strength: Strength,
        kind: ReasonKind,
        words: String,
        names: [usize; 2],
    ) -> Reason {
        let locators = names.into_iter().filter_map(|name| self.place(name)).collect();
        Reason { strength, kind, words, locators }
    }

    /// A reason that rests on facts.
    pub(in crate::machine) fn reason(
        &self,
        strength: Strength,
        kind: ReasonKind,
        words: String,
        facts: &[usize],
    ) -> Reason {
        let locators = facts.iter().filter_map(|fact| self.locator(*fact)).collect();
        Reason { strength, kind, words, locators }
    }

    /// A name whose Windows becomes older may be that of two machines.
    pub(in crate::machine) fn doubt_names_of_two(&mut self) {
        for name in 0..self.all.len() {
            let found = self.builds(name).and_then(Builds::becomes_older);
            let Some(((newer, one), (older, other))) = found else { continue };
            let words = format!(
                "{} tells build {newer} and later {older}: it was installed anew, or two machines \
                 bear the name",
                self.shown(name),
            );
            self.doubt(name, words, &[one, other]);
        }
    }

    /// Reasons, each with one of the names it is about.
    pub(in crate::machine) fn take_reasons(&mut self) -> Vec<(usize, Reason)> {
        std::mem::take(&mut self.reasons)
    }

    /// Doubts, each with one of the names it is about.
    pub(in crate::machine) fn take_doubts(&mut self) -> Vec<(usize, Doubt)> {
        std::mem::take(&mut self.doubts)
    }
}
