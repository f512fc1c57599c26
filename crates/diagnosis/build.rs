//! Writes the rules of the catalogue, without their examples, as JSON: to read YAML takes ten times as long, and
//! was most of what a small case took.
#![allow(clippy::unwrap_used, reason = "a panic is how a build script fails")]

use std::path::Path;
use std::{env, fs};

/// As in `src/rule/mod.rs`: what stands behind judges nothing.
const EXAMPLES: &str = "\nexamples:\n";

fn main() {
    println!("cargo::rerun-if-changed=catalogue");
    let mut rules = serde_json::Map::new();
    for theme in sorted(Path::new("catalogue")) {
        for file in sorted(&Path::new("catalogue").join(&theme)) {
            let name = format!("{theme}/{file}");
            let text = fs::read_to_string(Path::new("catalogue").join(&name)).unwrap();
            let rule = text.split_once(EXAMPLES).map_or(&*text, |(rule, _)| rule);
            rules.insert(name, json(rule));
        }
    }
    let json = serde_json::to_string(&rules).unwrap();
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("catalogue.json"), json).unwrap();
}

/// What is wrong with a rule is told, with its place, by the tests, which read it as it was written.
fn json(yaml: &str) -> serde_json::Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).unwrap_or_default()
}

fn sorted(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}
