"""What every peer's script shares: the arguments, the clock, the clusters that it writes.

A peer is a process of its own: `python with_X.py WORK FOLDER`. It reads the prepared files in FOLDER (made by bench/linkage_data.py),
writes FOLDER/X-WORK/clusters.csv (file, row, cluster; both counted from 1) and prints a line of JSON when the clock stops, and one that
tells more at the end: the last one counts, so that what is killed later has still told. Seconds count from the
process's start, the interpreter and its imports included, to the clusters on disk; peak megabytes are taken at that moment. What
comes later (other thresholds, counts of pairs) is no part of them.
"""
import csv
import json
import logging
import os
import pathlib
import resource
import sys
import time
import warnings

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def seconds_since_start():
    """Since the process began, by the kernel's account (to 10 ms)."""
    fields = pathlib.Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def processor_seconds():
    """User and system, of this process and those that it waited for."""
    return sum(use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Run:
    """One measured run. Phases are named stretches of seconds; `told` is what the JSON says beyond them."""

    def __init__(self, peer):
        logging.disable(logging.WARNING)
        warnings.filterwarnings("ignore")
        self.work, self.folder = sys.argv[1], pathlib.Path(sys.argv[2])
        self.out = self.folder / f"{peer}-{self.work}"
        self.out.mkdir(exist_ok=True)
        for old in self.out.glob("clusters*.csv"):
            old.unlink()
        self.told = {"peer": peer, "work": self.work, "phases": {}}
        self.at = seconds_since_start()
        self.phase("imports", 0)

    def phase(self, name, since=None):
        """Ends a phase: the seconds since the last one ended."""
        now = seconds_since_start()
        self.told["phases"][name] = round(now - (self.at if since is None else since), 3)
        self.at = now

    def clusters(self, rows, name="clusters.csv"):
        """Writes (file, row, cluster)."""
        with open(self.out / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("file", "row", "cluster"), *rows])

    def stop_clock(self):
        self.told["seconds"] = round(seconds_since_start(), 2)
        self.told["processor seconds"] = round(processor_seconds(), 2)
        self.told["megabytes"] = round(peak_megabytes())
        self.tell()

    def tell(self):
        print(json.dumps(self.told), flush=True)


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def components(n, links):
    """The connected component of each of n things: the least member's number (union-find with path halving)."""
    parent = list(range(n))

    def root(a):
        while parent[a] != a:
            parent[a] = a = parent[parent[a]]
        return a

    for a, b in links:
        a, b = root(a), root(b)
        parent[max(a, b)] = min(a, b)
    return [root(a) for a in range(n)]
