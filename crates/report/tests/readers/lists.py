"""Reads Parquet with DuckDB, pandas and pyarrow, and compares it with the JSON that the same command writes.

    lists.py HVTRIAGE SAMPLES
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pandas
import pyarrow.parquet

import evidence

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TICKS_OF_1970 = 116_444_736_000_000_000
# Fields of events that the JSON lines write in another way than the columns have them.
WRITTEN = {
    "keywords": lambda text: int(text, 16),
    "binary": bytes.fromhex,
}


def output(*arguments):
    """What the command writes."""
    return subprocess.run(list(map(str, arguments)), capture_output=True, check=True).stdout.decode()


def nanoseconds(text):
    """A time as JSON has it, in nanoseconds from 1970; None where a column of nanoseconds has no place."""
    if text is None or text.startswith("FILETIME"):
        return None
    seconds, fraction = text.removesuffix("Z").split(".")
    whole = datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc) - EPOCH
    time = (whole // timedelta(seconds=1)) * 10**9 + int(fraction) * 100
    return time if -(2**63) <= time < 2**63 else None


def rows_of(table):
    """The rows of a table, with times as nanoseconds."""
    columns = [of_type(field.type, table.column(field.name)) for field in table.schema]
    names = table.schema.names
    return [dict(zip(names, row)) for row in zip(*columns)] if names else []


def of_type(kind, column):
    """The values of a column; those of times, also deep in lists and objects, as numbers."""
    return [value_of(kind, scalar) for chunk in column.chunks for scalar in chunk]


def value_of(kind, scalar):
    if not scalar.is_valid:
        return None
    if pyarrow.types.is_timestamp(kind):
        assert kind.unit == "ns" and kind.tz == "UTC", kind
        return scalar.value
    if pyarrow.types.is_struct(kind):
        return {field.name: value_of(field.type, scalar[field.name]) for field in kind}
    if pyarrow.types.is_map(kind):
        return dict(scalar.as_py())
    if pyarrow.types.is_list(kind):
        return [value_of(kind.value_type, one) for one in scalar.values]
    return scalar.as_py()


def as_json_has_it(kind, value):
    """A value of the JSON report as a column of this type has it."""
    if value is None:
        return None
    if pyarrow.types.is_timestamp(kind):
        return nanoseconds(value)
    if pyarrow.types.is_struct(kind):
        return {field.name: as_json_has_it(field.type, value.get(field.name)) for field in kind}
    if pyarrow.types.is_list(kind):
        return [as_json_has_it(kind.value_type, one) for one in value]
    return value


def compare_lists(hvtriage, case, folder):
    """Every list of the report against the JSON report; how many rows there are."""
    report = json.loads(output(hvtriage, "analyze", case, "--format", "json"))
    output(hvtriage, "analyze", case, "--format", "parquet", "-o", folder)
    count = 0
    for path in sorted(folder.iterdir()):
        if path.stem == "facts":
            continue
        table = pyarrow.parquet.read_table(path)
        wanted = report[path.stem]
        for row, of_json in zip(rows_of(table), wanted, strict=True):
            for field in table.schema:
                value = as_json_has_it(field.type, of_json.get(field.name))
                assert row[field.name] == value, (path.stem, field.name, row[field.name], value)
            assert set(of_json) <= set(table.schema.names), set(of_json) - set(table.schema.names)
        in_duckdb = duckdb.sql(f"select count(*) from '{path}'").fetchall()[0][0]
        assert in_duckdb == len(wanted) == len(pandas.read_parquet(path)), path
        count += len(wanted)
    metadata = pyarrow.parquet.read_metadata(folder / "findings.parquet").metadata
    assert metadata[b"hvtriage.schema_version"].decode() == report["schema_version"]
    # What DuckDB makes of objects, lists and times.
    told = duckdb.sql(
        f"select rule, epoch_us(time::timestamptz), len(citations), citations[1].source from '{folder}/findings.parquet'"
    ).fetchall()
    wanted = [
        (
            one["rule"],
            None if one["time"] is None else nanoseconds(one["time"]) // 1000,
            len(one["citations"]),
            one["citations"][0]["source"],
        )
        for one in report["findings"]
    ]
    assert told == wanted, (told, wanted)
    return count


def compare_facts(hvtriage, case, folder):
    """The citations of findings are facts."""
    facts = duckdb.sql(f"select source, record_id, \"offset\", kind, fields from '{folder}/facts.parquet'").fetchall()
    known = {(source, record, f"{offset:#x}") for source, record, offset, _, _ in facts}
    report = json.loads(output(hvtriage, "analyze", case, "--format", "json"))
    cited = {
        (cite["source"], cite.get("record_id"), cite["offset"])
        for finding in report["findings"]
        for cite in finding["citations"]
    }
    assert cited <= known, cited - known
    stops = {fields["bugcheck.code"] for *_, kind, fields in facts if kind == "crash"}
    assert stops == {crash["bugcheck"]["code"].lower() for crash in report["crashes"] if crash["bugcheck"]}, stops
    return len(facts)


def compare_events(hvtriage, command, case, folder):
    """Events against their JSON lines; how many there are."""
    path = folder / f"{command}.parquet"
    output(hvtriage, command, case, "--format", "parquet", "-o", path)
    table = pyarrow.parquet.read_table(path)
    rows = rows_of(table)
    lines = [json.loads(line) for line in output(hvtriage, "events", case).splitlines()]
    key = lambda row: (row["source"], row["offset"], row["record_id"])
    if command == "timeline":
        assert [row["filetime"] or 2**64 for row in rows] == sorted(row["filetime"] or 2**64 for row in rows)
        rows, lines = sorted(rows, key=key), sorted(lines, key=key)
    assert len(rows) == len(lines), f"{command} {case}: {len(rows)} rows of {len(lines)} events"
    for row, line in zip(rows, lines):
        own = {name: row.pop(name) for name in ("filetime", "meaning", "time_is_local")}
        assert own["time_is_local"] == line.pop("time_is_local", False)
        time = line.pop("time")
        assert row.pop("time") == nanoseconds(time), time
        if own["filetime"] is not None and nanoseconds(time) is not None:
            assert (own["filetime"] - TICKS_OF_1970) * 100 == nanoseconds(time), time
        for name, value in row.items():
            wanted = line.pop(name, None)
            wanted = WRITTEN.get(name, lambda it: it)(wanted) if wanted is not None else None
            assert value == wanted, (name, value, wanted)
        assert not line, f"fields without a column: {line}"
    of_duckdb = duckdb.sql(f"select computer, count(*), sum(record_id), max(keywords) from '{path}' group by 1 order by 1")
    of_pandas = pandas.read_parquet(path).groupby("computer").agg({"level": "size", "record_id": "sum", "keywords": "max"})
    told = [(name, count, int(total), most) for name, count, total, most in of_duckdb.fetchall()]
    columns = [map(int, of_pandas[name]) for name in ("level", "record_id", "keywords")]
    assert told == list(zip(of_pandas.index, *columns)), (told, of_pandas)
    return len(lines)


def try_documented(hvtriage, case, page, folder):
    """What docs/parquet.md shows is so."""
    output(hvtriage, "analyze", case, "--format", "parquet", "-o", folder / "tables")
    output(hvtriage, "events", case, "--format", "parquet", "-o", folder / "events.parquet")
    os.chdir(folder)
    text = page.read_text(encoding="utf-8")
    queries = re.search(r"```sql\n(.*?)```", text, re.DOTALL).group(1).split(";")
    queries = [query for query in queries if query.strip()]
    assert len(queries) == 3, queries
    for query in queries:
        assert duckdb.sql(query).fetchall(), query
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL).group(1), names)
    assert names["events"]["data"].map(type).eq(dict).all()


def main(hvtriage, samples):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hostile = folder / "hostile.xml"
        evidence.write(hostile)
        events = compare_events(hvtriage, "events", hostile, folder)
        assert events == len(evidence.HOSTILE), events
        rows = facts = 0
        for case in ("kb2636573", "cluster-2008r2-outdated-guests", "damaged", "dump-types", "cluster-logs-2019"):
            lists = folder / case
            rows += compare_lists(hvtriage, samples / case, lists)
            if case != "dump-types":
                facts += compare_facts(hvtriage, samples / case, lists)
        for case in ("kb2636573", "damaged"):
            events += compare_events(hvtriage, "events", samples / case, folder)
        events += compare_events(hvtriage, "timeline", samples / "kb2636573", folder)
        try_documented(hvtriage, samples / "kb2636573", samples / "../docs/parquet.md", folder)
    print(f"lists: DuckDB, pandas and pyarrow read {rows} rows of lists, {facts} facts and {events} events as JSON has them")


main(Path(sys.argv[1]), Path(sys.argv[2]).resolve())
