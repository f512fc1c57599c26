"""Compares what evtxexport, python-evtx and xmllint read with what the writer says it wrote.

records.tsv holds a line for each record: path, EventRecordID, provider, event id. Every log must
give exactly these records in this order to each reader, without a word about damage.
"""

import re
import subprocess
import sys
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
    sys.exit(1 if failures or not logs else 0)


if __name__ == "__main__":
    main()
