//! Which message do the binaries of a provider have for an event?

use std::borrow::Cow;
use std::collections::BTreeMap;

use hvtriage_winfmt::Guid;

use super::format::{self, Source};
use super::manifest::{self, EventDefinition, Manifest, Map};
use super::pe::{self, Kind};
use super::printf;
use super::table::{MessageTable, NO_MESSAGE};
use super::{MessageError, RenderedNames, without_line_end};
use crate::{Event, Payload};

/// The largest binary that is read. The kernel has 12 MiB, the largest drivers 100 MiB.
const FILE_LIMIT: usize = 512 << 20;
/// What is held of all binaries. Those of a whole Windows have about 60 MiB of messages.
const HELD_LIMIT: usize = 256 << 20;
/// More keywords or flags cannot be set.
const BITS: usize = 64;
/// What stands behind the name of the binary that a file holds resources for.
const COMPANIONS: [&str; 2] = [".mui", ".mun"];

/// Messages of providers, from their binaries.
///
/// The texts of a binary usually stand in a file of its own for each language, `X.dll.mui` beside
/// `X.dll`. Both are added, in any order and from any folder; they belong together by name. English
/// (United States) is preferred, then text without a language, then whatever was added first.
///
/// ```
/// use hvtriage_eventlog::ProviderMessages;
///
/// let mut messages = ProviderMessages::default();
/// assert!(messages.add("vmms.exe", b"not a binary").is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProviderMessages {
    binaries: Vec<Binary>,
    /// Name of a binary in lower case, without `.mui`.
    by_file: BTreeMap<String, usize>,
    /// The same without its extension.
    by_stem: BTreeMap<String, Vec<usize>>,
    by_guid: BTreeMap<Guid, (usize, usize)>,
    by_name: BTreeMap<String, (usize, usize)>,
    /// Bytes held.
    held: usize,
}

/// What a file added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Providers of its manifest.
    pub providers: usize,
    /// Events that they define.
    pub events: usize,
    /// Messages, each language counted.
    pub messages: usize,
    /// Whether some of it could not be read.
    pub is_partial: bool,
}

#[derive(Clone, Debug, Default)]
struct Binary {
    /// Best language first.
    tables: Vec<MessageTable>,
    manifests: Vec<Manifest>,
}

impl ProviderMessages {
    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.binaries.is_empty()
    }

    /// Adds the bytes of a binary or of a `.mui` file. Of `file_name` only what stands behind the last
    /// slash counts.
    ///
    /// Where two binaries define one provider, or two tables one message, the one added first counts.
    ///
    /// # Errors
    /// When it is no PE file, or is too large, or when there is no more room. A PE file without
    /// messages is no error.
    pub fn add(&mut self, file_name: &str, bytes: &[u8]) -> Result<Added, MessageError> {
        if bytes.len() > FILE_LIMIT {
            return Err(MessageError::TooLarge { limit: FILE_LIMIT });
        }
        let (resources, is_whole) = pe::resources(bytes).ok_or(MessageError::NotPe)?;
        let mut added = Added { is_partial: !is_whole, ..Added::default() };
        let mut binary = Binary::default();
        let mut size = 0_usize;
        for resource in resources {
            match resource.kind {
                Kind::Messages => {
                    let table = MessageTable::read(resource.language, resource.data);
                    added.messages = added.messages.saturating_add(table.len());
                    added.is_partial |= !table.is_whole;
                    size = size.saturating_add(table.size());
                    binary.tables.push(table);
                }
                Kind::Manifest => {
                    let (manifests, is_whole) = manifest::read(resource.data);
                    added.is_partial |= !is_whole;
                    for one in manifests {
                        added.providers = added.providers.saturating_add(1);
                        added.events = added.events.saturating_add(one.events.len());
                        size = size.saturating_add(one.size());
                        binary.manifests.push(one);
                    }
                }
            }
        }
        self.held = match self.held.checked_add(size) {
            Some(held) if held <= HELD_LIMIT => held,
            _ => return Err(MessageError::Full { limit: HELD_LIMIT }),
        };
        if !binary.tables.is_empty() || !binary.manifests.is_empty() {
            self.keep(file_name, binary);
        }
        Ok(added)
    }

    /// The message of an event; `None` when no binary was added that has it.
    ///
    /// The provider is found by its GUID, or else by its name without regard to case; then the event
    /// by id and version. Values are inserted by position.
    ///
    /// An event of a classic source (one without a manifest) has the message whose number is made of
    /// its qualifiers and its id. Which file holds it stands in the registry, which is not at hand:
    /// that it is a file named as the source (`volmgr.sys` for `volmgr`) is a guess, and right only
    /// where a source's messages stand in its own binary.
    #[must_use]
    pub fn message(&self, event: &Event) -> Option<String> {
        self.defined(event).or_else(|| self.classic(event))
    }

    /// The names of an event's level, task, opcode and keywords, as far as its provider's manifest
    /// names them; `None` when the manifest does not define the event.
    #[must_use]
    pub fn names(&self, event: &Event) -> Option<RenderedNames> {
        let (binary, manifest) = self.provider(event)?;
        let definition = definition(manifest, event)?;
        let name = |number: u32| binary.text(number).map(|text| without_line_end(text).to_owned());
        let is_set = |mask: u64| mask != 0 && event.keywords & mask == mask;
        let keywords = manifest.keywords.iter().filter(|(mask, _)| is_set(*mask));
        Some(RenderedNames {
            level: name(definition.level),
            task: name(definition.task),
            opcode: name(definition.opcode),
            keywords: keywords.filter_map(|(_, number)| name(*number)).take(BITS).collect(),
        })
    }

    fn keep(&mut self, file_name: &str, added: Binary) {
        let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name).to_lowercase();
        let name = COMPANIONS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        let index = match self.by_file.get(name) {
            Some(index) => *index,
            None => {
                let index = self.binaries.len();
                let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
                self.by_file.insert(name.to_owned(), index);
                self.by_stem.entry(stem.to_owned()).or_default().push(index);
                self.binaries.push(Binary::default());
                index
            }
        };
        let Some(binary) = self.binaries.get_mut(index) else { return };
        binary.tables.extend(added.tables);
        binary.tables.sort_by_key(|table| table.rank);
        binary.manifests.extend(added.manifests);
        for (number, manifest) in binary.manifests.iter().enumerate() {
            self.by_guid.entry(manifest.guid).or_insert((index, number));
            // A manifest names its provider in a message, which may come with a later file.
            if let Some(name) = binary.text(manifest.name) {
                let name = without_line_end(name).to_lowercase();
                self.by_name.entry(name).or_insert((index, number));
            }
        }
    }

    fn provider(&self, event: &Event) -> Option<(&Binary, &Manifest)> {
        let by_guid = event.provider.guid.and_then(|guid| self.by_guid.get(&guid));
        let by_name = || self.by_name.get(&event.provider.name.to_lowercase());
        let (binary, manifest) = by_guid.or_else(by_name)?;
        let binary = self.binaries.get(*binary)?;
        Some((binary, binary.manifests.get(*manifest)?))
    }

    fn defined(&self, event: &Event) -> Option<String> {
        let (binary, manifest) = self.provider(event)?;
        let definition = definition(manifest, event)?;
        let maps = manifest.maps_of(definition.template, event.payload.values.len());
        let source = Values { payload: &event.payload, maps: maps.unwrap_or_default(), binary };
        Some(format::message(binary.text(definition.message)?, &source))
    }

    fn classic(&self, event: &Event) -> Option<String> {
        if event.qualifiers.is_none() && event.provider.guid.is_some() {
            return None;
        }
        let number = classic_number(event)?;
        let sources = [event.provider.event_source.as_ref(), Some(&event.provider.name)];
        let names = sources.into_iter().flatten();
        let binaries = names.filter_map(|name| self.by_stem.get(&name.to_lowercase())).flatten();
        let mut binaries = binaries.filter_map(|index| self.binaries.get(*index));
        let (binary, text) = binaries.find_map(|one| Some((one, one.text(number)?)))?;
        let source = Values { payload: &event.payload, maps: Vec::new(), binary };
        Some(format::message(text, &source))
    }
}

fn definition<'m>(manifest: &'m Manifest, event: &Event) -> Option<&'m EventDefinition> {
    let id = u16::try_from(event.id).ok()?;
    manifest.event(id, event.version, classic_number(event)?)
}

/// Qualifiers are the upper half of a message's number: severity and facility.
fn classic_number(event: &Event) -> Option<u32> {
    let id = u16::try_from(event.id).ok()?;
    Some((u32::from(event.qualifiers.unwrap_or_default()) << 16) | u32::from(id))
}

impl Binary {
    fn text(&self, number: u32) -> Option<&str> {
        if number == NO_MESSAGE {
            return None;
        }
        self.tables.iter().find_map(|table| table.get(number))
    }
}

/// The values of an event, by the names that its provider has for them.
struct Values<'a> {
    payload: &'a Payload,
    maps: Vec<Option<&'a Map>>,
    binary: &'a Binary,
}

impl<'a> Source<'a> for Values<'a> {
    fn value(&self, number: usize) -> Option<Cow<'a, str>> {
        let index = number.checked_sub(1)?;
        let value = self.payload.get(index)?;
        let map = self.maps.get(index).copied().flatten();
        let named = map.and_then(|map| self.named(map, value));
        Some(named.map_or(Cow::Borrowed(value), Cow::Owned))
    }

    fn parameter(&self, number: u32) -> Option<&'a str> {
        self.binary.text(number)
    }
}

impl Values<'_> {
    /// The name of a value, or the names of its bits; `None` when not all of it has one.
    fn named(&self, map: &Map, value: &str) -> Option<String> {
        let value = u32::try_from(printf::number(value)?).ok()?;
        let name = |number: u32| self.binary.text(number).map(without_line_end);
        if !map.is_bits {
            let (_, number) = map.entries.iter().find(|(one, _)| *one == value)?;
            return name(*number).map(str::to_owned);
        }
        let is_set = |bits: u32| bits != 0 && value & bits == bits;
        let set = map.entries.iter().filter(|(bits, _)| is_set(*bits)).take(BITS);
        let covered = set.clone().fold(0, |all, (bits, _)| all | bits);
        let names: Option<Vec<_>> = set.map(|(_, number)| name(*number)).collect();
        names.filter(|names| covered == value && !names.is_empty()).map(|names| names.join(" "))
    }
}
