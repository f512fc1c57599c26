//! Where rendered events go, and in which form: what the commands that show events have in common.

#[cfg(feature = "parquet")]
use std::io::IsTerminal;
use std::io::{self, Write};
use std::path::PathBuf;

use hvtriage_report::{EventFormat, EventRow, TimelineFormat};
#[cfg(feature = "parquet")]
use hvtriage_report::{EventsParquet, write_parquet_line};

use crate::output::Output;

/// A form of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventForm {
    Events(EventFormat),
    Timeline(TimelineFormat),
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Parquet, where this command has it and can write it to `output`; else what to do.
#[cfg(feature = "parquet")]
pub(crate) fn parquet_to(output: Option<&PathBuf>) -> Result<EventForm, String> {
    if output.is_none() && io::stdout().is_terminal() {
        return Err("Parquet is nothing to look at: name a file with --output".into());
    }
    Ok(EventForm::Parquet)
}

/// The same in a command that has none.
#[cfg(not(feature = "parquet"))]
pub(crate) fn parquet_to(_: Option<&PathBuf>) -> Result<EventForm, String> {
    Err(crate::output::WITHOUT_PARQUET.into())
}

impl EventForm {
    /// Whether lines have a place for what an event means.
    pub(crate) fn has_meaning(self) -> bool {
        !matches!(self, Self::Events(_))
    }

    /// Appends an event to `out`.
    pub(crate) fn write(self, row: &EventRow<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Events(form) => form.write(row, out),
            Self::Timeline(form) if form.takes(row.event) => form.write(row, out),
            Self::Timeline(_) => {}
            #[cfg(feature = "parquet")]
            Self::Parquet => write_parquet_line(row, out),
        }
    }

    fn head(self) -> Vec<u8> {
        match self {
            Self::Events(form) => form.head(),
            Self::Timeline(form) => form.head(),
            #[cfg(feature = "parquet")]
            Self::Parquet => Vec::new(),
        }
    }

    fn tail(self) -> &'static [u8] {
        match self {
            Self::Events(form) => form.tail(),
            Self::Timeline(_) => b"",
            #[cfg(feature = "parquet")]
            Self::Parquet => b"",
        }
    }
}

/// The output of a command that shows events. Nothing is created before there is something to write: a wrong
/// path must not leave an empty file.
pub(crate) struct EventOutput<'a> {
    form: EventForm,
    name: Option<&'a PathBuf>,
    target: Option<Target>,
}

enum Target {
    Bytes(Output),
    #[cfg(feature = "parquet")]
    Parquet(Box<EventsParquet<Output>>),
}

impl<'a> EventOutput<'a> {
    pub(crate) fn new(form: EventForm, name: Option<&'a PathBuf>) -> Self {
        Self { form, name, target: None }
    }

    /// Writes events, as [`EventForm::write`] rendered them.
    pub(crate) fn write(&mut self, rendered: &[u8]) -> io::Result<()> {
        match self.target()? {
            Target::Bytes(out) => out.write_all(rendered),
            #[cfg(feature = "parquet")]
            Target::Parquet(file) => file.add(rendered),
        }
    }

    /// Ends the output, which is also there when there was no event.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.target()?;
        match self.target {
            Some(Target::Bytes(mut out)) => {
                out.write_all(self.form.tail())?;
                out.finish()
            }
            #[cfg(feature = "parquet")]
            Some(Target::Parquet(file)) => file.finish()?.finish(),
            None => Ok(()),
        }
    }

    fn target(&mut self) -> io::Result<&mut Target> {
        let target = match self.target.take() {
            Some(target) => target,
            None => self.start()?,
        };
        Ok(self.target.insert(target))
    }

    fn start(&self) -> io::Result<Target> {
        let mut out = Output::open(self.name)?;
        #[cfg(feature = "parquet")]
        if self.form == EventForm::Parquet {
            return Ok(Target::Parquet(Box::new(EventsParquet::new(out)?)));
        }
        out.write_all(&self.form.head())?;
        Ok(Target::Bytes(out))
    }
}
