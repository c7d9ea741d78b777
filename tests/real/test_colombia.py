#!/usr/bin/env python3
"""January 2016 in Colombia, told by the United Nations and by the police: the same hauls meet, a load repeated on 18 to 23
January is found and halved, ordinary days stay as they are.

Which rows are equal is decided here, by hand and from the files alone: same date, municipality, drug and grams to 0.001.
"""
import collections
import datetime
import re
import sqlite3
import unicodedata

import real

DRUGS = {"BASE DE COCA": "Coca paste", "BASUCO": "Coca paste", "COCAINA": "Cocaine HCL", "HEROINA": "Heroin"}
GRAMS = {"Kilogram": 1000.0, "Gram": 1.0, "Milligram": 0.001, "GRAMO": 1.0}
DEPARTMENTS = {"valle": "valle del cauca", "guajira": "la guajira"}
TOWNS = {"cartagena de indias": "cartagena", "guadalajara de buga": "buga", "san jose de cucuta": "cucuta", "santiago de cali": "cali"}
FIRST, LAST = datetime.date(2016, 1, 1), datetime.date(2016, 1, 31)
REPEATED = [datetime.date(2016, 1, day) for day in range(18, 24)]
# Told a little differently: town, grams, days, how many of them meet at least.
REVISED = [("medellin", (168660, 168677), 2), ("barranquilla", (50000, 50103), 2), ("bahia solano", (547000,), 2), ("timbiqui", (15950, 16000), 2)]

Row = collections.namedtuple("Row", "side number date place drug grams")


def fold(text):
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())


def place_of(department, town):
    department, town = fold(department), re.sub(r" ct$", "", fold(town))
    if town.startswith("bogota"):
        return "bogota", "bogota"
    return DEPARTMENTS.get(department, department), TOWNS.get(town, town)


def read_rows():
    for number, r in enumerate(real.rows(real.UNODC, ";"), 1):
        if r["COUNTRY"] == "Colombia" and r["DRUG_UNIT"] in GRAMS:
            yield Row(0, number, datetime.date.fromisoformat(r["SEIZURE_DATE"][:10]), place_of(r["ADMINISTRATIVE_DIVISION"], r["PLACE"]),
                      r["DRUG_NAME"], round(float(r["AMOUNT"]) * GRAMS[r["DRUG_UNIT"]], 3))
    for number, r in enumerate(real.rows(real.POLICE, ","), 1):
        if r["UNIDAD DE MEDIDA"] in GRAMS:
            drug = r["CLASE DE ESTUPEFACIENTE"]
            yield Row(1, number, datetime.date.fromisoformat(r["FECHA"][:10]), place_of(r["DEPARTAMENTO"], r["MUNICIPIO"]),
                      DRUGS.get(drug, drug), round(float(r["CANTIDAD"]) * GRAMS["GRAMO"], 3))


def entities_of(store):
    """(side, row of the file) to entity, as the store has it."""
    with sqlite3.connect(store) as db:
        return {(number - 1, row): entity for number, row, entity in db.execute(
            "SELECT mention.import, mention.row, coalesce(membership.entity, mention.id) FROM mention"
            " LEFT JOIN membership ON membership.mention = mention.id")}


def equal_keys(rows):
    keys = collections.defaultdict(lambda: ([], []))
    for row in rows:
        if row.grams >= 1000 and row.place[1] and row.drug in DRUGS.values():
            keys[row.date, row.place, row.drug, row.grams][row.side].append(row)
    return {key: sides for key, sides in keys.items() if all(sides)}


def agreeing_cells(rows, entity, is_once):
    """Of the cells (day, municipality, drug) that both tell: how many there are and agree, outside and inside the load."""
    cells, seen = collections.defaultdict(lambda: [0.0, 0.0]), set()
    for row in rows:
        if row.drug not in DRUGS.values() or (row.side == 0 and is_once and entity[row] in seen):
            continue
        if row.side == 0:
            seen.add(entity[row])
        cells[row.date, row.place, row.drug][row.side] += row.grams
    counts = [[0, 0], [0, 0]]
    for (date, _, _), (ours, theirs) in cells.items():
        if ours and theirs:
            counts[date in REPEATED][0] += 1
            counts[date in REPEATED][1] += abs(ours - theirs) <= 0.5
    return counts


def check_pairs(checks, rows, entity):
    sides = collections.defaultdict(set)
    for row in rows:
        sides[entity[row]].add(row.side)
    keys = equal_keys(rows)
    shared = [row for both in keys.values() for side in both for row in side]
    apart = [row for row in shared if len(sides[entity[row]]) < 2]
    print(f"{len(keys)} keys of 1 kg or more with {sum(r.side == 0 for r in shared)} UN rows and {sum(r.side == 1 for r in shared)} police rows; {len(apart)} rows not linked across")
    checks.holds(120 <= len(keys) <= 150, "about 137 keys")
    checks.holds(not apart, f"all equal rows are linked across the sources: {apart[:3]}")
    both = next(sides_ for key, sides_ in keys.items() if key[0] == datetime.date(2016, 1, 25) and key[1][1] == "cartagena" and key[3] == 50000)
    clusters = [sorted(entity[row] for row in side) for side in both]
    checks.holds(len(clusters[0]) == 2 and clusters[0] == clusters[1] and clusters[0][0] != clusters[0][1], f"Cartagena, 25 January, 50 kg, stays two: {clusters}")
    for town, grams, least in REVISED:
        told = [row for row in rows if row.place[1] == town and row.grams in grams and row.drug == "Cocaine HCL"]
        linked = [row for row in told if len(sides[entity[row]]) == 2]
        checks.holds(len(linked) >= least, f"{town}, {grams} g: linked across, {len(linked)} of {len(told)}")


def check_days(checks, rows, entity):
    days = collections.defaultdict(list)
    for row in rows:
        if row.side == 0:
            days[row.date in REPEATED].append(entity[row])
    lost = {is_repeated: len(all_) - len(set(all_)) for is_repeated, all_ in days.items()}
    print(f"ordinary days: {lost[False]} of {len(days[False])} rows collapsed; 18 to 23 January: {lost[True]} of {len(days[True])}")
    checks.holds(lost[False] <= 0.005 * len(days[False]), "ordinary days keep 99.5 % of their rows")


def check_loads(checks, report):
    loads = {(load["country"], load["first_day"], load["last_day"]): load for load in report["repeated_loads"]}
    print("repeated loads:", *(f"{country} {first}..{last} ({load['surplus']} of {load['rows']})" for (country, first, last), load in sorted(loads.items())))
    colombia = loads.get(("CO", "2016-01-18", "2016-01-23"))
    checks.holds(colombia and 2380 <= colombia["surplus"] <= 2520, f"the load of 18 to 23 January is one judgement: {colombia}")
    checks.holds(sum(country == "CO" for country, _, _ in loads) == 1, "and the only one of Colombia")
    checks.holds({"AF", "AT", "BG", "PK"} <= {country for country, _, _ in loads}, "those of Afghanistan, Austria, Bulgaria and Pakistan are found")


def main():
    real.need(real.UNODC, real.POLICE)
    checks = real.Checks()
    with real.temporary() as folder:
        store, _ = real.imported(folder, (real.UNODC, "unodc-ids-2011-2016"), (real.POLICE, "colombia-policia"))
        report = real.json.loads(real.comity("link", "-o", "json", store=store))
        of_row = entities_of(store)
    rows = [row for row in read_rows() if FIRST <= row.date <= LAST]
    entity = {row: of_row[row.side, row.number] for row in rows}
    check_loads(checks, report)
    check_pairs(checks, rows, entity)
    check_days(checks, rows, entity)
    for what, is_once in (("before", False), ("after", True)):
        outside, inside = agreeing_cells(rows, entity, is_once)
        print(f"cells that agree with the police, {what}: {outside[1]} of {outside[0]} outside the load, {inside[1]} of {inside[0]} inside")
    checks.holds(inside[1] >= 0.9 * inside[0] and outside[1] >= 0.95 * outside[0], "cells agree once each row counts once")
    checks.end()


if __name__ == "__main__":
    main()
