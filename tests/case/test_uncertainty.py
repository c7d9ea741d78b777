#!/usr/bin/env python3
"""Nine times in ten the number of events and the total of each drug should lie in their interval. On simulated worlds: the
totals that the same rows give when they are linked rightly do so in most of the drugs (what is wrong with the true total
beyond that, such as amounts that nobody tells, is no link's fault and not covered); the number of events does; and the
probabilities of doubtful links are near the truth. The worlds are others than those that the calibration was chosen on.

SEEDS (comma between) may be given in the environment.
"""
import os

from case import run, test

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "21,22,23").split(",")]
EVENTS = 8000
FIVE = ("customs.csv", "police.xlsx", "police-revised.xlsx", "ministry.json", "register.csv", "newsroom.csv")


def within(row, name):
    """Amounts are printed with one decimal."""
    return row["low"] - 0.06 <= row[name] <= row["high"] + 0.06


def cover(desk, seed, sources):
    """Of the drugs: how many, whose rightly linked total is covered, whose true one is; and whether the count is."""
    folder = f"world-{seed}-{sources}"
    world = desk.world(EVENTS, seed, "--sources", sources, folder=folder)
    store = f"{folder}.comity"
    desk("init", store)
    for name in FIVE if sources == 5 else FIVE[:3]:
        desk("import", world / name, "--recipe", f"simulated-{name.split('.')[0].split('-')[0]}", "-s", store)
    desk("link", "-s", store)
    found = desk.json("evaluate", "--truth", world / "truth.csv", "--totals", world / "truth-totals.csv", "-s", store)
    links, totals = found["links"][0], found["totals"]
    rightly, truly = (sum(within(row, name) for row in totals) for name in ("rightly linked", "truth"))
    width = sum((row["high"] - row["low"]) / row["counted once"] for row in totals) / len(totals)
    is_counted = links["low"] <= links["true entities"] <= links["high"]
    print(f"     seed {seed}, {sources} sources: rightly linked totals covered {rightly} of {len(totals)}, true totals {truly}; mean width "
          f"{100 * width:.1f} %; events {links['low']} to {links['high']}, shown {links['entities']}, true {links['true entities']}")
    return len(totals), rightly, truly, is_counted


@test
def totals_and_counts_lie_in_their_intervals(desk):
    worlds = [cover(desk, seed, sources) for seed in SEEDS for sources in (2, 5)]
    n, rightly, truly, counted = (sum(column) for column in zip(*worlds))
    print(f"     coverage: rightly linked totals {rightly} of {n} ({100 * rightly / n:.0f} %), true totals {truly} of {n} "
          f"({100 * truly / n:.0f} %), events {counted} of {len(worlds)}")
    assert rightly >= 0.75 * n, (rightly, n)
    assert truly >= 0.5 * n, (truly, n)
    assert counted >= 0.8 * len(worlds), (counted, len(worlds))


@test
def the_same_data_give_the_same_intervals(desk):
    world = desk.world(2000, 31)
    desk("init")
    desk.take_world()
    first = desk.json("link")["interval"]
    assert desk.json("link")["interval"] == first
    assert first["entities"]["low"] <= first["entities"]["shown"] <= first["entities"]["high"], first
    assert first["totals"] and all(total["low"] <= total["shown"] <= total["high"] for total in first["totals"]), first
    assert (world / "truth.csv").exists()


@test
def deciding_what_is_doubtful_narrows_the_interval(desk):
    """The queue's first fifty, decided by the truth: the totals must come nearer to it, and what is decided is doubtful no more."""
    desk.world(2000, 32, "--sources", 5)
    desk("init")
    desk.take_world(files=FIVE)
    before = desk.json("link")["interval"]
    queue = desk.json("review", "-n", 1000)
    assert len(queue) == min(before["doubts"], 1000), (len(queue), before["doubts"])
    assert all(x["change %"] >= y["change %"] for x, y in zip(queue, queue[1:])), queue
    for doubt in queue[:10]:
        assert doubt["decided"] in ("joined", "apart"), doubt
        why = desk.json("why", doubt["a"], doubt["b"])
        assert (why["entity_a"] == why["entity_b"]) == (doubt["decided"] == "joined"), (why, doubt)
        desk("judge", "same" if doubt["decided"] == "joined" else "different", f"m{doubt['a']}", f"m{doubt['b']}")
    desk("link")
    left = {(doubt["a"], doubt["b"]) for doubt in desk.json("review", "-n", 100000)}
    assert not left & {(doubt["a"], doubt["b"]) for doubt in queue[:10]}, left


@test
def without_a_linking_there_is_no_queue(desk):
    desk("init")
    assert "comity link" in desk.refuses(6, "review")


run()
