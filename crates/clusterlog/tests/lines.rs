//! Entries and heads as published logs have them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use hvtriage_clusterlog::{Clock, ClusterLog, Head, Level, Position, identify};

type Told = (u64, Option<String>, Option<Level>, Option<String>, String);

fn entries(text: &str) -> Vec<Told> {
    let mut found = Vec::new();
    ClusterLog::open(text.as_bytes()).entries(|one| {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let time = one.written_time().map(|time| time.to_string());
        assert!(time.is_some(), "{one:?}");
        found.push((one.at.line, own(one.channel), one.level, own(one.component), one.text.into()));
    });
    found
}

/// Lines of the documentation of SQL Server and of Storage Spaces Direct.
#[test]
fn published_lines_are_entries() {
    let text = "00000c40.00000a34::2011/08/10-18:42:29.498 INFO  [RHS] Resource ag has come offline.\r\n\
                00000fe4.00001628::2022/12/15-14:26:02.654 WARN lost quorum (status = 5925)\r\n\
                [Verbose] 00000f44.00000a58::2023/05/08-11:55:37.173 WARN  [CORE] Node db08 tried\r\n\
                0000ab34.00004e64::2014/06/10-07:54:34.099 DBG   [NETFTAPI] Signaled it\r\n\
                00000404.000004e4::1999/10/21-23:09:01.999 [NM] Holding I/O.";
    let own = |text: &str| Some(text.to_owned());
    assert_eq!(
        entries(text),
        [
            (1, None, Some(Level::Information), own("RHS"), "Resource ag has come offline.".into()),
            (2, None, Some(Level::Warning), None, "lost quorum (status = 5925)".into()),
            (3, own("Verbose"), Some(Level::Warning), own("CORE"), "Node db08 tried".into()),
            (4, None, Some(Level::Debug), own("NETFTAPI"), "Signaled it".into()),
            (5, None, None, own("NM"), "Holding I/O.".into()),
        ]
    );
    assert!(identify(text.as_bytes()));
}

#[test]
fn the_numbers_of_an_entry_are_hexadecimal_and_its_time_is_as_written() {
    let text = b"000011d0.00000f80::2011/08/05-13:47:42.496 ERR   [RHS] it";
    let mut count = 0;
    ClusterLog::open(text).entries(|one| {
        count += 1;
        assert_eq!((one.process_id, one.thread_id), (0x11d0, 0xf80));
        assert_eq!(one.written_time().unwrap().to_string(), "2011-08-05T13:47:42.4960000Z");
    });
    assert_eq!(count, 1);
}

/// Such a line is an entry, which may say something, at a time that never was.
#[test]
fn a_time_that_never_was_is_none() {
    for time in ["2011/02/30-13:47:42.496", "2011/13/05-13:47:42.496", "0000/00/00-00:00:00.000"] {
        let text = format!("000011d0.00000f80::{time} ERR   [RHS] it");
        let mut times = Vec::new();
        ClusterLog::open(text.as_bytes()).entries(|one| times.push(one.written_time()));
        assert_eq!(times, [None], "{time}");
    }
}

#[test]
fn what_is_no_entry_is_passed_over() {
    for text in [
        "ERR   [RHS] without its head",
        "000011d0.00000f80::2011/08/05 13:47:42.496 ERR   [RHS] it",
        "11d0.f80::2011/08/05-13:47:42.496 ERR   [RHS] it",
        "+00011d0.00000f80::2011/08/05-13:47:42.496 ERR   [RHS] it",
        "000011d0.00000f80::2011/08/05-13:47:4",
        "[000011d0.00000f80::2011/08/05-13:47:42.496 ERR   [RHS] it",
        "Date,Time,Level",
        "",
    ] {
        assert_eq!(entries(text), [], "{text}");
        assert!(!identify(text.as_bytes()), "{text}");
    }
}

fn head(lines: &str) -> Head {
    let text = format!(
        "[=== Cluster ===]\r\n\r\n{lines}\r\n[=== Resources ===]\r\n\
         Current node: name (OTHER) id (9)\r\nBuild Number 1\r\n"
    );
    assert!(identify(text.as_bytes()));
    ClusterLog::open(text.as_bytes()).head().clone()
}

#[test]
fn a_head_names_node_build_and_clock() {
    let offset = "UTC = localtime + time zone offset;the time zone offset of this machine is";
    let local = "The logs were generated using local time";
    let utc = "The logs were generated using Coordinated Universal Time (UTC)";
    let mut whole = head(&format!(
        "Build Number 14393\r\n{offset} 420 minutes, or 7 hours\r\n{local}\r\n\
         Current node: name (HV1) id (2)"
    ));
    let clock = Clock::Local { minutes_to_utc: Some(420) };
    assert_eq!(std::mem::take(&mut whole.build_at).line, 3);
    let build_at = Position::default();
    assert_eq!(whole, Head { node: Some("HV1".into()), build: Some(14393), build_at, clock });
    let east = head(&format!("{local}\r\n{offset} -60 minutes, or -1 hours"));
    assert_eq!(east.clock, Clock::Local { minutes_to_utc: Some(-60) });
    // What the log says of the zone does not make its times local.
    assert_eq!(head(&format!("{offset} 420 minutes, or 7 hours\r\n{utc}")).clock, Clock::Utc);
    assert_eq!(head(&format!("{offset} 420 minutes")).clock, Clock::Untold);
    assert_eq!(head(local).clock, Clock::Local { minutes_to_utc: None });
    let far = head(&format!("{local}\r\n{offset} 99999 minutes"));
    assert_eq!(far.clock, Clock::Local { minutes_to_utc: None });
    assert_eq!(head("Current node: name () id (1)"), Head::default());
}

/// A log of 2012 R2 and before begins with its entries; those are no head.
#[test]
fn an_entry_ends_the_head() {
    let text = "00000fe4.00001628::2022/12/15-14:26:02.654 INFO  [X] begins\r\n\
                Current node: name (HV1) id (2)\r\n";
    assert_eq!(ClusterLog::open(text.as_bytes()).head(), &Head::default());
}
