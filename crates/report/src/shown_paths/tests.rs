use hvtriage_diagnosis::{Problem, SigmaUse, Source, SourceKind};

use super::*;

fn paths(given: &[&str], files: &[&str]) -> ShownPaths {
    ShownPaths::of(&Diagnosis {
        given: given.iter().map(|path| (*path).to_owned()).collect(),
        sources: files.iter().map(|it| Source::new(it, SourceKind::EventLog, 1)).collect(),
        ..Diagnosis::default()
    })
}

#[test]
fn a_file_is_named_by_its_place_below_what_all_given_paths_share() {
    type Names = &'static [&'static str];
    let table: [(Names, Names, Names, Option<&str>); 15] = [
        (&["/home/me/4711/"], &["/home/me/4711/HV01/a"], &["HV01/a"], Some("4711")),
        (&["4711/"], &["4711/a.zip!b"], &["a.zip!b"], Some("4711")),
        (&["C:/me/4711/"], &["C:/me/4711/a"], &["a"], Some("4711")),
        (&["./"], &["./HV01/a"], &["HV01/a"], None),
        (&["../"], &["../a"], &["a"], None),
        (&["/"], &["/a/b"], &["a/b"], None),
        (&["a.evtx"], &["a.evtx"], &["a.evtx"], None),
        // The folder of a file may be called like its owner.
        (&["/home/me/a.evtx"], &["/home/me/a.evtx"], &["a.evtx"], None),
        (
            &["/home/me/HV01/a", "/home/me/HV02/a"],
            &["/home/me/HV01/a", "/home/me/HV02/a"],
            &["HV01/a", "HV02/a"],
            None,
        ),
        (&["HV01/", "HV02/"], &["HV01/a", "HV02/a"], &["HV01/a", "HV02/a"], None),
        // They share nothing.
        (
            &["/home/me/HV01/", "/mnt/HV01/", "../HV01/", "HV02/"],
            &["/home/me/HV01/a", "/mnt/HV01/a", "../HV01/a", "HV02/a"],
            &["HV01 (2)/a", "HV01 (3)/a", "HV01/a", "HV02/a"],
            None,
        ),
        (
            &["HV01/", "/home/me/HV01/"],
            &["HV01/a", "/home/me/HV01/a"],
            &["HV01/a", "HV01 (2)/a"],
            None,
        ),
        // Of files alone the folder is not told, which may be called like its owner.
        (
            &["a.evtx", "/home/alice/b.evtx"],
            &["a.evtx", "/home/alice/b.evtx"],
            &["a.evtx", "b.evtx"],
            None,
        ),
        (
            &["a.evtx", "/home/alice/a.evtx", "/mnt/bob/c.zip", "../d.evtx"],
            &["a.evtx", "/home/alice/a.evtx", "/mnt/bob/c.zip!x", "../d.evtx"],
            &["a.evtx", "files/a.evtx", "c.zip!x", "d.evtx"],
            None,
        ),
        (
            &["/home/alice/HV01/", "/mnt/HV01/a", "/mnt/HV01/b"],
            &["/home/alice/HV01/a", "/mnt/HV01/a", "/mnt/HV01/b"],
            &["HV01/a", "a", "b"],
            None,
        ),
    ];
    for (given, files, wanted, root) in table {
        let paths = paths(given, files);
        let shown: Vec<Cow<'_, str>> = files.iter().map(|file| paths.path(file)).collect();
        assert_eq!(shown, wanted, "{given:?}");
        assert_eq!(paths.root.as_deref(), root, "{given:?}");
    }
}

#[test]
fn names_of_files_are_shown_so_in_sentences_and_nothing_else_is_changed() {
    let paths = paths(&["HV01/"], &["HV01/a b.dmp", "HV01/a", "HV01/c  d"]);
    let table = [
        ("HV01/a b.dmp (unnamed)", "a b.dmp (unnamed)"),
        ("it says HV01/a c, HV01/a.", "it says a c, a."),
        ("HV01/c d and HV01/c  d", "c d and c  d"),
        ("HV01/HV02 are hosts", "HV01/HV02 are hosts"),
        ("C:/HV01/a", "C:/HV01/a"),
        ("nothing", "nothing"),
    ];
    for (text, wanted) in table {
        assert_eq!(paths.in_text(text), wanted, "{text}");
    }
}

/// A ticket tells of rules and binaries that could not be used, and not where somebody keeps them.
#[test]
fn what_was_given_besides_is_named_by_its_own_last_name() {
    let besides =
        ["/home/alice/prov/", "/mnt/prov/", "packs/windows/", "/home/alice/one.yml", "./"];
    let problem = |file: &str| Problem::new(file, "no rule");
    let rule = SigmaUse {
        problems: vec![problem("/home/alice/one.yml"), problem("packs/windows/a.yml")],
        ..SigmaUse::default()
    };
    let paths = ShownPaths::of(&Diagnosis {
        given: vec!["/home/alice/4711/".into()],
        given_besides: besides.map(str::to_owned).to_vec(),
        sources: vec![Source::new("/home/alice/4711/prov/a", SourceKind::EventLog, 1)],
        problems: vec![problem("/home/alice/prov/de/bad.dll"), problem("/mnt/prov/bad.dll")],
        sigma: Some(rule),
        ..Diagnosis::default()
    });
    for (path, wanted) in [
        ("/home/alice/4711/prov/a", "prov/a"),
        ("/home/alice/prov/de/bad.dll", "prov (2)/de/bad.dll"),
        ("/mnt/prov/bad.dll", "prov (3)/bad.dll"),
        ("packs/windows/a.yml", "windows/a.yml"),
        ("/home/alice/one.yml", "one.yml"),
    ] {
        assert_eq!(paths.path(path), wanted);
        assert_eq!(paths.in_text(&format!("{path}: no")), format!("{wanted}: no"));
    }
}

#[test]
fn without_given_paths_names_stay() {
    let paths = paths(&[], &["/home/me/a"]);
    assert_eq!(paths.path("/home/me/a"), "/home/me/a");
    assert_eq!(paths.in_text("/home/me/a"), "/home/me/a");
}
