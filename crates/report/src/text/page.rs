//! What text is written to: how wide it is, and whether it has colours.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use hvtriage_diagnosis::Severity;

/// How text for people is laid out. The default is plain and fits files: its lines are broken at 100 columns,
/// and its tables are as wide as their values.
///
/// ```
/// let style = hvtriage_report::TextStyle::default().width(80).colored(true);
/// # let _ = style;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextStyle {
    width: Option<usize>,
    is_colored: bool,
}

/// Nothing can be said in fewer columns.
const NARROWEST: usize = 60;
/// Longer lines of prose are hard to read, however wide a terminal is.
const WIDEST_PROSE: usize = 100;

impl TextStyle {
    /// Fits tables, and the first screen, into so many columns; 60 at least.
    #[must_use]
    pub fn width(mut self, columns: usize) -> Self {
        self.width = Some(columns.max(NARROWEST));
        self
    }

    /// Shows headings and severities in colours of ANSI terminals. The text is the same without them.
    #[must_use]
    pub fn colored(mut self, is_colored: bool) -> Self {
        self.is_colored = is_colored;
        self
    }
}

/// What text is written to.
pub(crate) struct Page<'a> {
    style: TextStyle,
    out: &'a mut dyn Write,
    lines: usize,
}

impl<'a> Page<'a> {
    pub(crate) fn new(style: TextStyle, out: &'a mut dyn Write) -> Self {
        Self { style, out, lines: 0 }
    }

    pub(crate) fn plain(out: &'a mut dyn Write) -> Self {
        Self::new(TextStyle::default(), out)
    }

    /// Lines that were written so far.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// Columns that a table may have; `None` for as many as it takes.
    pub(crate) fn width(&self) -> Option<usize> {
        self.style.width
    }

    /// Lines of prose are broken here.
    pub(crate) fn prose_width(&self) -> usize {
        self.style.width.map_or(WIDEST_PROSE, |width| width.min(WIDEST_PROSE))
    }

    /// A heading on a line of its own.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.bold(text);
        writeln!(self.out, "{text}")
    }

    /// What heads something.
    pub(crate) fn bold(&self, text: &str) -> String {
        self.painted(Style::new().bold(), text)
    }

    /// A text, mostly the word of a severity, in the colour of that severity.
    pub(crate) fn severity(&self, severity: Severity, text: &str) -> String {
        let style = match severity {
            Severity::Critical => AnsiColor::Red.on_default().bold(),
            Severity::High => AnsiColor::Red.on_default(),
            Severity::Medium => AnsiColor::Yellow.on_default(),
            Severity::Low => AnsiColor::Cyan.on_default(),
            Severity::Info => Style::new().dimmed(),
        };
        self.painted(style, text)
    }

    fn painted(&self, style: Style, text: &str) -> String {
        match self.style.is_colored {
            true => format!("{style}{text}{style:#}"),
            false => text.to_owned(),
        }
    }
}

impl Write for Page<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        let ends = bytes.iter().take(written).filter(|byte| **byte == b'\n').count();
        self.lines = self.lines.saturating_add(ends);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
