#!/usr/bin/env python3
"""A file that nobody here has seen, in Spanish or Portuguese, goes from `sniff` to a correct import with at most ten lines
of recipe edited. The simulator disguises a world by seed: renamed columns in another order, other units, another order
of dates, decimal commas, rows of title above, a total and a footnote below, CSV or XLSX; and tells beside it how many
rows and how much of each drug there is.

The edits of each seed stand below as a person would make them in the draft: (what the line has, what it shall have). An
edit whose first part is not in the draft is an edit that was not needed. SEEDS (comma between) may name others, which
then take the edits of seed 4.
"""
import csv
import difflib
import json
import os
import re
import sys

from case import SKIP, run, test, Desk, COMITY

MOST_EDITED_LINES = 10
EVENTS = 800

# Who speaks: no draft can know.
SPEAKER = (r"^source: .*", 'source: {code: sim-disguised, title: "A simulated agency", kind: simulated, reliability: D, '
                           "licence: none, marking: TLP:CLEAR}")
# What stands around the table: titles are skipped by the draft, sums and notes are to be known for what they are.
AROUND = (r"^file: \{(?!.*totals)(.*)\}$", r"file: {\1, totals: auto, footnotes: auto}")
# The number of the record is the source's key; the draft may take it for a case.
KEY = r"^  - \{field: case, (.*)\}$", r"  - {field: key, \1}"
EDITS = {
    2: [SPEAKER, AROUND],
    4: [SPEAKER, AROUND, KEY],
    # A workbook holds numbers, not texts with marks.
    7: [SPEAKER, AROUND, (r"^file: (.*)decimal: (?:auto|comma)(.*)$", r"file: \1decimal: point\2")],
}
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "2,4,7").split(",")]

PROBE = """recipe: probe
domain: drugs
source: {code: probe}
file: {format: csv, totals: auto, footnotes: auto}
fields: [{field: date, column: day}]
"""


def skip_without_totals():
    """Skips, and says so, where recipes cannot say yet that a sheet has totals."""
    import tempfile
    if not os.access(COMITY, os.X_OK):
        return
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder)
        desk("init")
        done = desk.call("import", desk.write("probe.csv", "day\n2024-01-01\n"), "--recipe", desk.write("p.yaml", PROBE), "--dry-run")
    if done.status and "totals" in done.err:
        print(f"skipped: recipes do not know `totals: auto` here ({done.err.splitlines()[0]})")
        sys.exit(SKIP)


def edited(draft, edits):
    for pattern, better in edits:
        draft = re.sub(pattern, better, draft, flags=re.MULTILINE)
    return draft


def edited_lines(before, after):
    """How many lines a person had to touch: changed, added or taken out."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    return sum(max(b - a, d - c) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal")


def check_amounts(receipt, world):
    """Counts and sums by drug and unit, as the simulator wrote them."""
    with open(world / "truth-disguise.csv", encoding="utf-8") as file:
        truth = {row["concept"]: row for row in csv.DictReader(file)}
    rows, sums = {}, {}
    for total in receipt["totals"]:
        rows[total["concept"]] = rows.get(total["concept"], 0) + total["count"]
        if total["unit"]:
            sums[total["concept"], total["unit"]] = total["count"], total["amount"]
    assert rows == {concept: int(row["rows"]) for concept, row in truth.items()}, (rows, truth)
    for concept, row in truth.items():
        count, amount = sums.pop((concept, row["unit"]), (0, 0))
        assert count == int(row["rows_with_amount"]), (concept, count, row)
        assert abs(amount - float(row["amount"])) <= 1e-6 * max(1, amount), (concept, amount, row)
    assert not sums, f"amounts in units that are not the file's: {sums}"


def check_disguise(desk, seed):
    world = desk.world(EVENTS, 1, "--disguise", seed)
    told = json.loads((world / "disguise.json").read_text(encoding="utf-8"))
    desk("init")
    desk("sniff", world / told["file"], "--write", "draft.yaml")
    draft = desk.path("draft.yaml").read_text(encoding="utf-8")
    recipe = edited(draft, EDITS.get(seed, EDITS[4]))
    n_edited = edited_lines(draft, recipe)
    receipt = desk.json("import", world / told["file"], "--recipe", desk.write("mine.yaml", recipe))
    counts = receipt["counts"]
    print(f"     seed {seed}: {told['file']}, dates {told['dates']}, decimal {told['decimal']}, {told['rows_above_header']} rows above, "
          f"total '{told['total']}': {n_edited} lines edited, {counts['new']} of {told['rows']} rows, {counts['rejected']} rejected")
    assert n_edited <= MOST_EDITED_LINES, f"{n_edited} lines edited\n{recipe}"
    assert counts["new"] == told["rows"] and counts["rejected"] == 0, counts
    check_amounts(receipt, world)
    for field in ("date", "country", "drug"):
        assert receipt["fields"][field]["typed"] == told["rows"], (field, receipt["fields"][field])
    desk("link")
    days = sorted(row["values"]["date"]["first"] for row in desk.entities())
    assert (days[0], days[-1]) == (told["first_day"], told["last_day"]), (days[0], days[-1], told)


for number in SEEDS:
    def check(desk, number=number):
        check_disguise(desk, number)
    check.__name__ = f"an_unknown_file_with_few_lines_edited_seed_{number}"
    test(check)

skip_without_totals()
run()
