//! What an image says of itself in its version resource.

use std::fmt;

use hvtriage_winfmt::FileVersion;

/// The version resource of an image. Its texts are cut at 256 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleVersion {
    /// The file version in numbers (`dwFileVersionMS` and `dwFileVersionLS`), which the text of
    /// the same name need not agree with.
    pub file: FileVersion,
    /// `CompanyName`.
    pub company: Option<String>,
    /// `ProductName`.
    pub product: Option<String>,
    /// `FileDescription`.
    pub description: Option<String>,
}

/// Such as `6.1.7601.17514, Microsoft Storage VSC Driver, Microsoft Corporation`.
impl fmt::Display for ModuleVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        for text in [&self.description, &self.company].into_iter().flatten() {
            write!(formatter, ", {text}")?;
        }
        Ok(())
    }
}
