#!/usr/bin/env python3
"""What became of entities, at the desk: told with cause and person, by entity and from a sequence number on."""
from case import run, test


def linked(desk):
    desk("init")
    desk.world(300, 5)
    desk.take_world()
    desk("link")


def two_alone(desk):
    """Two entities of one mention each, of different sources: their numbers, which are their mentions' too."""
    alone = desk.dump("SELECT min(m.id) FROM mention AS m JOIN import AS i ON i.number = m.import WHERE m.superseded_by IS NULL"
                      " AND m.supersedes IS NULL AND m.id NOT IN (SELECT mention FROM membership)"
                      " AND m.id NOT IN (SELECT entity FROM membership) GROUP BY i.source ORDER BY 1")
    return [(row[0], row[0]) for row in alone[:2]]


@test
def a_first_linking_is_counted_and_not_told(desk):
    linked(desk)
    history = desk.json("history")
    assert history["changes"] == [] and history["next"] is None and history["is_kept"]
    (round_,) = history["rounds"]
    assert round_["created"] == round_["entities"] and round_["joined"] == round_["mentions"] - round_["entities"] > 0
    assert history["as_of"] == round_["sequence"]
    assert "nothing changed" in desk("history", "e1").out
    assert desk.dump("SELECT count(*) FROM entity_event") == [(0,)]


@test
def a_judgement_and_its_undoing_are_told_with_the_person(desk):
    linked(desk)
    (a, mention_a), (b, mention_b) = two_alone(desk)
    since = desk.json("history")["as_of"]
    desk("judge", "same", mention_a, mention_b, "--who", "ana", "-w", "one file")
    desk("link")
    first = desk.json("history", "--since", since)["changes"]
    told = [change for change in first if change["entity"] == b]
    assert [(c["what"], c["into"], c["cause"], c["who"]) for c in told] == [("merged", a, "judgement", "ana")], first
    assert desk.json("show", b)["history"] == told and desk.json("history", f"e{b}")["changes"] == told
    assert f"e{b} was merged into e{a}" in desk("show", a).out and "by ana" in desk("history").out
    since = desk.json("history")["as_of"]
    desk("judge", "undo", told[0]["judgement"])
    desk("link")
    then = desk.json("history", f"e{b}", "--since", since)["changes"]
    assert [(c["what"], c["entity"], c["into"], c["mentions"], c["cause"]) for c in then] == [("split", a, b, [mention_b], "undo judgement")]
    desk("verify")


@test
def an_id_that_ended_says_why(desk):
    linked(desk)
    (a, mention_a), (b, mention_b) = two_alone(desk)
    import_a = desk.json("show", a)["statements"][0]["import"]
    desk("undo", import_a)
    desk("link")
    assert f"comity history {a}" in desk.refuses(4, "show", f"e{a}")
    (change,) = desk.json("history", a)["changes"]
    assert (change["what"], change["entities"], change["cause"], change["import"]) == ("ended", [a], "undo import", import_a)
    ended = [change for change in desk.json("history")["changes"] if change["what"] == "ended"]
    assert all(a in change["entities"] or len(change["entities"]) == 1024 for change in ended)
    assert desk.json("history", b)["changes"] == [], mention_b


@test
def many_changes_come_in_parts(desk):
    linked(desk)
    last = desk.json("history", "--since", "999999")
    assert last["changes"] == last["rounds"] == [] and last["since"] == 999999
    assert "since" in desk.refuses(2, "history", "--since", "soon")
    desk.refuses(2, "history", "1", "2")


@test
def what_was_written_stays(desk):
    import sqlite3
    linked(desk)
    desk("undo", 1)
    desk("link")
    with sqlite3.connect(desk.path("comity.sqlite")) as db:
        for sql in ("DELETE FROM entity_event", "UPDATE entity_event SET other = 1"):
            try:
                db.execute(sql)
            except sqlite3.IntegrityError as fault:
                assert "append-only" in str(fault)
            else:
                raise AssertionError(sql)


@test
def the_same_work_leaves_the_same_history(desk):
    """Numbers, causes and order follow from what was done, not from chance or threads."""
    told = []
    for store, threads in (("one", 1), ("two", 2)):
        desk("init", f"{store}.sqlite")
        if store == "one":
            desk.world(300, 5)
        for name in ("customs.csv", "police.xlsx", "police-revised.xlsx"):
            desk("import", desk.path("world") / name, "--recipe", f"simulated-{name.split('.')[0].split('-')[0]}", "-s", f"{store}.sqlite")
            desk("link", "--threads", threads, "-s", f"{store}.sqlite")
        desk("undo", 2, "-s", f"{store}.sqlite")
        desk("link", "--threads", threads, "-s", f"{store}.sqlite")
        changes = desk.json("history", "-s", f"{store}.sqlite")["changes"]
        told.append([{key: value for key, value in change.items() if key != "when"} for change in changes])
    assert told[0] == told[1] and told[0]


run()
