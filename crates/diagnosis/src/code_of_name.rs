//! Codes by their names.

use std::ops::RangeInclusive;

use crate::code_name::{HRESULTS, WINSOCK, code_name, win32_name};

/// How names begin, and where those codes lie. A range costs a look at each code, so that words that begin
/// otherwise are not looked for.
const RANGES: [(&str, &[RangeInclusive<u32>]); 4] = [
    ("ERROR_", &[0..=0x3FFF]),
    ("RPC_S_", &[0x600..=0x7FF]),
    ("DNS_", &[0x2300..=0x27FF]),
    (
        "STATUS_",
        &[
            0x8000_0000..=0x8000_0FFF,
            0xC000_0000..=0xC000_0FFF,
            0xC000_9800..=0xC000_A3FF,
            0xC013_0000..=0xC013_00FF,
        ],
    ),
];

/// The code of an error that is called so, in any case.
///
/// ```
/// use hvtriage_diagnosis::code_of_name;
///
/// assert_eq!(code_of_name("ERROR_TIMEOUT"), Some(1460));
/// assert_eq!(code_of_name("status_unsuccessful"), Some(0xC000_0001));
/// assert_eq!(code_of_name("WSAETIMEDOUT"), Some(10_060));
/// assert_eq!(code_of_name("ERROR"), None);
/// ```
#[must_use]
pub fn code_of_name(name: &str) -> Option<u32> {
    let listed = HRESULTS.iter().chain(&WINSOCK);
    let mut listed = listed.filter(|(_, known)| known.eq_ignore_ascii_case(name));
    if let Some((code, _)) = listed.next() {
        return Some(*code);
    }
    let begins = |start: &str| {
        name.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    let (_, ranges) = RANGES.iter().find(|(start, _)| begins(start))?;
    let name_of = |code: u32| if code <= 0xFFFF { win32_name(code) } else { code_name(code) };
    ranges
        .iter()
        .cloned()
        .flatten()
        .find(|code| name_of(*code).is_some_and(|known| known.eq_ignore_ascii_case(name)))
}
