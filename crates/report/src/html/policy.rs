//! The page's own style and script, and the policy that lets a browser run nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

pub(super) const STYLE: &str = concat!(
    include_str!("assets/base.css"),
    include_str!("assets/parts.css"),
    include_str!("assets/drawings.css"),
    include_str!("assets/print.css"),
);

/// One block, so that nothing of it is a name of the page.
pub(super) const SCRIPT: &str = concat!(
    "'use strict';\n{\n",
    include_str!("assets/elements.js"),
    include_str!("assets/csv.js"),
    include_str!("assets/lists.js"),
    include_str!("assets/table.js"),
    include_str!("assets/findings.js"),
    include_str!("assets/timeline.js"),
    include_str!("assets/drawings.js"),
    include_str!("assets/incidents.js"),
    include_str!("assets/coverage.js"),
    include_str!("assets/page.js"),
    "}\n",
);

/// What a browser is to allow: the script and the style by their digests, and no connection at all.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    )
}

fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A browser takes the digest of what it reads: line ends would be another text there, and an end tag
    /// would end the element.
    #[test]
    fn style_and_script_are_the_same_text_in_a_page() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains('\r') && !text.contains("</") && !text.contains("<!--"));
            assert!(text.is_ascii());
        }
    }

    /// The digest of nothing, as FIPS 180-4 has it, in Base64.
    #[test]
    fn a_digest_is_written_as_the_policy_wants_it() {
        assert_eq!(digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
