#!/usr/bin/env python3
"""What became of records, as pages and for programs that keep a copy."""
import re
import time

from world import run_tests, served, test


def wait_for(world, path, condition):
    """The server shows a change a moment after it was made."""
    for _ in range(200):
        answer = world.get(path)
        if condition(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{path}: {answer.status} {answer.text[:300]}")


def history_of(answer):
    found = re.search(r'<section id="history".*?</section>', answer.text, re.S)
    return found.group(0) if found else ""


@test
def changes_are_told_from_where_one_stands(world):
    start = world.get("/entities/changes.json").json
    assert start["changes"] == [] and start["next"] is None and len(start["rounds"]) == 1
    shown = [world.get(f"/entity/{row['id']}.json").json for row in world.get("/records.json?limit=30").json["rows"]]
    a, b = sorted((one["statements"][0]["mention"], one["entity"]) for one in shown if len(one["statements"]) == 1)[:2]
    assert not history_of(world.get(f"/entity/{a[1]}")), "nothing became of it yet"
    world.run("judge", "same", str(a[0]), str(b[0]), "--who", "ana", "-s", "w.comity")
    world.run("link", "-s", "w.comity")
    since = start["as_of"]
    answer = wait_for(world, f"/entities/changes.json?since={since}", lambda found: found.json["changes"])
    merged = [c for c in answer.json["changes"] if c["entity"] == b[1]]
    assert merged and merged[0]["into"] == a[1] and merged[0]["who"] == "ana", answer.text
    assert world.get(f"/entities/changes.json?since={answer.json['as_of']}").json["changes"] == []
    assert world.get(f"/entities/changes.json?record={b[1]}").json["changes"] == merged
    assert world.get(f"/entities/changes.json?after={merged[0]['number']}").json["rounds"] == []
    section = history_of(world.get(f"/entity/{a[1]}"))
    assert f'/entity/{b[1]}"' in section and "was merged into it" in section and "ana" in section, section
    assert world.get(f"/entity/{b[1]}").status == 301
    assert "fusionó" in history_of(world.get(f"/entity/{a[1]}?lang=es"))


@test
def an_id_that_ended_has_a_page_that_says_so(world):
    shown = [world.get(f"/entity/{row['id']}.json").json for row in world.get("/records.json?limit=30").json["rows"]]
    gone = next(one for one in shown if len(one["statements"]) == 1 and not one["history"])
    world.run("undo", str(gone["statements"][0]["import"]), "-s", "w.comity")
    world.run("link", "-s", "w.comity")
    answer = wait_for(world, f"/entity/{gone['entity']}", lambda found: "is no more" in found.text)
    assert answer.status == 404 and "none of its rows is left" in history_of(answer)
    assert f"import {gone['statements'][0]['import']}, undone" in re.sub(r"<[^>]+>", "", history_of(answer)), history_of(answer)
    assert world.get(f"/entity/{gone['entity']}.json").status == 404
    assert "is no more" not in world.get("/entity/99999999").text


@test
def numbers_are_numbers(world):
    for query in ("since=x", "after=-1", "record=1x", "since=99999999999999999999"):
        assert world.get(f"/entities/changes.json?{query}").status == 400, query
    assert world.get("/entities/changes").status == 404


with served() as the_world:
    run_tests(globals(), the_world)
