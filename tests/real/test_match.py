#!/usr/bin/env python3
"""`comity match` on files with ground truth of others (../shared/data/linkage), by the packs of the benchmark: column and
type, nothing else. Skips where the files are not there."""
import collections
import csv
import gzip
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared/data/linkage"
COMITY = ROOT / "build/release/comity"
# To reach, and who is there now: Splink's own demonstration .83, Splink .997, GoldenMatch .964, Splink .73.
WORKS = [("historical-50k", ["historical_50k.csv.gz"], 0.92), ("febrl3", ["febrl3.csv.gz"], 0.999),
         ("dblp-acm", ["dblp-acm_DBLP2.csv.gz", "dblp-acm_ACM.csv.gz"], 0.985),
         ("transactions", ["transactions_origin.csv.gz", "transactions_destination.csv.gz"], 0.93)]


def rows_of(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8", errors="replace", newline="") as file:
        return [{key.strip(): (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file, skipinitialspace=True)]


def truth_of(name, files):
    if name == "historical-50k":
        return [row["cluster"] for row in rows_of(files[0])]
    if name == "febrl3":
        return [row["rec_id"].split("-")[1] for row in rows_of(files[0])]
    if name == "transactions":
        return [row["ground_truth"] for file in files for row in rows_of(file)]
    same = {row["idACM"]: row["idDBLP"] for row in rows_of("dblp-acm_DBLP-ACM_perfectMapping.csv.gz")}
    return [row["id"] for row in rows_of(files[0])] + [same.get(row["id"], "acm " + row["id"]) for row in rows_of(files[1])]


def quality(labels, clusters, files):
    """Pairwise; across files only where there are two. From counts: no pair is listed."""
    both, true, found = collections.Counter(), collections.Counter(), collections.Counter()
    n_right = n_true = n_found = 0
    for label, cluster, file in zip(labels, clusters, files):
        others = (1 - file) if max(files) else file
        n_right += both[others, label, cluster]
        n_true += true[others, label]
        n_found += found[others, cluster]
        both[file, label, cluster] += 1
        true[file, label] += 1
        found[file, cluster] += 1
    precision, recall = n_right / max(n_found, 1), n_right / max(n_true, 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def main():
    if not DATA.exists():
        print("skipped: ../shared/data/linkage is not here")
        return 77
    failed = 0
    for name, files, least in WORKS:
        command = [COMITY, "match", *(DATA / file for file in files), "--pack", ROOT / f"bench/packs/{name}.yaml", "-o", "csv", "-q"]
        out = subprocess.run([*map(str, command), *(["--once-each"] if len(files) == 2 else [])], capture_output=True, text=True, check=True).stdout
        found = list(csv.DictReader(out.splitlines()))
        paths = sorted({row["file"] for row in found}, key=[row["file"] for row in found].index)
        precision, recall, f1 = quality(truth_of(name, files), [row["cluster"] for row in found], [paths.index(row["file"]) for row in found])
        print(f"{'ok  ' if f1 >= least else 'FAIL'} {name:15} precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f} (at least {least})")
        failed += f1 < least
    return 1 if failed else 0


sys.exit(main())
