//! Texts with `*` in them.

/// Whether `text` has the form of `pattern`, in which `*` stands for any text. Takes time in
/// proportion to the product of both lengths at most.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    let mut rest = rest;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether `id` is that of a rule that `pattern` means: in any case, with `*` for any text.
pub(crate) fn ids_fit(pattern: &str, id: &str) -> bool {
    glob(&pattern.to_lowercase(), &id.to_lowercase())
}

/// Whether `name` is that of the machine that `pattern` means: in full or without its domain, in any case, with
/// `*` for any text.
///
/// ```
/// use hvtriage_diagnosis::names_fit;
///
/// assert!(names_fit("sql07", "SQL07.contoso.example"));
/// assert!(names_fit("HV*", "hv01.contoso.example"));
/// assert!(!names_fit("HV0", "hv01.contoso.example"));
/// ```
#[must_use]
pub fn names_fit(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.trim().to_lowercase(), name.to_lowercase());
    let is_label = || name.split_once('.').is_some_and(|(label, _)| glob(&pattern, label));
    !name.is_empty() && (glob(&pattern, &name) || is_label())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("storvsc.sys", "storvsc.sys", true),
            ("storvsc.sys", "storvsc.sys2", false),
            ("mfe*.sys", "mfehidk.sys", true),
            ("mfe*.sys", "mfe.sys", true),
            ("mfe*.sys", "mfe.sy", false),
            ("*channel*", "storchannelvmbuscallback", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("ab*ba", "aba", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
