#!/usr/bin/env python3
"""Repeated loads in worlds of the simulator: of those that were planted 99 in 100 are found, and in clean months at most
one false alarm is raised for 100 countries and months.

A few worlds by default. SEEDS (comma between) and SETTINGS name others: SEEDS=1,2,…,20 SETTINGS=loads,parts,sums,lags,nulls,clean
is the full run. EVENTS is their size.
"""
import collections
import os
import time

from case import run, test
from simulated import alarms, clean_months, files_of, found, is_found, near, planted

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


def check_world(desk, setting, seed, sums):
    world = desk.world(EVENTS, seed, "--sources", 5, *SETTINGS[setting])
    desk("init")
    desk.take_world(files=files_of(world))
    start = time.monotonic()
    report = desk.json("link")
    took = time.monotonic() - start
    truths, loads = planted(world), found(report)
    for truth in truths:
        around, is_told = near(truth, loads), is_found(truth, loads)
        is_named = is_told and any(load.shape in CALLED[truth.shape] and load.copied_from == truth.copied_from for load in around)
        sums["planted", truth.shape] += 1
        sums["found", truth.shape] += is_told
        sums["named", truth.shape] += is_named
        if not is_named:
            print(f"     {'missed' if not is_told else 'called otherwise'}: {dict(truth.row)}")
            for load in around:
                print(f"       near it: {load.row}")
    false = alarms(loads, truths)
    for load in false:
        print(f"     false alarm: {load.row}")
    sums["alarms", ""] += len(false)
    sums["months", ""] += clean_months(world, truths)
    quality = desk.json("evaluate", "--truth", world / "truth.csv")[0]
    print(f"     {setting}, seed {seed}: {len(truths)} planted, {len(loads)} found, {len(false)} false alarms; linking took "
          f"{took:.1f} s; F1 {quality['f1']:.4f}")


def tell(sums, what):
    shapes = sorted({shape for kind, shape in sums if kind == "planted"})
    for shape in shapes:
        print(f"     {what}, {shape}: {sums['found', shape]} of {sums['planted', shape]} found, {sums['named', shape]} by their name")
    all_, hit, named = (sum(sums[kind, shape] for shape in shapes) for kind in ("planted", "found", "named"))
    false, months = sums["alarms", ""], sums["months", ""]
    print(f"     {what}: {hit} of {all_} planted loads found, {named} by their name; {false} false alarms in {months} clean country-months")
    assert hit >= 0.99 * all_, f"{hit} of {all_} found"
    assert 100 * false <= months, f"{false} false alarms in {months} country-months"


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
