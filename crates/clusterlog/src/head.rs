//! What a log says of itself before its entries.
//!
//! ```text
//! [=== Cluster ===]
//! Build Number 14393
//! UTC = localtime + time zone offset;the time zone offset of this machine is 420 minutes, or 7 hours
//! The logs were generated using local time ...
//! Current node: name (HV1) id (2)
//! ```
//!
//! Two scripts of Microsoft's engineers read the lines of the clock so: a summary of the head
//! (`Build Number`, `Current node`, `The logs were generated using local time`), and the `AGDiag` of
//! SQL Server's support, which takes the hours behind ", or " and subtracts them from UTC to have the
//! local time. Spaces and the case of letters differ between releases, so neither is relied on.

use std::ops::ControlFlow;

use crate::entry::{Entry, Position};
use crate::lines::{Line, Lines};

/// What a log says of itself; older logs say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The node that it is of.
    pub node: Option<String>,
    /// The Windows build of that node.
    pub build: Option<u32>,
    /// Where the build stands.
    pub build_at: Position,
    /// What its times are.
    pub clock: Clock,
}

/// What the times of a log are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The log does not tell. UTC is what `Get-ClusterLog` writes unless it is asked not to.
    #[default]
    Untold,
    /// UTC, as the log says.
    Utc,
    /// The local time of the node.
    Local {
        /// Minutes to add to come to UTC, as they were when the log was written.
        minutes_to_utc: Option<i32>,
    },
}

/// Lines before the first entry or the second heading that are looked at.
const MAX_HEAD_LINES: u64 = 200;
/// A computer name has 15 letters, a full one up to 255.
const MAX_NODE_BYTES: usize = 255;
/// The furthest zones are 14 hours from UTC.
const MAX_MINUTES: i32 = 24 * 60;

impl Head {
    pub(crate) fn read(lines: Lines<'_>) -> Self {
        let mut head = Self::default();
        let mut offset: Option<i32> = None;
        let mut headings = 0_u32;
        lines.each(|line| {
            headings = headings.saturating_add(u32::from(heading(line.text).is_some()));
            if headings > 1 || line.number > MAX_HEAD_LINES || Entry::parse(&line).is_some() {
                return ControlFlow::Break(());
            }
            head.add(&line, &mut offset);
            ControlFlow::Continue(())
        });
        if let Clock::Local { minutes_to_utc } = &mut head.clock {
            *minutes_to_utc = offset;
        }
        head
    }

    fn add(&mut self, line: &Line<'_>, offset: &mut Option<i32>) {
        let lower = line.text.trim().to_ascii_lowercase();
        if let Some(number) = lower.strip_prefix("build number") {
            if self.build.is_none() {
                (self.build, self.build_at) = (number.trim().parse().ok(), line.position());
            }
        } else if lower.starts_with("the logs were generated using") {
            let is_local = lower.starts_with("the logs were generated using local time");
            let local = Clock::Local { minutes_to_utc: None };
            self.clock = if is_local { local } else { Clock::Utc };
        } else if lower.starts_with("utc") && lower.contains("localtime") {
            *offset = offset.or_else(|| minutes(&lower));
        } else if lower.starts_with("current node") {
            self.node = self.node.take().or_else(|| node(line.text));
        }
    }
}

/// `... is 420 minutes, or 7 hours`.
fn minutes(line: &str) -> Option<i32> {
    let before = line.get(..line.find(" minutes")?)?;
    let minutes: i32 = before.rsplit(' ').next()?.parse().ok()?;
    (-MAX_MINUTES..=MAX_MINUTES).contains(&minutes).then_some(minutes)
}

/// `Current node: name (HV1) id (2)`.
fn node(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("name (")?;
    let (name, _) = rest.split_once(')')?;
    let is_name = !name.trim().is_empty() && name.len() <= MAX_NODE_BYTES;
    is_name.then(|| name.trim().to_owned())
}

/// The text of a heading, `[=== Cluster Logs ===]`.
pub(crate) fn heading(line: &str) -> Option<&str> {
    Some(line.trim().strip_prefix("[===")?.strip_suffix("===]")?.trim())
}

/// Whether a log may begin with this heading. That of the tables is named like the whole.
pub(crate) fn begins_a_log(heading: &str) -> bool {
    ["Cluster", "Cluster Logs"].iter().any(|known| heading.eq_ignore_ascii_case(known))
}
