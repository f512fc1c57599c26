//! Of which computers events are asked for, and which of those wrote none.

use std::collections::BTreeSet;
use std::slice;
use std::sync::{PoisonError, RwLock};

use hvtriage_diagnosis::{UnknownMachine, names_fit};

/// The computers that are asked for, and those that wrote events.
pub(super) struct Computers<'a> {
    asked: &'a [String],
    seen: RwLock<BTreeSet<String>>,
}

/// More are no help to who mistyped one; hostile logs have millions.
const MAX_COMPUTERS: usize = 4096;

impl<'a> Computers<'a> {
    /// Those of `asked`: in full or by their short names, in any case, with `*` for any text; none are all.
    pub(super) fn new(asked: &'a [String]) -> Self {
        Self { asked, seen: RwLock::default() }
    }

    /// Whether events of `computer`, which wrote one, are asked for.
    pub(super) fn takes(&self, computer: &str) -> bool {
        if !self.asked.is_empty() {
            self.see(computer);
        }
        is_of(self.asked, computer)
    }

    fn see(&self, computer: &str) {
        let is_known =
            |all: &BTreeSet<String>| all.contains(computer) || all.len() >= MAX_COMPUTERS;
        if !is_known(&self.seen.read().unwrap_or_else(PoisonError::into_inner)) {
            let mut all = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            all.insert(computer.to_owned());
        }
    }

    /// Those that are asked for and wrote no event. Of more computers than are kept any may be one.
    pub(super) fn unknown(self) -> Vec<UnknownMachine> {
        let all = self.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        let is_known = |machine: &String| {
            all.len() >= MAX_COMPUTERS || all.iter().any(|it| is_of(slice::from_ref(machine), it))
        };
        let unknown = self.asked.iter().filter(|machine| !is_known(machine));
        unknown.map(|it| UnknownMachine::among(it, all.iter().map(String::as_str))).collect()
    }
}

fn is_of(machines: &[String], computer: &str) -> bool {
    let short = computer.split('.').next().unwrap_or_default();
    let is_it = |name: &String| match name.contains('*') {
        true => names_fit(name, computer),
        false => name.eq_ignore_ascii_case(computer) || name.eq_ignore_ascii_case(short),
    };
    machines.is_empty() || machines.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_full_and_its_short_name() {
        let machines = ["hv01".to_owned(), "SQL07.contoso.example".to_owned()];
        for (computer, wanted) in [
            ("HV01.contoso.example", true),
            ("HV01", true),
            ("HV011.contoso.example", false),
            ("sql07.CONTOSO.example", true),
            ("SQL07", false),
            ("", false),
        ] {
            assert_eq!(is_of(&machines, computer), wanted, "{computer}");
        }
        assert!(is_of(&[], "anything"));
        let pattern = ["hv*".to_owned()];
        assert!(is_of(&pattern, "HV01.contoso.example") && !is_of(&pattern, "SQL07"));
    }
}
