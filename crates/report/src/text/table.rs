//! Tables, as wide as their values or as a terminal.

use std::io::{self, Write};

use hvtriage_diagnosis::Severity;

use super::layout::wrapped;
use super::page::Page;
use crate::words::printable;

/// A table whose columns are as wide as their widest value, or as the page allows: then cells are broken into
/// lines between words, and where that does not do, each row becomes a sentence. A column that is called after
/// severities shows them in their colours.
pub(crate) fn table<const N: usize>(rows: &[[String; N]], out: &mut Page<'_>) -> io::Result<()> {
    let rows: Vec<[String; N]> =
        rows.iter().map(|row| row.clone().map(|cell| printable(&cell))).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    if let Some(room) = out.width() {
        let least = rows.iter().fold([0; N], longest_words);
        if !shrink(&mut widths, &least, room.saturating_sub(gaps(N))) {
            return sentences(&rows, out);
        }
    }
    let head = rows.first();
    let colored =
        head.and_then(|head| head.iter().position(|it| it.eq_ignore_ascii_case("severity")));
    for row in &rows {
        table_row(row, &widths, colored, out)?;
    }
    Ok(())
}

/// Columns between those of a table, and before the first.
fn gaps(columns: usize) -> usize {
    columns.saturating_mul(2)
}

/// Longer words than this may be broken.
const LONGEST_WORD: usize = 24;

fn longest_words<const N: usize>(mut least: [usize; N], row: &[String; N]) -> [usize; N] {
    for (least, cell) in least.iter_mut().zip(row) {
        let longest = cell.split(' ').map(|word| word.chars().count()).max().unwrap_or_default();
        *least = (*least).max(longest.min(LONGEST_WORD));
    }
    least
}

/// Makes the widest columns narrower until all fit into `room`; whether they do. None becomes narrower than
/// `least` has it.
fn shrink(widths: &mut [usize], least: &[usize], room: usize) -> bool {
    loop {
        let all = widths.iter().copied().fold(0, usize::saturating_add);
        let too_much = all.saturating_sub(room);
        if too_much == 0 {
            return true;
        }
        let open = || widths.iter().zip(least).filter(|(width, least)| width > least);
        let Some(widest) = open().map(|(width, _)| *width).max() else { return false };
        // No further than to the next narrower one, so that all become narrower together.
        let next = open().map(|(width, _)| *width).filter(|width| *width < widest).max();
        let of_widest = open().filter(|(width, _)| **width == widest).count().max(1);
        let step = widest.saturating_sub(next.unwrap_or_default());
        let step = too_much.div_ceil(of_widest).min(step).max(1);
        for (width, least) in widths.iter_mut().zip(least).filter(|(width, _)| **width == widest) {
            *width = widest.saturating_sub(step).max(*least);
        }
    }
}

/// Each row as a sentence, without what is not known.
fn sentences<const N: usize>(rows: &[[String; N]], out: &mut Page<'_>) -> io::Result<()> {
    let Some((head, rows)) = rows.split_first() else { return Ok(()) };
    for row in rows {
        let told = head.iter().zip(row).filter(|(_, cell)| !cell.is_empty() && *cell != "-");
        let told: Vec<String> =
            told.map(|(name, cell)| format!("{name} {cell}").trim().to_owned()).collect();
        wrapped(out, "  - ", &told.join("; "))?;
    }
    Ok(())
}

fn table_row<const N: usize>(
    row: &[String; N],
    widths: &[usize; N],
    colored: Option<usize>,
    out: &mut Page<'_>,
) -> io::Result<()> {
    let cells: Vec<Vec<String>> =
        row.iter().zip(widths).map(|(cell, width)| cell_lines(cell, *width)).collect();
    let lines = cells.iter().map(Vec::len).max().unwrap_or_default();
    for line in 0..lines {
        let mut text = String::new();
        // Padding is written once something follows it.
        let mut padding = 2;
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let part = cell.get(line).map_or("", String::as_str);
            if !part.is_empty() {
                text.extend(std::iter::repeat_n(' ', padding));
                padding = 0;
                let severity = severity(part).filter(|_| colored == Some(column));
                match severity {
                    Some(severity) => text.push_str(&out.severity(severity, part)),
                    None => text.push_str(part),
                }
            }
            let rest = width.saturating_sub(part.chars().count());
            padding = padding.saturating_add(rest).saturating_add(2);
        }
        writeln!(out, "{text}")?;
    }
    Ok(())
}

/// The severity that a word of any case means.
fn severity(word: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| severity.word().eq_ignore_ascii_case(word))
}

/// A cell in lines of `width` columns, broken at blanks where that can be.
fn cell_lines(cell: &str, width: usize) -> Vec<String> {
    if cell.chars().count() <= width {
        return vec![cell.trim_end().to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in cell.split(' ') {
        let letters: Vec<char> = word.chars().collect();
        for (number, piece) in letters.chunks(width.max(1)).enumerate() {
            let line = lines.last().map_or(0, |line| line.chars().count());
            let is_first = number == 0;
            let gap = usize::from(is_first && line > 0);
            let fits = line.saturating_add(gap).saturating_add(piece.len()) <= width;
            match lines.last_mut() {
                Some(line) if fits => {
                    line.extend(std::iter::repeat_n(' ', gap));
                    line.extend(piece);
                }
                _ => lines.push(piece.iter().collect()),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::page::TextStyle;

    fn rows() -> Vec<[String; 3]> {
        let row =
            |severity: &str, what: &str, file: &str| [severity, what, file].map(str::to_owned);
        vec![
            row("severity", "what", "file"),
            row("HIGH", "one two three four five six seven eight nine ten", "short"),
            row("low", "a", &"x".repeat(70)),
        ]
    }

    fn written(style: TextStyle) -> String {
        let mut out = Vec::new();
        table(&rows(), &mut Page::new(style, &mut out)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_table_is_as_wide_as_its_values_where_nothing_bounds_it() {
        let told = written(TextStyle::default());
        assert_eq!(told.lines().count(), 3);
        assert!(
            told.contains(&format!("  low       a{}{}\n", " ".repeat(49), "x".repeat(70))),
            "{told}"
        );
    }

    #[test]
    fn a_table_fits_its_page_and_loses_nothing() {
        let told = written(TextStyle::default().width(60));
        assert!(told.lines().all(|line| line.chars().count() <= 60), "{told}");
        let letters = |text: &str| text.chars().filter(|it| !it.is_whitespace()).count();
        assert_eq!(letters(&told), letters(&rows().concat().concat()), "{told}");
        for word in ["one", "three", "ten"] {
            assert!(told.contains(word), "no word that fits is broken: {told}");
        }
        // 60 columns less three gaps and eight of the severities leave 46, of which a long word has 24.
        assert!(told.contains(&"x".repeat(24)) && !told.contains(&"x".repeat(25)), "{told}");
        assert!(told.contains("  five six seven eight\n"), "{told}");
    }

    #[test]
    fn only_severities_are_in_colours() {
        let told = written(TextStyle::default().colored(true));
        assert!(told.contains("\u{1b}[31mHIGH\u{1b}[0m"), "{told:?}");
        assert_eq!(told.matches('\u{1b}').count(), 4, "{told:?}");
        let (mut plain, mut rest) = (String::new(), told.as_str());
        while let Some((before, behind)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = behind.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, written(TextStyle::default()));
    }

    #[test]
    fn a_table_that_does_not_fit_becomes_sentences() {
        let head = ["guest", "a", "b", "c", "hosts"].map(str::to_owned);
        let row =
            ["SQL07", &"x".repeat(20), "-", &"y".repeat(20), &"z".repeat(20)].map(str::to_owned);
        let mut out = Vec::new();
        let page = &mut Page::new(TextStyle::default().width(60), &mut out);
        table(&[head, row], page).unwrap();
        let told = String::from_utf8(out).unwrap();
        let [x, y, z] = ["x", "y", "z"].map(|letter| letter.repeat(20));
        assert_eq!(told, format!("  - guest SQL07; a {x}; c\n    {y}; hosts {z}\n"));
    }

    #[test]
    fn prose_is_broken_where_a_narrow_page_ends() {
        let mut out = Vec::new();
        let text = "word ".repeat(40);
        wrapped(&mut Page::new(TextStyle::default().width(60), &mut out), "  - ", &text).unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.lines().all(|line| line.len() <= 60), "{told}");
        assert_eq!(told.matches("word").count(), 40);
    }
}
