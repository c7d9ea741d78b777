#!/usr/bin/env python3
"""What the simulator writes is what its truth says: workbooks in the layouts of the United Nations, editions of a source,
and silence. Each file goes through import, and what comes out is compared with what was written beside it."""
import csv
import datetime
from collections import Counter, defaultdict

from case import close_to, run, test


def table(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


WORKBOOKS = {"2011": range(2011, 2018), "2018": range(2018, 2023), "2023": range(2023, 2027)}


@test
def workbooks_of_the_united_nations_hold_what_their_truth_says(desk):
    world = desk.world(6000, 3, "--layout", "unodc")
    desk("init")
    truth, rows, sheets = defaultdict(lambda: [0, 0.0]), Counter(), defaultdict(set)
    for line in table(world / "truth-workbooks.csv"):
        book = line["file"].split("-")[2]
        cell = truth[book, line["concept"], line["unit"]]
        cell[0] += int(line["rows_with_amount"])
        cell[1] += float(line["amount"])
        rows[book] += int(line["rows"])
        sheets[book].add(int(line["sheet"]))
    assert sheets == {book: set(years) for book, years in WORKBOOKS.items()}, sheets
    told = Counter(line["event"] for line in table(world / "truth-rows.csv"))
    assert sum(told.values()) == sum(rows.values()) and len(told) == 6000, (sum(told.values()), len(told))
    assert 100 < sum(n == 2 for n in told.values()) < 500, "some events are told twice"
    for book, years in WORKBOOKS.items():
        path = world / f"simulated-unodc-{book}-{years[-1]}.xlsx"
        receipt = desk.json("import", path, "--recipe", f"simulated-unodc-{book}")
        assert receipt["counts"]["new"] == rows[book] and receipt["counts"]["rejected"] == 0, (book, receipt["counts"])
        for field in ("date", "country", "drug"):
            assert receipt["fields"][field]["typed"] == rows[book], (book, field, receipt["fields"][field])
        found = {(book, total["concept"], total["unit"]): total for total in receipt["totals"] if total["unit"]}
        expected = {key: cell for key, cell in truth.items() if key[0] == book and cell[0]}
        assert found.keys() == expected.keys(), found.keys() ^ expected.keys()
        for key, (count, amount) in expected.items():
            assert found[key]["count"] == count and close_to(found[key]["amount"], amount, 1e-6), (key, found[key], count, amount)
    desk("link")
    ours, join = desk.json("evaluate", "--truth", world / "truth-rows.csv")
    assert ours["true pairs"] == sum(n * (n - 1) // 2 for n in told.values()), ours
    print(f"     linked: precision {ours['precision']:.3f} recall {ours['recall']:.3f}; exact-key join {join['precision']:.3f} {join['recall']:.3f}")
    assert ours["precision"] > 0.8 and ours["f1"] > 1.5 * join["f1"], (ours, join)


def changes_of(world, source, edition):
    return [row for row in table(world / "truth-editions.csv") if row["source"] == source and row["edition"] == str(edition)]


@test
def editions_differ_as_their_truth_says(desk):
    world = desk.world(3000, 4, "--sources", "5", "--editions", 2, "--late", 0.05, "--dropped", 0.02)
    desk("init")
    for source, name in (("ministry", "ministry.json"), ("register", "register.csv"), ("police", "police.xlsx")):
        stem, ending = name.split(".")
        first = desk.json("import", world / name, "--recipe", f"simulated-{source}")["counts"]
        second = desk.json("import", world / f"{stem}-2.{ending}", "--recipe", f"simulated-{source}")["counts"]
        n = Counter(row["change"] for row in changes_of(world, f"sim-{source}", 2))
        print(f"     {source}: {dict(n)} in truth; second edition {second['new']} new, {second['updated']} newer versions")
        assert min(n.values()) > 3 and len(n) == 3, n
        assert (second["new"], second["updated"]) == (n["added"], n["corrected"]), (second, n)
        assert second["rows"] == first["rows"] + n["added"] - n["dropped"], (first, second, n)


@test
def a_source_without_keys_gives_new_numbers_in_each_edition(desk):
    world = desk.world(2000, 4, "--sources", "customs", "--editions", 2)
    first, second = ({row["Reference"]: row for row in table(world / name)} for name in ("customs.csv", "customs-2.csv"))
    assert not first.keys() & second.keys()
    truth = table(world / "truth.csv")
    assert {row["key"] for row in truth} == first.keys() | second.keys()
    for row in changes_of(world, "sim-customs", 2):
        assert (row["key_before"] in first) == (row["change"] != "added"), row
        assert (row["key_after"] in second) == (row["change"] != "dropped"), row
        if row["change"] == "corrected":
            assert close_to(float(first[row["key_before"]]["Quantity"]), float(row["amount_before"])), row
            assert close_to(float(second[row["key_after"]]["Quantity"]), float(row["amount_after"])), row


def days_of(world, name, delimiter, column, form):
    with open(world / name, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    return [(datetime.datetime.strptime(row[column], form).date().isoformat(), row) for row in rows]


def between(days, gap):
    return [row for day, row in days if gap["first_day"] <= day <= gap["last_day"]]


@test
def silence_of_a_source_is_not_a_period_in_which_nothing_happened(desk):
    options = ("--sources", "customs,register", "--repeated-days", 0)
    loud = desk.world(4000, 6, *options, folder="loud")
    silent = desk.world(4000, 6, *options, "--silent", "register", "--silent-days", 25, folder="silent")
    quiet = desk.world(4000, 6, *options, "--quiet-days", 20, folder="quiet")
    register = ("register.csv", ";", "Дата изъятия", "%d.%m.%Y")
    customs = ("customs.csv", ",", "Date of seizure", "%d/%m/%Y")

    gap, = table(silent / "truth-silence.csv")
    assert (gap["kind"], gap["source"]) == ("silent", "sim-register") and int(gap["events"]) > int(gap["rows_missing"]) > 20, gap
    assert not between(days_of(silent, *register), gap), "the source says nothing"
    assert len(between(days_of(loud, *register), gap)) == int(gap["rows_missing"]), "and would have had so much to say"
    assert (loud / "customs.csv").read_bytes() == (silent / "customs.csv").read_bytes(), "the others speak on"

    gap, = table(quiet / "truth-silence.csv")
    names = {"CO": "Colombia", "EC": "Ecuador", "PE": "Peru", "ES": "Spain", "PA": "Panama", "DO": "Dominican Republic",
             "RU": "Russian Federation", "FR": "France", "MA": "Morocco", "KZ": "Kazakhstan"}
    there = [[row for row in between(days_of(world, *customs), gap) if row["Country"] == names[gap["country"]]]
             for world in (loud, quiet)]
    assert gap["kind"] == "quiet" and gap["events"] == "0", gap
    assert len(there[0]) > 10 and len(there[1]) <= 5, f"at most rows of before that are dated late: {list(map(len, there))}"


@test
def a_world_may_begin_long_ago_and_ends_while_dates_are_read(desk):
    world = desk.world(600, 4, "--from-year", 1850, "--sources", 5)
    desk("init")
    desk.take_world(files=("customs.csv", "police.xlsx", "ministry.json", "register.csv", "newsroom.csv"))
    rows = len(table(world / "truth.csv"))
    assert desk.dump("select sum(n_new), sum(n_rejected) from import") == [(rows, 0)], rows
    days = [row["date"] for row in desk("export", "-o", "csv").rows]
    assert days and all(day.startswith("1850-") for day in days), days[:3]
    said = desk.refuses(1, "simulate", "--out", "late", "--events", 2000, "--from-year", 2199, "--per-day", 1)
    assert "2199" in said and "--from-year" in said, said


run()
