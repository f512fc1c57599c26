//! A run of bytes whose fields are set by offset.

/// Bytes that grow as far as fields are set; what is not set keeps the fill.
#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
}

impl Block {
    /// `size` zero bytes.
    pub(super) fn zeros(size: u64) -> Self {
        Self { bytes: vec![0; usize_of(size)] }
    }

    /// `size` bytes of `pattern`, repeated.
    pub(super) fn filled(size: u64, pattern: [u8; 4]) -> Self {
        Self { bytes: pattern.iter().copied().cycle().take(usize_of(size)).collect() }
    }

    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn put(&mut self, at: u64, bytes: &[u8]) {
        let start = usize_of(at);
        let end = start + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
    }

    pub(super) fn u8(&mut self, at: u64, value: u8) {
        self.put(at, &[value]);
    }

    pub(super) fn u16(&mut self, at: u64, value: u16) {
        self.put(at, &value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, at: u64, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, at: u64, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    /// A `UNICODE_STRING`: its lengths in bytes, and the address of its `text` with the end mark.
    pub(super) fn unicode_string(&mut self, at: u64, text: &str, address: u64) {
        let size = (text.encode_utf16().count() * 2) as u16;
        self.u16(at, size);
        self.u16(at + 2, size + 2);
        self.u64(at + 8, address);
    }

    /// Appends `bytes` at the next multiple of `alignment`, and says where.
    pub(super) fn append(&mut self, bytes: &[u8], alignment: u64) -> u64 {
        let at = self.len().next_multiple_of(alignment);
        self.put(at, bytes);
        at
    }
}

/// UTF-16LE with an end mark.
pub(super) fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// An offset into something that is in memory.
pub(super) fn usize_of(number: u64) -> usize {
    number as usize
}
