//! What can be told of a rule without an event: the ids it can hold for, the fields it names, and
//! those whose absence it takes for an answer.

use std::collections::BTreeSet;

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Detections, Modifier, Quantifier, SigmaValue,
};

/// The event ids that the rule can hold for; `None` when it may hold for any.
pub(crate) fn event_ids(detections: &Detections) -> Option<BTreeSet<u32>> {
    // Each condition is a rule of its own.
    union(detections.conditions.iter().map(|condition| ids_of_condition(condition, detections)))
}

fn ids_of_condition(condition: &ConditionExpr, all: &Detections) -> Option<BTreeSet<u32>> {
    match condition {
        ConditionExpr::And(parts) => {
            intersection(parts.iter().map(|part| ids_of_condition(part, all)))
        }
        ConditionExpr::Or(parts) => union(parts.iter().map(|part| ids_of_condition(part, all))),
        ConditionExpr::Not(_) => None,
        ConditionExpr::Identifier(name) => all.named.get(name).and_then(ids_of_detection),
        ConditionExpr::Selector { quantifier, pattern } => {
            let named = all.named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
            let ids = named.map(|(_, detection)| ids_of_detection(detection));
            match quantifier {
                Quantifier::All => intersection(ids),
                // It holds whatever the event is.
                Quantifier::Count(0) => None,
                _ => union(ids),
            }
        }
    }
}

fn ids_of_detection(detection: &Detection) -> Option<BTreeSet<u32>> {
    match detection {
        Detection::AllOf(items) => intersection(items.iter().map(ids_of_item)),
        Detection::And(parts) => intersection(parts.iter().map(ids_of_detection)),
        Detection::AnyOf(parts) => union(parts.iter().map(ids_of_detection)),
        _ => None,
    }
}

fn ids_of_item(item: &DetectionItem) -> Option<BTreeSet<u32>> {
    if item.field.name.as_deref() != Some("EventID") || !item.field.modifiers.is_empty() {
        return None;
    }
    let id = |value: &SigmaValue| match value {
        SigmaValue::Integer(id) => u32::try_from(*id).ok(),
        SigmaValue::String(text) => text.as_plain()?.trim().parse().ok(),
        _ => None,
    };
    item.values.iter().map(id).collect()
}

/// What any of `parts` allows; a part that allows everything allows everything.
fn union(parts: impl Iterator<Item = Option<BTreeSet<u32>>>) -> Option<BTreeSet<u32>> {
    let mut all = BTreeSet::new();
    for part in parts {
        all.extend(part?);
    }
    Some(all)
}

/// What all of `parts` allow.
fn intersection(parts: impl Iterator<Item = Option<BTreeSet<u32>>>) -> Option<BTreeSet<u32>> {
    parts.flatten().reduce(|one, other| one.intersection(&other).copied().collect())
}

/// The fields of a rule.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// All that it names.
    pub(crate) named: BTreeSet<String>,
    /// Those whose absence speaks for the rule: behind a `not`, or asked to be null, absent or
    /// something else. Where events do not have such a field, the rule would hold for all of them.
    pub(crate) absent: BTreeSet<String>,
}

/// The fields that a rule names.
pub(crate) fn fields(detections: &Detections) -> Fields {
    let mut fields = Fields::default();
    for detection in detections.named.values() {
        each_item(detection, &mut |item| fields.named.extend(item.field.name.clone()));
    }
    for condition in &detections.conditions {
        fields.add(condition, detections, false);
    }
    fields
}

impl Fields {
    fn add(&mut self, condition: &ConditionExpr, all: &Detections, is_negated: bool) {
        match condition {
            ConditionExpr::And(parts) | ConditionExpr::Or(parts) => {
                parts.iter().for_each(|part| self.add(part, all, is_negated));
            }
            ConditionExpr::Not(part) => self.add(part, all, !is_negated),
            ConditionExpr::Identifier(name) => {
                all.named.get(name).into_iter().for_each(|it| self.add_detection(it, is_negated));
            }
            ConditionExpr::Selector { pattern, .. } => {
                let named =
                    all.named.iter().filter(|(name, _)| pattern.matches_detection_name(name));
                named.for_each(|(_, detection)| self.add_detection(detection, is_negated));
            }
        }
    }

    fn add_detection(&mut self, detection: &Detection, is_negated: bool) {
        each_item(detection, &mut |item| {
            if is_negated != holds_without(item) {
                self.absent.extend(item.field.name.clone());
            }
        });
    }
}

/// Whether an item holds for an event that does not have its field.
fn holds_without(item: &DetectionItem) -> bool {
    let is_exists = item.field.has_modifier(Modifier::Exists);
    item.field.has_modifier(Modifier::Neq)
        || item.values.contains(&SigmaValue::Null)
        || is_exists && !item.values.contains(&SigmaValue::Bool(true))
}

fn each_item(detection: &Detection, found: &mut impl FnMut(&DetectionItem)) {
    match detection {
        Detection::AllOf(items) => items.iter().for_each(found),
        Detection::AnyOf(parts) | Detection::And(parts) => {
            parts.iter().for_each(|part| each_item(part, found));
        }
        Detection::ArrayMatch { body, .. } => each_item(body, found),
        Detection::Conditional { named, .. } => {
            named.values().for_each(|part| each_item(part, found));
        }
        Detection::Keywords(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detections(yaml: &str) -> Detections {
        let rule = format!("title: x\nlogsource: {{service: security}}\ndetection: {yaml}");
        let mut read = rsigma_parser::parse_sigma_yaml(&rule).unwrap();
        assert_eq!(read.errors, [] as [String; 0]);
        read.rules.remove(0).detection
    }

    fn ids(yaml: &str) -> Option<Vec<u32>> {
        event_ids(&detections(yaml)).map(|ids| ids.into_iter().collect())
    }

    #[test]
    fn ids_are_known_where_every_way_to_hold_names_one() {
        let some = |ids: &[u32]| Some(ids.to_vec());
        assert_eq!(ids("{s: {EventID: [4, '5'], A: x}, condition: s}"), some(&[4, 5]));
        assert_eq!(ids("{s: {EventID: 4}, f: {EventID: 5}, condition: s and not f}"), some(&[4]));
        assert_eq!(ids("{a: {EventID: 4}, b: {EventID: 5}, condition: a or b}"), some(&[4, 5]));
        assert_eq!(ids("{a: {EventID: 4}, b: {X: 5}, condition: a or b}"), None);
        assert_eq!(ids("{a: {EventID: 4}, b: {X: 5}, condition: a and b}"), some(&[4]));
        assert_eq!(
            ids("{a_1: {EventID: 4}, a_2: {EventID: 6}, condition: 1 of a_*}"),
            some(&[4, 6])
        );
        assert_eq!(ids("{a_1: {EventID: 4}, a_2: {X: 6}, condition: 1 of a_*}"), None);
        assert_eq!(ids("{a_1: {EventID: 4}, a_2: {X: 6}, condition: all of a_*}"), some(&[4]));
        assert_eq!(ids("{s: [{EventID: 4}, {EventID: 7}], condition: s}"), some(&[4, 7]));
        assert_eq!(ids("{s: {EventID: [4, '5*']}, condition: s}"), None);
        assert_eq!(ids("{s: {EventID|gte: 4}, condition: s}"), None);
        assert_eq!(ids("{s: [one, two], condition: s}"), None);
        assert_eq!(ids("{s: {EventID: 4}, condition: not s}"), None);
        // It can hold for no event at all.
        assert_eq!(ids("{a: {EventID: 4}, b: {EventID: 5}, condition: a and b}"), some(&[]));
    }

    fn absent(yaml: &str) -> Vec<String> {
        fields(&detections(yaml)).absent.into_iter().collect()
    }

    #[test]
    fn a_field_behind_a_not_is_one_whose_absence_counts() {
        assert_eq!(absent("{s: {A: x}, f: {B: y}, condition: s and not f}"), ["B"]);
        assert_eq!(absent("{s: {A: x}, f: {B: y}, condition: s and not (not f)}"), [""; 0]);
        assert_eq!(
            absent("{s: {A: x}, f_1: {B: y}, f_2: {C: z}, condition: s and not 1 of f_*}"),
            ["B", "C"]
        );
        assert_eq!(absent("{s: {A: null, B: x}, condition: s}"), ["A"]);
        // That a field must be there is what `not null` says.
        assert_eq!(absent("{s: {A: x}, f: {B: null}, condition: s and not f}"), [""; 0]);
        assert_eq!(
            absent("{s: {A|exists: false, B|exists: true, C|neq: 1}, condition: s}"),
            ["A", "C"]
        );
        let named = fields(&detections("{s: [{A: x}, {B|contains: y}], condition: s}")).named;
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["A", "B"]);
    }
}
