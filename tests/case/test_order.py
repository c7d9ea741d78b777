#!/usr/bin/env python3
"""One model version, one answer: in whichever order files came in, linking gives the same clusters, repeated loads, parts
and doubts, for the same reasons.

A correction stands behind what it corrects, since that order is the source's own; all others are shuffled. SEEDS (comma
between) names other worlds, EVENTS their size, ORDERS how many orders each is imported in.
"""
import csv
import json
import os
import pathlib
import random
import zlib

from case import Desk, run, test
from simulated import files_of, recipe_of

EVENTS = int(os.environ.get("EVENTS", "1200"))
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "61").split(",")]
ORDERS = int(os.environ.get("ORDERS", "3"))
# Loads, parts and equal rows: where several rows could stand for one another.
WORLD = ("--sources", 5, "--loads", 4, "--parts", 0.12, "--beside", 0.06, "--operations", 0.05, "--twins", 0.3, "--nulls", 0.3,
         "--rounding", 0.5)
PIECES = 3
RECIPES = pathlib.Path(__file__).resolve().parents[2] / "domains" / "drugs" / "recipes"
LIVE = """SELECT m.id, s.code, m.key, m.part, m.content, m.ordinal, coalesce(e.entity, m.id) FROM mention AS m
  JOIN import AS i ON i.number = m.import AND i.state = 1 JOIN source AS s ON s.id = i.source
  LEFT JOIN membership AS e ON e.mention = m.id WHERE m.superseded_by IS NULL AND m.retracted_by IS NULL"""
JUDGED = """SELECT kind, is_by_person, is_undone, a, b, source, country, first_day, last_day, times, n_rows, n_surplus, shape,
  shift_days, shift_months, copied_from, evidence, confidence, why FROM judgement"""


def split(path, overlap=0):
    """A table of one source as it would come in several files. Rows of one key stay together, since a key that comes again in
    a later file is a correction; without keys, a share of rows comes in two files."""
    mark = ";" if path.stem == "register" else ","
    with open(path, newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file, delimiter=mark)
    pieces = {f"{path.stem}.{piece}.csv": [head] for piece in range(PIECES)}
    tables = list(pieces.values())
    for row in rows:
        chance = zlib.crc32(row[0].encode())
        tables[chance % PIECES].append(row)
        if chance % 100 < overlap:
            tables[(chance + 1) % PIECES].append(row)
    for name, table in pieces.items():
        with open(path.with_name(name), "w", newline="", encoding="utf-8") as file:
            csv.writer(file, delimiter=mark).writerows(table)
    path.unlink()
    return list(pieces)


def in_pieces(world):
    """The files of a world, three of its sources in several; the newsroom's rows have no keys."""
    whole = "customs.csv", "register.csv", "newsroom.csv"
    recipe = (RECIPES / "simulated-newsroom.yaml").read_text(encoding="utf-8")
    keyless = recipe.replace("  - {field: key, column: Item}\n", "")
    assert keyless != recipe
    (world / "keyless.yaml").write_text(keyless, encoding="utf-8")
    names = [name for name in files_of(world) if name not in whole]
    return names + [piece for name in whole for piece in split(world / name, 30 if name == "newsroom.csv" else 0)]


def orders(names, seed):
    """All of them once as they are, and shuffled; corrections behind what they correct."""
    yield names
    chance = random.Random(seed)
    for _ in range(ORDERS - 1):
        order = names[:]
        chance.shuffle(order)
        revised, original = order.index("police-revised.xlsx"), order.index("police.xlsx")
        if revised < original:
            order[revised], order[original] = order[original], order[revised]
        yield order


def statements(desk):
    """The mentions by number, told as no import shows in them: source, what it is known by, which of its equals it is, and
    what it says."""
    return {number: (source, key or "", part, ordinal, content) for number, source, key, part, content, ordinal, _ in desk.dump(LIVE)}


def partition(desk):
    known, entities = statements(desk), {}
    for number, *_, entity in desk.dump(LIVE):
        entities.setdefault(entity, []).append(known[number])
    return sorted(map(sorted, entities.values()), key=str)


def doubts(desk):
    known = statements(desk)
    return sorted([sorted([known[row["a"]], known[row["b"]]], key=str), row["decided"], row["probability"], row["bits"],
                   row["amount"], row["change %"]] for row in desk.json("review", "--most", 100000))


def sampled(desk):
    known = statements(desk)
    return sorted([sorted([known[int(row["a"][1:])], known[int(row["b"][1:])]], key=str), row["stratum"]] for row in
                  desk("review", "--sample", 100, "-o", "csv").rows)


def rounded(told):
    """Sums are taken in the order of entities' numbers: their last digit may differ."""
    if isinstance(told, dict):
        return {name: rounded(value) for name, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return float(f"{told:.12g}") if isinstance(told, float) else told


def answer(desk):
    """All that a linking says, without what counts imports and seconds."""
    exported = [{name: value for name, value in row.items() if name != "id"} for row in desk.entities()]
    return {
        "clusters": partition(desk),
        "loads and parts": sorted(desk.dump(JUDGED), key=str),
        "doubts": doubts(desk),
        "sample": sampled(desk),
        "totals": rounded(desk.json("query")["totals"]),
        "records": sorted(json.dumps(row, sort_keys=True) for row in exported),
    }


def linked(desk, *options):
    report = desk.json("link", *options)
    told = rounded({name: value for name, value in report.items() if not name.endswith("_ms")})
    return {"report": told, **answer(desk)}


def differences(first, other):
    """What differs, each with how much of it and an example."""
    for name, value in first.items():
        if value == other[name]:
            continue
        one, two = ([[[k, v] for k, v in side.items()] if isinstance(side, dict) else side for side in (value, other[name])])
        gone, come = [x for x in one if x not in two], [x for x in two if x not in one]
        yield f"{name}: {len(gone)} of {len(one)}, such as\n    {str(gone[:1])[:1500]}\n    {str(come[:1])[:1500]}"


def check(desk, seed):
    world = desk.world(EVENTS, seed, *WORLD)
    first, found = None, []
    for at, order in enumerate(orders(in_pieces(world), seed)):
        other = Desk(desk.path(f"order-{at}"))
        other.folder.mkdir()
        other("init")
        for name in order:
            recipe = world / "keyless.yaml" if name.startswith("newsroom") else recipe_of(name)
            other("import", world / name, "--recipe", recipe)
        other("model", "train", "--out", f"../{at}.model")
        if desk.path(f"{at}.model").read_bytes() != desk.path("0.model").read_bytes():
            found.append(f"{order}: another model")
        answers = {"by itself": linked(other), "under a model": linked(other, "--model", "../0.model")}
        first = first or answers
        found += [f"{order}, {how}: {what}" for how in answers for what in differences(first[how], answers[how])]
    assert not found, "\n  ".join(found)
    told = first["by itself"]["report"]
    assert told["repeated_loads"] and told["parts"] > 20 and len(first["by itself"]["doubts"]) > 20, told
    print(f"     seed {seed}: {told['mentions']} mentions, {told['entities']} entities, {len(told['repeated_loads'])} loads, "
          f"{told['parts']} parts, {len(first['by itself']['doubts'])} doubts")


for number in SEEDS:
    def order_of_import_does_not_show(desk, number=number):
        check(desk, number)
    order_of_import_does_not_show.__name__ += f"_seed_{number}"
    test(order_of_import_does_not_show)

run()
