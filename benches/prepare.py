"""Makes folders of logs out of the chunks of real ones, which stand alone: FOLDER WORK."""

import pathlib
import random
import struct
import sys
import zlib

CHUNK = 65536
HEADER = 4096


def chunks_of(folder):
    for log in sorted(pathlib.Path(folder).rglob("*.evtx")):
        data = log.read_bytes()
        for at in range(HEADER, len(data) - CHUNK + 1, CHUNK):
            if data.startswith(b"ElfChnk\0", at):
                yield data[at : at + CHUNK]


def write(path, chunks):
    header = bytearray(b"ElfFile\0".ljust(HEADER, b"\0"))
    struct.pack_into("<QQQIHHHH", header, 8, 0, len(chunks) - 1, 1, 128, 1, 3, HEADER, len(chunks))
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(header) + b"".join(chunks))


chunks = list(chunks_of(sys.argv[1]))
work = pathlib.Path(sys.argv[2])
chance = random.Random(1)
for log in range(40):
    write(work / "folder" / f"{log:02}.evtx", [chance.choice(chunks) for _ in range(128)])
for log in range(600):
    write(work / "several" / f"{log:03}.evtx", [chance.choice(chunks) for _ in range(chance.choice([1, 1, 1, 2, 3, 4]))])
