//! Reading the values of a payload.

use hvtriage_diagnosis::Vm;
use hvtriage_eventlog::Event;
use hvtriage_winfmt::{Guid, Sid};

/// Text of the value called `name`, or else of the one at `position` (0-based); `None` when it is
/// empty.
pub(super) fn text<'a>(event: &'a Event, name: &str, position: usize) -> Option<&'a str> {
    let value = event.payload.named(name).or_else(|| event.payload.get(position))?.trim();
    (!value.is_empty()).then_some(value)
}

/// The same, owned.
pub(super) fn string(event: &Event, name: &str, position: usize) -> Option<String> {
    text(event, name, position).map(str::to_owned)
}

/// A number in decimal or, after `0x`, in hexadecimal.
pub(super) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The virtual machine of a `VmName, VmId` payload. The account of a worker process names it too, and
/// is taken where the payload does not; else an account that a value tells, such as whom a file is
/// closed to.
pub(super) fn vm(event: &Event) -> Vm {
    vm_at(event, "VmName", 0, "VmId", 1)
}

/// The virtual machine whose name and id stand at the given places.
pub(super) fn vm_at(
    event: &Event,
    name: &str,
    name_position: usize,
    id: &str,
    id_position: usize,
) -> Vm {
    let from_payload = text(event, id, id_position).and_then(|text| text.parse().ok());
    let from_account = || event.user_id.as_ref().and_then(|sid| sid.vm_id());
    let id = from_payload.or_else(from_account).or_else(|| account_in_values(event));
    Vm { id, name: string(event, name, name_position).map(Into::into) }
}

/// The virtual machine whose account is the only such one among the values.
fn account_in_values(event: &Event) -> Option<Guid> {
    const ACCOUNT: &str = "S-1-5-83-1-";
    let mut found = event.payload.values.iter().filter_map(|value| {
        let sid = value.text.get(value.text.find(ACCOUNT)?..)?;
        let is_part = |letter: char| letter.is_ascii_digit() || letter == '-' || letter == 'S';
        let end = sid.find(|letter| !is_part(letter)).unwrap_or(sid.len());
        sid.get(..end)?.parse::<Sid>().ok()?.vm_id()
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The first HRESULT of a failure among the values after `position`: `0x80070020`, or the message
/// reference `%%2147942432` with which Hyper-V writes the same in decimal.
pub(super) fn hresult(event: &Event, position: usize) -> Option<u32> {
    event.payload.values.iter().skip(position).find_map(|value| {
        let text = value.text.trim();
        let digits = text.strip_prefix("%%").or_else(|| text.starts_with("0x").then_some(text))?;
        failure(digits)
    })
}

/// The first HRESULT of a failure in a sentence, written in one of these two ways.
pub(super) fn hresult_in(text: &str) -> Option<u32> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '%';
    text.split(|letter: char| !is_part(letter)).find_map(|word| {
        let is_hexadecimal = word.starts_with("0x") || word.starts_with("0X");
        failure(word.strip_prefix("%%").or_else(|| is_hexadecimal.then_some(word))?)
    })
}

fn failure(digits: &str) -> Option<u32> {
    const FAILURE_BIT: u32 = 0x8000_0000;
    u32::try_from(number(digits)?).ok().filter(|code| code & FAILURE_BIT != 0)
}

#[cfg(test)]
mod tests {
    use hvtriage_eventlog::PayloadValue;

    use super::*;

    /// The UserID and VmId of one real Worker 18590 record (Windows 11 host).
    const ACCOUNT: &str = "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365";
    const VM: &str = "D9E0EB0A-5B37-508E-9173-67E9ADE83ACF";

    fn event(values: &[&str]) -> Event {
        let mut event = Event::default();
        let value = |text: &&str| PayloadValue { name: None, text: (*text).to_owned() };
        event.payload.values = values.iter().map(value).collect();
        event
    }

    #[test]
    fn an_account_among_the_values_names_its_virtual_machine() {
        let inside = format!("access denied to '{ACCOUNT}' for a.vhdx");
        let found = vm(&event(&["SQL01", "", &inside]));
        assert_eq!((found.name.as_deref(), found.id), (Some("SQL01"), VM.parse().ok()));
        // An id that is told goes before; two accounts tell neither; another account is none.
        let other = "6b9db33b-48ec-4deb-9da1-e4c1b5cf0c12";
        assert_eq!(vm(&event(&["SQL01", other, ACCOUNT])).id, other.parse().ok());
        let two = ACCOUNT.replace("-3655396106-", "-1-");
        assert_eq!(vm(&event(&["SQL01", "", ACCOUNT, &two])).id, None);
        assert_eq!(vm(&event(&["SQL01", "", "S-1-5-83-0", "S-1-5-18"])).id, None);
    }
}
