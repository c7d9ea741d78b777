#!/usr/bin/env python3
"""A sample of pairs, filled in by the truth of a simulated world, tells precision and recall as the whole truth does."""
import csv

from case import run, test

FIVE = ("customs.csv", "police.xlsx", "police-revised.xlsx", "ministry.json", "register.csv", "newsroom.csv")


def events_of(world):
    with open(world / "truth.csv", newline="", encoding="utf-8") as file:
        return {(row["source"], row["key"].upper()): row["event"] for row in csv.DictReader(file)}


def fill_in(desk, rows, events, name="answers.csv"):
    for row in rows:
        one, other = (events[row[f"source {side}"], row[f"key {side}"].upper()] for side in "ab")
        row["same"] = "yes" if one == other else "no"
    with open(desk.path(name), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return name


@test
def a_sample_tells_precision_and_recall_without_the_truth(desk):
    world = desk.world(6000, 41, "--sources", 5)
    desk("init")
    desk.take_world(files=FIVE)
    desk("link")
    truth = desk.json("evaluate", "--truth", world / "truth.csv")[0]
    events, covered = events_of(world), 0
    for seed in range(1, 6):
        rows = desk("review", "--sample", 400, "--seed", seed).rows
        assert abs(len(rows) - 400) <= 9, len(rows)
        precision, recall = desk.json("review", "--answers", fill_in(desk, rows, events))
        print(f"     precision {precision['estimate']:.3f} ({precision['low']:.3f} to {precision['high']:.3f}), true {truth['precision']:.3f}; "
              f"recall {recall['estimate']:.3f} ({recall['low']:.3f} to {recall['high']:.3f}), true {truth['recall']:.3f}")
        # The true recall is among all pairs, some of which were never compared.
        covered += precision["low"] <= truth["precision"] <= precision["high"]
        covered += recall["low"] - 0.01 <= truth["recall"] <= recall["high"] + 0.005
        assert abs(precision["estimate"] - truth["precision"]) < 0.03 and abs(recall["estimate"] - truth["recall"]) < 0.06
    assert covered >= 7, covered


@test
def the_same_seed_gives_the_same_sample(desk):
    desk.world(500, 42)
    desk("init")
    desk.take_world()
    desk("link")
    first = desk("review", "--sample", 50, "--seed", 3).out
    assert desk("review", "--sample", 50, "--seed", 3).out == first
    assert desk("review", "--sample", 50, "--seed", 4).out != first


@test
def answers_may_be_few_but_must_be_answers(desk):
    desk.world(500, 42)
    desk("init")
    desk.take_world()
    desk("link")
    sample = desk("review", "--sample", 50).out
    desk.write("empty.csv", sample)
    assert [row["estimate"] for row in desk.json("review", "--answers", "empty.csv")] == [None, None]
    lines = sample.splitlines()
    desk.write("wrong.csv", "\n".join([lines[0], "perhaps" + lines[1]]))
    assert "perhaps" in desk.refuses(1, "review", "--answers", "wrong.csv")
    desk.write("other.csv", "a,b\n1,2\n")
    assert "no column 'same'" in desk.refuses(1, "review", "--answers", "other.csv")
    desk.refuses(2, "review", "--answers", "empty.csv", "--sample", 5)
    desk.refuses(2, "review", "--seed", 5)


run()
