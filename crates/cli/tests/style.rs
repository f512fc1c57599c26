//! Colours are for terminals and for who asks for them, and change no letter.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

use std::path::Path;
use std::process::{Command, Output};

fn run(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hvtriage"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "HVTRIAGE_CONFIG"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).args(arguments);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples"));
    command.output().unwrap()
}

fn told(variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let output = run(variables, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Without what begins with ESC and `[` and ends with `m` (ECMA-48, SGR).
fn stripped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = behind.split_once('m').unwrap().1;
    }
    plain + rest
}

#[test]
fn text_is_the_same_byte_for_byte_without_its_colours() {
    let commands: [&[&str]; 6] = [
        &["analyze", "kb2636573"],
        &["analyze", "cluster-2008r2-outdated-guests", "--details"],
        &["rules", "list"],
        &["rules", "show", "KP-41"],
        &["explain", "0xD1", "Hyper-V-Worker/18590"],
        &["dump", "kb2636573"],
    ];
    for arguments in commands {
        let plain = told(&[], arguments);
        let colored = told(&[], &[arguments, &["--color", "always"]].concat());
        assert!(!plain.contains('\u{1b}'), "{arguments:?}");
        assert!(colored.contains('\u{1b}'), "{arguments:?}");
        assert_eq!(stripped(&colored), plain, "{arguments:?}");
        assert_eq!(told(&[], &[arguments, &["--color", "never"]].concat()), plain);
    }
}

#[test]
fn severities_and_headings_have_colours() {
    let colored = told(&[], &["analyze", "kb2636573", "--color", "always"]);
    assert!(colored.contains("\u{1b}[1m\u{1b}[31mCRITICAL\u{1b}[0m"), "{colored:?}");
    assert!(colored.contains("\u{1b}[1mWhat to do next\u{1b}[0m\n"), "{colored:?}");
}

/// https://no-color.org and https://bixense.com/clicolors; what is typed goes before.
#[test]
fn variables_are_heard() {
    let is_colored = |variables: &[(&str, &str)], arguments: &[&str]| {
        told(variables, &[&["analyze", "kb2636573"], arguments].concat()).contains('\u{1b}')
    };
    assert!(!is_colored(&[], &[]), "a pipe");
    assert!(is_colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!is_colored(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")], &[]));
    assert!(!is_colored(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(is_colored(&[("NO_COLOR", "1")], &["--color", "always"]));
}

#[test]
fn a_file_is_never_in_colours() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    let name = file.to_str().unwrap();
    let variables = [("CLICOLOR_FORCE", "1")];
    told(&variables, &["analyze", "kb2636573", "--color", "always", "-o", name]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written, told(&[], &["analyze", "kb2636573", "--details"]));
    for format in ["json", "html", "markdown", "csv"] {
        let arguments = ["analyze", "kb2636573", "--color", "always", "--format", format];
        assert!(!told(&variables, &arguments).contains('\u{1b}'), "{format}");
    }
}
