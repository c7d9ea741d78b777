#!/usr/bin/env python3
"""From a file's arrival in a watched folder to the changed page, on a large store that is served: how long it takes.

    python3 bench/intake.py [--entities 300000] [--repeats 7] [--rows 50]

The clock starts when the file is renamed into the folder and stops when the page has heard of the change (server-sent event), and
again when the new answer has been fetched. Printed beside: what answering a query takes meanwhile. Called by bench/run.py.
"""
import argparse
import csv
import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMITY = ROOT / "build/release/comity"
WORK = ROOT / "build/bench"
EVENTS_AN_ENTITY = 1.075  # a simulated world links to a little fewer entities than it has events


def comity(*words):
    done = subprocess.run([str(w) for w in (COMITY, *words)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: comity {words[0]} failed:\n{done.stderr}")
    return done.stdout


def prepare(entities):
    """A linked store of so many entities; rows that it has not seen yet; made once."""
    folder = WORK / f"intake-{entities}"
    store = folder / "made.sqlite"
    if not store.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        comity("simulate", "--out", folder, "--events", int(entities * EVENTS_AN_ENTITY), "-q")
        with open(folder / "customs.csv", encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        with open(folder / "most.csv", "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *rows[:-5000]])
        with open(folder / "rest.csv", "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *rows[-5000:]])
        comity("init", folder / "new.sqlite")
        for name, recipe in (("most.csv", "simulated-customs"), ("police.xlsx", "simulated-police")):
            comity("import", folder / name, "--recipe", recipe, "--store", folder / "new.sqlite", "-q")
        comity("link", "--store", folder / "new.sqlite", "-q")
        for end in ("-wal", "-shm", ""):
            path = folder / f"new.sqlite{end}"
            if path.exists():
                path.rename(folder / f"made.sqlite{end}")
    for old in folder.glob("live*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    for end in ("", "-wal"):
        if (folder / f"made.sqlite{end}").exists():
            shutil.copy(folder / f"made.sqlite{end}", folder / f"live.sqlite{end}")
    with open(folder / "rest.csv", encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    return folder, head, rows


def ask(address, path):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return json.loads(body)


def listen(address, heard):
    connection = http.client.HTTPConnection(address, timeout=600)
    connection.request("GET", "/events")
    response = connection.getresponse()
    name = None
    while line := response.readline():
        text = line.decode().strip()
        if text.startswith("event: "):
            name = text[7:]
        elif text.startswith("data: ") and name == "changed":
            heard.append((time.monotonic(), int(text[6:])))


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(condition, what):
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > 120:
            sys.exit(f"bench: not within two minutes: {what}")
        time.sleep(0.002)


def measure(entities, repeats, n_rows):
    folder, head, rows = prepare(entities)
    inbox = folder / "live-inbox"
    inbox.mkdir()
    (folder / "live.yaml").write_text("feeds:\n  - feed: customs\n    recipe: simulated-customs\n    from: { folder: live-inbox }\n"
                                      "    every: 1h\n", encoding="utf-8")
    server = subprocess.Popen([COMITY, "serve", "--store", folder / "live.sqlite", "--port", "0", "--intake", folder / "live.yaml"],
                              stderr=subprocess.PIPE, text=True)
    address = re.search(r"http://([^/]+)/", server.stderr.readline()).group(1)
    threading.Thread(target=lambda: [None for _ in server.stderr], daemon=True).start()
    heard, events, answers, meanwhile = [], [], [], []
    threading.Thread(target=listen, args=(address, heard), daemon=True).start()
    before = ask(address, "/.json?limit=1")
    wait_for(lambda: heard, "the first event")
    used = processor_seconds(server)
    for i in range(repeats):
        piece = folder / "live-piece.csv"
        with open(piece, "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *rows[i * n_rows:(i + 1) * n_rows]])
        n_heard = len(heard)
        begun = time.monotonic()
        piece.rename(inbox / f"piece{i}.csv")
        while len(heard) == n_heard:
            asked = time.monotonic()
            ask(address, f"/.json?limit=1&date=20{23 + len(meanwhile) % 20}-0{1 + len(meanwhile) // 20 % 9}")
            meanwhile.append(1000 * (time.monotonic() - asked))
            time.sleep(0.1)
            if time.monotonic() - begun > 120:
                sys.exit("bench: nothing was heard within two minutes")
        events.append(heard[n_heard][0] - begun)
        after = ask(address, "/.json?limit=1")
        answers.append(time.monotonic() - begun)
        if after["mentions"] != before["mentions"] + n_rows or after["sequence"] != heard[-1][1]:
            sys.exit(f"bench: {after['mentions']} mentions after {before['mentions']} and {n_rows}")
        before = after
    used = (processor_seconds(server) - used) / repeats
    server.terminate()
    server.wait(timeout=60)
    return before, events, answers, meanwhile, used


def report(out, entities=300000, repeats=7, n_rows=50):
    state, events, answers, meanwhile, used = measure(entities, repeats, n_rows)
    out(f"### From a file in a watched folder to the changed page ({state['entities']:,} entities, {state['mentions']:,} mentions)\n")
    out(f"{repeats} files of {n_rows} rows, one after another; each imported, all linked again, shown.\n")
    out("| from the file's arrival to | median s | worst s |\n|---|---:|---:|")
    out(f"| the event at an open page | {statistics.median(events):.2f} | {max(events):.2f} |")
    out(f"| the new answer | {statistics.median(answers):.2f} | {max(answers):.2f} |\n")
    out(f"Processor time of the server: {used:.1f} s an arrival, with the queries below; load of the machine: {os.getloadavg()[0]:.1f} on"
        f" {os.cpu_count()} processors. Where others work on the machine, divide accordingly.\n")
    if meanwhile:
        out(f"Queries answered meanwhile: {len(meanwhile)}, median {statistics.median(meanwhile):.0f} ms, worst {max(meanwhile):.0f} ms.\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--entities", type=int, default=300000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--rows", type=int, default=50)
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    report(print, arguments.entities, arguments.repeats, arguments.rows)
