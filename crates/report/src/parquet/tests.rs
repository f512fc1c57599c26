//! What was written, as the package's own reader has it; it puts rows together from levels, which here are
//! taken apart.

use hvtriage_eventlog::{Event, PayloadValue};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Row;
use serde_json::{Value, json};

use super::events::{EventsParquet, write_parquet_line};
use super::file::ParquetFile;
use super::shape::{Field, Leaf, Shape};
use super::shape_of_schema::fields_of;
use crate::{EventRow, Table};

fn leaf(name: &str, leaf: Leaf) -> Field {
    Field::new(name, Shape::Leaf(leaf))
}

fn list(name: &str, item: Shape) -> Field {
    Field::new(name, Shape::List(Box::new(item)))
}

fn reader(file: Vec<u8>) -> SerializedFileReader<bytes::Bytes> {
    SerializedFileReader::new(bytes::Bytes::from(file)).unwrap()
}

fn written(fields: Vec<Field>, rows: &[Value]) -> Vec<u8> {
    let mut file = ParquetFile::new(Vec::new(), fields).unwrap();
    rows.iter().for_each(|row| file.add(row).unwrap());
    file.finish().unwrap()
}

/// Each row as the reader shows it.
fn told(fields: Vec<Field>, rows: &[Value]) -> Vec<String> {
    let reader = reader(written(fields, rows));
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
}

#[test]
fn single_values_keep_their_types() {
    let fields = vec![
        leaf("text", Leaf::Text),
        leaf("none", Leaf::Text).optional(),
        leaf("flag", Leaf::Flag),
        leaf("real", Leaf::Real),
        leaf("byte", Leaf::Number(8)),
        leaf("narrow", Leaf::Number(32)),
        leaf("wide", Leaf::Number(64)),
        leaf("bytes", Leaf::Bytes),
    ];
    let row = json!({
        "text": "a\u{0}ä", "none": null, "flag": true, "real": -1.5, "byte": 255, "narrow": u32::MAX,
        "wide": "0xffffffffffffffff", "bytes": "00FF7a", "unknown": 1,
    });
    let [told] = &told(fields, &[row])[..] else { panic!() };
    assert_eq!(
        told,
        "{text: \"a\u{0}ä\", none: null, flag: true, real: -1.5E0, byte: 255, narrow: 4294967295, \
         wide: 18446744073709551615, bytes: [0, 255, 122]}"
    );
}

/// Lists in objects in lists, empty and missing on each level.
#[test]
fn rows_are_put_together_as_they_were() {
    let inner = Shape::Object(vec![
        leaf("n", Leaf::Number(64)).optional(),
        list("words", Shape::Leaf(Leaf::Text)).optional(),
        Field::new("map", Shape::Map),
    ]);
    let fields = vec![
        list("outer", inner.clone()),
        Field::new("object", inner).optional(),
        leaf("last", Leaf::Flag),
    ];
    let rows = [
        json!({ "outer": [], "object": null, "last": true }),
        json!({
            "outer": [
                { "n": 1, "words": ["a", "b"], "map": { "k": "v", "%1": "" } },
                { "n": null, "words": null, "map": {} },
                { "words": [], "map": { "x": "y" } },
            ],
            "object": { "n": 2, "words": ["c"], "map": {} },
            "last": false,
        }),
        json!({ "outer": [{ "n": 3, "words": [""], "map": {} }], "object": { "map": {} } }),
    ];
    let wanted = [
        "{outer: [], object: null, last: true}",
        "{outer: [{n: 1, words: [\"a\", \"b\"], map: {\"k\" -> \"v\", \"%1\" -> \"\"}}, \
         {n: null, words: null, map: {}}, {n: null, words: [], map: {\"x\" -> \"y\"}}], \
         object: {n: 2, words: [\"c\"], map: {}}, last: false}",
        "{outer: [{n: 3, words: [\"\"], map: {}}], object: {n: null, words: null, map: {}}, last: false}",
    ];
    assert_eq!(told(fields, &rows), wanted);
}

#[test]
fn what_a_column_cannot_hold_is_an_error_that_names_it() {
    let object = Shape::Object(vec![leaf("n", Leaf::Number(8))]);
    let mut file = ParquetFile::new(Vec::new(), vec![Field::new("o", object)]).unwrap();
    for wrong in
        [json!({ "o": { "n": "many" } }), json!({ "o": 7 }), json!({ "o": {} }), json!(null)]
    {
        let error = file.add(&wrong).unwrap_err().to_string();
        assert!(error.starts_with("o: "), "{error}");
    }
}

/// Nanoseconds from 1970, worked out with `date -d ... +%s%N`; what lies outside of 1677 to 2262 is missing.
#[test]
fn times_keep_their_ticks() {
    let times = [
        ("2012-01-08T21:14:00.1234567Z", Some("1326057240123456700")),
        ("2012-01-08T21:14:00.1234567", Some("1326057240123456700")),
        ("1969-12-31T23:59:59.9999999Z", Some("-100")),
        ("1677-09-21T00:12:43.1452242Z", Some("-9223372036854775800")),
        ("1677-09-21T00:12:43.1452241Z", None),
        ("2262-04-11T23:47:16.8547758Z", Some("9223372036854775800")),
        ("2262-04-11T23:47:16.8547759Z", None),
        ("1601-01-01T00:00:00.0000000Z", None),
        ("FILETIME 0xffffffffffffffff", None),
    ];
    for (text, wanted) in times {
        let fields = vec![leaf("t", Leaf::Time).optional()];
        let file = reader(written(fields, &[json!({ "t": text })]));
        let group = file.get_row_group(0).unwrap();
        let statistics = group.metadata().column(0).statistics().unwrap();
        let least =
            statistics.min_bytes_opt().map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap()));
        assert_eq!(least.map(|time| time.to_string()).as_deref(), wanted, "{text}");
    }
}

#[test]
fn rows_are_written_in_groups() {
    let fields = || vec![leaf("n", Leaf::Number(32)), leaf("t", Leaf::Text)];
    let rows: Vec<Value> = (0..122_881).map(|number| json!({ "n": number, "t": "" })).collect();
    let file = reader(written(fields(), &rows));
    assert_eq!(file.num_row_groups(), 2);
    assert_eq!(file.metadata().row_group(0).num_rows(), 122_880);
    // Long texts end a group earlier.
    let long = json!({ "n": 1, "t": "x".repeat(1 << 20) });
    let file = reader(written(fields(), &vec![long; 100]));
    assert_eq!(file.num_row_groups(), 2);
    assert_eq!(file.metadata().file_metadata().num_rows(), 100);
    let empty = reader(written(fields(), &[]));
    assert_eq!((empty.num_row_groups(), empty.metadata().file_metadata().num_rows()), (0, 0));
}

/// The objects of every list have columns of their own, and none is a text that stands for something else.
#[test]
fn every_list_of_the_report_has_columns() {
    for table in Table::ALL {
        let fields = fields_of(table.word()).unwrap();
        assert!(fields.len() > 3, "{}", table.word());
        let file = reader(written(fields.clone(), &[]));
        let columns = file.metadata().file_metadata().schema().get_fields();
        let named: Vec<&str> = columns.iter().map(|column| column.name()).collect();
        let wanted: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(named, wanted);
    }
    let findings = fields_of("findings").unwrap();
    let shape =
        |name: &str| findings.iter().find(|field| field.name == name).unwrap().shape.clone();
    assert_eq!(shape("time"), Shape::Leaf(Leaf::Time));
    assert_eq!(shape("count"), Shape::Leaf(Leaf::Number(64)));
    assert_eq!(shape("references"), Shape::List(Box::new(Shape::Leaf(Leaf::Text))));
    let Shape::List(citation) = shape("citations") else { panic!() };
    let Shape::Object(citation) = *citation else { panic!() };
    assert_eq!(citation[1], leaf("record_id", Leaf::Number(64)).optional());
    assert!(fields_of("no_such_list").is_err());
}

fn event_rows(events: &[Event]) -> Vec<Row> {
    let mut lines = Vec::new();
    for event in events {
        let row = EventRow {
            source: "a.evtx",
            event,
            xml: None,
            meaning: Some("it broke"),
            message: None,
        };
        write_parquet_line(&row, &mut lines);
    }
    let mut file = EventsParquet::new(Vec::new()).unwrap();
    file.add(&lines).unwrap();
    let reader = reader(file.finish().unwrap());
    reader.get_row_iter(None).unwrap().map(Result::unwrap).collect()
}

#[test]
fn events_have_their_values() {
    let mut event = Event {
        id: 18590,
        level: 2,
        record_id: u64::MAX,
        keywords: 0x8080_0000_0000_0000,
        computer: "HV01\n".into(),
        time_created: "2012-01-08T21:14:00.1234567Z".parse().ok(),
        ..Event::default()
    };
    let value = |name: Option<&str>, text: &str| PayloadValue {
        name: name.map(Into::into),
        text: text.into(),
    };
    event.payload.values =
        vec![value(Some("VmName"), "SQL\"07"), value(None, ""), value(Some("VmName"), "x")];
    event.payload.binary = Some(vec![0, 0xAB]);
    let bare = Event { time_is_local: true, time_created: None, ..Event::default() };
    let rows = event_rows(&[event, bare]);
    let text = rows[0].to_string();
    for wanted in [
        "filetime: 129705308401234567,",
        "time_is_local: false, computer: \"HV01\n\"",
        "event_id: 18590, level: 2, record_id: 18446744073709551615",
        "data: {\"VmName\" -> \"SQL\"07\", \"%2\" -> \"\", \"%3\" -> \"x\"}",
        "meaning: \"it broke\"",
        "keywords: 9259400833873739776, process_id: null",
        "binary: [0, 171], origin: null, source: \"a.evtx\", offset: 0",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let text = rows[1].to_string();
    assert!(text.starts_with("{time: null, filetime: null, time_is_local: false"), "{text}");
    assert!(text.contains("data: {}"), "{text}");
}

/// Nothing of the run shows in a file: it is the same each time.
#[test]
fn the_same_rows_give_the_same_bytes() {
    let rows: Vec<Value> =
        (0..5000).map(|n| json!({ "n": n % 7, "t": format!("{}", n % 501) })).collect();
    let write = || written(vec![leaf("n", Leaf::Number(32)), leaf("t", Leaf::Text)], &rows);
    assert_eq!(write(), write());
}
