//! What is wrong with an archive, told once and not for each of its members.

use std::collections::BTreeMap;

use hvtriage_diagnosis::{Problem, ProblemKind};

/// Members that are named with one and the same problem; of the others only their number is told.
const MAX_ALIKE: u64 = 20;
/// Problems of one archive.
const MAX_PROBLEMS: u64 = 200;

/// The problems of one archive that was given.
#[derive(Debug, Default)]
pub(crate) struct Told {
    problems: Vec<Problem>,
    alike: BTreeMap<String, (u64, ProblemKind)>,
    unlisted: u64,
}

impl Told {
    pub(crate) fn add(&mut self, problem: Problem) {
        let is_full = self.problems.len() as u64 >= MAX_PROBLEMS;
        let known = self.alike.contains_key(&problem.message);
        if is_full && !known {
            self.unlisted = self.unlisted.saturating_add(1);
            return;
        }
        let (count, _) = self.alike.entry(problem.message.clone()).or_insert((0, problem.kind));
        *count = count.saturating_add(1);
        if *count <= MAX_ALIKE && !is_full {
            self.problems.push(problem);
        }
    }

    /// The problems of the archive called `name`, and how many more there were.
    pub(crate) fn finish(mut self, name: &str) -> Vec<Problem> {
        let more = |message: String| Problem::new(name, message);
        let mut listed: BTreeMap<&str, u64> = BTreeMap::new();
        for problem in &self.problems {
            let count = listed.entry(problem.message.as_str()).or_default();
            *count = count.saturating_add(1);
        }
        let mut others = Vec::new();
        for (message, (count, kind)) in &self.alike {
            let shown = listed.get(message.as_str()).copied().unwrap_or_default();
            match count.saturating_sub(shown) {
                0 => {}
                1 => others.push(more(format!("one more member of it {message}")).kind(*kind)),
                rest => {
                    let what = format!("{rest} more members, each of which {message}");
                    others.push(more(what).kind(*kind));
                }
            }
        }
        if self.unlisted > 0 {
            let message = format!("{} more problems of it are not listed", self.unlisted);
            others.push(more(message));
        }
        self.problems.extend(others);
        self.problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(problems: &[(&str, u64)]) -> Vec<String> {
        let mut told = Told::default();
        for (message, count) in problems {
            for number in 0..*count {
                let source = format!("a.zip!{number}");
                told.add(Problem::new(source, *message));
            }
        }
        told.finish("a.zip")
            .into_iter()
            .map(|it| format!("{}: {}", it.source, it.message))
            .collect()
    }

    #[test]
    fn twenty_are_named_and_the_others_counted() {
        assert_eq!(told(&[("is encrypted", 2)]).len(), 2);
        let many = told(&[("is encrypted", 300), ("is damaged", 21)]);
        assert_eq!(many.len(), 42);
        assert_eq!(many[0], "a.zip!0: is encrypted");
        assert_eq!(many[40], "a.zip: one more member of it is damaged");
        assert_eq!(many[41], "a.zip: 280 more members, each of which is encrypted");
    }

    #[test]
    fn no_archive_fills_a_report() {
        let messages: Vec<String> =
            (0..1000).map(|number| format!("is damaged: {number}")).collect();
        let each: Vec<(&str, u64)> = messages.iter().map(|it| (it.as_str(), 1)).collect();
        let many = told(&each);
        assert_eq!(many.len(), 201);
        assert_eq!(many[200], "a.zip: 800 more problems of it are not listed");
    }
}
