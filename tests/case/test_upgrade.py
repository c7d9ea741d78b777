#!/usr/bin/env python3
"""Stores that earlier versions made are brought forward and say what they said; newer ones are refused and left alone."""
import hashlib
import json
import lzma
import pathlib
import re
import sqlite3

from case import run, test

STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "src"


def kept(desk, name):
    """A kept store as `comity.sqlite` of the desk, and what its program said of it."""
    desk.write("comity.sqlite", lzma.decompress((STORES / f"{name}.store.xz").read_bytes()))
    return json.loads((STORES / f"{name}.json").read_text(encoding="utf-8"))


def version_of(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute("PRAGMA user_version").fetchone()[0]
    finally:
        db.close()


def schema_now():
    return int(re.search(r"STORE_SCHEMA_VERSION = (\d+)", (SOURCES / "store/sql.h").read_text(encoding="utf-8")).group(1))


def said(desk, *options):
    answer = desk.json("query", "", *options)
    found = {name: answer[name] for name in ("entities", "mentions", "cases", "sources", "first_day", "last_day")}
    names = ("unit", "plain", "once", "n_plain", "n_once")
    found["totals"] = {row["dimension"]: {name: row[name] for name in names} for row in answer["totals"]}
    found["ledger"] = [line["hash"] for line in desk("ledger", "-o", "json", *options).json]
    return found


def all_kept():
    return sorted(path.name.split(".")[0] for path in STORES.glob("*.store.xz"))


@test
def stores_that_users_have_are_kept(desk):
    """README.md there says how another is added."""
    assert {"schema-1", "schema-5", "schema-8"} <= set(all_kept())


@test
def an_earlier_store_says_what_it_said(desk):
    for name in all_kept():
        expected = kept(desk, name)
        assert version_of(desk.path("comity.sqlite")) == int(name.split("-")[1])
        assert said(desk) == expected, f"{name}: {said(desk)}"
        assert version_of(desk.path("comity.sqlite")) == schema_now()
        desk("verify")
        desk("link")
        desk("verify")


@test
def work_goes_on_in_an_earlier_store(desk):
    for name in all_kept():
        expected = kept(desk, name)
        desk.world(60, 12, folder=f"world-{name}")
        desk.take_world(f"world-{name}", files=("customs.csv",))
        desk("link")
        desk("verify")
        found = said(desk)
        assert found["totals"] != expected["totals"] and found["ledger"][: len(expected["ledger"])] == expected["ledger"]


@test
def a_backup_of_an_earlier_store_restores_as_one_of_now(desk):
    for name in all_kept():
        expected = kept(desk, name)
        backup = desk("backup", "-o", f"{name}.bk").out.strip()
        desk("restore", backup, "--to", f"{name}.sqlite")
        found = said(desk, "-s", f"{name}.sqlite")
        assert found["ledger"][:-1] == expected["ledger"] and found["totals"] == expected["totals"]
        assert version_of(desk.path(f"{name}.sqlite")) == schema_now()


@test
def a_newer_store_is_refused_and_left_alone(desk):
    kept(desk, all_kept()[-1])
    db = sqlite3.connect(desk.path("comity.sqlite"))
    db.execute(f"PRAGMA user_version = {schema_now() + 1}")
    db.close()
    before = hashlib.sha256(desk.path("comity.sqlite").read_bytes()).hexdigest()
    for words in (["query", ""], ["link"], ["verify"], ["serve", "--port", "0"], ["backup", "-o", "b"], ["undo", "1"]):
        said_so = desk.refuses(1, *words)
        assert "newer Comity" in said_so and "use that version or a later one" in said_so, said_so
    assert hashlib.sha256(desk.path("comity.sqlite").read_bytes()).hexdigest() == before
    assert not desk.path("b").exists()


run()
