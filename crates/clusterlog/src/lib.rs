//! The log of the cluster service, `cluster.log`: bytes in, entries out.
//!
//! The principal type is [`ClusterLog`]. `Get-ClusterLog` writes one text for each node: since Windows
//! Server 2016 a [`Head`] that names the node, its build and its clock, then tables and the events of
//! some logs under headings (`[=== System ===]`), then what the cluster service and its resource hosts
//! traced. Every [`Entry`] begins alike, with process, thread, time and level.
//!
//! ```
//! use hvtriage_clusterlog::{ClusterLog, Level, identify};
//!
//! let text = b"000011d0.00000f80::2011/08/05-13:47:42.496 ERR   [RHS] it failed\r\n";
//! assert!(identify(text));
//! let mut found = Vec::new();
//! ClusterLog::open(text).entries(|entry| found.push((entry.at.line, entry.component.map(str::to_owned))));
//! assert_eq!(found, [(1, Some("RHS".to_owned()))]);
//! ```
//!
//! Such a log has hundreds of megabytes. It is read line by line, a line is looked at as far as
//! [`MAX_LINE_BYTES`], and nothing is kept, whatever the text says of itself.
#![forbid(unsafe_code)]

mod entry;
mod head;
mod lines;

use std::ops::ControlFlow;

pub use entry::{Entry, Level, Position};
pub use head::{Clock, Head};
pub use lines::MAX_LINE_BYTES;

use lines::Lines;

/// Lines that are looked at to tell whether a text is such a log.
const LINES_LOOKED_AT: u64 = 64;

/// Bytes that are looked at for it: lines of two thousand letters, of two bytes each.
const BYTES_LOOKED_AT: usize = 256 << 10;

/// Whether `bytes` are such a log. The beginning of a file is enough to tell.
#[must_use]
pub fn identify(bytes: &[u8]) -> bool {
    let mut is_one = false;
    Lines::of(bytes.get(..BYTES_LOOKED_AT).unwrap_or(bytes)).each(|line| {
        let text = line.text;
        is_one =
            head::heading(text).is_some_and(head::begins_a_log) || Entry::parse(&line).is_some();
        let is_text = !text.contains('\0');
        if is_one || !is_text || line.number >= LINES_LOOKED_AT {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    is_one
}

/// A log, open for reading.
#[derive(Debug)]
pub struct ClusterLog<'a> {
    bytes: &'a [u8],
    head: Head,
}

impl<'a> ClusterLog<'a> {
    /// Opens a log, and reads its head where it has one.
    #[must_use]
    pub fn open(bytes: &'a [u8]) -> Self {
        Self { bytes, head: Head::read(Lines::of(bytes)) }
    }

    /// What the log says of itself.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Hands over every entry, in the order of the text.
    pub fn entries(&self, mut found: impl FnMut(&Entry<'_>)) {
        Lines::of(self.bytes).each(|line| {
            if let Some(entry) = Entry::parse(&line) {
                found(&entry);
            }
            ControlFlow::Continue(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of zeros may have terabytes, and no line ever ends in it.
    #[test]
    fn what_a_text_is_stands_in_its_beginning() {
        let entry = "000011d0.00000f80::2011/08/05-13:47:42.496 ERR   [RHS] it failed\r\n";
        let behind = |size: usize| "x".repeat(size) + "\n" + entry;
        assert!(identify(behind(BYTES_LOOKED_AT / 2).as_bytes()));
        assert!(!identify(behind(BYTES_LOOKED_AT).as_bytes()));
    }
}
