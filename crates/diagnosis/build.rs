//! Writes the catalogue as Rust: each file as it was written, and as it is read without its examples.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a build script fails")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

/// What stands in front of the examples of a file: they stand last in every one.
const EXAMPLES: &str = "\nexamples:\n";

fn main() {
    println!("cargo::rerun-if-changed=catalogue");
    let catalogue = env::current_dir().unwrap().join("catalogue");
    // A rule that others name stands before those.
    let order = fs::read_to_string(catalogue.join("order.txt")).unwrap();
    let names: Vec<&str> = order.lines().collect();
    let listed: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(listed, files_of(&catalogue), "catalogue/order.txt lists every rule file");

    let mut out = String::from("pub(super) static FILES: &[File] = &[\n");
    for name in names {
        let path = catalogue.join(name);
        let yaml = fs::read_to_string(&path).unwrap();
        let rule = yaml.split_once(EXAMPLES).map_or(&*yaml, |(rule, _)| rule);
        let options = serde_saphyr::options! { strict_booleans: true };
        let rule: Value = serde_saphyr::from_str_with_options(rule, options)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        write!(out, "File {{ name: {name:?}, yaml: include_str!({path:?}), rule: ").unwrap();
        put(&rule, &mut out);
        out.push_str(" },\n");
    }
    out.push_str("];\n");
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("catalogue.rs"), out).unwrap();
}

fn files_of(catalogue: &Path) -> BTreeSet<String> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let themes = entries(catalogue).into_iter().filter(|path| path.is_dir());
    let files = themes.flat_map(|theme| entries(&theme));
    let name = |file: PathBuf| {
        let parts = file.strip_prefix(catalogue).unwrap().iter();
        parts.map(|part| part.to_str().unwrap()).collect::<Vec<_>>().join("/")
    };
    files.map(name).collect()
}

/// A value as Rust.
fn put(value: &Value, out: &mut String) {
    match value {
        Value::Bool(flag) => write!(out, "Value::Flag({flag})").unwrap(),
        Value::Number(number) => match number.as_u64() {
            Some(number) => write!(out, "Value::Number({number})").unwrap(),
            None => panic!("src/rule/catalogue.rs has no value for {number} yet"),
        },
        Value::Null => panic!("a rule of the catalogue has a key without a value"),
        Value::String(text) => write!(out, "Value::Text({text:?})").unwrap(),
        Value::Array(items) => {
            out.push_str("Value::List(&[");
            for item in items {
                put(item, out);
                out.push_str(", ");
            }
            out.push_str("])");
        }
        Value::Object(entries) => {
            out.push_str("Value::Map(&[");
            for (key, value) in entries {
                write!(out, "({key:?}, ").unwrap();
                put(value, out);
                out.push_str("), ");
            }
            out.push_str("])");
        }
    }
}
