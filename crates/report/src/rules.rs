//! Rules as people and programs read them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use hvtriage_diagnosis::{Rule, RuleSet, Theme};
use serde_json::{Value, json};

use crate::text::layout::{wrapped, wrapped_as};
use crate::text::page::{Page, TextStyle};
use crate::text::table::table;
use crate::words::printable;

/// A form of a list of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleFormat {
    /// A line a rule; in full for one.
    Text,
    /// One JSON array with an object for each rule.
    Json,
    /// A page with all that rules say, by theme.
    Markdown,
}

/// Writes what `rules` there are.
///
/// # Errors
/// Only those of `out`.
pub fn write_rules(
    rules: &RuleSet,
    format: RuleFormat,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        RuleFormat::Text => list(rules, &mut Page::new(style, out)),
        RuleFormat::Json => {
            let rules: Vec<Value> = rules.rules().iter().map(object).collect();
            json_lines(&Value::Array(rules), out)
        }
        RuleFormat::Markdown => page(rules, out),
    }
}

/// Writes all that one rule says.
///
/// # Errors
/// Only those of `out`.
pub fn write_rule(
    rule: &Rule,
    format: RuleFormat,
    style: TextStyle,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        RuleFormat::Text => in_full(rule, &mut Page::new(style, out)),
        RuleFormat::Json => json_lines(&object(rule), out),
        RuleFormat::Markdown => section(rule, out),
    }
}

fn list(rules: &RuleSet, out: &mut Page<'_>) -> io::Result<()> {
    let row = |rule: &Rule| {
        [
            rule.id.clone(),
            rule.severity.word().to_owned(),
            rule.confidence.word().to_owned(),
            rule.theme.word().to_owned(),
            rule.title.clone(),
            origin(rule),
        ]
    };
    let head = ["RULE", "SEVERITY", "CONFIDENCE", "THEME", "TITLE", ""].map(str::to_owned);
    let rows: Vec<[String; 6]> =
        std::iter::once(head).chain(rules.rules().iter().map(row)).collect();
    table(&rows, out)
}

/// Where a rule of the user stands; nothing for the catalogue's.
fn origin(rule: &Rule) -> String {
    if rule.is_stock { String::new() } else { rule.file.clone() }
}

/// A finding may be graver and surer than its rule begins with.
fn raised(rule: &Rule) -> Option<String> {
    let (severity, confidence) = rule.highest();
    let severity = (severity > rule.severity).then(|| format!("{} severity", severity.word()));
    let confidence =
        (confidence > rule.confidence).then(|| format!("{} confidence", confidence.word()));
    let raised: Vec<String> = severity.into_iter().chain(confidence).collect();
    (!raised.is_empty())
        .then(|| format!("what is found beside that may raise it: up to {}", raised.join(" and ")))
}

pub(crate) fn in_full(rule: &Rule, out: &mut Page<'_>) -> io::Result<()> {
    let head = format!("{}  ", rule.id);
    wrapped_as(out, &head, &out.bold(&head), &rule.title)?;
    writeln!(
        out,
        "  {} severity, {} confidence, theme {}",
        out.severity(rule.severity, rule.severity.word()),
        rule.confidence.word(),
        rule.theme.word()
    )?;
    if let Some(raised) = raised(rule) {
        wrapped(out, "  ", &raised)?;
    }
    let place = if rule.is_stock { "catalogue, " } else { "" };
    writeln!(out, "  from {place}{}", printable(&rule.file))?;
    let looks_at = rule.looks_at();
    wrapped(out, "  looks at      ", &looks_at.wanted.join("; "))?;
    if !looks_at.beside.is_empty() {
        wrapped(out, "  beside that   ", &looks_at.beside.join("; "))?;
    }
    if !looks_at.excluded.is_empty() {
        wrapped(out, "  but not with  ", &looks_at.excluded.join("; "))?;
    }
    wrapped(out, "  what it means ", &rule.explain)?;
    wrapped(out, "  what to do    ", &rule.remedy)?;
    for (case, remedy) in rule.other_remedies_in_words() {
        wrapped(out, "                ", &format!("If {case}: {remedy}"))?;
    }
    for reference in &rule.references {
        wrapped(out, "  read on       ", reference)?;
    }
    Ok(())
}

fn object(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity.word(),
        "confidence": rule.confidence.word(),
        "theme": rule.theme.word(),
        "file": rule.file,
        "in_catalogue": rule.is_stock,
        "facts": rule.kinds(),
        "explain": rule.explain,
        "remedy": rule.remedy,
        "other_remedies": rule.other_remedies().collect::<BTreeMap<_, _>>(),
        "references": rule.references,
    })
}

fn json_lines(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn page(rules: &RuleSet, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Catalogue\n")?;
    writeln!(
        out,
        "What hvtriage knows, {} rules. Written by `hvtriage rules list --format markdown`; the rules \
         themselves stand in\n`crates/diagnosis/catalogue`, and [rules.md](rules.md) teaches their \
         language. Severity and confidence are what a\nrule begins with: what else is found may raise \
         or lower them.",
        rules.rules().len()
    )?;
    for theme in Theme::ALL {
        let mut of_theme = rules.rules().iter().filter(|rule| rule.theme == theme).peekable();
        if of_theme.peek().is_some() {
            writeln!(out, "\n## {}", theme.word())?;
        }
        for rule in of_theme {
            writeln!(out)?;
            section(rule, out)?;
        }
    }
    Ok(())
}

fn section(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}: {}\n", rule.id, rule.title)?;
    let looks_at = rule.looks_at();
    let part = |before: &str, all: &[String]| match all {
        [] => String::new(),
        all => format!("{before}{}.", all.join("; ")),
    };
    writeln!(
        out,
        "Severity {}, confidence {}.{}{}{}\n",
        rule.severity.word(),
        rule.confidence.word(),
        part(" Looks at ", &looks_at.wanted),
        part(" Beside that: ", &looks_at.beside),
        part(" But not with: ", &looks_at.excluded),
    )?;
    writeln!(out, "{}\n\n**What to do.** {}", rule.explain, rule.remedy)?;
    for (case, remedy) in rule.other_remedies_in_words() {
        writeln!(out, "If {case}: {remedy}")?;
    }
    for (number, reference) in rule.references.iter().enumerate() {
        if number == 0 {
            writeln!(out)?;
        }
        writeln!(out, "- <{reference}>")?;
    }
    Ok(())
}
