//! What Crashpad keeps for the process and for its modules.
//!
//! The package copies every text as often as it is referred to, from lists that may share all of
//! their bytes, so the lists are read here, within bounds.

use hvtriage_winfmt::Bytes;

use super::streams::Texts;
use crate::report::{Module, UserAnnotation};

/// `CrashpadInfoStream`.
pub(super) const STREAM: u32 = 0x4350_0001;
/// More annotations than any program leaves.
const LIMIT: usize = 4096;
/// The type of an annotation that is text.
const TEXT: u16 = 1;

/// The annotations of the process, then those of its modules.
pub(super) fn read(
    info: Bytes<'_>,
    file: Bytes<'_>,
    modules: &[Module],
    texts: &mut Texts<'_>,
) -> Vec<UserAnnotation> {
    let mut found = Vec::new();
    dictionary(list(info, 36, file), "process", texts, &mut found);
    let links = list(info, 44, file);
    for index in 0..count(links, 12) {
        if found.len() >= LIMIT {
            break;
        }
        let link = links.tail(4_u64.saturating_add(index.saturating_mul(12)));
        let module = link.u32_at(0, "module link").ok().and_then(|it| usize::try_from(it).ok());
        let module = module.and_then(|it| modules.get(it)).map_or("unknown module", |it| &it.name);
        let module_info = list(link, 4, file);
        texts_of(list(module_info, 4, file), module, texts, &mut found);
        dictionary(list(module_info, 12, file), module, texts, &mut found);
        objects(list(module_info, 20, file), module, texts, &mut found);
    }
    found
}

/// The bytes that the size and offset at `at` of `bytes` name.
fn list<'a>(bytes: Bytes<'_>, at: u64, file: Bytes<'a>) -> Bytes<'a> {
    let number = |at| bytes.u32_at(at, "location").map_or(0, u64::from);
    let (size, place) = (number(at), number(at.saturating_add(4)));
    let size = size.min(file.tail(place).len());
    file.slice_at(place, size, "location").unwrap_or(file.tail(u64::MAX))
}

/// Entries of `stride` bytes that follow their count.
fn count(list: Bytes<'_>, stride: u64) -> u64 {
    let room = list.len().saturating_sub(4).checked_div(stride).unwrap_or(0);
    list.u32_at(0, "count").map_or(0, u64::from).min(room).min(LIMIT as u64)
}

/// Pairs of a name and a text.
fn dictionary(
    list: Bytes<'_>,
    origin: &str,
    texts: &mut Texts<'_>,
    found: &mut Vec<UserAnnotation>,
) {
    entries(list, 8, found, |entry| {
        let name = texts.utf8(entry.u32_at(0, "key").ok()?.into())?;
        let value = texts.utf8(entry.u32_at(4, "value").ok()?.into())?;
        Some(UserAnnotation { origin: origin.into(), name, value })
    });
}

/// Names with a typed value, of which texts are taken.
fn objects(list: Bytes<'_>, origin: &str, texts: &mut Texts<'_>, found: &mut Vec<UserAnnotation>) {
    entries(list, 12, found, |entry| {
        if entry.u16_at(4, "type").ok()? != TEXT {
            return None;
        }
        let name = texts.utf8(entry.u32_at(0, "name").ok()?.into())?;
        let value = texts.utf8(entry.u32_at(8, "value").ok()?.into())?;
        Some(UserAnnotation { origin: origin.into(), name, value })
    });
}

/// Texts without a name.
fn texts_of(list: Bytes<'_>, origin: &str, texts: &mut Texts<'_>, found: &mut Vec<UserAnnotation>) {
    entries(list, 4, found, |entry| {
        let value = texts.utf8(entry.u32_at(0, "text").ok()?.into())?;
        Some(UserAnnotation { origin: origin.into(), name: String::new(), value })
    });
}

fn entries(
    list: Bytes<'_>,
    stride: u64,
    found: &mut Vec<UserAnnotation>,
    mut read: impl FnMut(Bytes<'_>) -> Option<UserAnnotation>,
) {
    for index in 0..count(list, stride) {
        if found.len() >= LIMIT {
            return;
        }
        let entry = list.tail(4_u64.saturating_add(index.saturating_mul(stride)));
        found.extend(read(entry));
    }
}
