#!/usr/bin/env python3
"""Repeated loads in worlds of the simulator: of those that were planted 99 in 100 are found, and in clean months at most
one false alarm is raised for 100 countries and months.

A few worlds by default. SEEDS (comma between) and SETTINGS name others: SEEDS=1,2,…,20 SETTINGS=loads,parts,sums,lags,nulls,clean
is the full run. EVENTS is their size.
"""
import collections
import csv
import datetime
import os
import time

from case import run, test

EVENTS = int(os.environ.get("EVENTS", "12000"))
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1,2").split(",")]
NAMES = os.environ.get("SETTINGS", "loads,lags,nulls,clean").split(",")
PLANTED = ("--repeated-days", 0, "--loads", os.environ.get("LOADS", "12"))
# What each setting is hard by. All but the clean one have planted loads, so that they are looked for in each.
SETTINGS = {
    "loads": PLANTED,
    "lags": (*PLANTED, "--lag", 0.5),
    "nulls": (*PLANTED, "--nulls", 0.35),
    "parts": (*PLANTED, "--parts", 0.15),
    "sums": (*PLANTED, "--beside", 0.1, "--operations", 0.1),
    "clean": ("--repeated-days", 0),
}
# How a judgement may call what was planted. What is spelled otherwise and read as the same values is not always told from
# what is equal in all: a source whose rows have keys is known by its values.
CALLED = {"whole": {"whole"}, "block": {"whole", "partial"}, "sample": {"partial", "whole"}, "shifted": {"shifted"},
          "respelled": {"respelled", "whole"}, "two sources": {"two sources"}}
NEAR = 40  # days: a shifted load touches two periods

Load = collections.namedtuple("Load", "source country first last shape surplus copied_from row")


def day(text):
    return datetime.date.fromisoformat(text)


def planted(world):
    path = world / "truth-loads.csv"
    if not path.exists():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return [Load(r["source"], r["country"], day(r["first_day"]), day(r["last_day"]), r["shape"], int(r["surplus"]),
                     r["copied_from"], r) for r in csv.DictReader(file)]


def found(report):
    return [Load(r["source"], r["country"], day(r["first_day"]), day(r["last_day"]), r["shape"], r["surplus"],
                 r["copied_from"], r) for r in report["repeated_loads"]]


def is_near(load, truth):
    slack = datetime.timedelta(days=NEAR if truth.shape == "shifted" else 1)
    return (load.source, load.country) == (truth.source, truth.country) and load.first <= truth.last + slack and \
        truth.first <= load.last + slack


def clean_months(world, truths):
    """Countries and months in which rows were told and nothing was planted by anybody."""
    months = collections.Counter()
    first, last = (day(text) for text in world_days(world))
    countries = ("CO", "EC", "PE", "ES", "PA", "DO", "RU", "FR", "MA", "KZ")
    at = first.replace(day=1)
    while at <= last:
        end = (at + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1)
        for country in countries:
            if not any(t.country == country and t.first <= end and at <= t.last for t in truths):
                months[country] += 1
        at = end + datetime.timedelta(days=1)
    return sum(months.values())


def world_days(world):
    import json
    told = json.loads((world / "world.json").read_text(encoding="utf-8"))
    return told["first_day"], told["last_day"]


def files_of(world):
    """The sources' own before what came later."""
    names = [p.name for p in world.iterdir() if p.name.split(".")[0].split("-")[0] in
             ("customs", "police", "ministry", "register", "newsroom")]
    return sorted(names, key=lambda name: (name.split(".")[0].count("-"), name))


def check_world(desk, setting, seed, sums):
    world = desk.world(EVENTS, seed, "--sources", 5, *SETTINGS[setting])
    desk("init")
    desk.take_world(files=files_of(world))
    start = time.monotonic()
    report = desk.json("link")
    took = time.monotonic() - start
    truths, loads = planted(world), found(report)
    for truth in truths:
        near = [load for load in loads if is_near(load, truth)]
        is_found = sum(load.surplus for load in near) >= 0.5 * truth.surplus
        is_named = is_found and any(load.shape in CALLED[truth.shape] and load.copied_from == truth.copied_from for load in near)
        sums["planted", truth.shape] += 1
        sums["found", truth.shape] += is_found
        sums["named", truth.shape] += is_named
        if not is_named:
            print(f"     {'missed' if not is_found else 'called otherwise'}: {dict(truth.row)}")
            for load in near:
                print(f"       near it: {load.row}")
    alarms = [load for load in loads if not any(is_near(load, truth) for truth in truths)]
    for load in alarms:
        print(f"     false alarm: {load.row}")
    sums["alarms", ""] += len(alarms)
    sums["months", ""] += clean_months(world, truths)
    quality = desk.json("evaluate", "--truth", world / "truth.csv")[0]
    print(f"     {setting}, seed {seed}: {len(truths)} planted, {len(loads)} found, {len(alarms)} false alarms; linking took "
          f"{took:.1f} s; F1 {quality['f1']:.4f}")


def tell(sums, what):
    shapes = sorted({shape for kind, shape in sums if kind == "planted"})
    for shape in shapes:
        print(f"     {what}, {shape}: {sums['found', shape]} of {sums['planted', shape]} found, {sums['named', shape]} by their name")
    all_, hit, named = (sum(sums[kind, shape] for shape in shapes) for kind in ("planted", "found", "named"))
    alarms, months = sums["alarms", ""], sums["months", ""]
    print(f"     {what}: {hit} of {all_} planted loads found, {named} by their name; {alarms} false alarms in {months} clean country-months")
    assert hit >= 0.99 * all_, f"{hit} of {all_} found"
    assert 100 * alarms <= months, f"{alarms} false alarms in {months} country-months"


for name in NAMES:
    sums = collections.Counter()
    for number in SEEDS:
        def check(desk, name=name, number=number, sums=sums):
            check_world(desk, name, number, sums)
        check.__name__ = f"{name}_seed_{number}"
        test(check)

    def check_all(desk, name=name, sums=sums):
        tell(sums, name)
    check_all.__name__ = f"{name}_loads_are_found_and_nothing_else"
    test(check_all)


run()
