//! Zstandard: a file is one frame behind the other. `pzstd` writes many, with frames between them that
//! hold no data. Layout: RFC 8878 3.1.1 (frames) and 3.1.2 (those without data).

use std::io::{self, Read};
use std::ops::ControlFlow;

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::streams::{TOO_MANY, are_too_many, single};
use super::{Entry, Unreadable};

const FRAME: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const ONE_BLOCK: BlockDecodingStrategy = BlockDecodingStrategy::UptoBlocks(1);
/// The last block, as it is, of no bytes (RFC 8878 3.1.1.2), and a checksum for those who want one.
const LAST_BLOCK: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
/// Magic number and size of a frame without data.
const SKIPPABLE_HEAD: usize = 8;

/// Whether a frame begins here, with data or without.
pub(super) fn begins_frame(bytes: &[u8]) -> bool {
    bytes.starts_with(&FRAME) || begins_skippable(bytes)
}

fn begins_skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

pub(super) fn of_zstandard(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let decoder = FrameDecoder::new();
    let mut frames =
        Frames { rest: bytes, decoder, is_open: false, damage: None, frames: 0, bytes: 0 };
    match frames.next() {
        Ok(_) => single(name, &["zst", "tzst"], &mut frames, member),
        Err(Failed::Frame(FrameDecoderError::WindowSizeTooBig { requested, .. })) => {
            let how = format!("with a window of {} MiB", requested >> 20);
            Err(Unreadable::unsupported(&how).at(0))
        }
        Err(Failed::Frame(FrameDecoderError::DictNotProvided { dict_id })) => {
            let how = format!("with the dictionary {dict_id}");
            Err(Unreadable::unsupported(&how).at(0))
        }
        Err(error) => Err(Unreadable::damaged("cannot be unpacked", &io::Error::from(error)).at(0)),
    }
}

/// What the frames of a file hold, one behind the other.
struct Frames<'b> {
    rest: &'b [u8],
    decoder: FrameDecoder,
    is_open: bool,
    /// What the open frame ends in.
    damage: Option<io::Error>,
    frames: u64,
    bytes: u64,
}

enum Failed {
    Frame(FrameDecoderError),
    Cut,
    Checksum,
    TooMany,
}

impl From<Failed> for io::Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Frame(error) => in_words(&error),
            Failed::Cut => io::ErrorKind::UnexpectedEof.into(),
            Failed::Checksum => Self::new(io::ErrorKind::InvalidData, "the checksum is another"),
            Failed::TooMany => Self::other(TOO_MANY),
        }
    }
}

/// The package shows its errors as the program has them.
fn in_words(error: &FrameDecoderError) -> io::Error {
    let mut cause: &dyn std::error::Error = error;
    loop {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            let is_end = io.kind() == io::ErrorKind::UnexpectedEof;
            let what = if is_end { "it is cut off" } else { "it cannot be read" };
            return io::Error::new(io.kind(), what);
        }
        match cause.source() {
            Some(inner) => cause = inner,
            None => return io::Error::new(io::ErrorKind::InvalidData, "a block is damaged"),
        }
    }
}

impl Frames<'_> {
    /// Opens the next frame with data. Returns whether there is one.
    fn next(&mut self) -> Result<bool, Failed> {
        while begins_skippable(self.rest) {
            let size = self.rest.get(4..SKIPPABLE_HEAD).and_then(|size| size.try_into().ok());
            let size = size.map(u32::from_le_bytes).ok_or(Failed::Cut)?;
            let size = usize::try_from(size).map_err(|_| Failed::Cut)?;
            let behind = self.rest.get(SKIPPABLE_HEAD.saturating_add(size)..);
            self.rest = behind.ok_or(Failed::Cut)?;
        }
        if self.rest.is_empty() {
            return Ok(false);
        }
        self.frames = self.frames.saturating_add(1);
        if are_too_many(self.frames, self.bytes) {
            return Err(Failed::TooMany);
        }
        self.decoder.reset(&mut self.rest).map_err(Failed::Frame)?;
        self.is_open = true;
        Ok(true)
    }

    /// What the open frame holds; nothing at its end.
    fn of_frame(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            if let Err(error) = self.decoder.decode_blocks(&mut self.rest, ONE_BLOCK) {
                // The decoder keeps a window of megabytes back, as blocks to come may need it.
                self.damage = Some(in_words(&error));
                self.rest = &[];
                self.decoder.decode_blocks(LAST_BLOCK, ONE_BLOCK).map_err(io::Error::other)?;
            }
        }
        self.decoder.read(buffer)
    }

    fn close(&mut self) -> Result<(), Failed> {
        self.is_open = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(told), Some(found)) if told != found => Err(Failed::Checksum),
            _ => Ok(()),
        }
    }
}

impl Read for Frames<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.is_open {
                let read = self.of_frame(buffer)?;
                if read > 0 {
                    self.bytes = self.bytes.saturating_add(read as u64);
                    return Ok(read);
                }
                if let Some(damage) = self.damage.take() {
                    return Err(damage);
                }
                self.close()?;
            }
            if !self.next()? {
                return Ok(0);
            }
        }
    }
}
