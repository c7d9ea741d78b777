#!/usr/bin/env python3
"""`comity import --dry-run --events`: which event each row of a file would belong to, and nothing stored. What it says is
right by the truth of a simulated world, and it is what importing and linking under the same model then makes of the rows.
"""
import csv

from case import run, test

EARLIER = ("customs.csv", "police.xlsx", "ministry.json", "register.csv")


def truth_of(world):
    with open(world / "truth.csv", newline="", encoding="utf-8") as file:
        return {row["key"].upper(): row["event"] for row in csv.DictReader(file)}


def halves(desk, world, name):
    """A file in two: each with the header."""
    lines = (world / name).read_text(encoding="utf-8").splitlines(keepends=True)
    half = len(lines) // 2
    return desk.write("first.csv", "".join(lines[:half])), desk.write("second.csv", "".join(lines[:1] + lines[half:]))


def foresee(desk, path, recipe):
    done = desk("import", path, "--recipe", recipe, "--dry-run", "--events", "-o", "json")
    return done.json, done.err


def members(desk):
    """Entity by key."""
    return {key.upper(): entity for key, entity in desk.dump(
        "select key, coalesce(entity, id) from mention left join membership on mention = id where superseded_by is null")}


@test
def rows_are_told_their_events_and_nothing_is_stored(desk):
    world = desk.world(6000, 51, "--sources", 5)
    truth = truth_of(world)
    desk("init")
    desk.take_world(files=EARLIER)
    first, second = halves(desk, world, "newsroom.csv")
    desk("import", first, "--recipe", "simulated-newsroom")
    desk("link")
    desk("model", "train", "--out", "model.bin")
    before = desk.dump("select count(*), max(id) from mention"), desk.dump("select count(*) from import"), members(desk)
    rows, said = foresee(desk, second, "simulated-newsroom")
    assert (desk.dump("select count(*), max(id) from mention"), desk.dump("select count(*) from import"), members(desk)) == before
    assert "nothing was stored" in said and "microseconds" in said, said
    key_of = dict(desk.dump("select id, key from mention"))
    known = [row for row in rows if row["event"]]
    right = sum(truth[key_of[int(row["like"][1:])].upper()] == truth[row["key"].upper()] for row in known if row["like"].startswith("m"))
    told = {truth[key.upper()] for key in key_of.values()}
    could = sum(truth[row["key"].upper()] in told for row in rows)
    print(f"     {len(rows)} rows: {len(known)} of known events, {right} rightly, {could} could be; {said.strip().splitlines()[-1].strip()}")
    assert len(rows) > 200 and right / len(known) > 0.82 and right / could > 0.78, (len(rows), len(known), right, could)
    assert all(0.5 < row["probability"] <= 1 for row in known if row["like"]), known[:3]
    # Importing and linking under the same model says the same of nearly every row: repeated loads and parts are found anew.
    desk("import", second, "--recipe", "simulated-newsroom")
    model = desk("model", "show", "-o", "json").json
    desk("link", "--model", "model.bin")
    now = members(desk)
    same = sum(now[row["key"].upper()] == now.get(key_of[int(row["like"][1:])].upper()) for row in known if row["like"].startswith("m"))
    print(f"     of these {same} so after the import, under a model of {model['trained_on']} mentions")
    assert same / len(known) > 0.97, (same, len(known))


@test
def a_newer_version_and_what_is_there_already(desk):
    world = desk.world(3000, 52)
    desk("init")
    desk.take_world(files=("customs.csv", "police.xlsx"))
    desk("link")
    rows, said = foresee(desk, world / "police-revised.xlsx", "simulated-police")
    assert rows and all(row["tells of"].startswith("a newer version") for row in rows), rows[:3]
    assert sum(bool(row["event"]) for row in rows) > 0.6 * len(rows), said
    # The very same file: the import says that it is there.
    done = desk("import", world / "customs.csv", "--recipe", "simulated-customs", "--dry-run", "--events")
    assert "already" in done.out + done.err, done.out + done.err


@test
def a_source_that_the_model_does_not_know_is_learned(desk):
    world = desk.world(4000, 53)
    truth = truth_of(world)
    desk("init")
    desk("import", world / "customs.csv", "--recipe", "simulated-customs")
    rows, said = foresee(desk, world / "police.xlsx", "simulated-police")
    assert "one was trained" in said, said
    key_of = dict(desk.dump("select id, key from mention"))
    known = [row for row in rows if row["like"].startswith("m")]
    right = sum(truth[key_of[int(row["like"][1:])].upper()] == truth[row["key"].upper()] for row in known)
    assert len(known) > 0.5 * len(rows) and right / len(known) > 0.9, (len(rows), len(known), right)


@test
def an_empty_store_makes_events_of_all(desk):
    world = desk.world(300, 54)
    desk("init")
    rows, _ = foresee(desk, world / "customs.csv", "simulated-customs")
    assert rows and not any(row["event"] for row in rows), rows[:3]
    assert {row["tells of"] for row in rows} <= {"a new event", "one of this file"}, rows[:3]


@test
def it_goes_with_a_dry_run_only(desk):
    desk("init")
    path = desk.write("a.csv", "a\n1\n")
    said = desk.refuses(2, "import", path, "--recipe", "simulated-customs", "--events")
    assert "--dry-run" in said, said


run()
