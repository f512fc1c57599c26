//! Whether text on stdout has colours, and how wide it is.

use std::path::PathBuf;
use std::sync::OnceLock;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use console::Term;
use hvtriage_report::TextStyle;

/// When text has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE=1 elsewhere, too
    #[default]
    Auto,
    /// Always, but never in a file that --output names
    Always,
    /// Never
    Never,
}

/// What was typed, which is decided once, before anything is written.
static TYPED: OnceLock<Color> = OnceLock::new();

/// Takes what was typed.
pub(crate) fn choose(color: Color) {
    // Nobody else sets it.
    let _ = TYPED.set(color);
}

/// The style of text that goes to `output`, or to stdout: a file is plain.
pub(crate) fn of(output: Option<&PathBuf>) -> TextStyle {
    let style = TextStyle::default();
    if output.is_some() {
        return style;
    }
    let style = style.colored(is_colored(TYPED.get().copied().unwrap_or_default()));
    match Term::stdout().size_checked() {
        Some((_, columns)) => style.width(columns.into()),
        None => style,
    }
}

fn is_colored(color: Color) -> bool {
    match color {
        Color::Auto => AutoStream::choice(&std::io::stdout()) != ColorChoice::Never,
        Color::Always => true,
        Color::Never => false,
    }
}
