//! Reading the values of a payload.

use hvtriage_diagnosis::Vm;
use hvtriage_eventlog::Event;

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

/// The virtual machine of a `VmName, VmId` payload. The account of a worker process names it too,
/// and is taken where the payload does not.
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
    Vm { id: from_payload.or_else(from_account), name: string(event, name, name_position) }
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
