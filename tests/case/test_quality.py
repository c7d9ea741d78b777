#!/usr/bin/env python3
"""On simulated worlds of 20,000 events: pairwise precision and recall are 0.95 or more where an exact-key join does much
worse, and the total of each drug is within 3 % of the truth.

SEEDS (comma between) and RATES (options of `comity simulate`) may be given in the environment.
"""
import csv
import os

from case import run, test

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "11,12,13").split(",")]
RATES = os.environ.get("RATES", "").split()
EVENTS = 20000
LEAST_EVENTS = 100  # a rarer drug's total is mostly that of its few largest events, seen or not


def true_totals(world):
    """By drug and dimension: the amount of the events that any source told of, and how many there are."""
    with open(world / "truth-totals.csv", encoding="utf-8") as file:
        return {(row["concept"], row["dimension"]): (float(row["amount_base"]), int(row["events"])) for row in csv.DictReader(file)}


def check_totals(desk, world, seed):
    """The program's own comparison, by drug."""
    lines = desk("evaluate", "--truth", world / "truth.csv", "--totals", world / "truth-totals.csv").out
    print(lines)
    return lines


def check_world(desk, seed):
    world = desk.world(EVENTS, seed, *RATES)
    desk("init")
    desk.take_world()
    desk("link")
    ours, join = desk.json("evaluate", "--truth", world / "truth.csv")
    for found in (ours, join):
        print(f"     seed {seed}: {found['method']:15} precision {found['precision']:.4f} recall {found['recall']:.4f}")
    check_totals(desk, world, seed)
    assert ours["precision"] >= 0.95 and ours["recall"] >= 0.95, ours
    assert ours["f1"] - join["f1"] > 0.25, join


for number in SEEDS:
    def check(desk, number=number):
        check_world(desk, number)
    check.__name__ = f"a_world_of_{EVENTS}_events_seed_{number}"
    test(check)

run()
