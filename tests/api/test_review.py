#!/usr/bin/env python3
"""Doubtful links, decided on pages over HTTP: who may, what is kept of it, what is taken back, and what is refused."""
import contextlib
import csv
import html
import io
import json
import re
import sqlite3
import tempfile
import time
import urllib.parse

from test_people import Browser, join, serving, set_up_factor
from world import make_store, need_program, run, served


@contextlib.contextmanager
def desk():
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=1500, seed=11)
        with serving(folder, "--accounts") as (address, link):
            ana = join(address, link, "ana")
            set_up_factor(ana)
            invited = ana.fill("/people", "invite", role="reader")[1]
            yield folder, address, ana, join(address, re.search(r"http://\S+?/join/[\w-]+", invited).group(0), "rita")


def queue(browser):
    return json.loads(browser.go("/review.json")[1])


def pair_of(doubt):
    return f"{doubt['a']}-{doubt['b']}"


def forms(text):
    """What each form of ours would send, without its buttons."""
    found = [form for form in re.findall(r"<form[^>]*>.*?</form>", text, re.S) if 'action="/judge' in form]
    return [{name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)} for form in found]


def form_of(browser, path, **wanted):
    status, text, headers = browser.go(path)
    assert status == 200 and "no-store" in headers["Cache-Control"], (path, status, headers)
    for form in forms(text):
        if all(form.get(name) == value for name, value in wanted.items()):
            return form
    raise AssertionError(f"no form {wanted} at {path}: {text}")


def judge(browser, form, **more):
    return browser.go("/judge?lang=en", {**form, **more})


def state_of(text):
    """How far the linking is that a page tells of: waits, failed, done; empty: it tells nothing."""
    found = re.search(r'<p id="linking" data-linking="(\w+)"', text)
    return found.group(1) if found else ""


def until_linked(browser, path="/review"):
    """The page, once it says that what was decided is linked."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = browser.go(path)[1]
        if state_of(text) == "done":
            return text
        time.sleep(0.1)
    raise AssertionError(f"not linked in time: {text[:6000]}")


def judgements(folder):
    rows = csv.DictReader(io.StringIO(run(folder, "judge", "list", "-s", "w.comity", "-o", "csv")))
    return [row for row in rows if row["kind"] in ("same", "different")]


def deciding_leads_to_the_next_doubt(folder, ana):
    before = queue(ana)
    first, second = before["links"][:2]
    form = form_of(ana, "/review", pair=pair_of(first))
    assert form["next"] == pair_of(second), form
    status, _, headers = judge(ana, form, do="different" if first["is_joined"] else "same")
    assert status == 303, status
    to = urllib.parse.urlparse(headers["Location"])
    assert to.path == "/review" and to.fragment == "judged", headers
    assert urllib.parse.parse_qs(to.query)["next"] == [pair_of(second)], headers
    text = ana.go(headers["Location"].split("#")[0])[1]
    assert 'id="judged"' in text and "by <bdi>ana</bdi>" in text and f'id="d{pair_of(first)}"' not in text, text[:4000]
    assert text.index('id="judged"') < text.index(f'id="d{pair_of(second)}"')
    after = queue(ana)
    assert pair_of(first) not in map(pair_of, after["links"]) and pair_of(second) == pair_of(after["links"][0])
    until_linked(ana)
    assert len(list(csv.reader(io.StringIO(ana.go("/review.csv")[1])))) == queue(ana)["doubtful"] + 1
    assert [(row["who"], row["state"]) for row in judgements(folder)] == [("ana", "")]
    return form, headers["Location"]


def a_form_sent_twice_says_it_once(folder, ana, form, where):
    before = judgements(folder)
    assert judge(ana, form, do=before[0]["kind"])[2]["Location"] == where
    assert judgements(folder) == before


def what_is_decided_is_taken_back(folder, ana, where):
    undo = forms(ana.go(where.split("#")[0])[1])[0]
    assert set(undo) >= {"mark", "judgement"}, undo
    status, _, headers = judge(ana, undo, do="undo")
    assert status == 303, status
    assert judgements(folder)[0]["state"] == "undone"
    text = ana.go(headers["Location"].split("#")[0])[1]
    assert "taken back" in text and 'name="judgement"' not in text, text[:4000]
    assert judge(ana, undo, do="undo")[2]["Location"] == headers["Location"], "twice is as once"
    lines = run(folder, "ledger", "-s", "w.comity", "-o", "csv")
    assert lines.count(",judge,") == 1 and lines.count(",undo judgement,") == 1, lines


def the_page_of_two_rows_decides_with_a_reason(folder, ana):
    doubt = next(link for link in queue(ana)["links"] if not link["is_joined"])
    form = form_of(ana, f"/why/{pair_of(doubt)}", pair=pair_of(doubt))
    for kind in ("different", "same"):  # the last word counts
        status, _, headers = judge(ana, form, do=kind, reason="  the same <case> file ")
        assert status == 303 and headers["Location"].startswith(f"/why/{pair_of(doubt)}?"), headers
    text = ana.go(headers["Location"].split("#")[0])[1]
    assert "the same &lt;case&gt; file" in text and "decided to be one event" in text, text
    assert ana.go(f"/why/{pair_of(doubt)}")[1].count('name="judgement"') == 1, "it can be taken back later, too"
    text = until_linked(ana, headers["Location"].split("#")[0])
    assert "the two are one event" in text and 'name="judgement"' in text, text
    kept = judgements(folder)[-2:]
    assert [(row["kind"], row["why"]) for row in kept] == [("different", "the same <case> file"), ("same", "the same <case> file")], kept
    why = json.loads(run(folder, "why", str(doubt["a"]), str(doubt["b"]), "-s", "w.comity", "-o", "json"))
    assert why["entity_a"] == why["entity_b"], why


def who_may_not_judge_sees_no_buttons(folder, address, ana, rita):
    doubt = queue(rita)["links"][0]
    for path in ("/review", f"/why/{pair_of(doubt)}", f"/review?judged={judgements(folder)[0]['judgement']}"):
        status, text, _ = rita.go(path)
        assert status == 200 and "table" in text and not forms(text) and "<button" not in text.split("<main")[1], path
        assert 'id="judged"' not in text and "comity judge" not in text, path
    before = judgements(folder)
    own = re.search(r'name="mark" value="([^"]+)"', rita.go("/account")[1]).group(1)
    form = form_of(ana, "/review")
    assert judge(rita, {**form, "mark": html.unescape(own)}, do="same")[0] == 403
    assert judge(rita, form, do="same")[0] == 403
    assert judge(Browser(address), form, do="same")[0] == 401
    assert judge(ana, {**form, "mark": "0" * len(form["mark"])}, do="same")[0] == 403
    assert rita.go("/judge")[0] == 403 and ana.go("/judge")[0] == 303
    assert judgements(folder) == before


def nonsense_is_refused(folder, ana):
    before, form = judgements(folder), form_of(ana, "/review")
    assert judge(ana, form, do="nothing")[0] == 400
    for pair in ("", "1-1", "1", "1-999999999", "x-y", "1-2-3", "99999999999999999999-1"):
        assert judge(ana, form, pair=pair, do="same")[0] == 409, pair
    for judgement in ("", "999999", "x"):
        assert judge(ana, form, judgement=judgement, do="undo")[0] == 404, judgement
    assert judge(ana, form, do="same", reason="x" * 2001)[0] in (400, 413, 422)
    assert judgements(folder) == before
    for path in ("/review?judged=999999&next=x&skip=7", "/review?skip=999999999", "/review?skip=x&judged=", "/review?judged=1,2"):
        assert ana.go(path)[0] == 200, path
    status, _, headers = judge(ana, form, do="same", next="1-2\r\nX-Evil: 1", skip="1&next=2")
    assert status == 303 and "X-Evil" not in str(headers) and "next=&" in headers["Location"] and "skip=0&" in headers["Location"], headers


def a_store_that_is_written_to_is_told(folder, ana):
    before, form = judgements(folder), form_of(ana, "/review")
    with contextlib.closing(sqlite3.connect(f"{folder}/w.comity", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, text, _ = judge(ana, form, do="same")
        assert status == 409 and "Somebody else is writing" in text, (status, text)
        other.execute("ROLLBACK")
    assert judgements(folder) == before
    assert judge(ana, form, do="same")[0] == 303


def the_list_has_pages(ana):
    n = queue(ana)["doubtful"]
    assert n > 20, n
    text = ana.go("/review")[1]
    assert text.count('class="doubt"') == 10 and 'rel="next"' in text and "The next 10" in text
    text = ana.go("/review?skip=10")[1]
    assert text.count('class="doubt"') == 10 and 'rel="prev"' in text and "The previous 10" in text
    assert forms(text)[0]["skip"] == "10"
    doubts = [pair_of(link) for link in queue(ana)["links"]]
    assert re.findall(r'id="d(\d+-\d+)"', text) == doubts[10:20], "by what a decision would change"
    text = ana.go(f"/review?skip=0&next={doubts[17]}")[1]
    assert re.findall(r'id="d(\d+-\d+)"', text) == doubts[10:20], "where the doubt that was come to stands now"


def a_desk_of_its_own_shows_the_command(world):
    text = world.get("/review?lang=en").text
    assert "comity judge " in text and not forms(text) and "<button" not in text.split("<main")[1], text[:3000]
    assert world.get("/judge").status == 404


def who_competes_is_named_and_linked(ana):
    for doubt in queue(ana)["links"]:
        why = json.loads(ana.go(f"/why/{pair_of(doubt)}.json")[1])
        assert ("rival" in why or "weakest_a" in why) == (why["verdict"] == "cut"), why
        if "rival" not in why:
            continue
        assert f"m{why['rival']} (" in why["sentence"] and why["rival_of"] in (why["a"], why["b"]), why
        assert f"/why/{why['rival_of']}-{why['rival']}" in ana.go(f"/why/{pair_of(doubt)}")[1]
        return
    raise AssertionError("nobody competes for a doubtful row")


def main():
    with desk() as (folder, address, ana, rita):
        the_list_has_pages(ana)
        who_competes_is_named_and_linked(ana)
        form, where = deciding_leads_to_the_next_doubt(folder, ana)
        a_form_sent_twice_says_it_once(folder, ana, form, where)
        what_is_decided_is_taken_back(folder, ana, where)
        the_page_of_two_rows_decides_with_a_reason(folder, ana)
        who_may_not_judge_sees_no_buttons(folder, address, ana, rita)
        nonsense_is_refused(folder, ana)
        a_store_that_is_written_to_is_told(folder, ana)
        run(folder, "verify", "-s", "w.comity")
    with served() as world:
        a_desk_of_its_own_shows_the_command(world)
    print("review: all holds")


if __name__ == "__main__":
    main()
