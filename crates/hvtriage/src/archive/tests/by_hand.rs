//! Archives that no writer at hand makes.

use std::io::Write;

/// A zip archive, written as APPNOTE has it.
#[derive(Default)]
pub(super) struct ZipByHand {
    bytes: Vec<u8>,
    listed: Vec<Listed>,
}

#[derive(Clone)]
struct Listed {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: u32,
    size: u32,
    at: u32,
}

const UTF8: u16 = 1 << 11;
const DESCRIBED_BEHIND: u16 = 1 << 3;

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::best();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

impl ZipByHand {
    /// Returns where it stands in the list.
    pub(super) fn stored(&mut self, name: &str, bytes: &[u8]) -> usize {
        self.add(name, 0, 0, bytes, bytes)
    }

    pub(super) fn deflated(&mut self, name: &str, bytes: &[u8]) -> usize {
        self.add(name, 0, 8, bytes, &deflate(bytes))
    }

    /// For bytes without long repetitions, in which both methods are the same.
    pub(super) fn deflated64(&mut self, name: &str, bytes: &[u8]) -> usize {
        self.add(name, 0, 9, bytes, &deflate(bytes))
    }

    /// As a writer does that cannot go back.
    pub(super) fn streamed(&mut self, name: &str, bytes: &[u8], is_deflated: bool) {
        let (method, data) = if is_deflated { (8, deflate(bytes)) } else { (0, bytes.to_vec()) };
        self.add(name, DESCRIBED_BEHIND, method, bytes, &data);
    }

    /// Lists a member once more under another name.
    pub(super) fn list_again(&mut self, place: usize, name: &str) {
        let again = Listed { name: name.as_bytes().to_vec(), ..self.listed[place].clone() };
        self.listed.push(again);
    }

    /// Names a member in a code page.
    pub(super) fn rename_raw(&mut self, place: usize, name: &[u8]) {
        self.listed[place].name = name.to_vec();
        self.listed[place].flags &= !UTF8;
    }

    fn add(&mut self, name: &str, flags: u16, method: u16, bytes: &[u8], data: &[u8]) -> usize {
        let listed = Listed {
            name: name.as_bytes().to_vec(),
            flags: flags | UTF8,
            method,
            crc: crc(bytes),
            compressed: data.len().try_into().unwrap(),
            size: bytes.len().try_into().unwrap(),
            at: self.bytes.len().try_into().unwrap(),
        };
        let is_behind = flags & DESCRIBED_BEHIND != 0;
        let sizes = [listed.crc, listed.compressed, listed.size].map(u32::to_le_bytes).concat();
        self.bytes.extend(b"PK\x03\x04");
        let fields = [20, listed.flags, method, 0, 0x21];
        self.bytes.extend(fields.map(u16::to_le_bytes).concat());
        self.bytes.extend(if is_behind { vec![0; 12] } else { sizes.clone() });
        self.bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(data);
        if is_behind {
            self.bytes.extend(b"PK\x07\x08");
            self.bytes.extend(sizes);
        }
        self.listed.push(listed);
        self.listed.len() - 1
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u64;
        for one in &self.listed {
            self.bytes.extend(b"PK\x01\x02");
            let fields = [20, 20, one.flags, one.method, 0, 0x21];
            self.bytes.extend(fields.map(u16::to_le_bytes).concat());
            let sizes = [one.crc, one.compressed, one.size];
            self.bytes.extend(sizes.map(u32::to_le_bytes).concat());
            self.bytes.extend(u16::try_from(one.name.len()).unwrap().to_le_bytes());
            self.bytes.extend([0; 12]);
            self.bytes.extend(one.at.to_le_bytes());
            self.bytes.extend(&one.name);
        }
        let (end, count) = (self.bytes.len() as u64, self.listed.len() as u64);
        let size = end - start;
        // 4.3.14 and 4.3.15: for more members than 16 bits count.
        self.bytes.extend(b"PK\x06\x06");
        self.bytes.extend(44_u64.to_le_bytes());
        self.bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        self.bytes.extend([count, count, size, start].map(u64::to_le_bytes).concat());
        self.bytes.extend(b"PK\x06\x07\0\0\0\0");
        self.bytes.extend(end.to_le_bytes());
        self.bytes.extend(1_u32.to_le_bytes());
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend([0xFF; 12]);
        self.bytes.extend([0, 0]);
        self.bytes
    }
}

/// A 7z archive with a block for each file, written as `7zFormat.txt` of the 7-Zip SDK has it.
#[derive(Default)]
pub(super) struct SevenZip {
    packed: Vec<u8>,
    files: Vec<File>,
}

struct File {
    name: String,
    coder: &'static [u8],
    packed: u64,
    size: u64,
    crc: Option<u32>,
}

const COPY: &[u8] = &[0x01, 0x00];
/// With one byte of properties: the size of the dictionary, 1 MiB.
const LZMA2: &[u8] = &[0x21, 0x21, 1, 0x10];
/// AES-256 and SHA-256; 2^19 rounds, no salt.
const AES: &[u8] = &[0x24, 0x06, 0xF1, 0x07, 0x01, 1, 0x13];

/// A number: eight bytes behind their mark, or one.
fn number(value: u64) -> Vec<u8> {
    match u8::try_from(value) {
        Ok(small) if small < 0x80 => vec![small],
        _ => [&[0xFF][..], &value.to_le_bytes()].concat(),
    }
}

impl SevenZip {
    pub(super) fn stored(self, name: &str, bytes: &[u8]) -> Self {
        self.add(name, COPY, bytes, bytes.len() as u64, Some(crc(bytes)))
    }

    pub(super) fn lzma2(self, name: &str, packed: &[u8], size: u64) -> Self {
        self.add(name, LZMA2, &[packed, &[0]].concat(), size, None)
    }

    pub(super) fn encrypted(self, name: &str, bytes: &[u8]) -> Self {
        self.add(name, AES, bytes, bytes.len() as u64, None)
    }

    fn add(
        mut self,
        name: &str,
        coder: &'static [u8],
        packed: &[u8],
        size: u64,
        crc: Option<u32>,
    ) -> Self {
        self.packed.extend(packed);
        let packed = packed.len() as u64;
        self.files.push(File { name: name.into(), coder, packed, size, crc });
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let mut header = vec![0x01, 0x04];
        header.extend(streams(&self.files, 0));
        // SubStreamsInfo: one file in each block, which is what is meant without it.
        header.extend([0x08, 0, 0]);
        header.push(0x05);
        header.extend(number(self.files.len() as u64));
        let names = self.files.iter().flat_map(|file| file.name.encode_utf16().chain([0]));
        let names: Vec<u8> = names.flat_map(u16::to_le_bytes).collect();
        header.push(0x11);
        header.extend(number(names.len() as u64 + 1));
        header.push(0);
        header.extend(names);
        header.extend([0, 0]);
        around(&self.packed, &header)
    }

    /// With a directory that is encrypted itself.
    pub(super) fn finish_encrypted(mut self) -> Vec<u8> {
        let directory = [0x5A; 64];
        let (at, size) = (self.packed.len() as u64, directory.len() as u64);
        self.packed.extend(directory);
        let file = File { name: String::new(), coder: AES, packed: size, size, crc: None };
        let header = [vec![0x17], streams(&[file], at), vec![0]].concat();
        around(&self.packed, &header)
    }
}

/// `StreamsInfo` of blocks of one file each, which are packed from `at` on.
fn streams(files: &[File], at: u64) -> Vec<u8> {
    let count = || number(files.len() as u64);
    let mut bytes = vec![0x06];
    bytes.extend(number(at));
    bytes.extend(count());
    bytes.push(0x09);
    bytes.extend(files.iter().flat_map(|file| number(file.packed)));
    bytes.extend([0, 0x07, 0x0B]);
    bytes.extend(count());
    bytes.push(0);
    for file in files {
        bytes.push(1);
        bytes.extend(file.coder);
    }
    bytes.push(0x0C);
    bytes.extend(files.iter().flat_map(|file| number(file.size)));
    bytes.push(0x0A);
    // Not all are defined; then those that are, from the highest bit on.
    bytes.push(0);
    for eight in files.chunks(8) {
        let bits = eight.iter().enumerate();
        bytes.push(
            bits.fold(0, |byte, (bit, file)| byte | (u8::from(file.crc.is_some()) << (7 - bit))),
        );
    }
    bytes.extend(files.iter().filter_map(|file| file.crc).flat_map(u32::to_le_bytes));
    bytes.push(0);
    bytes
}

fn around(packed: &[u8], header: &[u8]) -> Vec<u8> {
    let mut start = (packed.len() as u64).to_le_bytes().to_vec();
    start.extend((header.len() as u64).to_le_bytes());
    start.extend(crc(header).to_le_bytes());
    let mut bytes = b"7z\xBC\xAF\x27\x1C\0\x04".to_vec();
    bytes.extend(crc(&start).to_le_bytes());
    bytes.extend(start);
    bytes.extend(packed);
    bytes.extend(header);
    bytes
}
