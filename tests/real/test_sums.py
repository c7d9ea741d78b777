#!/usr/bin/env python3
"""Every real file goes in; its sums per drug and unit, and its counts of events and arrests, equal those of a script that reads the file
by itself (sources.py). Of the two files of single seizures that are linked, every value is typed or a named null.
"""
import json
import pathlib
import re

import real
import sources


def compare(checks, name, entry, receipt):
    file, _, read, drugs = entry
    own, counts, n_rows, n_left_out = sources.own_sums(read(real.DATA / file), drugs)
    theirs = sources.receipt_sums(receipt, drugs)
    checks.holds(receipt["counts"]["rows"] == n_rows, f"{name}: {n_rows} rows")
    checks.holds(receipt["counts"]["filtered"] == n_left_out, f"{name}: {n_left_out} rows are left out by the recipe")
    wrong = sources.differences(own, theirs)
    checks.holds(own and not wrong, f"{name}: count and sum of {len(own)} pairs of drug and unit are the same {wrong[:5]}")
    for count, expected in counts.items():
        checks.holds(receipt["fields"][count]["sum"] == expected, f"{name}: {count}: {receipt['fields'][count].get('sum')}, {expected}")
    checks.holds(receipt["counts"]["rejected"] * 1000 <= n_rows, f"{name}: at most 0.1 % of the rows are rejected")


def typed_or_named(checks, name, receipt):
    n = receipt["counts"]["mentions"]
    for field in ("date", "country", "place", "drug", "amount"):
        states = [receipt["fields"][field][state] for state in ("typed", "null", "unread", "absent")]
        checks.holds(sum(states) == n, f"{name}: every {field} is typed, a named null, unread or absent: {states}")
    checks.holds(receipt["fields"]["date"]["typed"] == n, f"{name}: every date is typed")
    unread = receipt["fields"]["drug"]["unread"]
    checks.holds(unread < n / 500, f"{name}: fewer than 0.2 % of the concepts are unknown: {unread} of {n}")


def as_seizures(folder, recipe):
    """The recipe of a series as if it told single seizures, so that queries can be asked of its cells."""
    text = (real.ROOT / f"domains/drugs/recipes/{recipe}.yaml").read_text(encoding="utf-8")
    path = pathlib.Path(folder) / f"{recipe}.yaml"
    path.write_text(re.sub(r"aggregate: true", "aggregate: false", text), encoding="utf-8")
    return path


def mass(store, query):
    totals = json.loads(real.comity("query", query, "-o", "json", store=store))["totals"]
    return next((group for group in totals if group["dimension"] == "mass"), None)


def cell(checks, folder, file, recipe, query, kilograms):
    """The sum of one cell of a series: what a query finds, against this script's own kilograms."""
    path = real.DATA / file
    if not path.exists():
        return
    store, _ = real.imported(pathlib.Path(folder), (path, as_seizures(folder, recipe)))
    found, expected = mass(store, query), float(kilograms(path))
    store.unlink()
    checks.holds(expected > 0 and found and abs(found["plain"] - expected) < 1e-6 * expected,
                 f"{file}: {query}: {found and found['plain']} kg, by the script {expected:.6f}")


def cells(checks, folder):
    """Fiscal months, months and years land where they belong."""
    pound = sources.Decimal("0.45359237")

    def pounds(year, month):
        return lambda path: pound * sum(sources.number(r["Sum Qty (lbs)"]) for r in sources.table(path)
                                        if (r["FY"], r["Month (abbv)"], r["Drug Type"]) == (year, month, "Cocaine"))
    # December 2025 is in the fiscal year 2026, September 2021 in 2021.
    cell(checks, folder, "us-cbp-nationwide-drugs-fy23-fy26-dec.csv.gz", "us-cbp-nationwide", "date=2025-12&drug=cocaine", pounds("2026 (FYTD)", "DEC"))
    cell(checks, folder, "us-cbp-nationwide-drugs-fy19-fy22.csv.gz", "us-cbp-nationwide", "date=2021-09&drug=cocaine", pounds("2021", "SEP"))
    cell(checks, folder, "us-cbp-amo-drug-seizures-fy19-fy22.csv.gz", "us-cbp-amo", "date=2018-10&drug=cocaine", pounds("2019", "OCT"))
    cell(checks, folder, "brazil-sinesp-state-month.csv.gz", "brazil-sinesp", "date=2019-02&drug=cocaine-type", lambda path: sum(
        sources.number(r["total_peso"]) or 0 for r in sources.table(path, ";", "latin-1")
        if r["data_referencia"] == "01/02/2019" and r["evento"] == "Apreensão de Cocaína"))
    cell(checks, folder, "india-ncb-state-year.csv", "india-ncb", "date=2020&drug=heroin", lambda path: sum(
        sources.number(r["Heroin_Kg"]) for r in sources.table(path) if r["Year"] == "2020"))


def main():
    files = sources.present()
    if not files:
        real.need(real.UNODC)
    checks = real.Checks()
    with real.temporary() as folder, real.temporary() as other:
        store, receipts = real.imported(folder, *((real.DATA / entry[0], entry[1]) for entry in files))
        for entry, receipt in zip(files, receipts):
            compare(checks, entry[0], entry, receipt)
            if receipt["source"] in ("unodc-ids", "co-policia"):
                typed_or_named(checks, entry[0], receipt)
        cells(checks, other)
        again = real.comity("import", real.DATA / files[0][0], "--recipe", files[0][1], store=store)
        checks.holds("already" in again or "nothing was added" in again, "the same file twice adds nothing")
        checks.holds(real.comity("verify", store=store).startswith("whole"), "the ledger holds")
    checks.end()


main()
