//! What does the `LocaleMetaData` file beside a log say of its events?
//!
//! The `evtx` package reads the file. It forbids unsafe code, but clones a name for each entry that
//! refers to it, so the file is weighed first.

use std::panic::{AssertUnwindSafe, catch_unwind};

use evtx::mta::{MtaEvent, MtaFile, RenderingInfo};

use super::{MessageError, RenderedNames, weight, without_line_end};
use crate::Event;

/// The largest file that is read. A log of 62,000 events with a message of 900 characters each
/// makes 59 MB.
const FILE_LIMIT: usize = 512 << 20;

/// The texts of one saved log in one language (`LocaleMetaData/<log>_<language>.MTA`).
#[derive(Clone, Debug)]
pub struct LocalizedLog {
    file: MtaFile,
}

impl LocalizedLog {
    /// Reads the bytes of an `.MTA` file.
    ///
    /// # Errors
    /// When they are no such file, are damaged, or would take memory out of proportion to their
    /// number.
    pub fn open(bytes: &[u8]) -> Result<Self, MessageError> {
        if bytes.len() > FILE_LIMIT {
            return Err(MessageError::TooLarge { limit: FILE_LIMIT });
        }
        if !weight::is_in_proportion(bytes) {
            return Err(MessageError::OutOfProportion);
        }
        // The package's own tests cut and flip; should it still panic, it is this file's problem.
        let read = catch_unwind(AssertUnwindSafe(|| MtaFile::from_bytes(bytes)));
        match read {
            Ok(Ok(file)) => Ok(Self { file }),
            Ok(Err(error)) => Err(MessageError::NotLocalized(error.to_string())),
            Err(_) => Err(MessageError::NotLocalized("the decoder failed on it".into())),
        }
    }

    /// Number of events it has an entry for.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.file.event_count()
    }

    /// The message of an event of its log.
    ///
    /// `position` is the number of events before it in the log, where that is known: a log that was
    /// merged from several channels can hold two events with one `EventRecordID`. A position whose
    /// entry has another `EventRecordID` is not used.
    #[must_use]
    pub fn message(&self, event: &Event, position: Option<u64>) -> Option<String> {
        let message = self.rendering(event, position)?.message?;
        Some(without_line_end(message).to_owned())
    }

    /// The names of an event's level, task, opcode and keywords; `None` when its provider is not in
    /// the file.
    #[must_use]
    pub fn names(&self, event: &Event) -> Option<RenderedNames> {
        let info = self.rendering(event, None)?;
        Some(RenderedNames {
            level: info.level.map(str::to_owned),
            task: info.task.map(str::to_owned),
            opcode: info.opcode.map(str::to_owned),
            keywords: info.keywords.into_iter().map(str::to_owned).collect(),
        })
    }

    fn rendering(&self, event: &Event, position: Option<u64>) -> Option<RenderingInfo<'_>> {
        let event = MtaEvent {
            provider: &event.provider.name,
            // The package counts records from 1, and takes 0 for none.
            record_number: position.map_or(0, |before| before.saturating_add(1)),
            event_record_id: event.record_id,
            qualifiers: event.qualifiers.unwrap_or_default(),
            level: event.level,
            task: event.task,
            opcode: event.opcode,
            keywords: event.keywords,
        };
        catch_unwind(AssertUnwindSafe(|| self.file.rendering_info(&event))).ok().flatten()
    }
}
