#!/usr/bin/env python3
"""The Colombian police's 2018, exported twice: 834 of the API's 1,000 rows are rows of the CSV, 166 are new, and nothing is
retracted that nobody confirmed. What meets is decided here from the two files alone, without the program.
"""
import collections
import csv
import datetime
import gzip
import json

import real

CSV = real.DATA / "colombia-policia-2018.csv.gz"
API = real.DATA / "colombia-policia-2018-api.json"


def csv_rows():
    with gzip.open(CSV, "rt", encoding="utf-8-sig", newline="") as file:
        for r in csv.DictReader(file):
            if r["FECHA"] != "TOTAL":
                yield (datetime.datetime.strptime(r["FECHA"].split()[0], "%m/%d/%Y").date(), r["CÓDIGO DANE"],
                       r["CLASE DE ESTUPEFACIENTE"], r["CLASE DE SITIO"], r["UNIDAD DE MEDIDA"], float(r["CANTIDAD"]))


def api_rows():
    for r in json.loads(API.read_text(encoding="utf-8")):
        yield (datetime.date.fromisoformat(r["fecha"][:10]), r["c_digo_dane"], r["clase_de_estupefaciente"], r["clase_de_sitio"],
               r["unidad_de_medida"], float(r["cantidad"]))


def check_either_order(checks, first, second, met, recipes):
    with real.temporary() as folder:
        store, receipts = real.imported(folder, (first, recipes[0]), (second, recipes[1]))
        counts = receipts[1]["counts"]
        print(f"{first.name}, then {second.name}: {counts}")
        checks.holds(counts["unchanged"] == met and counts["updated"] == 0 and counts["retracted"] == 0, f"{met} rows meet, none retracted")
        checks.holds(counts["new"] == counts["mentions"] - met, "the others are new")
        live = json.loads(real.comity("sources", "-o", "json", store=store))
        told = int(live[0]["mentions"])
        checks.holds(len(live) == 1 and told == sum(r["counts"]["new"] for r in receipts), f"one source, {told} rows live")
        return receipts[1]


def check_coverage(checks, before, after):
    """Each retraction that is proposed, confirmed and withdrawn, against the counts of the files."""
    with real.temporary() as folder:
        store, _ = real.imported(folder, (CSV, "colombia-policia-2018"), (API, "colombia-policia-2018-api"))
        left = collections.Counter(before) - collections.Counter(after)
        in_amazonas_days = sum(n for row, n in left.items() if row[0].month == 1)
        words = ["coverage", "confirm", "2", "--covers", "2018-01", "--country", "CO", "--complete"]
        told = real.comity(*words, store=store)
        checks.holds(f"complete: {in_amazonas_days} of {len(before)} rows" in told, f"January as complete retracts {in_amazonas_days}: {told.splitlines()[1]}")
        live = int(json.loads(real.comity("sources", "-o", "json", store=store))[0]["mentions"])
        checks.holds(live == len(before) + 166 - in_amazonas_days, f"{live} rows live")
        difference = json.loads(real.comity("diff", "2", "-o", "json", store=store))
        checks.holds(difference["retracted"] == in_amazonas_days and difference["unchanged"] == 834 and difference["added"] == 166, "the difference says so")
        real.comity("verify", store=store)
        real.comity("undo", "2", store=store)
        live = int(json.loads(real.comity("sources", "-o", "json", store=store))[0]["mentions"])
        checks.holds(live == len(before), f"undone: {live} rows live, as before")
        real.comity("verify", store=store)


def main():
    real.need(CSV, API)
    checks = real.Checks()
    before, after = list(csv_rows()), list(api_rows())
    met = sum((collections.Counter(before) & collections.Counter(after)).values())
    print(f"{len(before)} rows in the CSV, {len(after)} in the API's export, {met} in both by date, municipality's code, drug, site and amount")
    checks.holds(met == 834, "834 rows are in both files")
    receipt = check_either_order(checks, CSV, API, met, ("colombia-policia-2018", "colombia-policia-2018-api"))
    coverage = receipt["coverage"]
    checks.holds(not coverage["is_confirmed"] and coverage["would_retract"] == len(before) - met and coverage["is_large"], f"proposed and warned of, not done: {coverage['would_retract']}")
    checks.holds((coverage["from"], coverage["to"], coverage["countries"]) == (min(after)[0].isoformat(), max(after)[0].isoformat(), ["CO"]), "for the days of the file")
    check_either_order(checks, API, CSV, met, ("colombia-policia-2018-api", "colombia-policia-2018"))
    check_coverage(checks, before, after)
    checks.end()


if __name__ == "__main__":
    main()
