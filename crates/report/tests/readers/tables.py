"""Reads the tables for spreadsheets with Python's csv and with pandas, and compares them with the JSON lines.

    tables.py HVTRIAGE SAMPLES
"""

import csv
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas

import evidence

FORMULAS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
MARK = b"\xef\xbb\xbf"
PLAIN = {"computer": "Computer", "channel": "Channel", "provider": "Provider", "source": "Source"}
NUMBERS = {"event_id": "EventId", "level": "Level", "record_id": "RecordId", "process_id": "ProcessId"}


def output(*arguments):
    """What the command writes."""
    return subprocess.run(list(map(str, arguments)), capture_output=True, check=True).stdout


def read(table):
    """The header and the rows, as Python's csv reads them."""
    assert table.startswith(MARK), "a spreadsheet would not take it for UTF-8"
    text = table[len(MARK):].decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    header, rows = rows[0], rows[1:]
    for row in rows:
        assert len(row) == len(header), f"{len(row)} cells under {len(header)} columns: {row}"
        for column, cell in zip(header, row):
            is_number = cell.lstrip("-").replace(".", "", 1).isdigit()
            begins = cell.lstrip(" \n\ufeff")[:1]
            assert is_number or not begins or begins not in FORMULAS, f"{column}: {cell!r} is a formula"
    assert not any(name[:1] in FORMULAS for name in header), header
    again = pandas.read_csv(io.BytesIO(table), dtype=str, keep_default_na=False)
    assert list(again.columns) == header and again.values.tolist() == rows, "pandas reads it differently"
    return header, [dict(zip(header, row)) for row in rows]


def of_text(text):
    """A text as a cell has it, but for the mark of text."""
    return "".join("\ufffd" if ord(letter) < 32 and letter not in "\t\n\r" else letter for letter in text)


def compare_events(hvtriage, path):
    """The table of events against their JSON lines; how many there are."""
    lines = [json.loads(line) for line in output(hvtriage, "events", path).decode().splitlines()]
    _, rows = read(output(hvtriage, "events", path, "--format", "csv"))
    assert len(rows) == len(lines), f"{path}: {len(rows)} rows of {len(lines)} events"
    for line, row in zip(lines, rows):
        for field, column in PLAIN.items():
            assert row[column] in (of_text(line[field]), "'" + of_text(line[field])), (line[field], row[column])
        for field, column in NUMBERS.items():
            assert row[column] == str(line.get(field, "")), (field, line, row)
        assert json.loads(row["Data"]) == line["data"], row["Data"]
        assert row["Time"] == (line["time"] or "")
    return len(rows)


def main(hvtriage, samples):
    with tempfile.TemporaryDirectory() as folder:
        hostile = Path(folder) / "hostile.xml"
        evidence.write(hostile)
        count = compare_events(hvtriage, hostile)
        assert count == len(evidence.HOSTILE), count
        for path in (hostile, samples / "kb2636573", samples / "damaged"):
            read(output(hvtriage, "timeline", path, "--format", "csv"))
            for table in ("sources", "coverage", "machines", "problems", "findings"):
                read(output(hvtriage, "analyze", path, "--format", "csv", "--table", table))
    for case in ("kb2636573", "cluster-2008r2-outdated-guests", "damaged"):
        count += compare_events(hvtriage, samples / case)
    print(f"tables: csv and pandas read {count} events as the JSON lines have them")


main(Path(sys.argv[1]), Path(sys.argv[2]))
