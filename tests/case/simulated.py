"""What a simulated world is besides its rows: the files to import, and what was planted in it to be found as loaded twice.

Used by the tests of the program and by bench/worlds.py.
"""
import collections
import csv
import datetime
import json

SOURCES = ("customs", "police", "ministry", "register", "newsroom")
COUNTRIES = ("CO", "EC", "PE", "ES", "PA", "DO", "RU", "FR", "MA", "KZ")
NEAR = 40  # days: a shifted load touches two periods

# `country` is empty where all countries of the source were loaded again. `row` is what it was read from.
Load = collections.namedtuple("Load", "source country first last shape surplus copied_from row")


def files_of(world):
    """The sources' own before what came later."""
    names = [path.name for path in world.iterdir() if path.name.split(".")[0].split("-")[0] in SOURCES]
    return sorted(names, key=lambda name: (name.split(".")[0].count("-"), name))


def recipe_of(name):
    return f"simulated-{name.split('.')[0].split('-')[0]}"


def day(text):
    return datetime.date.fromisoformat(text)


def described(world):
    return json.loads((world / "world.json").read_text(encoding="utf-8"))


def planted(world):
    """What `--loads` planted."""
    path = world / "truth-loads.csv"
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [Load(r["source"], r["country"], day(r["first_day"]), day(r["last_day"]), r["shape"], int(r["surplus"]),
                     r["copied_from"], r) for r in csv.DictReader(file)]


def repeated_days(world):
    """The days that customs loaded twice, as a list of one load or none."""
    told = described(world).get("loaded_twice")
    return [Load("sim-customs", "", day(told["first_day"]), day(told["last_day"]), "whole", told["surplus_rows"], "", told)] if told else []


def found(report):
    """What `comity link -o json` tells."""
    return [Load(r["source"], r["country"], day(r["first_day"]), day(r["last_day"]), r["shape"], r["surplus"],
                 r["copied_from"], r) for r in report["repeated_loads"]]


def is_near(load, truth):
    slack = datetime.timedelta(days=NEAR if truth.shape == "shifted" else 1)
    return load.source == truth.source and truth.country in ("", load.country) and load.first <= truth.last + slack and \
        truth.first <= load.last + slack


def near(truth, loads):
    return [load for load in loads if is_near(load, truth)]


def is_found(truth, loads):
    """Whether half of its surplus rows or more are told."""
    return sum(load.surplus for load in near(truth, loads)) >= 0.5 * truth.surplus


def alarms(loads, truths):
    """What nobody planted."""
    return [load for load in loads if not any(is_near(load, truth) for truth in truths)]


def clean_months(world, truths):
    """How many countries and months there are in which nothing was planted in anybody's rows."""
    told = described(world)
    at, last, n = day(told["first_day"]).replace(day=1), day(told["last_day"]), 0
    while at <= last:
        end = (at + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)
        n += sum(not any(t.country in ("", country) and t.first <= end and at <= t.last for t in truths) for country in COUNTRIES)
        at = end + datetime.timedelta(days=1)
    return n
