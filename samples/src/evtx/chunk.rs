//! A chunk: header, tables, records. It keeps each name and each template once.

use super::bytes::Bytes;
use super::crc32::crc32;
use super::file::CHUNK_SIZE;
use super::names::Names;
use super::template::{self, Element};
use super::value::{Substitution, kind};
use crate::event::{EventSpec, Payload};

/// Header and tables before the first record.
const RECORDS_OFFSET: usize = 512;
/// Where the table of templates stands in the chunk header.
const TEMPLATE_TABLE_OFFSET: usize = 384;
/// Buckets of the table of templates.
const TEMPLATE_BUCKETS: u32 = 32;
/// What opens every piece of binary XML: token, major and minor version, flags.
const FRAGMENT_HEADER: [u8; 4] = [0x0F, 0x01, 0x01, 0x00];

/// A chunk under construction.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Bytes,
    names: Names,
    /// Templates that the chunk holds: the template, its id, its offset.
    templates: Vec<(Element, u32, u32)>,
    first_record: u64,
    records: u64,
    last_record_offset: usize,
}

impl Chunk {
    pub(super) fn new(first_record: u64) -> Self {
        Self {
            bytes: Bytes::zeroed(RECORDS_OFFSET),
            names: Names::default(),
            templates: Vec::new(),
            first_record,
            records: 0,
            last_record_offset: 0,
        }
    }

    /// Number of records in the chunk.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Adds one more record; `false` when it does not fit, and then the chunk is as before.
    pub(super) fn add(&mut self, spec: &EventSpec) -> bool {
        // A record that is taken back takes its templates, its names and their entries in the tables
        // with it.
        let tables = self.bytes.get(0..RECORDS_OFFSET).to_vec();
        let (end, names, templates) = (self.bytes.at(), self.names.len(), self.templates.len());
        let last_record_offset = self.last_record_offset;
        self.push(spec);
        // libevtx passes over a record that ends where its chunk does, so some bytes stay free.
        let fits = self.bytes.at() < CHUNK_SIZE;
        if !fits {
            self.bytes.cut_to(end);
            self.bytes.overwrite(0, &tables);
            self.names.cut_to(names);
            self.templates.truncate(templates);
            self.last_record_offset = last_record_offset;
            self.records -= 1;
        }
        fits
    }

    fn push(&mut self, spec: &EventSpec) {
        let id = self.first_record + self.records;
        let start = self.bytes.at();
        self.bytes.raw(&[0x2A, 0x2A, 0, 0]);
        let size = self.bytes.open_length();
        self.bytes.u64(id);
        self.bytes.u64(spec.time);
        self.write_event(spec, id);
        // Records are whole multiples of eight bytes, with a copy of their size at the end.
        let end = (self.bytes.at() + 4).next_multiple_of(8);
        self.bytes.pad_to(end - 4);
        let len = end - start;
        self.bytes.overwrite_u32(size, len);
        self.bytes.u32(len as u32);
        self.last_record_offset = start;
        self.records += 1;
    }

    fn write_event(&mut self, spec: &EventSpec, record_id: u64) {
        self.bytes.raw(&FRAGMENT_HEADER);
        self.start_instance(template::event(spec));
        let is_manifest = spec.guid.is_some() && spec.event_source.is_none();
        let values = [
            Substitution::new(kind::U8, [spec.level]),
            Substitution::new(kind::U8, [0]),
            Substitution::new(kind::U16, spec.task.to_le_bytes()),
            Substitution::new(kind::U16, spec.id.to_le_bytes()),
            spec.qualifiers.map_or_else(Substitution::null, |qualifiers| {
                Substitution::new(kind::U16, qualifiers.to_le_bytes())
            }),
            Substitution::new(kind::HEX64, spec.keywords.to_le_bytes()),
            Substitution::new(kind::TIME, spec.time.to_le_bytes()),
            Substitution::null(),
            Substitution::new(kind::U32, spec.process.to_le_bytes()),
            Substitution::new(kind::U32, spec.thread.to_le_bytes()),
            Substitution::new(kind::U64, record_id.to_le_bytes()),
            Substitution::new(kind::U8, [spec.version]),
            Substitution::sid(spec.user.as_deref()),
            Substitution::null(),
            if is_manifest { Substitution::text(spec.provider) } else { Substitution::null() },
            if is_manifest { Substitution::guid(spec.guid) } else { Substitution::null() },
            Substitution::text(spec.channel),
        ];
        // The payload holds offsets of its own into the chunk, so it is written in place and its
        // length is filled in afterwards.
        let payload_length = self.write_descriptors(&values, spec.payload != Payload::None);
        for value in &values {
            self.bytes.raw(&value.bytes);
        }
        let start = self.bytes.at();
        self.write_payload(&spec.payload);
        let len = u16::try_from(self.bytes.at() - start).unwrap_or(u16::MAX);
        self.bytes.overwrite(payload_length, &len.to_le_bytes());
        self.bytes.u8(0);
    }

    /// Writes count and descriptors of the values and of the payload behind them; gives the place
    /// of the payload's length.
    fn write_descriptors(&mut self, values: &[Substitution], has_payload: bool) -> usize {
        self.bytes.u32(values.len() as u32 + 1);
        for value in values {
            self.write_descriptor(value);
        }
        let length = self.bytes.at();
        self.bytes.u16(0);
        self.bytes.u8(if has_payload { kind::BINARY_XML } else { kind::NULL });
        self.bytes.u8(0);
        length
    }

    fn write_descriptor(&mut self, value: &Substitution) {
        self.bytes.u16(u16::try_from(value.bytes.len()).unwrap_or(u16::MAX));
        self.bytes.u8(value.kind);
        self.bytes.u8(0);
    }

    fn write_payload(&mut self, payload: &Payload) {
        let Some(template) = template::payload(payload) else { return };
        self.bytes.raw(&FRAGMENT_HEADER);
        self.start_instance(template);
        let values: Vec<Substitution> = match payload {
            Payload::None => Vec::new(),
            Payload::Classic { strings, binary } => vec![
                Substitution::text_array(strings),
                Substitution::new(kind::U32, 0_u32.to_le_bytes()),
                if binary.is_empty() {
                    Substitution::null()
                } else {
                    Substitution::new(kind::BINARY, binary.clone())
                },
            ],
            Payload::EventData(values) | Payload::UserData { values, .. } => {
                values.iter().map(|(_, value)| Substitution::from(value)).collect()
            }
        };
        self.bytes.u32(values.len() as u32);
        for value in &values {
            self.write_descriptor(value);
        }
        for value in &values {
            self.bytes.raw(&value.bytes);
        }
        self.bytes.u8(0);
    }

    /// Opens a template instance; the definition follows when the chunk meets it first.
    fn start_instance(&mut self, template: Element) {
        self.bytes.u8(0x0C);
        self.bytes.u8(0x01);
        let known = self.templates.iter().find(|(known, ..)| *known == template);
        if let Some((_, id, offset)) = known {
            self.bytes.u32(*id);
            self.bytes.u32(*offset);
            return;
        }
        let guid = guid_of(&template);
        let [a, b, c, d, ..] = guid;
        let id = u32::from_le_bytes([a, b, c, d]);
        let offset = self.bytes.at() as u32 + 8;
        let bucket = id % TEMPLATE_BUCKETS;
        let mut of_bucket =
            self.templates.iter().rev().filter(|(_, id, _)| id % TEMPLATE_BUCKETS == bucket);
        let next = of_bucket.next().map_or(0, |(_, _, offset)| *offset);
        self.bytes.u32(id);
        self.bytes.u32(offset);
        self.bytes.u32(next);
        self.bytes.raw(&guid);
        let length = self.bytes.open_length();
        self.bytes.raw(&FRAGMENT_HEADER);
        template.write(&mut self.bytes, &mut self.names);
        self.bytes.u8(0);
        self.bytes.close_length(length);
        let place = TEMPLATE_TABLE_OFFSET + bucket as usize * 4;
        self.bytes.overwrite(place, &offset.to_le_bytes());
        self.templates.push((template, id, offset));
    }

    /// The finished 64 KiB; `first_number` is the position of its first record in the file,
    /// counted from 1.
    pub(super) fn finish(mut self, first_number: u64) -> Vec<u8> {
        let free = self.bytes.at();
        let records_sum = crc32(&[self.bytes.get(RECORDS_OFFSET..free)]);
        let last = self.records.saturating_sub(1);
        let mut header = Bytes::default();
        header.raw(b"ElfChnk\0");
        header.u64(first_number);
        header.u64(first_number + last);
        header.u64(self.first_record);
        header.u64(self.first_record + last);
        header.u32(128);
        header.u32(self.last_record_offset as u32);
        header.u32(free as u32);
        header.u32(records_sum);
        self.bytes.overwrite(0, &header.into_vec());
        let header_sum = crc32(&[self.bytes.get(0..120), self.bytes.get(128..RECORDS_OFFSET)]);
        self.bytes.overwrite(124, &header_sum.to_le_bytes());
        self.bytes.pad_to(CHUNK_SIZE);
        self.bytes.into_vec()
    }
}

/// A GUID that depends on the template alone: FNV-1a over its text, twice with different starts.
fn guid_of(template: &Element) -> [u8; 16] {
    let text = format!("{template:?}");
    let sum = |start: u64| {
        text.bytes().fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3))
    };
    let mut guid = [0; 16];
    let halves = [sum(0xCBF2_9CE4_8422_2325), sum(0x6C62_272E_07BB_0142)];
    for (place, half) in guid.chunks_exact_mut(8).zip(halves) {
        place.copy_from_slice(&half.to_le_bytes());
    }
    guid
}
