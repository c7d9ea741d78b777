#!/usr/bin/env python3
"""A day at the desk over HTTP: officers enter, a reviewer returns and approves, records follow; drafts are their unit's."""
import concurrent.futures
import contextlib
import html
import http.client
import json
import pathlib
import re
import struct
import time
import zlib

from test_people import Browser, desk, join, routes, set_up_factor
from world import run

CASE = {"case": "SIM-2026/0317", "date": "17/03/2026", "country": "Ecuador", "place": "Guayaquil", "drugs.1.drug": "cocaina",
        "drugs.1.amount": "412,25 kg", "drugs.2.drug": "heroin", "drugs.2.amount": "300 g", "persons.1.number": "2", "persons.1.sex": "male"}
CANARY = "canary-77131"


def invite(ana, address, name, role, unit):
    text = ana.fill("/people", "invite", role=role, unit=unit)[1]
    who = join(address, re.search(r"http://\S+?/join/[\w-]+", text).group(0), name)
    set_up_factor(who)
    return who


def form_of(text):
    """What the form of an entry would send as it stands: hidden fields, inputs, choices, texts."""
    form = re.search(r'<div id="entry".*?</form>', text, re.S).group(0)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        kept = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if kept["type"] in ("hidden", "text") and kept.get("value"):
            fields[html.unescape(kept["name"])] = html.unescape(kept["value"])
        if kept["type"] == "radio" and " checked" in tag:
            fields[kept["name"]] = kept["value"]
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields[name] = chosen.group(1) if chosen else ""
    for name, body in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(body)
    return html.unescape(re.search(r'action="([^"]+)"', form).group(1)), fields


def write(who, page, do, **fields):
    """Fills the form of a page in and presses one of its buttons."""
    status, text, _ = who.go(page)
    assert status == 200, (page, status, text[:300])
    to, sent = form_of(text)
    return who.go(to, {**sent, **{name.replace("__", "."): value for name, value in fields.items()}, "do": do})


def enter(who, do="submit", **more):
    status, text, headers = write(who, "/entries/new", do, **{**CASE, **more})
    assert status == 303, (status, re.findall(r'class="(?:finding fault|refusal)[^>]*>([^<]*)', text))
    return headers["Location"].split("?")[0]


def act(who, page, deed, **fields):
    status, text, _ = who.fill(page, deed, **fields)
    assert status == 303, (deed, status, re.findall(r'class="refusal"[^>]*>([^<]*)', text))


def totals(who):
    """Hauls, and kilograms of cocaine seized in Ecuador on that day."""
    shown = json.loads(who.go("/records.json?country=EC&date=2026-03-17&limit=100")[1])
    return sorted((row["values"]["drug"]["value"], row["values"]["amount"]["value"]) for row in shown["rows"])


def soon(who, wanted, seconds=30):
    """Totals follow at once, which is a few seconds."""
    for _ in range(seconds * 5):
        found = totals(who)
        if len(found) == wanted:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{wanted} records were to come: {found}")


def what_is_typed_is_checked(olga):
    status, text, _ = write(olga, "/entries/new", "check", **{"date": "2026-13-45", "country": "Ecuador", "place": "guayaquil",
                                                             "drugs.1.drug": "cocaina", "drugs.1.amount": "12,5 kilos"})
    assert status == 200
    assert "This is no date" in text and "This is needed" in text, text
    assert re.search(r'id="f-drugs.1.amount"[^>]*>= <bdi>12.5 kg</bdi>', text) and "Guayaquil, " in text, text
    assert 'value="12,5 kilos"' in text, "what was typed stays as it was typed"
    status, text, _ = write(olga, "/entries/new", "look", **{"date": "2026-03-17", "drugs.1.amount": "12 kg"})
    assert status == 200 and "<html" not in text and 'id="f-date"' in text and 'id="alike"' in text, text[:300]
    status, text, _ = write(olga, "/entries/new", "more:drugs", **{"drugs.1.drug": "cocaine"})
    assert 'name="drugs.2.drug"' in text and 'value="cocaine"' in text
    status, text, _ = write(olga, "/entries/new", "submit", **{"case": "x"})
    assert status == 422 and "To mend before" in text, status


def the_map_can_be_clicked(olga):
    status, text, _ = olga.go("/entries/new")
    to, sent = form_of(text)
    sent = {**sent, "country": "Ecuador"}
    status, text, _ = olga.go(to, {**sent, "do": "check"})
    to, sent = form_of(text)
    status, text, _ = olga.go(to, {**sent, "place.pin.x": "150", "place.pin.y": "73"})
    assert status == 200
    lat = float(re.search(r'name="place.latitude"[^>]*value="([^"]+)"', text).group(1))
    lon = float(re.search(r'name="place.longitude"[^>]*value="([^"]+)"', text).group(1))
    assert -6 < lat < 2 and -82 < lon < -74, (lat, lon)


def a_case_goes_its_way(ana, olga, ravi, reader):
    before = totals(reader)
    page = enter(olga, note=CANARY)
    assert totals(reader) == before, "what waits is not seen"
    status, text, _ = olga.fill(page, "submit") if 'value="submit"' in olga.go(page)[1] else (409, "", {})
    assert status == 409, "it was submitted once"
    status, text, _ = ravi.fill(page, "return", reason="")
    assert status == 422 and "Write a reason" in text, status
    act(ravi, page, "return", reason="Which wharf?")
    assert "Which wharf?" in olga.go(page)[1]
    status, _, headers = write(olga, page.replace("/entries/", "/edit/"), "submit", installation="")
    assert status == 303
    olga_page = olga.go(page)[1]
    assert 'value="approve"' not in olga_page, "nobody approves what they wrote"
    act(ravi, page, "approve")
    assert len(soon(reader, len(before) + 2)) == len(before) + 2
    shown = "".join(reader.go(path)[1] for path in ("/records.json?country=EC&date=2026-03-17", "/records.csv?country=EC&date=2026-03-17"))
    assert "2026/0317" not in shown and CANARY not in shown, "a reader does not see restricted fields"
    return page


def corrections_follow(olga, ravi, reader, page):
    n = len(totals(reader))
    edit = page.replace("/entries/", "/edit/")
    status, text, _ = olga.go(edit)
    to, sent = form_of(text)
    stale = dict(sent)
    sent.pop("drugs.2.drug"), sent.pop("drugs.2.amount")
    status, text, _ = olga.go(to, {**sent, "drugs.1.amount": "413 kg", "do": "submit"})
    assert status == 303, text
    status, text, _ = olga.go(to, {**stale, "drugs.1.amount": "9 kg", "do": "save"})
    assert status == 409 and "Somebody else has changed" in text and "9 kg" in text, "a stale form overwrites nothing and loses nothing"
    text = ravi.go(page)[1]
    assert re.search(r"<del>.*?412,25 kg.*?</del> <ins>.*?413 kg.*?</ins>", text, re.S), "the difference is shown"
    act(ravi, page, "approve")
    found = soon(reader, n - 1)
    assert any("413" in str(amount) for _, amount in found), found
    act(ravi, page, "retract", reason="It was another country's")
    soon(reader, n - 2)
    assert "Not shown any more" in ravi.go(page)[1]
    act(ravi, page, "restore", reason="No, ours")
    soon(reader, n - 1)
    assert "What can be done" not in ravi.go(f"{page}?version=1")[1], "nothing is done to a version of before"
    mark = re.search(r'name="mark" value="([^"]+)"', ravi.go("/account")[1]).group(1)
    assert ravi.go(page, {"mark": mark, "do": "retract", "version": "1", "reason": "x"})[0] == 409
    for version in (1, 2):
        assert f"412,25 kg" in ravi.go(f"{page}?version={version}")[1], "nothing is overwritten"


def the_same_event_is_shown(address, ana, ravi, reader):
    """Another unit types in what is there: it is shown with its reasons, and can be joined."""
    petra = invite(ana, address, "petra", "officer", "Police")
    rosa = invite(ana, address, "rosa", "reviewer", "Police")
    n = len(totals(reader))
    same = {**CASE, "case": "P-9", "drugs.1.amount": "413 kg", "drugs.2.drug": "", "drugs.2.amount": ""}
    status, text, _ = write(petra, "/entries/new", "check", **same)
    key = re.search(r'name="(alike\.1\.\d+)"', text)
    assert key and "The same event" in text, text[text.find('id="alike"'):][:1500]
    page = enter(petra, **{**same, key.group(1): "same"})
    assert "The same event" in petra.go(page)[1]
    act(rosa, page, "approve")
    for _ in range(100):
        if "are being brought up to date" not in rosa.go(page)[1]:
            break
        time.sleep(0.2)
    soon(reader, n)
    assert petra.go("/entries")[1].count("P-9") == 1
    return petra, page


def drafts_are_their_units(ravi, petra, police_page, customs_page):
    assert ravi.go(police_page)[0] == 404 and petra.go(customs_page)[0] == 404
    assert ravi.go(police_page.replace("/entries/", "/edit/"))[0] == 404
    assert "P-9" not in ravi.go("/entries")[1] and "2026/0317" not in petra.go("/entries")[1]
    mark = re.search(r'name="mark" value="([^"]+)"', petra.go("/account")[1]).group(1)
    status, _, _ = petra.go(customs_page, {"mark": mark, "do": "discard", "version": "1"})
    assert status == 404
    status, _, _ = petra.go(customs_page.replace("/entries/", "/edit/"), {"mark": mark, "do": "save", "version": "1", "case": "stolen"})
    assert status == 404


def many_are_approved_at_once(olga, ravi, reader):
    """What is ticked, each by its version: what was changed meanwhile is refused and told, the others are published."""
    n = len(totals(reader))
    pages = [enter(olga, **{"case": f"SIM-M{i}", "drugs.1.amount": f"{50 + i} kg", "drugs.2.drug": "", "drugs.2.amount": ""}) for i in range(5)]
    text = ravi.go("/entries")[1]
    ticks = [tick for tick in re.findall(r'name="entry" value="(\d+:\d+)"', text) if f"/entries/{tick.split(':')[0]}" in pages]
    assert len(ticks) == 5 and 'name="entry"' not in olga.go("/entries")[1]
    act(ravi, pages[4], "return", reason="Not yet")
    status, text, _ = ravi.fill("/entries", "approve", entry=ticks)
    assert status == 409 and "cannot be done" in text, status
    soon(reader, n + 4)
    mark = re.search(r'name="mark" value="([^"]+)"', olga.go("/account")[1]).group(1)
    assert olga.go("/entries", {"mark": mark, "do": "approve", "entry": ticks[0]})[0] == 403


def only_who_may_enters(ana, reader, address):
    for page in ("/entries", "/entries/new", "/entries/1", "/edit/1"):
        assert reader.go(page)[0] == 403, page
        assert Browser(address).go(page)[0] == 303, page
    assert "/entries" not in reader.go("/")[1]


def a_form_sent_twice_is_one_entry(olga):
    _, text, _ = olga.go("/entries/new")
    to, sent = form_of(text)
    sent = {**sent, **CASE, "case": "SIM-TWICE", "do": "save"}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: olga.go(to, sent), range(4)))
    assert {status for status, *_ in answers} == {303}, [status for status, *_ in answers]
    assert len({headers["Location"] for *_, headers in answers}) == 1
    assert olga.go("/entries")[1].count("SIM-TWICE") == 1


def what_is_sent_is_bounded(olga):
    _, text, _ = olga.go("/entries/new")
    to, sent = form_of(text)
    status, text, _ = olga.go(to, {**sent, "case": "x" * 5000, "date": "2026-03-17", "do": "save"})
    assert status == 413 and "more than the form holds" in text and "x" * 5000 in text and "2026-03-17" in text, status
    status, text, _ = olga.go(to, {**sent, "note": "ж" * 3900, "do": "check"})
    assert status == 200 and "ж" * 3900 in text, "letters are counted, and not bytes"
    assert olga.go(to, {**sent, "note": "x" * 300000, "do": "save"})[0] == 413
    status, text, _ = olga.go(to, {**sent, "case": "<script>alert(1)</script>", "note": "\" onfocus=x", "do": "check"})
    assert status == 200 and "<script>alert" not in text and 'value="&lt;script' in text
    for odd in ("0", "abc", "99999999999999999999", "1.5", "-1"):
        assert olga.go(f"/entries/{odd}")[0] == 404, odd


def forms_are_small(olga):
    """Thin lines: the form with all its lists, as it is sent."""
    for language in ("en", "ar", "ru", "zh"):
        connection = http.client.HTTPConnection(olga.host, int(olga.port), timeout=60)
        connection.request("GET", f"/entries/new?lang={language}", headers={
            "Accept-Encoding": "gzip", "Cookie": "; ".join(f"{key}={value}" for key, value in olga.cookies.items())})
        answer = connection.getresponse()
        size = len(answer.read())
        connection.close()
        print(f"     the form in {language}: {size} bytes")
        assert answer.getheader("Content-Encoding") == "gzip" and size < 60000, (language, size)


def a_png(text=b"", width=40, height=30):
    """A picture, with a text in it that tells too much."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = b"".join(b"\0" + b"".join(bytes((x * 5 % 256, y * 7 % 256, 99)) for x in range(width)) for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0" + text) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def upload(who, page, name, content, **fields):
    """Sends the page's own form with a file, as a browser does."""
    form = next(form for form in re.findall(r"<form[^>]*>.*?</form>", who.go(page)[1], re.S) if "multipart/form-data" in form)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    line = "----a-line-between"
    body = b"".join(f'--{line}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in {**hidden, **fields}.items())
    body += f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + content + f"\r\n--{line}--\r\n".encode()
    connection = http.client.HTTPConnection(who.host, int(who.port), timeout=60)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # what is far too large is answered before it is all sent
        connection.request("POST", html.unescape(re.search(r'action="([^"]+)"', form).group(1)), body,
                           {"Content-Type": f"multipart/form-data; boundary={line}", "Sec-Fetch-Site": "same-origin",
                            "Cookie": "; ".join(f"{key}={value}" for key, value in who.cookies.items())})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def raw(who, path):
    connection = http.client.HTTPConnection(who.host, int(who.port), timeout=60)
    connection.request("GET", path, headers={"Cookie": "; ".join(f"{key}={value}" for key, value in who.cookies.items())})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, dict(answer.getheaders())


def files_are_attached(folder, olga, ravi, petra, reader, page):
    status, text = upload(olga, page, "Foto del muelle.png", a_png(CANARY.encode()), note="The wharf", original="yes")
    assert status == 303, (status, re.findall(r'class="refusal"[^>]*>([^<]*)', text))
    text = olga.go(page)[1]
    assert "Foto del muelle.png" in text and "The wharf" in text
    number = re.search(r'href="/attachments/(\d+)"', text).group(1)
    status, body, headers = raw(olga, f"/attachments/{number}")
    assert status == 200 and body.startswith(b"\x89PNG") and CANARY.encode() not in body, headers
    assert headers["Content-Disposition"].startswith("attachment") and "sandbox" in headers["Content-Security-Policy"], headers
    assert headers["X-Content-Type-Options"] == "nosniff" and "no-store" in headers["Cache-Control"], headers
    status, body, headers = raw(olga, f"/attachments/{number}-thumb")
    assert status == 200 and body.startswith(b"\xff\xd8") and headers["Content-Type"] == "image/jpeg", headers
    assert raw(olga, f"/attachments/{number}-original")[0] == 404, "an officer does not see restricted fields"
    status, body, _ = raw(ravi, f"/attachments/{number}-original")
    assert status == 200 and CANARY.encode() in body
    assert raw(petra, f"/attachments/{number}")[0] == 404 and raw(reader, f"/attachments/{number}")[0] == 403
    for name, content, words in (("page.html", b"<html><script>alert(1)</script>", "is taken"), ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is taken"),
                                 ("cut.png", a_png()[:60], ""), ("empty.png", b"", "Choose a file")):
        status, text = upload(olga, page, name, content)
        assert status in (400, 422) and "alert(1)" not in text, (name, status, text[:200])
    assert upload(olga, page, "again.png", a_png(CANARY.encode()))[0] == 409, "the same file is kept once"
    assert upload(olga, page, "big.png", b"x" * (21 << 20))[0] == 413
    status, text, _ = olga.fill(page, "detach")
    assert status == 303 and raw(olga, f"/attachments/{number}")[0] == 404 and "Put it back" in olga.go(page)[1]
    assert olga.fill(page, "reattach")[0] == 303 and raw(olga, f"/attachments/{number}")[0] == 200
    kept = list(pathlib.Path(folder, "w.comity.files").iterdir())
    assert len(kept) == 3 and not [path for path in kept if path.name.startswith(".")], kept
    assert "whole: 3 files" in run(folder, "verify", "-s", "w.comity")
    run(folder, "backup", "-s", "w.comity", "-o", "kept.backup")
    run(folder, "restore", "kept.backup", "--to", "again.comity")
    assert "whole: 3 files" in run(folder, "verify", "-s", "again.comity"), "a backup holds what is attached"


def main():
    with desk("--accounts") as (folder, address, link):
        ana = join(address, link, "Ana")
        set_up_factor(ana)
        olga = invite(ana, address, "olga", "officer", "Customs")
        ravi = invite(ana, address, "ravi", "reviewer", "Customs")
        reader = join(address, re.search(r"http://\S+?/join/[\w-]+", ana.fill("/people", "invite", role="reader")[1]).group(0), "rita")
        assert {"/entries", "/entries/new", "/entries/*", "/edit/*"} <= set(routes())
        only_who_may_enters(ana, reader, address)
        what_is_typed_is_checked(olga)
        the_map_can_be_clicked(olga)
        page = a_case_goes_its_way(ana, olga, ravi, reader)
        corrections_follow(olga, ravi, reader, page)
        petra, police_page = the_same_event_is_shown(address, ana, ravi, reader)
        drafts_are_their_units(ravi, petra, police_page, page)
        files_are_attached(folder, olga, ravi, petra, reader, page)
        many_are_approved_at_once(olga, ravi, reader)
        forms_are_small(olga)
        a_form_sent_twice_is_one_entry(olga)
        what_is_sent_is_bounded(olga)
        lines = run(folder, "ledger", "-s", "w.comity", "-o", "csv")
        for what in ("save entry", "submit entry", "return entry", "approve entry", "retract entry", "restore entry", "import", "judge"):
            assert f",{what}," in lines, (what, lines)
        assert CANARY not in lines and "2026/0317" not in lines
        run(folder, "verify", "-s", "w.comity")
    print("entries: all holds")


if __name__ == "__main__":
    main()
