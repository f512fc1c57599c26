//! A growing run of little-endian bytes whose numbers can be filled in later.

/// Bytes under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct Bytes {
    bytes: Vec<u8>,
}

impl Bytes {
    /// A run that starts with zeros.
    pub(super) fn zeroed(len: usize) -> Self {
        Self { bytes: vec![0; len] }
    }

    /// Where the next byte will stand.
    pub(super) fn at(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// UTF-16 text without a terminator.
    pub(super) fn utf16(&mut self, text: &str) {
        for unit in text.encode_utf16() {
            self.u16(unit);
        }
    }

    /// Number of UTF-16 units, then the text.
    pub(super) fn counted_utf16(&mut self, text: &str) {
        self.u16(u16::try_from(text.encode_utf16().count()).unwrap_or(u16::MAX));
        self.utf16(text);
    }

    /// Puts bytes over those that stand at `at`.
    pub(super) fn overwrite(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }

    /// Puts a 32-bit number over the bytes at `at`.
    pub(super) fn overwrite_u32(&mut self, at: usize, value: usize) {
        self.overwrite(at, &u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Reserves a 32-bit length and gives its place for [`Self::close_length`].
    pub(super) fn open_length(&mut self) -> usize {
        let at = self.at();
        self.u32(0);
        at
    }

    /// Fills in the number of bytes written since the length at `at` was reserved.
    pub(super) fn close_length(&mut self, at: usize) {
        let len = self.at() - at - 4;
        self.overwrite_u32(at, len);
    }

    /// Takes back all bytes but the first `len`.
    pub(super) fn cut_to(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Zeros up to the given length.
    pub(super) fn pad_to(&mut self, len: usize) {
        if self.bytes.len() < len {
            self.bytes.resize(len, 0);
        }
    }

    pub(super) fn get(&self, range: std::ops::Range<usize>) -> &[u8] {
        self.bytes.get(range).unwrap_or_default()
    }

    pub(super) fn into_vec(self) -> Vec<u8> {
        self.bytes
    }
}
