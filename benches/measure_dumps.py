"""Times commands about dumps in turn: TOOLS DUMPS RUNS. Prints medians, peaks of memory and ratios."""

import os
import pathlib
import shutil
import statistics
import struct
import subprocess
import sys
import time

tools, dumps, runs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
work = tools / "dumps"
work.mkdir(parents=True, exist_ok=True)
PAGE, GIB = 4096, 1 << 30


def sparse(source, target, gib):
    """A copy of a complete dump whose last run is as long as `gib`."""
    shutil.copy(source, target)
    with open(target, "r+b") as file:
        header = file.read(0x2000)
        (runs_before,) = struct.unpack_from("<I", header, 0x88)
        (pages,) = struct.unpack_from("<Q", header, 0x90)
        more = gib * GIB // PAGE
        file.seek(0x98 + 16 * runs_before)
        file.write(struct.pack("<QQ", 1 << 24, more))
        file.seek(0x88)
        file.write(struct.pack("<I", runs_before + 1))
        file.seek(0x90)
        file.write(struct.pack("<Q", pages + more))
        file.truncate(0x2000 + (pages + more) * PAGE)


def measure(command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    return time.perf_counter() - start, used.ru_maxrss / 1024, status


def table(title, commands):
    print(f"\n### {title}\n\n| command | elapsed | ratio | peak memory |\n|---|---:|---:|---:|")
    results = {name: [] for name, _ in commands}
    for _ in range(runs):
        for name, command in commands:
            results[name].append(measure(command))
    first = statistics.median(seconds for seconds, _, _ in results[commands[0][0]])
    for name, _ in commands:
        seconds, mib, status = (statistics.median(column) for column in zip(*results[name]))
        failed = " (fails)" if status else ""
        print(f"| {name}{failed} | {seconds * 1000:.1f} ms | {seconds / first:.1f} | {mib:.0f} MiB |")


hvtriage, kdmp = "target/release/hvtriage", "target/release/examples/kdmp"
stackwalk = f"{tools}/bin/minidump-stackwalk"
large = work / "sparse-64-gib.dmp"
sparse("samples/antivirus-2008r2-cluster/HV45/MEMORY.DMP", large, 64)
table("A complete dump of 64 GiB (type 1)", [("hvtriage dump", [hvtriage, "dump", large]), ("kdmp-parser", [kdmp, large])])
bitmap = "samples/antivirus-on-host/HV41/MEMORY.DMP"
table("A dump with a bitmap (type 5)", [("hvtriage dump", [hvtriage, "dump", bitmap]), ("kdmp-parser", [kdmp, bitmap])])
for name in ("d1", "9f", "triage_arm64"):
    path = dumps / "kernel" / f"{name}.dmp"
    table(f"A small dump ({path.stat().st_size >> 20} MiB, {name})", [("hvtriage dump", [hvtriage, "dump", path]), ("hvtriage --version", [hvtriage, "--version"])])
user = dumps / "user" / "linux_inline.dmp"
table("A dump of a process", [("hvtriage dump", [hvtriage, "dump", user]), ("minidump-stackwalk", [stackwalk, user])])
