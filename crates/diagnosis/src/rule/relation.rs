//! How a fact must stand to one that a rule already holds.

use crate::field::FieldRef;
use crate::kind::Kind;

/// A relation to the fact of another binding, which is named by its number in `when`.
#[derive(Clone, Debug)]
pub(crate) enum Relation {
    /// It is that very fact.
    SameFact(usize),
    SameMachine(usize),
    /// Both are about one virtual machine.
    SameVm(usize),
    /// As long as nothing shows that they are about different ones.
    MayBeSameVm(usize),
    /// The same STOP code and parameters, which are not all zero.
    SameBugcheck(usize),
    /// A field of both has the same value.
    Equal {
        own: Vec<(Kind, FieldRef)>,
        other: FieldOf,
    },
    /// A field of both has values, and they differ.
    Unequal {
        own: Vec<(Kind, FieldRef)>,
        other: FieldOf,
    },
    Time(Window),
}

/// A field of the fact of a binding.
#[derive(Clone, Debug)]
pub(crate) struct FieldOf {
    /// Number of the binding.
    pub(crate) binding: usize,
    pub(crate) fields: Vec<(Kind, FieldRef)>,
}

/// A span of time around the fact of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Number of the binding.
    pub(crate) of: usize,
    /// Seconds that the fact may lie before it; `None` without limit.
    pub(crate) before: Option<u64>,
    /// Seconds that the fact may lie after it; `None` without limit.
    pub(crate) after: Option<u64>,
}

/// Reads `90s`, `10m`, `2h`, `1d` as seconds.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let unit = text.chars().last()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    number.checked_mul(seconds)
}

/// Reads `10m before crash`: the duration, the side and the binding's name.
pub(crate) fn window(text: &str) -> Option<(u64, Side, &str)> {
    let mut words = text.split_whitespace();
    let seconds = duration(words.next()?)?;
    let side = match words.next()? {
        "before" => Side::Before,
        "after" => Side::After,
        "around" => Side::Around,
        _ => return None,
    };
    let binding = words.next()?;
    words.next().is_none().then_some((seconds, side, binding))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
    Around,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_windows() {
        assert_eq!(duration("90s"), Some(90));
        assert_eq!(duration("2h"), Some(7200));
        for wrong in ["", "m", "10", "10 m", "-1m", "1w", "99999999999999999999d", "1é"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        assert_eq!(window("10m before crash"), Some((600, Side::Before, "crash")));
        assert_eq!(window("10m before crash now"), None);
        assert_eq!(window("10m near crash"), None);
    }
}
