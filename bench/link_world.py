"""Simulated seizures of five sources as a work of bench/link.py: the same typed values for every tool.

The world is simulated and imported; the store that is not linked yet is exported, so each mention is a row: what Comity read from six
layouts in four languages goes to the peers as clean, typed columns. 1.csv and truth.csv are as those of linkage_data.py. A larger world
has more days, not fuller ones. Made once: remove build/bench/linkage after a change of the simulator, the recipes or the store.
"""
import contextlib
import csv
import sqlite3

import linkage_data
import measure
import simulated

KEPT = ("date", "country", "place_subdivision", "place", "drug", "transport", "installation", "hiding", "routing", "departure", "destination")
HEADER = (*KEPT, "drug_group", "amount", "dimension", "source")


def codebook():
    """({unit: (dimension, factor)}, {concept: its group})."""
    rows = list(csv.DictReader(measure.ask("codebook", "-o", "csv").splitlines()))
    units = {row["code"]: (row["list"], float(row["factor"])) for row in rows if row["kind"] == "unit"}
    parent = {row["code"]: row["parent"] for row in rows if row["kind"] == "concept"}

    def group(code):
        while parent.get(code):
            code = parent[code]
        return code

    return units, {code: group(code) for code in parent}


def typed(row, units, groups, source):
    dimension, factor = units.get(row["amount_unit"], ("", 1.0))
    amount = f"{float(row['amount']) * factor:.6g}" if row["amount"] else ""
    return [*(row[key] for key in KEPT), groups.get(row["drug"], row["drug"]), amount, dimension if amount else "", source]


def write_mentions(folder, store):
    """1.csv and truth.csv, and the mentions' keys in the same order; the folder of them."""
    units, groups = codebook()
    with open(folder / "truth.csv", newline="", encoding="utf-8") as file:
        truth = {row["key"].upper(): (row["event"], row["source"]) for row in csv.DictReader(file)}
    measure.ask("export", "--store", store, "--out", folder / "mentions.csv")
    with open(folder / "mentions.csv", newline="", encoding="utf-8") as file:
        keys, rows = [], []
        for row in csv.DictReader(file):
            keys.append(row["key"])
            rows.append(typed(row, units, groups, truth[row["key"].upper()][1]))
    (folder / "mentions.csv").unlink()
    prepared = folder / "prepared"
    prepared.mkdir(exist_ok=True)
    linkage_data.write(prepared / "1.csv", HEADER, rows)
    linkage_data.write(prepared / "truth.csv", ("file", "row", "event"),
                       [(1, i, truth[key.upper()][0]) for i, key in enumerate(keys, 1)])
    (prepared / "keys.txt").write_text("\n".join(keys), encoding="utf-8")
    return prepared


def make(folder, *options):
    """A world in a folder, and in it the store that its files were imported into: not linked yet."""
    store = folder / "unlinked.sqlite"
    folder.mkdir(parents=True, exist_ok=True)
    store.unlink(missing_ok=True)
    measure.ask("simulate", "--out", folder, "--sources", 5, *options)
    measure.ask("init", store)
    for name in simulated.files_of(folder):
        measure.ask("import", folder / name, "--recipe", simulated.recipe_of(name), "--store", store)
    return store


def prepare(events):
    """(folder of the prepared files, the store imported and not linked); made once."""
    folder = measure.WORK / f"linkage/seizures-{events}"
    store = folder / "unlinked.sqlite"
    if not (folder / "prepared/keys.txt").exists():
        # No date may be after 2199: the largest world begins so long ago that it ends before.
        from_year = min(2023, 2185 - events // (35 * 365))
        write_mentions(folder, make(folder, "--events", events, "--from-year", from_year))
    return folder / "prepared", store


def link(prepared, store):
    """Links a copy of the store; (what it took, clusters as score.py reads them). The commit is in it, the import is not."""
    linked = store.with_name("linked.sqlite")
    for old in store.parent.glob("linked.sqlite*"):
        old.unlink()
    with contextlib.closing(sqlite3.connect(store)) as source, contextlib.closing(sqlite3.connect(linked)) as target:
        source.backup(target)
    seconds, megabytes, _, processor_s = measure.run_measured([measure.COMITY, "link", "--store", linked, "-q"])
    row_of = {key.upper(): i for i, key in enumerate((prepared / "keys.txt").read_text(encoding="utf-8").split("\n"), 1)}
    with contextlib.closing(sqlite3.connect(linked)) as database:
        found = database.execute("select key, coalesce(entity, id) from mention left join membership on mention = id "
                                 "where superseded_by is null and retracted_by is null").fetchall()
    clusters = {(1, row_of[key.upper()]): entity for key, entity in found}
    return {"seconds": round(seconds, 2), "processor seconds": round(processor_s, 2), "megabytes": round(megabytes)}, clusters
