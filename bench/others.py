#!/usr/bin/env python3
"""`comity match` on whatever files with known truth somebody has, given column and type only.

    python3 bench/others.py [--folder FOLDER] [--only WORK]… [--variations] [--before FILE] [--out FILE]

A work is a folder in FOLDER (default build/bench/others) with 1.csv and perhaps 2.csv, truth.csv (file, row, event; rows from 1) and,
where bench/packs has none of its name, pack.yaml. The works of bench/link.py are measured too where their files are here. One list: all rows are compared with all; pairs
within a file count as well. Once each: only where there are two files, and only pairs across count. --variations measures each work
with its rows and columns disturbed as well; --before takes the JSON of --out of an earlier run and tells what changed.
"""
import argparse
import csv
import json
import pathlib
import random
import subprocess

import link
import linkage_data
import measure
import score

LIMIT_S = 600
HEAD = "| work | rows | true pairs | as | precision | recall | F1 | before | seconds | peak MB |\n|---|---:|---:|---|---:|---:|---:|---:|---:|---:|"


class Files:
    """A work: its tables (header and rows), the event of each row, and column: type."""

    def __init__(self, tables, events, pack):
        self.tables, self.events, self.pack = tables, events, pack


def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def read_pack(path):
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.strip().rsplit(": ", 1) for line in lines if line.strip())


def read_work(folder, pack):
    tables = [read_table(path) for path in sorted(folder.glob("[0-9].csv"))]
    truth = linkage_data.read_truth(folder)
    events = [[truth[number, row] for row in range(1, len(rows) + 1)] for number, (_, rows) in enumerate(tables, 1)]
    return Files(tables, events, read_pack(pack))


# ---- variations: what a stranger's file may be like ----

def by_rows(change):
    """A variation of the rows of each file, given (row, event) of all."""
    def vary(work):
        changed = [change(list(zip(rows, events)), random.Random(number)) for number, ((_, rows), events) in
                   enumerate(zip(work.tables, work.events))]
        return Files([(header, [row for row, _ in pairs]) for (header, _), pairs in zip(work.tables, changed)],
                     [[event for _, event in pairs] for pairs in changed], work.pack)
    return vary


def by_column(kind, value):
    """One column more, with a value for each row."""
    def vary(work):
        tables = [([*header, "more"], [[*row, value(random.Random(str(row)), number)] for number, row in enumerate(rows)])
                  for header, rows in work.tables]
        return Files(tables, work.events, work.pack | {"more": kind})
    return vary


def shuffled(pairs, chance):
    chance.shuffle(pairs)
    return pairs


def halved(pairs, chance):
    return [pair for pair in pairs if chance.random() < 0.5]


def renamed(work):
    """Other names, columns in the reverse order."""
    tables = [([f"c{len(header) - i} ü" for i in range(len(header))], [row[::-1] for row in rows]) for header, rows in work.tables]
    header = work.tables[0][0]
    pack = {f"c{header.index(name) + 1} ü": kind for name, kind in reversed(work.pack.items())}
    return Files([([f"c{header.index(name) + 1} ü" for name in table[0][::-1]], rows) for table, (_, rows) in
                  zip(work.tables, tables)], work.events, pack) if all(t[0] == header for t in work.tables) else None


def doubled(pairs, chance):
    """A tenth of the rows stands twice."""
    return pairs + [pair for pair in pairs if chance.random() < 0.1]


VARIATIONS = {
    "shuffled": by_rows(shuffled), "half the rows": by_rows(halved), "a tenth twice": by_rows(doubled), "renamed": renamed,
    "a useless number": by_column("number", lambda chance, row: f"{chance.random() * 1000:.2f}"),
    "a useless category": by_column("category", lambda chance, row: chance.choice("abcdefgh")),
    "a running number": by_column("identifier", lambda chance, row: str(100000 + row)),
    "all equal": by_column("name", lambda chance, row: "the same"),
    "an equal text": by_column("text", lambda chance, row: "the same words for all"),
    "all empty": by_column("date", lambda chance, row: ""),
}


# ---- measuring ----

def write_work(folder, work):
    folder.mkdir(parents=True, exist_ok=True)
    for number, (header, rows) in enumerate(work.tables, 1):
        linkage_data.write(folder / f"{number}.csv", header, rows)
    (folder / "pack.yaml").write_text("columns:\n" + "".join(f"  {name}: {kind}\n" for name, kind in work.pack.items()), encoding="utf-8")


def run(work, is_once_each):
    folder = measure.WORK / "others-now"
    write_work(folder, work)
    files = [folder / f"{number}.csv" for number in range(1, len(work.tables) + 1)]
    found = folder / "clusters.csv"
    command = [measure.COMITY, "match", *files, "--pack", folder / "pack.yaml", "-o", "csv", "-q", *(["--once-each"] if is_once_each else [])]
    row = {"rows": sum(map(len, work.events))}
    try:
        row["seconds"], row["mb"], _, _ = measure.run_measured(command, timeout=LIMIT_S, stdout=found)
    except (measure.Failed, subprocess.TimeoutExpired) as failure:
        return row | {"failed": str(failure)[-150:].replace("\n", " ")}
    truth = {(file, number): event for file, events in enumerate(work.events, 1) for number, event in enumerate(events, 1)}
    return row | score.score(truth, score.read_clusters(found, files), is_once_each)


def tell(name, way, row, before):
    if "failed" in row:
        return f"| {name} | {row['rows']:,} | | {way} | {row['failed']} | | | | | |"
    old = before.get(f"{name}, {way}", {}).get("f1")
    return (f"| {name} | {row['rows']:,} | {row['true pairs']:,} | {way} | {row['precision']:.3f} | {row['recall']:.3f} | **{row['f1']:.3f}** | "
            f"{'' if old is None else f'{old:.3f}'} | {row['seconds']:.2f} | {row['mb']:.0f} |")


def works(arguments):
    """(name, folder, pack) of all works asked for."""
    for name in link.WORKS:
        if (not arguments.only or name in arguments.only) and (folder := linkage_data.prepare(name)):
            yield name, folder, link.PACKS / f"{name}.yaml"
    for folder in sorted(path.parent for path in arguments.folder.glob("*/truth.csv")):
        if not arguments.only or folder.name in arguments.only:
            pack = link.PACKS / f"{folder.name}.yaml"
            yield folder.name, folder, pack if pack.exists() else folder / "pack.yaml"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=pathlib.Path, default=measure.WORK / "others")
    parser.add_argument("--only", action="append")
    parser.add_argument("--variations", action="store_true")
    parser.add_argument("--before", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    before = json.loads(arguments.before.read_text(encoding="utf-8")) if arguments.before else {}
    told = {}
    print(HEAD)
    for name, folder, pack in works(arguments):
        work = read_work(folder, pack)
        for variation, vary in [("", None), *(VARIATIONS.items() if arguments.variations else ())]:
            varied = vary(work) if vary else work
            for way in ["one list"] + (["once each"] if len(work.tables) == 2 else []) if varied else []:
                title = f"{name}, {variation}" if variation else name
                told[f"{title}, {way}"] = row = run(varied, way == "once each")
                print(tell(title, way, row, before), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
