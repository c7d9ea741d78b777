#!/usr/bin/env python3
"""What people decide on pages is linked by the server itself: soon, once for several decisions, taken back likewise, after a kill at
the next start, and with words where it cannot be. `SEED` repeats the kills of a run."""
import contextlib
import csv
import fcntl
import io
import json
import os
import pathlib
import random
import shutil
import tempfile
import time

from test_entries_faults import Server, moved
from test_people import join, set_up_factor
from test_review import form_of, forms, judge, pair_of, queue, state_of, until_linked
from world import COMITY, make_store, need_program, run

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
ROUNDS = 4


@contextlib.contextmanager
def desk():
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=1500, seed=11)
        server = Server(folder, "--accounts")
        servers = [server]
        try:
            ana = join(server.address, server.link, "ana")
            set_up_factor(ana)
            yield folder, servers, ana
        finally:
            servers[-1].stop()


def lines(folder):
    """What the ledger names of decisions and linkings, in order."""
    rows = csv.DictReader(io.StringIO(run(folder, "ledger", "-s", "w.comity", "-o", "csv")))
    return [row["what"] for row in rows if row["what"] in ("judge", "undo judgement", "link", "import")]


def decide(ana, doubt, kind=None):
    """The other way round, or as said; the page that it leads back to."""
    form = form_of(ana, f"/why/{pair_of(doubt)}", pair=pair_of(doubt))
    status, text, headers = judge(ana, form, do=kind or ("different" if doubt["is_joined"] else "same"))
    assert status == 303, (status, text)
    return headers["Location"].split("#")[0]


def undo(ana, page):
    status, text, headers = judge(ana, forms(ana.go(page)[1])[0], do="undo")
    assert status == 303, (status, text)
    return headers["Location"].split("#")[0]


def are_one(ana, doubt):
    found = json.loads(ana.go(f"/why/{pair_of(doubt)}.json")[1])
    return found["entity_a"] == found["entity_b"]


def records(ana):
    return json.loads(ana.go("/records.json?limit=1")[1])["entities"]


def apart(ana):
    """Doubts whose two rows stand apart and that share no row."""
    seen, found = set(), []
    for doubt in queue(ana)["links"]:
        if not doubt["is_joined"] and not {doubt["a"], doubt["b"]} & seen:
            found.append(doubt)
            seen |= {doubt["a"], doubt["b"]}
    return found


def what_is_decided_is_linked_and_what_is_taken_back_too(folder, ana):
    doubt = apart(ana)[0]
    before = records(ana)
    page = decide(ana, doubt)
    assert state_of(ana.go(page)[1]) == "waits", "at once it is told that it is being done"
    text = until_linked(ana, page)
    assert are_one(ana, doubt) and records(ana) < before, "the two are one, and one less is counted"
    assert "the two are one event" in text and f"<bdi>{records(ana):,}</bdi>" in text, text
    assert forms(text)[0].get("judgement"), "it can be taken back, still"
    text = until_linked(ana, undo(ana, page))
    assert not are_one(ana, doubt) and records(ana) == before and "the two are different events" in text, text
    assert lines(folder)[-4:] == ["judge", "link", "undo judgement", "link"]


def several_decisions_are_linked_once(folder, ana):
    doubts = apart(ana)[:4]
    before = lines(folder).count("link")
    for doubt in doubts:
        decide(ana, doubt)
    until_linked(ana)
    assert all(are_one(ana, doubt) for doubt in doubts)
    assert lines(folder).count("link") == before + 1, lines(folder)
    time.sleep(2)
    assert lines(folder)[-5:] == ["judge"] * 4 + ["link"], "nothing is left to be linked"


def the_command_line_counts_too(folder, ana):
    doubt = apart(ana)[0]
    run(folder, "judge", "same", f"m{doubt['a']}", f"m{doubt['b']}", "-s", "w.comity")
    until = time.monotonic() + 30
    while not are_one(ana, doubt):
        assert time.monotonic() < until, lines(folder)
        time.sleep(0.1)
    until_linked(ana)


def what_a_kill_left_is_linked_at_the_next_start(folder, servers, ana):
    chance = random.Random(SEED)
    for number in range(ROUNDS):
        doubt = apart(ana)[0]
        decide(ana, doubt)
        time.sleep(chance.uniform(0, 1.8) if number else 0)
        servers[-1].kill()
        if not number:
            assert lines(folder)[-1] == "judge", "killed before it was linked"
        servers.append(Server(folder))
        moved(ana, servers[-1].address)
        until_linked(ana)
        assert are_one(ana, doubt) and lines(folder)[-1] == "link", (SEED, lines(folder)[-5:])
        run(folder, "verify", "-s", "w.comity")


def what_comes_in_while_it_links_is_linked_next(folder, ana):
    """One after the other, at all moments of a linking."""
    chance, doubts = random.Random(SEED), apart(ana)[:12]
    for doubt in doubts:
        decide(ana, doubt)
        time.sleep(chance.uniform(0, 1.6))
    until_linked(ana)
    assert all(are_one(ana, doubt) for doubt in doubts), SEED
    assert lines(folder)[-1] == "link"


def until_failed(ana, page):
    until = time.monotonic() + 60
    while state_of(ana.go(page)[1]) != "failed":
        assert time.monotonic() < until, "it is told"
        time.sleep(0.2)


def what_fails_is_told_and_tried_again(folder, servers, ana):
    doubt = apart(ana)[0]
    page = decide(ana, doubt)
    with open(f"{folder}/w.comity-lock", "a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        until_failed(ana, page)
        for path in (page, "/review"):
            assert "somebody else is writing just now" in ana.go(path)[1], path
        assert "not linked yet" in servers[-1].talk, servers[-1].talk
        assert forms(ana.go(page)[1])[0].get("judgement"), "it can be taken back, still"
    text = until_linked(ana, page)
    assert are_one(ana, doubt) and "somebody else" not in text


def what_somebody_else_links_ends_the_rest(folder, ana):
    """Of a linking that failed: what is decided next does not wait for it."""
    first, second = apart(ana)[:2]
    page = decide(ana, first)
    with open(f"{folder}/w.comity-lock", "a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        until_failed(ana, page)
    run(folder, "link", "-s", "w.comity")
    until_linked(ana, page)
    time.sleep(1)  # it looks twice a second
    since = time.monotonic()
    until_linked(ana, decide(ana, second))
    assert are_one(ana, first) and are_one(ana, second)
    assert time.monotonic() - since < 12, "a rest is of twenty seconds"


def without_accounts_nothing_is_linked(folder, servers, ana):
    """Nobody can decide there; whoever sits at the machine has the command."""
    servers[-1].stop()
    with tempfile.TemporaryDirectory() as other:
        make_store(other, events=300)
        servers.append(Server(other))
        run(other, "judge", "different", "m3", "m8", "-s", "w.comity")
        time.sleep(3)
        assert lines(other)[-1] == "judge", lines(other)
        servers[-1].stop()
    servers.append(Server(folder))


def without_a_form_the_page_says_that_it_waits():
    """A pack without one has no thread that publishes, and so none that links."""
    with tempfile.TemporaryDirectory() as other:
        make_store(other, events=1500, seed=11)
        data = pathlib.Path(COMITY).resolve().parent / "data"
        shutil.copytree(data / "domains", f"{other}/data/domains")
        os.symlink(data / "gazetteer.bin", f"{other}/data/gazetteer.bin")
        pack = pathlib.Path(f"{other}/data/domains/drugs/domain.yaml")
        pack.write_text(pack.read_text(encoding="utf-8").replace("\nform: form.yaml\n", "\n"), encoding="utf-8")
        server = Server(other, "--accounts", "--data", f"{other}/data")
        try:
            ana = join(server.address, server.link, "ana")
            set_up_factor(ana)
            page = decide(ana, apart(ana)[0])
            time.sleep(3)
            text = ana.go(page)[1]
            assert state_of(text) == "later" and "The next linking goes by it." in text, text
            assert lines(other)[-1] == "judge", lines(other)
        finally:
            server.stop()


def main():
    with desk() as (folder, servers, ana):
        what_is_decided_is_linked_and_what_is_taken_back_too(folder, ana)
        several_decisions_are_linked_once(folder, ana)
        the_command_line_counts_too(folder, ana)
        what_comes_in_while_it_links_is_linked_next(folder, ana)
        what_fails_is_told_and_tried_again(folder, servers, ana)
        what_somebody_else_links_ends_the_rest(folder, ana)
        what_a_kill_left_is_linked_at_the_next_start(folder, servers, ana)
        without_accounts_nothing_is_linked(folder, servers, ana)
    without_a_form_the_page_says_that_it_waits()
    print(f"relinking: all holds (SEED={SEED})")


if __name__ == "__main__":
    main()
