#!/usr/bin/env python3
"""On simulated worlds of 20,000 events told by two sources: pairwise precision and recall are 0.95 or more where an
exact-key join does much worse, and the total of every drug is within 3 % of the truth. The same worlds told by five
sources in four languages are harder: the newsroom dates events by up to four weeks late, rounds all amounts and names no
circumstances. There F1 is 0.97 or more (0.94 with other RATES), and totals are within 2 %, but for drugs of few events, of
which one large twin is more than that: of two equal events nobody can say which of them the newsroom meant, nor that there
were two where each agency tells of one of them (ten tonnes of resin in seed 11, 11 % of it all).

SEEDS (comma between) and RATES (options of `comity simulate`) may be given in the environment.
"""
import os

from case import run, test

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "11,12,13").split(",")]
RATES = os.environ.get("RATES", "").split()
EVENTS = 20000


def check_totals(desk, world, most=None):
    """The program's own comparison, by drug; `most` is the error in percent that it may have."""
    totals = desk.json("evaluate", "--truth", world / "truth.csv", "--totals", world / "truth-totals.csv")["totals"]
    for row in totals:
        print(f"     {row['concept']:18} added up {row['plain error %']:+7.2f} %, counted once {row['once error %']:+6.2f} %")
        assert row["plain error %"] > 10, row
        assert most is None or abs(row["once error %"]) <= most, row
    assert len(totals) > 10, totals
    return [abs(row["once error %"]) for row in totals]


def check_world(desk, seed):
    world = desk.world(EVENTS, seed, *RATES)
    desk("init")
    desk.take_world()
    desk("link")
    ours, join = desk.json("evaluate", "--truth", world / "truth.csv")
    for found in (ours, join):
        print(f"     seed {seed}: {found['method']:15} precision {found['precision']:.4f} recall {found['recall']:.4f}")
    check_totals(desk, world, most=3)
    assert ours["precision"] >= 0.95 and ours["recall"] >= 0.95, ours
    assert ours["f1"] - join["f1"] > 0.25, join


FIVE = ("customs.csv", "police.xlsx", "police-revised.xlsx", "ministry.json", "register.csv", "newsroom.csv")


def check_five(desk, seed):
    world = desk.world(EVENTS, seed, "--sources", 5, *RATES)
    desk("init")
    desk.take_world(files=FIVE)
    desk("link")
    ours, join = desk.json("evaluate", "--truth", world / "truth.csv")
    pairs = desk.json("evaluate", "--truth", world / "truth.csv", "--by-source")
    print(f"     seed {seed}, five sources: precision {ours['precision']:.4f} recall {ours['recall']:.4f}, exact-key join "
          f"{join['precision']:.4f} {join['recall']:.4f}")
    print(desk("evaluate", "--truth", world / "truth.csv", "--by-source").out)
    errors = sorted(check_totals(desk, world, most=None if RATES else 12))
    assert errors[len(errors) // 2] <= 1 and sum(error > 2 for error in errors) <= 3, errors
    assert len({pair["source"] for pair in pairs} | {pair["other source"] for pair in pairs}) == 5, pairs
    for what in ("true pairs", "found pairs", "right pairs"):
        assert sum(pair[what] for pair in pairs) == ours[what], what
    agencies = [pair for pair in pairs if "sim-newsroom" not in (pair["source"], pair["other source"])]
    right, true, found = (sum(pair[what] for pair in agencies) for what in ("right pairs", "true pairs", "found pairs"))
    print(f"     of these, between agencies: precision {right / found:.4f} recall {right / true:.4f}")
    assert ours["f1"] >= (0.94 if RATES else 0.97), ours
    assert ours["precision"] >= 0.95 and ours["recall"] >= 0.95 or RATES, ours
    assert right / found >= 0.95 and right / true >= 0.95, agencies
    assert ours["f1"] - join["f1"] > 0.5, join


for number in SEEDS:
    def check(desk, number=number):
        check_world(desk, number)
    check.__name__ = f"a_world_of_{EVENTS}_events_seed_{number}"
    test(check)

    def check_more(desk, number=number):
        check_five(desk, number)
    check_more.__name__ = f"five_sources_of_{EVENTS}_events_seed_{number}"
    test(check_more)


@test
def sources_that_never_overlap_teach_nothing_wrong(desk):
    """Three workbooks whose years follow each other, each telling some events twice: pairs across them are all chance, and
    what EM made of them once spoiled the links within each (recall 0.05). Twins and empty cells are many in this world."""
    world = desk.world(150000, 1, "--layout", "unodc")
    desk("init")
    for years in ("2011-2017", "2018-2022", "2023-2026"):
        desk("import", world / f"simulated-unodc-{years}.xlsx", "--recipe", f"simulated-unodc-{years[:4]}")
    desk("link")
    ours, join = desk.json("evaluate", "--truth", world / "truth-rows.csv")
    print(f"     precision {ours['precision']:.4f} recall {ours['recall']:.4f}, exact-key join {join['precision']:.4f} {join['recall']:.4f}")
    assert ours["precision"] > 0.75 and ours["recall"] > 0.6 and ours["f1"] > 2 * join["f1"], (ours, join)


run()
