#!/usr/bin/env python3
"""A simulated ministry publishes sums with differences planted on purpose: every one of them is found, and no other.

SEEDS (comma between) and PLANTED (options of `comity simulate`) may be given in the environment. What is found is compared with
truth-sums.csv, which the simulator writes from the events themselves.
"""
import collections
import csv
import os

from case import run, test

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "11,12,13").split(",")]
PLANTED = os.environ.get("PLANTED", "").split()
EVENTS = 12000
VERDICT = {"none": "equal", "rounded": "equal", "doubled": "double", "missing": "missing-in-series", "part": "part", "wrong": "over",
           "invented": "missing-in-events"}


def truth(world):
    with open(world / "truth-sums.csv", encoding="utf-8") as file:
        return {(row["month"], row["country"], row["subdivision"], row["concept"]): row for row in csv.DictReader(file)}


def cells(desk, *options):
    found = desk("reconcile", "--series", "sim-sums", "-o", "ndjson", *options).lines
    by_key = {(cell["period"], cell["country"], cell["subdivision"], cell["concept"]): cell for cell in found}
    assert len(by_key) == len(found), "a cell stands twice"
    return by_key


def make(desk, seed, *options, events=EVENTS):
    world = desk.world(events, seed, "--sums", *options)
    desk("init")
    desk("import", world / "complete.csv", "--recipe", "simulated-complete")
    desk("import", world / "sums.csv", "--recipe", "simulated-sums")
    return world


def compare(found, planted):
    """What was planted and what was found, counted; and where they do not agree."""
    counts, wrong = collections.Counter(), []
    for key, row in planted.items():
        verdict = found[key]["verdict"] if key in found else "nothing"
        counts[row["planted"], verdict] += 1
        if verdict != VERDICT[row["planted"]]:
            wrong.append((key, row["planted"], row["true"], row["told"], found.get(key, {}).get("sentence")))
    wrong += [(key, "none", None, None, cell["sentence"]) for key, cell in found.items() if key not in planted]
    return counts, wrong


def check_world(desk, seed):
    world = make(desk, seed, *PLANTED)
    planted = truth(world)
    counts, wrong = compare(cells(desk), planted)
    print(f"     seed {seed}: {len(planted)} cells;", ", ".join(f"{kind} {verdict} {n}" for (kind, verdict), n in sorted(counts.items())))
    assert not wrong, f"{len(wrong)} differ: {wrong[:3]}"
    if not PLANTED:
        assert all(sum(n for (kind, _), n in counts.items() if kind == k) > 10 for k in VERDICT), counts


for number in SEEDS:
    def check(desk, number=number):
        check_world(desk, number)
    check.__name__ = f"every_planted_difference_is_found_and_no_other_seed_{number}"
    test(check)


@test
def a_series_without_differences_has_none(desk):
    make(desk, 21, *(word for name in ("doubled", "missing", "part", "wrong", "rounded", "invented") for word in ("--" + name, "0")))
    summary = desk.json("reconcile", "--series", "sim-sums", "--strict")["summary"]
    assert summary["by_verdict"] == {"equal": summary["cells"]}, summary


@test
def the_numbers_of_a_cell_are_those_of_its_rows(desk):
    world = make(desk, 22, events=3000)
    told = {}
    with open(world / "complete.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["Date"][:7], f"{row['Province']}, {row['Country']}", row["Substance"]
            told.setdefault(key, []).append(float(row["Quantity"]))
    n = 0
    for cell in cells(desk, "--rows").values():
        key = cell["period"], cell["place"], cell["concept_label"]
        amounts = told.get(key, [])
        assert cell["once"]["n"] == cell["plain"]["n"] == len(amounts) == len(cell["entities"]) == len(cell["mentions"]), (key, cell)
        if cell["unit"] in ("kg", "tablet", "l"):
            assert abs(sum(amounts) - cell["once"]["amount"]) < 1e-6 * max(1, sum(amounts)), (key, cell)
            n += 1
    assert n > 500, n


@test
def linking_other_sources_changes_little_and_is_told(desk):
    world = make(desk, 23)
    desk.take_world()
    desk("link")
    planted = truth(world)
    counts, wrong = compare(cells(desk, "--against", "sim-complete"), planted)
    print(f"     linked with two more sources: {len(wrong)} of {len(planted)} cells are told otherwise")
    assert len(wrong) <= len(planted) / 200, wrong[:5]
    # Where a link is wrong, two events became one: then the plain sum of the register's rows has it right, and it is said.
    for key, kind, _, _, _ in wrong:
        cell = cells(desk, "--against", "sim-complete", f"country={key[1]}", f"date={key[0]}")[key]
        assert cell["plain_verdict"] == VERDICT[kind], (kind, cell["sentence"])
    summary = desk.json("reconcile", "--series", "sim-sums", "--limit", "1")["summary"]
    assert summary["equal_only_once"] > summary["cells"] / 2, "three sources tell most events twice or more"


@test
def editions_are_told_apart(desk):
    world = make(desk, 24)
    desk("import", world / "sums-rounded.csv", "--recipe", "simulated-sums")
    desk("import", world / "sums-revised.csv", "--recipe", "simulated-sums")
    planted = truth(world)
    first, rounded, revised = [str(row["import"]) for row in desk.json("imports")[::-1] if row["source"] == "sim-sums"]
    answer = desk.json("reconcile", "--series", "sim-sums", "--edition", rounded)
    assert answer["summary"]["sentence"].startswith("nothing really changed"), answer["summary"]
    assert answer["summary"]["by_verdict"]["rounding"] > 100 and answer["series"]["import"] == int(first)
    found = cells(desk, "--edition", f"{first}..{revised}")
    for key, row in planted.items():
        before, after = row["told"], row["revised"]
        want = "dropped" if not after else "added" if not before else "equal" if float(before) == float(after) else "revised"
        if not before and not after:
            assert key not in found
        else:
            assert found[key]["verdict"] in ({want, "rounding"} if want == "revised" else {want}), (row, found[key])
    n = collections.Counter(cell["verdict"] for cell in found.values())
    assert min(n["revised"], n["added"], n["dropped"], n["equal"]) > 20, n
    # What is live is the newest that was said of each cell; what only an older edition has still stands.
    live = cells(desk)
    for key, row in planted.items():
        latest = row["revised"] or row["rounded"]
        if latest:
            unit = {"blotter": None}.get(row["unit"], 1)
            assert unit is None or abs(live[key]["series"]["amount"] - float(latest)) < 1e-6, (row, live[key])


@test
def an_undone_edition_is_gone(desk):
    world = make(desk, 25, events=3000)
    before = cells(desk)
    desk("import", world / "sums-revised.csv", "--recipe", "simulated-sums")
    number = max(row["import"] for row in desk.json("imports"))
    assert cells(desk) != before
    desk("undo", number)
    assert cells(desk) == before
    desk.refuses(4, "reconcile", "--series", "sim-sums", "--edition", number)


@test
def series_are_never_added(desk):
    world = make(desk, 26, events=3000)
    desk.take_world(files=("customs.csv",))
    desk("link")
    totals = desk.json("query", "limit=0")["totals"]
    with open(world / "sums.csv", encoding="utf-8") as file:
        assert sum(1 for _ in file) > 1000
    desk("undo", next(row["import"] for row in desk.json("imports") if row["source"] == "sim-sums"))
    assert desk.json("query", "limit=0")["totals"] == totals, "the ministry's sums are in no total"


@test
def the_command_line_says_what_is_wrong(desk):
    make(desk, 27, events=1000)
    assert "sim-sums" in desk("reconcile").out and "subdivision" in desk("reconcile").out
    assert desk.refuses(4, "reconcile", "--series", "nobody")
    assert desk.refuses(4, "reconcile", "--series", "sim-sums", "--against", "nobody")
    assert "one of equal" in desk.refuses(2, "reconcile", "--series", "sim-sums", "--only", "nonsense")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "--period", "week")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "--level", "street")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "--group", "no-such-thing")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "--edition", "x")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "--edition", "2", "--against", "sim-complete")
    assert "never added" in desk.refuses(2, "reconcile", "--series", "sim-complete", "--against", "sim-sums,sim-complete")
    assert "transport" in desk.refuses(2, "reconcile", "--series", "sim-sums", "transport=air")
    assert desk.refuses(2, "reconcile", "--series", "sim-sums", "-o", "geojson")
    desk.refuses(6, "reconcile", "--series", "sim-sums", "--strict", "-q")


@test
def a_coarser_grid_has_the_same_sums(desk):
    make(desk, 28)
    sums = []
    for period in ("month", "quarter", "year"):
        for level in ("subdivision", "country", "world"):
            rows = desk("reconcile", "--series", "sim-sums", "--period", period, "--level", level, "-o", "csv").rows
            by_unit = collections.Counter()
            for row in rows:
                by_unit[row["unit"], "series"] += float(row["series"] or 0)
                by_unit[row["unit"], "once"] += float(row["once"] or 0)
            sums.append((len(rows), by_unit))
    for n, by_unit in sums[1:]:
        for key, amount in by_unit.items():
            assert abs(amount - sums[0][1][key]) <= 1e-9 * amount, (key, amount, sums[0][1][key])
    assert sums[0][0] > sums[4][0] > sums[8][0]


run()
