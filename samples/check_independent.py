"""Compares what evtxexport, python-evtx and xmllint read with what the writer says it wrote.

records.tsv holds a line for each record: path, EventRecordID, provider, event id. Every log must
give exactly these records in this order to each reader, without a word about damage.

archived-records.tsv holds a line for each log in an archive: archive!path, first EventRecordID, number of
records, CRC-32 of what the lines of records.tsv would be without the path. Python unpacks the archives, and
evtxexport reads every log; python-evtx, which takes minutes for all of them, those of small archives and one log
of many chunks.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections import OrderedDict
from pathlib import Path
from xml.etree import ElementTree

from Evtx.Evtx import Evtx

SYSTEM = "{http://schemas.microsoft.com/win/2004/08/events/event}System"
NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def written(folder):
    """The records of every log and export by path."""
    logs = OrderedDict()
    for line in (folder / "records.tsv").read_text(encoding="utf-8").splitlines():
        path, record, provider, event = line.split("\t")
        logs.setdefault(path, []).append((int(record), provider, int(event)))
    return logs


def of_element(event):
    """Record id, provider and event id of an Event element."""
    system = event.find(SYSTEM)
    return (
        int(system.find(NAMESPACE + "EventRecordID").text),
        system.find(NAMESPACE + "Provider").get("Name"),
        int(system.find(NAMESPACE + "EventID").text),
    )


def by_evtxexport(path):
    """The records that libevtx finds."""
    run = subprocess.run(
        ["evtxexport", "-f", "xml", str(path)], capture_output=True, encoding="utf-8", check=True
    )
    complaints = [line for line in run.stdout.splitlines() if re.search("corrupt|recovered", line)]
    if complaints or run.stderr.strip():
        raise ValueError(f"evtxexport complains: {complaints} {run.stderr.strip()}")
    events = re.findall(r"<Event xmlns=.*?</Event>", run.stdout, re.S)
    return [of_element(ElementTree.fromstring(event)) for event in events]


def by_python_evtx(path):
    """The records that python-evtx finds, and its view of the checksums."""
    with Evtx(str(path)) as log:
        if not log.get_file_header().verify():
            raise ValueError("python-evtx refuses the file header")
        for chunk in log.chunks():
            if not chunk.verify():
                raise ValueError("python-evtx refuses a chunk's checksums")
        return [of_element(ElementTree.fromstring(record.xml())) for record in log.records()]


def by_xml_readers(path):
    """The records of an export; xmllint judges whether it is well formed."""
    subprocess.run(["xmllint", "--noout", str(path)], check=True)
    return [of_element(event) for event in ElementTree.parse(path).getroot()]


# Logs of at most this many records are read by python-evtx, too, and this one.
FEW = 200
OF_MANY_CHUNKS = "cluster-16-hosts/HVA05.zip!System.evtx"


def archived(folder):
    """Path, first EventRecordID, number of records and their sum of every log in an archive."""
    for line in (folder / "archived-records.tsv").read_text(encoding="utf-8").splitlines():
        path, first, count, checksum = line.split("\t")
        yield path, int(first), int(count), checksum


def sum_of(records):
    """CRC-32 of records as lines."""
    lines = "".join(f"{record}\t{provider}\t{event}\n" for record, provider, event in records)
    return f"{zlib.crc32(lines.encode('utf-8')):08x}"


def check_archived(folder):
    """Failures, logs and records of all archives."""
    failures = logs = records = 0
    with tempfile.NamedTemporaryFile(suffix=".evtx") as file:
        for path, first, count, checksum in archived(folder):
            archive, member = path.split("!")
            with zipfile.ZipFile(folder / archive) as opened:
                Path(file.name).write_bytes(opened.read(member))
            both = count <= FEW or path == OF_MANY_CHUNKS
            for reader in [by_evtxexport, by_python_evtx] if both else [by_evtxexport]:
                try:
                    found = reader(file.name)
                except Exception as error:  # whatever a foreign program finds wrong is a failure
                    print(f"FAIL {path}: {reader.__name__}: {error!r}")
                    failures += 1
                    continue
                numbers = [record for record, _, _ in found]
                if numbers != list(range(first, first + count)) or sum_of(found) != checksum:
                    print(f"FAIL {path}: {reader.__name__}: {len(found)} records, not the {count} written")
                    failures += 1
            logs += 1
            records += count
    return failures, logs, records


def main():
    folder = Path(sys.argv[1])
    failures = 0
    records = 0
    logs = written(folder)
    for path, expected in logs.items():
        file = folder / path
        readers = [by_xml_readers] if path.endswith(".xml") else [by_evtxexport, by_python_evtx]
        for reader in readers:
            try:
                found = reader(file)
            except Exception as error:  # whatever a foreign program finds wrong is a failure
                print(f"FAIL {path}: {reader.__name__}: {error!r}")
                failures += 1
                continue
            if found != expected:
                print(f"FAIL {path}: {reader.__name__}: {found} instead of {expected}")
                failures += 1
        records += len(expected)
    print(f"{len(logs)} logs and exports, {records} records, {failures} failures")
    archived_failures, archived_logs, archived_records = check_archived(folder)
    print(f"{archived_logs} logs in archives, {archived_records} records, {archived_failures} failures")
    sys.exit(1 if failures or archived_failures or not logs or not archived_logs else 0)


if __name__ == "__main__":
    main()
