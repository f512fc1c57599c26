//! Where rules mean another thing on Windows logs than the evaluation makes of them.

use rsigma_parser::{Detection, DetectionItem, Detections, SigmaString, SigmaValue};

use crate::event::SYSTEM_FIELDS;

/// Says in other words what `rsigma-eval` would otherwise take too narrowly:
///
/// - `field: null` asks for a field without content. Windows writes an empty element for some of
///   them and none for others, and in a list beside other values the evaluation does not find a
///   field that is missing. Rules ask so in what they let pass, so each miss is a false alarm.
/// - `field: 0x1410` is a number in YAML, and text in the log.
pub(crate) fn for_windows(detections: &mut Detections) {
    detections.named.values_mut().for_each(detection);
}

fn detection(it: &mut Detection) {
    match it {
        Detection::AllOf(items) => {
            items.iter_mut().for_each(numbers);
            if items.iter().any(asks_for_nothing) {
                let split = std::mem::take(items).into_iter().map(without_null).collect();
                *it = Detection::And(split);
            }
        }
        Detection::AnyOf(parts) | Detection::And(parts) => parts.iter_mut().for_each(detection),
        Detection::Conditional { named, .. } => named.values_mut().for_each(detection),
        // An array is not found in Windows logs.
        Detection::ArrayMatch { .. } | Detection::Keywords(_) => {}
    }
}

fn asks_for_nothing(item: &DetectionItem) -> bool {
    item.field.modifiers.is_empty() && item.values.contains(&SigmaValue::Null)
}

/// An item on its own; one that asks for null becomes one for null and one for the rest and nothing.
fn without_null(item: DetectionItem) -> Detection {
    if !asks_for_nothing(&item) {
        return Detection::AllOf(vec![item]);
    }
    let is_value = |value: &SigmaValue| *value != SigmaValue::Null;
    let mut values: Vec<SigmaValue> = item.values.into_iter().filter(is_value).collect();
    values.push(SigmaValue::String(SigmaString::new("")));
    let null = DetectionItem { field: item.field.clone(), values: vec![SigmaValue::Null] };
    let value = DetectionItem { field: item.field, values };
    Detection::AnyOf(vec![Detection::AllOf(vec![null]), Detection::AllOf(vec![value])])
}

/// Adds to each number how Windows writes it in hexadecimal.
fn numbers(item: &mut DetectionItem) {
    let is_of_payload = |name: &String| !SYSTEM_FIELDS.contains(&name.as_str());
    if item.field.modifiers.is_empty() && item.field.name.as_ref().is_some_and(is_of_payload) {
        let written = |value: &SigmaValue| match value {
            SigmaValue::Integer(number) if *number > 9 => {
                Some(SigmaValue::String(SigmaString::new(&format!("{number:#x}"))))
            }
            _ => None,
        };
        let hexadecimal: Vec<SigmaValue> = item.values.iter().filter_map(written).collect();
        item.values.extend(hexadecimal);
    }
}
