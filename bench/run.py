#!/usr/bin/env python3
"""Measures Comity beside its peers in the same run, and prints Markdown tables (--write puts them into docs/BENCHMARKS.md).

    make bench                          everything; the worlds alone take a quarter of an hour
    python3 bench/run.py --quick        small sizes, to see that it works
    python3 bench/run.py --only query   one part: import, workbooks, real, query, intake, link, text, worlds

Peers (pandas, DuckDB, and those of linking: bench/peers) come from PyPI into build/bench/venv; they are never needed by the product.
Numbers are medians of the repeats; memory is the peak resident set of the process and its children. The machine is what it is:
compare ratios.
"""
import argparse
import csv
import datetime
import http.client
import json
import os
import pathlib
import platform
import re
import sqlite3
import subprocess
import sys
import time

import intake
import link
import text as comparators
import worlds
from measure import COMITY, DATA, ROOT, WORK, comity, measured, peers, percentile

REAL = DATA / "seizures"
FACETS = ["country", "drug", "transport", "installation", "hiding", "routing", "departure", "destination", "producing",
          "unit", "year", "source"]


def world(name, events, **options):
    folder = WORK / name
    if not (folder / "world.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        words = [x for k, v in options.items() for x in ("--" + k.replace("_", "-"), v)]
        comity("simulate", "--out", folder, "--events", events, *words)
    return folder


def fresh(name):
    store = WORK / name
    for old in WORK.glob(name + "*"):
        old.unlink()
    comity("init", store)
    return store


def rows_of(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1


def bench_import(arguments, out):
    python = peers()
    out("### CSV to stored, typed mentions\n")
    out("| work | rows | seconds | rows/s | peak MB |\n|---|---:|---:|---:|---:|")
    for millions in ([0.05] if arguments.quick else [0.5, 5]):
        events = int(millions * 1e6 / 0.75)
        path = world(f"import-{millions}", events, only="sim-customs", per_day=300) / "customs.csv"
        rows = rows_of(path)
        store = fresh("import.sqlite")
        seconds, memory = comity("import", path, "--recipe", "simulated-customs", "--store", store)
        last = json.loads(subprocess.run([COMITY, "imports", "-o", "json", "--store", store], capture_output=True, check=True).stdout)[0]
        if last["new"] != rows:
            sys.exit(f"bench: {last['new']} of {rows} rows were stored")
        out(f"| comity import (typed, placed, durable) | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {memory:.0f} |")
        for old in WORK.glob("import.sqlite*"):
            old.unlink()
        if not python:
            continue
        for peer, code in (("pandas.read_csv (untyped, in memory)", f"import pandas; pandas.read_csv({str(path)!r})"),
                           ("DuckDB read_csv into a table (untyped)",
                            f"import duckdb; c=duckdb.connect(); c.execute(\"create table t as select * from read_csv({str(path)!r})\")")):
            seconds, memory = measured([python, "-c", code])
            out(f"| {peer} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {memory:.0f} |")
    out("")


WORKBOOKS = ("simulated-unodc-2011-2017.xlsx", "simulated-unodc-2018-2022.xlsx", "simulated-unodc-2023-2026.xlsx")


def bench_workbooks(arguments, out):
    """Simulated workbooks in the layouts of the United Nations: 10 minutes and 3 GB were asked for 3,000,000 rows."""
    events = 30000 if arguments.quick else 2885000
    folder = world(f"workbooks-{events}", events, layout="unodc")
    store, total, peak, rows = fresh("workbooks.sqlite"), 0, 0, 0
    lines = []
    for name in WORKBOOKS:
        seconds, memory = comity("import", folder / name, "--recipe", "-".join(name.split("-")[:3]), "--store", store)
        last = json.loads(subprocess.run([COMITY, "imports", "-o", "json", "--store", store], capture_output=True, check=True).stdout)[0]
        lines.append(f"| import {name} | {last['new']:,} | {seconds:.1f} | {memory:.0f} |")
        total, peak, rows = total + seconds, max(peak, memory), rows + last["new"]
    seconds, memory = comity("link", "--store", store)
    told = rows_of(folder / "truth-rows.csv")
    if rows != told:
        sys.exit(f"bench: {rows} of {told} rows were stored")
    found = json.loads(subprocess.run([COMITY, "evaluate", "--truth", folder / "truth-rows.csv", "-o", "json", "--store", store],
                                      capture_output=True, check=True).stdout)
    out(f"### {rows:,} rows of simulated workbooks in the UN layout, imported and linked\n")
    out("| work | rows | seconds | peak MB |\n|---|---:|---:|---:|")
    out("\n".join(lines))
    out(f"| link | | {seconds:.1f} | {memory:.0f} |")
    out(f"| **together** | **{rows:,}** | **{total + seconds:.1f}** | **{max(peak, memory):.0f}** |\n")
    out("| links | precision | recall | F1 |\n|---|---:|---:|---:|")
    for row in found:
        out(f"| {row['method']} | {row['precision']:.4f} | {row['recall']:.4f} | {row['f1']:.4f} |")
    out("")
    for old in WORK.glob("workbooks.sqlite*"):
        old.unlink()


def bench_real(arguments, out):
    if not REAL.exists():
        out("### Real files\n\nskipped: ../shared/data is not here\n")
        return
    out("### Both real files, imported and linked\n")
    out("| work | seconds | peak MB |\n|---|---:|---:|")
    store = fresh("real.sqlite")
    total = 0
    for file, recipe in (("unodc-ids-2011-2016.csv.gz", "unodc-ids-2011-2016"), ("colombia-policia-2016-01.csv.gz", "colombia-policia")):
        seconds, memory = comity("import", REAL / file, "--recipe", recipe, "--store", store, "--rejects", WORK / "rejects.csv")
        total += seconds
        out(f"| import {file} | {seconds:.1f} | {memory:.0f} |")
    seconds, memory = comity("link", "--store", store)
    total += seconds
    out(f"| link | {seconds:.1f} | {memory:.0f} |")
    out(f"| **together** | **{total:.1f}** | |\n")


class Server:
    def __init__(self, store, port):
        self.port = port
        self.started = time.time()
        self.process = subprocess.Popen([COMITY, "serve", "--store", store, "--port", str(port), "-q"], stdout=subprocess.DEVNULL)
        self.cold = self.wait()

    def wait(self):
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/.json?limit=1")
                if connection.getresponse().read():
                    return time.time() - self.started
            except OSError:
                if self.process.poll() is not None or time.time() - self.started > 60:
                    sys.exit("bench: the server did not start")
                time.sleep(0.01)

    def memory(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=20)


def queries(n):
    """Distinct queries, so that no cache of whole answers helps."""
    drugs = ["cocaine-type", "opioids", "ats", "cannabis-type", "cocaine-hcl", "heroin"]
    countries = ["CO", "EC", "PE", "ES", "PA", "DO"]
    return [f"drug={drugs[i % 6]}&country={countries[i // 6 % 6]},{countries[(i // 7) % 6]}&date={2023 + i % 3}-{1 + i % 12:02d}..&amount.mass={1 + i}g.."
            for i in range(n)]


def flat_table(store, path):
    """What somebody would do with SQLite alone: one flat, indexed table of the exported entities."""
    export = subprocess.run([COMITY, "export", "--store", store, "-o", "csv", "-q"], capture_output=True, text=True, check=True).stdout
    rows = list(csv.reader(export.splitlines()))
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    names = [f"c{i}" for i in range(len(rows[0]))]
    database.execute(f"create table t ({','.join(names)})")
    database.executemany(f"insert into t values ({','.join('?' * len(names))})", (r for r in rows[1:] if len(r) == len(names)))
    for i, _ in enumerate(names):
        database.execute(f"create index i{i} on t (c{i})")
    database.execute("analyze")
    database.commit()
    return database, rows[0]


def bench_query(arguments, out):
    events = 20000 if arguments.quick else 205000
    folder = world(f"query-{events}", events)
    store = WORK / f"query-{events}.sqlite"
    if not store.exists():
        fresh(store.name)
        comity("import", folder / "customs.csv", "--recipe", "simulated-customs", "--store", store)
        comity("import", folder / "police.xlsx", "--recipe", "simulated-police", "--store", store)
        seconds, memory = comity("link", "--store", store)
        print(f"bench: linking took {seconds:.1f} s, {memory:.0f} MB", file=sys.stderr)
    server = Server(store, arguments.port)
    connection = http.client.HTTPConnection("127.0.0.1", arguments.port)
    times = []
    for i, query in enumerate(queries(60 if arguments.quick else 600)):
        started = time.perf_counter()
        connection.request("GET", "/.json?" + query)
        answer = connection.getresponse().read()
        if i >= 20:
            times.append(1000 * (time.perf_counter() - started))
    time.sleep(1)
    idle = server.memory()
    mentions = json.loads(answer).get("as_of", {})
    server.stop()
    database, header = flat_table(store, WORK / "flat.sqlite")
    n = database.execute("select count(*) from t").fetchone()[0]
    column = {name: f"c{i}" for i, name in enumerate(header)}
    facets = [column[name] for name in header if name in FACETS or name.split("_")[0] in FACETS][:12]
    sqlite_times = []
    for i in range(5 if arguments.quick else 15):
        started = time.perf_counter()
        for facet in facets:
            database.execute(f"select {facet}, count(*) from t where {column.get('country', 'c1')} in ('CO','EC') group by 1").fetchall()
        sqlite_times.append(1000 * (time.perf_counter() - started))
    out(f"### A warm query with all facets, totals, timeline, marks and a page of rows, over HTTP ({n:,} entities)\n")
    out("| what | p50 ms | p99 ms |\n|---|---:|---:|")
    out(f"| comity serve, {len(times)} distinct queries | {percentile(times, .5):.1f} | {percentile(times, .99):.1f} |")
    out(f"| SQLite, one flat table with an index on every column, {len(facets)} GROUP BYs only | {percentile(sqlite_times, .5):.1f} | {percentile(sqlite_times, .99):.1f} |\n")
    out(f"Cold start to the first answer: {server.cold:.2f} s. Idle afterwards: {idle:.0f} MB. {mentions if mentions else ''}\n")


def bench_intake(arguments, out):
    intake.report(out, *((20000, 3) if arguments.quick else (300000, 7)))


def bench_link(arguments, out):
    link.report(out, arguments.quick)


def bench_text(arguments, out):
    comparators.report(out, arguments.quick)


def bench_worlds(arguments, out):
    worlds.report(out, 1 if arguments.quick else worlds.SEEDS)


PARTS = {"import": bench_import, "workbooks": bench_workbooks, "real": bench_real, "query": bench_query, "intake": bench_intake,
         "link": bench_link, "text": bench_text, "worlds": bench_worlds}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", choices=list(PARTS))
    parser.add_argument("--port", type=int, default=18080)
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    lines = []

    def out(text):
        print(text, flush=True)
        lines.append(text)

    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo", encoding="utf-8") if l.startswith("model name")), platform.machine())
    out(f"Measured {datetime.date.today()} with `{' '.join(['python3', 'bench/run.py', *sys.argv[1:]])}` on {os.cpu_count()} × {model}.\n")
    for name, part in PARTS.items():
        if arguments.only in (None, name):
            part(arguments, out)
    if arguments.write:
        target = ROOT / "docs/BENCHMARKS.md"
        text = target.read_text(encoding="utf-8")
        begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
        head, rest = text.split(begin)
        target.write_text(head + begin + "\n" + "\n".join(lines) + "\n" + end + rest.split(end)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
