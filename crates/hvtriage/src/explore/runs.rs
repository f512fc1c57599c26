//! Sorting of more than memory holds: sorted runs in files without names, which are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

/// Runs that are merged at a time; each has a file and a buffer. Hostile or not, no more are open.
const MAX_RUNS: usize = 64;

/// Something rendered, with what it is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamped<'a> {
    pub(super) time: u64,
    /// What copies share.
    pub(super) key: u64,
    pub(super) bytes: &'a [u8],
}

/// Time, key and length stand before the bytes.
const HEAD: usize = 24;

impl<'a> Stamped<'a> {
    /// Appends what `render` writes, with its stamp.
    pub(super) fn write(time: u64, key: u64, out: &mut Vec<u8>, render: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        out.extend_from_slice(&time.to_le_bytes());
        out.extend_from_slice(&key.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        let body = out.len();
        render(out);
        let length = out.len().saturating_sub(body) as u64;
        let length_at = start.saturating_add(16);
        if let Some(place) = out.get_mut(length_at..body) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// Takes the first off `bytes`.
    fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let (time, key, length) = numbers(head);
        let (body, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        *bytes = after;
        Some(Self { time, key, bytes: body })
    }
}

fn numbers(head: &[u8; HEAD]) -> (u64, u64, u64) {
    let number = |at: usize| {
        let bytes = head.get(at..at.saturating_add(8)).and_then(|it| it.try_into().ok());
        u64::from_le_bytes(bytes.unwrap_or_default())
    };
    (number(0), number(8), number(16))
}

/// What was added, sorted as far as memory goes.
pub(super) struct Runs {
    folder: Option<PathBuf>,
    run_bytes: usize,
    bytes: Vec<u8>,
    files: Vec<File>,
}

impl Runs {
    /// Runs of so many bytes, in files of `folder` or the system's folder for temporary files.
    pub(super) fn new(folder: Option<PathBuf>, run_bytes: usize) -> Self {
        Self { folder, run_bytes, bytes: Vec::new(), files: Vec::new() }
    }

    /// Adds what [`Stamped::write`] wrote.
    pub(super) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() < self.run_bytes {
            return Ok(());
        }
        let mut writer = BufWriter::new(self.file()?);
        each_sorted(&self.bytes, |one| write(&one, &mut writer))?;
        self.bytes.clear();
        self.keep(writer)?;
        // What was added first stays first, so that equals keep their order.
        if self.files.len() >= MAX_RUNS {
            let files = std::mem::take(&mut self.files);
            let mut writer = BufWriter::new(self.file()?);
            merge(files, &[], |one| write(&one, &mut writer))?;
            self.keep(writer)?;
        }
        Ok(())
    }

    /// Hands over everything in order; what is of one time in the order in which it was added.
    pub(super) fn merge(
        self,
        mut each: impl FnMut(Stamped<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.files.is_empty() {
            return each_sorted(&self.bytes, each);
        }
        let mut last = Vec::with_capacity(self.bytes.len());
        each_sorted(&self.bytes, |one| write(&one, &mut last))?;
        drop(self.bytes);
        merge(self.files, &last, &mut each)
    }

    fn file(&self) -> io::Result<File> {
        match &self.folder {
            Some(folder) => tempfile::tempfile_in(folder),
            None => tempfile::tempfile(),
        }
    }

    fn keep(&mut self, writer: BufWriter<File>) -> io::Result<()> {
        let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.files.push(file);
        Ok(())
    }
}

fn write(one: &Stamped<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&one.time.to_le_bytes())?;
    out.write_all(&one.key.to_le_bytes())?;
    out.write_all(&(one.bytes.len() as u64).to_le_bytes())?;
    out.write_all(one.bytes)
}

fn each_sorted(
    mut bytes: &[u8],
    each: impl FnMut(Stamped<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut all: Vec<Stamped<'_>> = std::iter::from_fn(|| Stamped::take(&mut bytes)).collect();
    all.sort_by_key(|one| one.time);
    all.into_iter().try_for_each(each)
}

/// A run as it is read.
struct Run<R> {
    reader: R,
    head: [u8; HEAD],
    bytes: Vec<u8>,
}

impl<R: Read> Run<R> {
    /// Reads the next; its time, or `None` at the end.
    fn next(&mut self) -> io::Result<Option<u64>> {
        match self.reader.read_exact(&mut self.head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let (time, _, length) = numbers(&self.head);
        self.bytes.clear();
        let read = self.reader.by_ref().take(length).read_to_end(&mut self.bytes)?;
        if read as u64 == length {
            Ok(Some(time))
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn stamped(&self) -> Stamped<'_> {
        let (time, key, _) = numbers(&self.head);
        Stamped { time, key, bytes: &self.bytes }
    }
}

fn merge(
    files: Vec<File>,
    last: &[u8],
    mut each: impl FnMut(Stamped<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let files = files.into_iter().map(|file| -> Box<dyn Read> { Box::new(BufReader::new(file)) });
    let readers = files.chain([Box::new(last) as Box<dyn Read + '_>]);
    let mut runs: Vec<Run<Box<dyn Read + '_>>> =
        readers.map(|reader| Run { reader, head: [0; HEAD], bytes: Vec::new() }).collect();
    let mut next = BinaryHeap::new();
    for (number, run) in runs.iter_mut().enumerate() {
        next.extend(run.next()?.map(|time| Reverse((time, number))));
    }
    while let Some(Reverse((_, number))) = next.pop() {
        let Some(run) = runs.get_mut(number) else { continue };
        each(run.stamped())?;
        next.extend(run.next()?.map(|time| Reverse((time, number))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out of runs of `run_bytes` when `times` were added, each with its number.
    fn sorted(times: &[u64], run_bytes: usize) -> Vec<(u64, u64)> {
        let mut runs = Runs::new(None, run_bytes);
        for (number, time) in (0_u64..).zip(times) {
            let mut bytes = Vec::new();
            Stamped::write(*time, number, &mut bytes, |out| {
                out.extend_from_slice(number.to_string().as_bytes());
            });
            runs.add(&bytes).unwrap();
        }
        let mut told = Vec::new();
        let told_all = runs.merge(|one| {
            assert_eq!(one.bytes, one.key.to_string().as_bytes());
            told.push((one.time, one.key));
            Ok(())
        });
        told_all.unwrap();
        told
    }

    /// In memory, in many files, and in so many files that they are merged in between.
    #[test]
    fn the_order_does_not_depend_on_how_much_fits_into_memory() {
        let times: Vec<u64> = (0..2000_u64).map(|number| number * 7919 % 101).collect();
        let mut wanted: Vec<(u64, u64)> = times.iter().copied().zip(0..).collect();
        wanted.sort();
        for run_bytes in [usize::MAX, 10_000, 300, 1] {
            assert_eq!(sorted(&times, run_bytes), wanted, "{run_bytes}");
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(sorted(&[], 1), []);
    }
}
