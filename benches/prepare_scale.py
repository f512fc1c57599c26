"""Makes the folders for scale.sh out of the logs of `write-hosts`: cases, each with a log of its own, and a
folder of very many files.

    prepare_scale.py LOGS OUT CASES FILES
"""

import pathlib
import struct
import sys
import zlib

HEADER, CHUNK = 4096, 65536
CHUNKS_OF_A_CASE = 7


def log_of(head, chunks):
    """A log of these chunks: the header's counts and checksum are made right."""
    header = bytearray(head)
    struct.pack_into("<QQ", header, 8, 0, len(chunks) - 1)
    struct.pack_into("<H", header, 42, len(chunks))
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    return bytes(header) + b"".join(chunks)


def cases(logs, out, count):
    made = 0
    for path in sorted(logs.glob("*.evtx")):
        data = path.read_bytes()
        chunks = [data[at : at + CHUNK] for at in range(HEADER, len(data), CHUNK)]
        chunks = [chunk for chunk in chunks if chunk.startswith(b"ElfChnk")]
        for first in range(0, len(chunks) - CHUNKS_OF_A_CASE, CHUNKS_OF_A_CASE):
            if made == count:
                return
            folder = out / f"case{made:05}"
            folder.mkdir(parents=True)
            part = chunks[first : first + CHUNKS_OF_A_CASE]
            (folder / path.name).write_bytes(log_of(data[:HEADER], part))
            made += 1
    sys.exit(f"{logs} is enough for {made} cases only: write more events")


EVENT = (
    '<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
    '<Provider Name="Microsoft-Windows-Hyper-V-VMMS"/><EventID>20413</EventID><Version>0</Version>'
    "<Level>4</Level><Keywords>0x8000000000000000</Keywords>"
    '<TimeCreated SystemTime="2014-05-01T{hour:02}:{minute:02}:{second:02}.0000000Z"/>'
    "<EventRecordID>{record}</EventRecordID>"
    "<Channel>Microsoft-Windows-Hyper-V-VMMS-Admin</Channel>"
    '<Computer>HV{host:03}.contoso.example</Computer><Security UserID="S-1-5-18"/></System><UserData>'
    '<VmlEventLog xmlns="http://www.microsoft.com/Windows/Virtualization/Events">'
    "<VmName>APP{vm}</VmName><VmId>{vm:08X}-0000-4A55-9D00-000000000000</VmId></VmlEventLog>"
    "</UserData></Event></Events>"
)
HOSTS = 200


def many(out, count):
    """Half are exports of one event, half are notes, many of one size."""
    for host in range(HOSTS):
        (out / f"HV{host:03}").mkdir(parents=True)
    for number in range(count):
        folder = out / f"HV{number % HOSTS:03}"
        if number % 2:
            (folder / f"note{number}.txt").write_text(f"note {number}\n" * (1 + number % 50))
            continue
        second = number % 86400
        text = EVENT.format(
            hour=second // 3600,
            minute=second // 60 % 60,
            second=second % 60,
            record=number,
            host=number % HOSTS,
            vm=number % 997,
        )
        (folder / f"export{number}.xml").write_text(text)


def main():
    logs, out, case_count, file_count = sys.argv[1:]
    out = pathlib.Path(out)
    cases(pathlib.Path(logs), out / "cases", int(case_count))
    many(out / "many", int(file_count))


main()
