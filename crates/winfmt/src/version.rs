//! Four-part versions of Windows files, and the servicing branches in which they compare.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version such as `6.1.7601.17514`.
///
/// Versions of one build came in two branches up to Windows Server 2012: a GDR file never carries
/// what only the LDR branch got, whatever the numbers say. So there is no total order;
/// [`compare`](Self::compare) answers only where an answer is true.
///
/// ```
/// use std::cmp::Ordering;
/// use hvtriage_winfmt::FileVersion;
///
/// let fixed: FileVersion = "6.1.7601.21855".parse().unwrap();
/// let gdr: FileVersion = "6.1.7601.17514".parse().unwrap();
/// let ldr: FileVersion = "6.1.7601.21700".parse().unwrap();
/// assert_eq!(ldr.compare(fixed), Some(Ordering::Less));
/// assert_eq!(gdr.compare(fixed), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileVersion {
    /// First part.
    pub major: u16,
    /// Second part.
    pub minor: u16,
    /// Third part: the build of Windows for in-box files.
    pub build: u16,
    /// Fourth part.
    pub revision: u16,
}

/// The servicing branch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branch {
    /// General distribution release: revisions 16000 to 19999 of Windows 6.0 to 6.2.
    Gdr,
    /// Limited distribution release: revisions 20000 to 24999 of Windows 6.0 to 6.2.
    Ldr,
    /// The one line of Windows 6.3 and later.
    Single,
    /// A revision that belongs to no known branch.
    Unknown,
}

/// Text that is no four-part version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a version such as 6.1.7601.17514")]
pub struct FileVersionError(String);

impl FileVersion {
    /// The version in the two numbers of a version resource, whose halves are its parts.
    ///
    /// ```
    /// use hvtriage_winfmt::FileVersion;
    ///
    /// let version = FileVersion::from_numbers(0x0006_0001, 0x1DB1_446A);
    /// assert_eq!(version.to_string(), "6.1.7601.17514");
    /// ```
    #[must_use]
    pub fn from_numbers(most: u32, least: u32) -> Self {
        let [revision, build] = halves(least);
        let [minor, major] = halves(most);
        Self { major, minor, build, revision }
    }

    /// The branch that the file was built in.
    #[must_use]
    pub fn branch(self) -> Branch {
        match (self.major, self.minor, self.revision) {
            (6, 0..=2, 16_000..=19_999) => Branch::Gdr,
            (6, 0..=2, 20_000..=24_999) => Branch::Ldr,
            (6, 0..=2, _) => Branch::Unknown,
            _ => Branch::Single,
        }
    }

    /// How the two compare, or `None` when they are of different builds or branches.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let line = |version: Self| (version.major, version.minor, version.build, version.branch());
        let known = self.branch() != Branch::Unknown;
        (known && line(self) == line(other)).then(|| self.revision.cmp(&other.revision))
    }
}

/// The lower half, then the upper.
fn halves(number: u32) -> [u16; 2] {
    let [a, b, c, d] = number.to_le_bytes();
    [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])]
}

impl FromStr for FileVersion {
    type Err = FileVersionError;

    fn from_str(text: &str) -> Result<Self, FileVersionError> {
        let parts: Result<Vec<u16>, _> = text.trim().split('.').map(str::parse).collect();
        match parts.as_deref() {
            Ok(&[major, minor, build, revision]) => Ok(Self { major, minor, build, revision }),
            _ => Err(FileVersionError(text.into())),
        }
    }
}

impl fmt::Display for FileVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}.{}", self.major, self.minor, self.build, self.revision)
    }
}
