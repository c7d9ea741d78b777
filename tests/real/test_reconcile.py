#!/usr/bin/env python3
"""Sums over real files. January 2016 in Colombia: the police's rows are sums of a day, town and drug, and beside them the cells of
18 to 23 January are double in the plain sum of the United Nations' rows, and equal once each event counts once. The United
States: two series that overlap are laid beside each other, cell by cell, and never added; an edition that was only rounded
is told to be no change.

What the sums are is decided by this script, from the files alone.
"""
import collections
import csv
import datetime
import json
import pathlib

import real
from test_colombia import DRUGS, FIRST, LAST, REPEATED, read_rows

US = {"cbp": ["us-cbp-nationwide-drugs-fy19-fy22.csv.gz", "us-cbp-nationwide-drugs-fy23-fy26-dec.csv.gz"],
      "amo": ["us-cbp-amo-drug-seizures-fy19-fy22.csv.gz", "us-cbp-amo-drug-seizures-fy23-fy26-dec.csv.gz"]}
POUND = 0.45359237
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
US_DRUGS = {"Cocaine": "cocaine", "Heroin": "heroin", "Marijuana": "cannabis-herb", "Methamphetamine": "methamphetamine", "Fentanyl": "fentanyl"}

RECIPE = """recipe: test-us-{code}
domain: drugs
source: {{code: test-us-{code}, kind: official, reliability: B, licence: not stated, marking: TLP:CLEAR, aggregate: true}}
file: {{format: csv, delimiter: ",", encoding: utf-8, decimal: point}}
fields:
  - {{field: date, column: MONTH, order: ymd}}
  - {{field: country, value: United States}}
  - {{field: drug, column: DRUG}}
  - {{field: amount, column: POUNDS, unit: lb}}
  - {{field: agency, column: OFFICE}}
"""


def reconcile(store, *words):
    return json.loads(real.comity("reconcile", "-o", "json", *words, store=store))


# ---- Colombia ---------------------------------------------------------------------------------------------------------

def own_cells():
    """By day: how many cells (town, drug) both sides tell, and in how many the United Nations' plain sum is equal or double."""
    cells = collections.defaultdict(lambda: [0.0, 0.0])
    for row in read_rows():
        if FIRST <= row.date <= LAST and row.drug in DRUGS.values():
            cells[row.date, row.place, row.drug][row.side] += row.grams
    counts = collections.defaultdict(collections.Counter)
    for (date, _, _), (un, police) in cells.items():
        if un and police:
            kind = "equal" if abs(un - police) <= 0.5 else "double" if abs(un - 2 * police) <= 0.5 else "other"
            counts[date][kind] += 1
    return counts


def check_colombia(checks):
    real.need(real.UNODC, real.POLICE)
    with real.temporary() as folder:
        store, _ = real.imported(folder, (real.UNODC, "unodc-ids-2011-2016"), (real.POLICE, "colombia-policia"))
        real.comity("link", store=store)
        answer = reconcile(store, "--series", "co-policia", "--against", "unodc-ids", "date=2016-01", "drug=cocaine,heroin")
        check_days(checks, answer)
        check_words(checks, store)


def check_days(checks, answer):
    own, days = own_cells(), collections.defaultdict(collections.Counter)
    for cell in answer["cells"]:
        if "series" in cell and cell["once"]["n"]:
            day = datetime.date.fromisoformat(cell["first_day"])
            days[day]["shared"] += 1
            days[day]["equal once"] += cell["verdict"] == "equal"
            days[day]["double"] += cell["plain_verdict"] == "double" and cell["plain_times"] == 2 and cell["plain_larger"] == "events"
            days[day]["equal plain"] += cell["plain_verdict"] == "equal"
    for day in sorted(days):
        print(f"     {day}: cells of both {days[day]['shared']}, equal once {days[day]['equal once']}, plain sum equal {days[day]['equal plain']},"
              f" double {days[day]['double']}; by the script {sum(own[day].values())}, {own[day]['equal']} and {own[day]['double']}")
    checks.holds(answer["level"] == "settlement" and answer["period"] == "day", "the grain of the police's rows is found: day and settlement")
    inside = sum((days[day] for day in REPEATED), collections.Counter())
    outside = sum((days[day] for day in days if day not in REPEATED), collections.Counter())
    checks.holds(inside["shared"] > 850 and inside["double"] >= 0.9 * inside["shared"], f"18 to 23 January: double in the plain sum, {inside['double']} of {inside['shared']}")
    checks.holds(inside["equal once"] >= 0.95 * inside["shared"], f"and equal counted once: {inside['equal once']}")
    checks.holds(all(days[day]["double"] >= 0.75 * days[day]["shared"] for day in REPEATED), "on each of the six days")
    checks.holds(outside["double"] <= 0.01 * outside["shared"] and outside["equal once"] >= 0.95 * outside["shared"],
                 f"other days are equal ({outside['equal once']} of {outside['shared']}) and not double ({outside['double']})")
    mine = sum((own[day] for day in REPEATED), collections.Counter())
    checks.holds(abs(mine["double"] - inside["double"]) <= 0.03 * mine["double"], f"the script finds {mine['double']} double cells, {inside['double']} are shown")
    others = sum((own[day] for day in own if day not in REPEATED), collections.Counter())
    checks.holds(abs(others["equal"] - outside["equal plain"]) <= 0.03 * others["equal"], f"and {others['equal']} equal ones elsewhere, {outside['equal plain']} are shown")


def check_words(checks, store):
    shown = reconcile(store, "--series", "co-policia", "--against", "unodc-ids", "date=2016-01-18..2016-01-23", "--only", "plain:double", "drug=cocaine")
    sentences = [cell["sentence"] for cell in shown["cells"] if cell["verdict"] == "equal"]
    checks.holds(len(sentences) > 800 and all(" times it, counted once it is equal" in s for s in sentences)
                 and sum("is 2 times it" in s for s in sentences) >= 0.99 * len(sentences),
                 f"{len(sentences)} cells say it in words: {sentences[0]}")
    cell = max(shown["cells"], key=lambda cell: cell["series"]["amount"])
    found = json.loads(real.comity("query", cell["query"], "limit=1000", "-o", "json", store=store))
    checks.holds(found["entities"] == cell["once"]["n"] == len(cell["entities"]) and len(cell["mentions"]) == cell["plain"]["n"],
                 f"the rows behind the largest are found: {cell['sentence']}")


# ---- the United States ------------------------------------------------------------------------------------------------

def us_rows(code):
    """Month, drug, pounds as text, office; a fiscal year begins in October of the year before. One list for each file."""
    for name in US[code]:
        rows = []
        for r in real.rows(real.DATA / name, ","):
            month = MONTHS.index(r["Month (abbv)"]) + 1
            year = int(r["FY"][:4]) - (month >= 10)
            rows.append((f"{year}-{month:02}", r["Drug Type"], r["Sum Qty (lbs)"], r.get("Branch") or r.get("Area of Responsibility")))
        yield rows


def write(folder, name, rows):
    path = pathlib.Path(folder) / name
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["MONTH", "DRUG", "POUNDS", "OFFICE"])
        writer.writerows(rows)
    return path


def us_sums(code):
    sums = collections.Counter()
    for rows in us_rows(code):
        for month, drug, pounds, _ in rows:
            sums[month, US_DRUGS.get(drug)] += float(pounds) * POUND
    return {key: amount for key, amount in sums.items() if key[1]}


def check_us(checks):
    real.need(*(real.DATA / name for names in US.values() for name in names))
    with real.temporary() as folder:
        store = pathlib.Path(folder) / "store.sqlite"
        real.comity("init", store)
        for code in US:
            recipe = pathlib.Path(folder) / f"{code}.yaml"
            recipe.write_text(RECIPE.format(code=code), encoding="utf-8")
            for i, rows in enumerate(us_rows(code)):
                real.comity("import", write(folder, f"{code}-{i}.csv", rows), "--recipe", recipe, store=store)
        check_overlap(checks, store)
        check_rounded(checks, store, folder)


def check_overlap(checks, store):
    nationwide, amo = us_sums("cbp"), us_sums("amo")
    answer = reconcile(store, "--series", "test-us-cbp", "--against", "test-us-amo")
    print("     " + answer["summary"]["sentence"])
    checks.holds(answer["level"] == "country" and answer["period"] == "month", "both are series of a country by month")
    cells = {(cell["period"], cell["concept"]): cell for cell in answer["cells"]}
    ours = {key: cell for key, cell in cells.items() if key[1] in US_DRUGS.values()}
    shared = set(nationwide) & set(amo)
    print(f"     {len(nationwide)} cells of the nationwide series, {len(amo)} of Air and Marine Operations, {len(shared)} of both (five drugs)")
    checks.holds({key for key, cell in ours.items() if "first" in cell and "second" in cell} == shared, f"the {len(shared)} cells that overlap are those of the script")
    wrong = [key for key, cell in ours.items() for side, own in (("first", nationwide), ("second", amo))
             if abs(cell.get(side, {"amount": 0})["amount"] - own.get(key, 0)) > 1e-6 * max(1, own.get(key, 0))]
    checks.holds(not wrong, f"each side says what it said: nothing was added {wrong[:3]}")
    totals = json.loads(real.comity("query", "limit=0", "-o", "json", store=store))
    checks.holds(not totals["totals"] and totals["entities"] == 0, "and no total has any of it")
    years = reconcile(store, "--series", "test-us-cbp", "--against", "test-us-amo", "--period", "year")
    for side in ("first", "second"):
        a, b = (sum(cell[side]["amount"] for cell in one["cells"] if side in cell) for one in (answer, years))
        checks.holds(abs(a - b) <= 1e-9 * a, f"years add up to the same as months: {a:.0f} kg, {side}")


def check_rounded(checks, store, folder):
    rows = [(month, drug, f"{float(pounds):.1f}", office) for month, drug, pounds, office in next(us_rows("cbp"))]
    recipe = pathlib.Path(folder) / "cbp.yaml"
    receipt = json.loads(real.comity("import", write(folder, "cbp-rounded.csv", rows), "--recipe", recipe, "-o", "json", store=store))
    answer = reconcile(store, "--series", "test-us-cbp", "--edition", f"1..{receipt['import']}")
    print("     " + answer["summary"]["sentence"])
    checks.holds(answer["summary"]["sentence"].startswith("nothing really changed"), "an edition with one decimal: nothing really changed")
    rows[0] = (rows[0][0], rows[0][1], str(float(rows[0][2]) + 5), rows[0][3])
    receipt = json.loads(real.comity("import", write(folder, "cbp-changed.csv", rows), "--recipe", recipe, "-o", "json", store=store))
    answer = reconcile(store, "--series", "test-us-cbp", "--edition", f"1..{receipt['import']}", "--only", "revised,added,dropped")
    print("     " + answer["summary"]["sentence"])
    checks.holds(answer["n"] == 1 and answer["cells"][0]["verdict"] == "revised", f"five pounds more in one cell: {answer['cells'][0]['sentence'] if answer['n'] else None}")


def main():
    checks = real.Checks()
    check_colombia(checks)
    check_us(checks)
    checks.end()


if __name__ == "__main__":
    main()
