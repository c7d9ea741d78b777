#!/usr/bin/env python3
"""Names of places that were not understood: listed, settled by a person, taken back, given to another store."""
from case import Desk, run, test

RECIPE = """recipe: harbour
domain: drugs
source: {code: %s, title: Harbour %s (simulated), kind: official, reliability: B, licence: CC0, marking: TLP:CLEAR}
fields:
  - {field: date, column: DAY, order: ymd}
  - {field: country, value: Ecuador}
  - {field: place, column: PLACE, subdivision: PROVINCE}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""
TABLE = """DAY,PROVINCE,PLACE,DRUG,KG
2016-01-18,GUAYAS,MUELLE VIEJO,Cocaine,11
2016-01-19,GUAYAS,Muelle Viejo,Cocaine,12
2016-01-20,GUAYAS,DAULE,Cocaine,13
2016-01-21,GUAYAS,GUAYAS,Cocaine,14
2016-01-22,,UNIDAD MOVIL 7,Cocaine,15
"""


def store(desk, *codes):
    desk("init")
    for code in codes:
        recipe = desk.write(f"{code}.yaml", RECIPE % (code, code))
        desk.load(f"{code}.csv", TABLE, recipe)


def unresolved(desk, *options):
    return {row["name"]: row for row in desk("names", "-o", "csv", "-q", *options).rows}


@test
def what_was_not_read_is_listed_and_what_names_an_area_is_not(desk):
    store(desk, "one")
    names = unresolved(desk)
    assert set(names) == {"muelle viejo", "unidad movil 7"}, names
    assert names["muelle viejo"]["doubt"] == "coarse" and names["muelle viejo"]["mentions"] == "2"
    assert names["unidad movil 7"]["doubt"] == "unknown" and names["unidad movil 7"]["country"] == "EC"
    assert set(unresolved(desk, "--doubt", "unknown")) == {"unidad movil 7"}
    assert not unresolved(desk, "--country", "CO")


@test
def settled_once_it_holds_for_what_is_there_and_what_comes(desk):
    store(desk, "one")
    desk("names", "settle", "MUELLE  viejo", "--country", "EC", "--as", "Guayaquil", "--why", "the old quay")
    assert "muelle viejo" not in unresolved(desk)
    desk("link")
    found = desk("query", "bbox=-81,-3,-79,-2").out
    assert "3 hauls" in found, found
    later = TABLE.splitlines()[0] + "\n2016-02-01,GUAYAS,muelle viejo,Heroin,3\n"
    desk.load("later.csv", later, desk.path("one.yaml"))
    assert "muelle viejo" not in unresolved(desk)
    desk("verify")


@test
def for_one_source_it_leaves_the_others(desk):
    store(desk, "one", "two")
    desk("names", "settle", "muelle viejo", "--country", "EC", "--source", "two", "--as", "3657509")
    row = unresolved(desk)["muelle viejo"]
    assert row["sources"] == "one" and row["mentions"] == "2", row


@test
def taken_back_it_is_as_before_and_the_ledger_tells_both(desk):
    store(desk, "one")
    desk("names", "settle", "unidad movil 7", "--country", "EC", "--as", "-")
    assert "unidad movil 7" not in unresolved(desk)
    assert "settled" in desk("names", "undo", "1").err
    assert "unidad movil 7" in unresolved(desk)
    whats = [row["what"] for row in desk("ledger", "-o", "csv").rows]
    assert whats[-2:] == ["settle name", "undo settled name"], whats
    assert desk.call("names", "undo", "1").status != 0 and desk.call("names", "undo", "77").status != 0
    desk("verify")


@test
def the_same_file_again_adds_nothing_after_settling(desk):
    store(desk, "one")
    desk("names", "settle", "muelle viejo", "--country", "EC", "--as", "3657509")
    again = desk.load("again.csv", TABLE + "\n", desk.path("one.yaml"))
    assert again["counts"]["new"] == 0, again["counts"]


@test
def settled_names_travel(desk):
    store(desk, "one")
    desk("names", "settle", "muelle viejo", "--country", "EC", "--as", "3657509", "--why", "the old quay")
    desk("names", "settle", "unidad movil 7", "--country", "EC", "--as", "-")
    text = desk("names", "export").out
    other = Desk(desk.path("other"))
    other.folder.mkdir()
    store(other, "one")
    path = other.write("settled.tsv", text)
    assert "2 names settled" in other("names", "import", path).err
    assert not unresolved(other)
    assert "0 names settled, 2 were known" in other("names", "import", path).err
    assert other("names", "export").out == text


@test
def mistakes_are_told_and_keep_nothing(desk):
    store(desk, "one")
    assert "one of: Guayaquil" in desk.call("names", "settle", "x", "--country", "EC", "--as", "Guayaqil").err
    for words in (["settle", "x", "--country", "EC", "--as", "Guayaqil"], ["settle", "x", "--country", "XX", "--as", "-"],
                  ["settle", "x", "--country", "EC", "--as", "4000000001"], ["settle", "x"], ["settle"],
                  ["settle", "x", "--country", "EC", "--as", "-", "--source", "nobody"], ["frobnicate"], ["undo", "x"],
                  ["--doubt", "small"], ["import", "nowhere.tsv"]):
        done = desk.call("names", *words)
        assert done.status not in (0, 1) and done.err.startswith("comity: "), (words, done.status, done.err)
    bad = desk.write("bad.tsv", "\tEC\t\tmuelle viejo\t3657509\t\n\tEC\t\tmuelle\t\t\n")
    assert "line 2" in desk.call("names", "import", bad).err
    assert len(desk("names", "settled", "-o", "csv").rows) == 0


run()
