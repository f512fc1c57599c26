//! What a file is that is no JSON report.

/// What `bytes` look like, in words.
pub(super) fn looks_like(bytes: &[u8]) -> &'static str {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = text.trim_ascii_start();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let begins =
        |start: &[u8]| text.get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start));
    if text.is_empty() {
        "is empty"
    } else if begins(b"<!doctype html") || begins(b"<html") {
        "is an HTML page"
    } else if begins(b"PAR1") {
        "is a Parquet file"
    } else if begins(b"{\"type\":") {
        "has JSON lines"
    } else if begins(b"{") || begins(b"[") {
        "is JSON, but no report of hvtriage"
    } else if begins(b"# ") {
        "is a page of Markdown"
    } else if std::str::from_utf8(bytes).is_err() {
        "is no text"
    } else if first.contains(&b',') && !first.contains(&b' ') {
        "is a table (CSV)"
    } else {
        "is text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_what_they_are() {
        for (text, wanted) in [
            ("<!DOCTYPE html>\n<html>", "is an HTML page"),
            ("25 events, 6 logs and 1 dump of 3 machines read.\n", "is text"),
            ("\u{feff}rule,title,origin\n", "is a table (CSV)"),
            ("# Hyper-V diagnosis\n", "is a page of Markdown"),
            ("{\"type\":\"finding\"}\n{\"type\":\"summary\"}\n", "has JSON lines"),
            ("{\"a\": 1}", "is JSON, but no report of hvtriage"),
            ("\n", "is empty"),
        ] {
            assert_eq!(looks_like(text.as_bytes()), wanted, "{text}");
        }
        assert_eq!(looks_like(b"PAR1\x15\x04"), "is a Parquet file");
        assert_eq!(looks_like(b"ElfFile\0\xFF"), "is no text");
    }
}
