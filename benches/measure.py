"""Runs commands in turn and prints their processor time and its ratio to the first: TOOLS WORK RUNS."""

import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time

tools, work, runs = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
hvtriage = "target/release/hvtriage"
dump = f"{tools}/bin/evtx_dump --no-confirm-overwrite -o jsonl -f /dev/null"
search = "--provider Microsoft-Windows-Hyper-V-Netvsc --id 1,3,10-13 --quiet"


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return cpu, wall


def peak_mib(command):
    timed = subprocess.run(
        f"/usr/bin/time -f %M {command}", shell=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        return f"{int(timed.stderr.split()[-1]) // 1024}"
    except (IndexError, ValueError):
        return "?"


def measure(title, commands, runs=runs):
    print(f"\n### {title}\n")
    print("| command | processor time | elapsed | processor time, ratio | elapsed, ratio |")
    print("|---|---:|---:|---:|---:|")
    for _, command in commands:
        run(command)
    times = {name: [] for name, _ in commands}
    for _ in range(runs):
        for name, command in commands:
            times[name].append(run(command))
    first = times[commands[0][0]]
    for name, _ in commands:
        cpu, wall = (statistics.median(column) for column in zip(*times[name]))
        cpu_ratio = statistics.median(mine[0] / other[0] for mine, other in zip(times[name], first))
        wall_ratio = statistics.median(mine[1] / other[1] for mine, other in zip(times[name], first))
        print(f"| {name} | {cpu:.3f} s | {wall:.3f} s | {cpu_ratio:.2f} | {wall_ratio:.2f} |", flush=True)


def each(folder):
    return f"for log in {work}/{folder}/*; do {dump} -t 1 $log; done"


def rg(folder):
    piped = f"{tools}/bin/evtx_dump --no-confirm-overwrite -o jsonl -t 1"
    return [("evtx_dump \\| rg", f"for log in {work}/{folder}/*; do {piped} $log; done | {tools}/bin/rg Netvsc")]


folder, small, several, big = (f"{work}/{name}" for name in ("folder", "small", "several", "big.evtx"))
measure(
    "Find six ids of a provider in 40 logs of real chunks (335 MB)",
    [
        ("hvtriage events, 1 thread", f"{hvtriage} events {folder} {search} --jobs 1"),
        ("hvtriage events, 2 threads", f"{hvtriage} events {folder} {search} --jobs 2"),
        ("hvtriage analyze, 1 thread", f"{hvtriage} analyze {folder} --format json --jobs 1"),
        ("hvtriage analyze, 2 threads", f"{hvtriage} analyze {folder} --format json --jobs 2"),
        ("walk over record headers", f"target/release/examples/walk headers {folder}"),
        ("scan, six ids", f"target/release/examples/walk six {folder}"),
        ("scan, all named values", f"target/release/examples/walk values {folder}"),
        ("evtx_dump, nothing searched", each("folder")),
        *rg("folder"),
    ],
)
measure(
    "Everything to JSON lines, the same logs",
    [
        ("evtx_dump, 1 thread", each("folder")),
        ("hvtriage events, 1 thread", f"{hvtriage} events {folder} --quiet --jobs 1"),
        ("hvtriage events, 2 threads", f"{hvtriage} events {folder} --quiet --jobs 2"),
    ],
)
measure(
    "Find six ids in 600 logs of 1 to 4 real chunks",
    [
        ("hvtriage events, 1 thread", f"{hvtriage} events {several} {search} --jobs 1"),
        ("evtx_dump, nothing searched", each("several")),
    ],
)
measure(
    "10,000 small logs (69 KB each)",
    [
        ("hvtriage events, six ids, 1 thread", f"{hvtriage} events {small} {search} --jobs 1"),
        ("hvtriage events, six ids, 2 threads", f"{hvtriage} events {small} {search} --jobs 2"),
        ("evtx_dump, nothing searched", each("small")),
    ],
    runs=min(runs, 3),
)
measure(
    "One log of 1 GB",
    [
        ("hvtriage events, six ids, 1 thread", f"{hvtriage} events {big} {search} --jobs 1"),
        ("hvtriage events, six ids, 2 threads", f"{hvtriage} events {big} {search} --jobs 2"),
        ("hvtriage events, all, 1 thread", f"{hvtriage} events {big} --quiet --jobs 1"),
        ("hvtriage events, all, 2 threads", f"{hvtriage} events {big} --quiet --jobs 2"),
        ("evtx_dump, 1 thread", f"{dump} -t 1 {big}"),
        ("evtx_dump, 2 threads", f"{dump} -t 2 {big}"),
    ],
    runs=min(runs, 5),
)
size = pathlib.Path(big).stat().st_size >> 20
for what in (f"events {big} {search}", f"events {big} --quiet", f"analyze {big} --format json"):
    print(f"\npeak memory of `{what.replace(big, 'big.evtx')}`: {peak_mib(f'{hvtriage} {what}')} MiB, of which the map is {size}")

one = sorted(pathlib.Path(several).iterdir())[0]
peers = [("hvtriage events", f"{hvtriage} events {one} --quiet"), ("evtx_dump", f"{dump} -t 1 {one}")]
if shutil.which("evtxexport"):
    peers.append(("evtxexport (libevtx)", f"evtxexport -f xml {one}"))
python = tools / "venv/bin/python"
if python.exists():
    code = f"from evtx import PyEvtxParser; [None for _ in PyEvtxParser('{one}').records_json()]"
    peers.append(("python evtx", f'{python} -c "{code}"'))
measure(f"Everything of one log of {one.stat().st_size >> 10} KB, process start included", peers)
