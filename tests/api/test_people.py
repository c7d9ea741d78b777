#!/usr/bin/env python3
"""People and the gate, over HTTP: the first link, log-in with a second factor, invitations, roles, sessions, tokens; and
every address of the server as a stranger sees it."""
import base64
import contextlib
import hashlib
import hmac
import html
import http.client
import json
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

from world import COMITY, make_store, need_program, run

GOOD, BETTER = "four words are good", "seven other words, longer"
ROOT = pathlib.Path(__file__).resolve().parents[2]


class Browser:
    """Keeps cookies and sends what a browser sends; `go` follows nothing."""

    def __init__(self, address, **headers):
        self.host, self.port = address.split("://")[1].split(":")
        self.cookies, self.headers = {}, headers

    def go(self, path, form=None, **headers):
        line = http.client.HTTPConnection(self.host, int(self.port), timeout=30)
        sent = {**self.headers, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if form is not None:
            body = urllib.parse.urlencode(form, doseq=True)
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
            sent.setdefault("Sec-Fetch-Site", "same-origin")
        line.request("POST" if form is not None else "GET", path, body, sent)
        answer = line.getresponse()
        text = answer.read().decode(errors="replace")
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                self.keep(value)
        line.close()
        return answer.status, text, dict(answer.getheaders())

    def keep(self, cookie):
        name, value = cookie.split(";")[0].split("=", 1)
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie, cookie
        if value:
            self.cookies[name] = value
        else:
            self.cookies.pop(name, None)

    def fill(self, page, action=None, **fields):
        """Sends a form of a page as it stands there, with these fields filled in."""
        status, text, _ = self.go(page)
        assert status == 200, (page, status, text)
        return self.send(text, action, **fields)

    def send(self, text, action=None, **fields):
        for form in re.findall(r"<form[^>]*>.*?</form>", text, re.S):
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
            to = html.unescape(re.search(r'action="([^"]+)"', form).group(1))
            if 'method="post"' in form and (action is None or hidden.get("do") == action):
                return self.go(to, {**{name: html.unescape(value) for name, value in hidden.items()}, **fields})
        raise AssertionError(f"no form {action} in {text}")


def totp(key, at=None):
    """As an authenticator makes it (RFC 6238), by Python's own library."""
    secret = base64.b32decode(key.replace(" ", ""))
    digest = hmac.new(secret, struct.pack(">Q", int(at or time.time()) // 30), hashlib.sha1).digest()
    number = struct.unpack(">I", digest[digest[-1] & 15:][:4])[0] & 0x7FFFFFFF
    return f"{number % 1000000:06d}"


def set_up_factor(browser):
    """The key and the recovery codes."""
    status, text, _ = browser.go("/account/factor")
    assert status == 200, text
    key = re.search(r"<pre[^>]*>([A-Z2-7 ]+)</pre>", text).group(1)
    status, text, _ = browser.send(text, code=totp(key))
    assert status == 200, text
    codes = re.findall(r"[A-Z2-9]{5}-[A-Z2-9]{5}", text)
    assert len(codes) == 10, text
    return key, codes


def join(address, link, name):
    """Makes an account by a link, logs in, sets up the second factor where one is asked for."""
    browser = Browser(address)
    status, text, headers = browser.fill(urllib.parse.urlparse(link).path, name=name, full_name=f"{name} Example", password=GOOD, again=GOOD)
    assert status == 303 and headers["Location"].startswith("/login"), (status, text)
    log_in(browser, name, GOOD)
    return browser


def log_in(browser, name, password):
    status, text, headers = browser.fill("/login", name=name, password=password)
    assert status == 303, (status, text)
    return headers["Location"]


@contextlib.contextmanager
def serving(folder, *options):
    """The address, and the first administrator's link."""
    server = subprocess.Popen([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options], cwd=folder,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        talk = ""
        while not re.search(r"http://\S+/join/\S+\n", talk):
            line = server.stdout.readline()
            assert line, f"the server ended: {talk}"
            talk += line
        link = re.search(r"http://\S+/join/\S+", talk).group(0)
        yield link.split("/join/")[0], link
    finally:
        server.terminate()
        assert server.wait(timeout=20) in (0, 130), "the server did not end well"


@contextlib.contextmanager
def desk(*options):
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=300)
        with serving(folder, *options) as (address, link):
            yield folder, address, link


def routes():
    """The table of the program itself, so that no page can be forgotten here."""
    table = (ROOT / "src/page/routes.c").read_text(encoding="utf-8")
    found = re.findall(r'\{"[a-z-]+", "(/[^"]*)", TITLE', table)
    assert len(found) > 15, found
    return found


def strangers_see_the_log_in_and_nothing_else(address, stranger):
    open_to_all = {"/login", "/login/code", "/join/*"}
    for pattern in routes():
        path = pattern.replace("*", "1")
        for end in ("", ".json", ".csv", ".geojson"):
            status, text, headers = stranger.go(path + end if path != "/" else ("/" + end if end else "/"))
            if pattern in open_to_all:
                assert status in (200, 303, 404), (path, end, status)
            elif end == "" or status == 404:
                assert status in (303, 404) and (status == 404 or headers["Location"].startswith("/login")), (path, end, status)
            else:
                assert status == 401 and headers["WWW-Authenticate"] == "Bearer", (path, end, status)
            assert "imulated" not in text and "SIM" not in text, f"{path}{end} tells a stranger of the data: {text[:300]}"
            assert "no-store" in headers["Cache-Control"] or status == 404, (path, end, headers)
    assert stranger.go("/events")[0] in (401, 404)
    for path in ("/no-such-page", "/login?source=none", "/login?drgu=x", "/entity/999999999", "/login/code?lang=ru"):
        text = stranger.go(path)[1]
        assert "imulated" not in text and "sim-" not in text and "data-sequence" not in text, (path, text[:400])
    status, text, _ = stranger.go("/people", {"do": "invite"})
    assert status == 401 and "imulated" not in text and "data-sequence" not in text, (status, text[:300])
    assert stranger.go("/records?drug=heroin")[2]["Location"] == "/login?next=%2Frecords%3Fdrug%3Dheroin"


def forms_of_others_are_refused(ana):
    status, text, _ = ana.go("/people", {"do": "invite", "role": "administrator"})
    assert status == 403 and "not of this log-in" in text, (status, text)
    assert ana.go("/people", {"do": "invite"}, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert ana.go("/login", {"name": "ana", "password": GOOD}, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert ana.go("/records", {"do": "anything"})[0] == 405


def roles_close_what_they_do_not_open(address, ana):
    status, text, _ = ana.fill("/people", "invite", note="Rita", unit="customs", role="reader")
    assert status == 200, text
    link = re.search(r"http://\S+?/join/[\w-]+", text).group(0)
    rita = join(address, link, "rita")
    assert rita.go("/records.json")[0] == 200
    assert rita.go("/people")[0] == 403
    status, text, _ = rita.go("/account")
    assert "none of these events has happened" in text, "who is in is told on every page that the data is simulated"
    status, text, _ = rita.go("/")
    assert "/people" not in text and "/logout" in text, "the menu offers what is open"
    assert Browser(address).go(urllib.parse.urlparse(link).path)[0] == 404, "a link works once"
    return rita


def locked_out_at_once(ana, rita):
    text = ana.go("/people")[1]
    box = next(part for part in text.split("<details>") if "<bdi>rita</bdi>" in part)
    assert ana.send(box, "disable")[0] == 303
    assert rita.go("/records")[0] == 303 and rita.go("/records.json")[0] == 401
    own = next(part for part in ana.go("/people")[1].split("<details>") if "<bdi>ana</bdi>" in part)
    status, text, _ = ana.send(own, "disable")
    assert status == 409 and "No administrator would be left" in text, (status, text)
    box = next(part for part in ana.go("/people")[1].split("<details>") if "<bdi>rita</bdi>" in part)
    assert ana.send(box, "enable")[0] == 303
    status, text, _ = ana.send(box, "reset")
    return re.search(r"/join/[\w-]+", text).group(0)


def wrong_passwords_wait(address):
    other = Browser(address)
    for _ in range(5):
        status, text, _ = other.fill("/login", name="ana", password="not the password")
        assert status == 403 and "not right" in text, (status, text)
    status, text, headers = other.fill("/login", name="ana", password=GOOD)
    assert status == 429, status
    assert int(headers["Retry-After"]) > 0 and "wait a little" in text, (headers, text)


def tokens_are_for_programs(address, ana):
    status, text, _ = ana.fill("/account", "make-token", name="a script")
    token = re.search(r"<pre[^>]*>([\w-]{43})</pre>", text).group(1)
    program = Browser(address, Authorization=f"Bearer {token}")
    assert program.go("/records.json")[0] == 200
    assert program.go("/account")[0] == 403 and program.go("/people")[0] == 403
    assert Browser(address, Authorization="Bearer wrong").go("/records.json")[0] == 401
    assert ana.fill("/account", "end-token")[0] == 303
    assert program.go("/records.json")[0] == 401


def a_second_step(address, key, codes):
    other = Browser(address)
    assert log_in(other, "ana", GOOD).startswith("/login/code")
    assert other.go("/records")[0] == 303, "the password alone opens nothing"
    assert other.fill("/login/code", code="000000")[0] == 403
    assert other.fill("/login/code", code=codes[0].lower())[0] == 303
    assert other.go("/records")[0] == 200
    assert log_in(other, "ana", GOOD).startswith("/login/code")
    assert other.fill("/login/code", code=codes[0])[0] == 403, "a recovery code counts once"


def one_session_ends(address, other):
    """A lost laptop's session ends and no other; nobody ends somebody else's."""
    laptop, telephone = Browser(address, **{"User-Agent": "a lost laptop"}), Browser(address, **{"User-Agent": "a telephone"})
    for browser in (laptop, telephone):
        log_in(browser, "rita", BETTER)
        assert browser.go("/records")[0] == 200
    text = telephone.go("/account")[1]
    row = next(part for part in text.split("<tr>") if "a lost laptop" in part)
    assert 'action="/logout' in next(part for part in text.split("<tr>") if "a telephone" in part), "one's own session ends by logging out"
    number = re.search(r'name="session" value="(\d+)"', row).group(1)
    assert other.send(other.go("/account")[1], "make-token", do="end-session", session=number)[0] == 303
    assert laptop.go("/records")[0] == 200, "it is somebody else's"
    assert telephone.send(row, "end-session")[0] == 303
    assert laptop.go("/records")[0] == 303 and telephone.go("/records")[0] == 200
    assert telephone.send(row, "end-session")[0] == 303, "what is over is over"
    assert "a lost laptop" not in telephone.go("/account")[1]
    assert telephone.send(text, "end-session", session="12x")[0] == 400


def auditors_read_the_ledger(folder, address, ana):
    for path in ("/ledger", "/ledger.json", "/ledger.csv"):
        assert ana.go(path)[0] == 403, "not even an administrator"
    made = ana.fill("/people", "invite", note="Omar", role="auditor")[1]
    omar = join(address, re.search(r"http://\S+?/join/[\w-]+", made).group(0), "omar")
    assert omar.go("/ledger")[2].get("Location", "").startswith("/account/factor")
    set_up_factor(omar)
    for i in range(60):
        omar.fill("/account", "make-token", name=f"=cmd{i}")
        assert omar.fill("/account", "end-token")[0] == 303
    status, text, headers = omar.go("/ledger")
    assert status == 200 and "unbroken from the first line to line" in text and "no-store" in headers["Cache-Control"], text
    assert text.count('<th scope="row"') == 100 and "/people" not in text.split("<main")[0]
    pages, path = [], "/ledger.json"
    while path:
        pages.append(json.loads(omar.go(path)[1]))
        path = f"/ledger.json?before={pages[-1]['next']}" if pages[-1]["next"] else None
    lines = [line for page in pages for line in page["lines"]]
    assert [line["number"] for line in lines] == list(range(len(lines), 0, -1)) and len(pages) > 1
    assert pages[0]["is_unbroken"] and pages[0]["unbroken_up_to"] == pages[0]["lines_written"] == len(lines)
    own = json.loads(omar.go("/ledger.json?who=omar&what=log+in")[1])["lines"]
    assert own and all(line["who"] == "omar" and line["what"] == "log in" for line in own)
    csv = omar.go("/ledger.csv")[1]
    assert csv.count("\r\n") == len(lines) + 1 and own[0]["hash"] in csv
    assert "There is no such line" in omar.go("/ledger?who=nobody")[1]
    assert omar.go("/ledger?before=x")[0] == omar.go("/ledger.json?before=-1")[0] == 400
    assert omar.go("/ledger", {"do": "anything"})[0] in (403, 405)
    return omar


def the_command_line_lets_people_in(folder, address, ana):
    """While it is served: nobody can log in, and whoever has the file mends it."""
    def people(*words):
        return run(folder, "people", *words, "-s", "w.comity", "-q")
    link = people("invite", "--roles", "analyst", "--unit", "Customs", "--address", address).strip()
    lena = join(address, link, "lena")
    log_in(Browser(address, **{"User-Agent": "x\x1b[31mred\x07"}), "lena", GOOD)
    shown = people("sessions", "lena")
    assert "\x1b" not in shown and "\x07" not in shown and "x?[31mred?" in shown, "a terminal obeys nobody's browser"
    people("sessions", "lena", "--end")
    log_in(lena, "lena", GOOD)
    key, _ = set_up_factor(lena)
    rows = {row["name"]: row for row in json.loads(people("-o", "json"))}
    assert rows["lena"]["roles"] == "analyst" and rows["lena"]["unit"] == "Customs" and rows["lena"]["second factor"] == "yes"
    assert lena.go("/records")[0] == 200 and len(json.loads(people("sessions", "lena", "-o", "json"))) == 1
    people("sessions", "lena", "--end")
    assert lena.go("/records")[0] == 303 and json.loads(people("sessions", "lena", "-o", "json")) == []
    people("disable", "lena")
    assert lena.fill("/login", name="lena", password=GOOD)[0] == 403
    people("enable", "lena")
    assert log_in(lena, "lena", GOOD).startswith("/login/code")
    link = people("reset", "lena", "--second-factor", "--address", address).strip()
    assert lena.fill(urllib.parse.urlparse(link).path, password=BETTER, again=BETTER)[0] == 303
    assert not log_in(lena, "lena", BETTER).startswith("/login/code"), "the lost telephone is not asked for"
    people("roles", "lena", "reader")
    assert lena.go("/records")[0] == 200 and lena.go("/import/1")[0] == 403
    done = subprocess.run([os.path.abspath(COMITY), "people", "disable", "ana", "-s", "w.comity"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 6 and "no administrator would be left" in done.stderr, (done.returncode, done.stderr)
    assert ana.go("/records")[0] == 200


def tampering_is_told(folder, omar):
    with contextlib.closing(sqlite3.connect(pathlib.Path(folder, "w.comity"))) as store:
        store.execute("DROP TRIGGER ledger_keeps_lines")
        store.execute("UPDATE ledger SET detail = '<b>no JSON' WHERE number = 5")
        store.commit()
    text = omar.go("/ledger?before=9")[1]
    assert "unbroken up to line <bdi>4</bdi>" in text and "<b>no" not in text, text
    told = json.loads(omar.go("/ledger.json?before=9")[1])
    assert told["unbroken_up_to"] == 4 and not told["is_unbroken"] and told["lines"][3]["detail"] == "<b>no JSON"


def marks_of_forms_are_masked(ana):
    """What a form carries differs in each answer (so that compression tells nothing of it), and each of them is good."""
    pages = [ana.go("/account")[1] for _ in range(2)]
    marks = [set(re.findall(r'name="mark" value="([^"]+)"', page)) for page in pages]
    assert all(len(mark) == 86 for mark in marks[0] | marks[1]) and not marks[0] & marks[1], marks
    for page in pages:
        assert ana.send(page, "end-others")[0] == 303


def a_session_left_open_changes_no_factor(ana, key):
    """Another authenticator takes the password as well."""
    text = ana.go("/account/factor")[1]
    fresh = re.search(r"<pre[^>]*>([A-Z2-7 ]+)</pre>", text).group(1)
    status, text, _ = ana.send(text, code=totp(fresh), password="not the password")
    assert status == 403 and "The password is not right" in text and fresh in text, (status, text)
    status, text, _ = ana.send(text, code=totp(fresh), password=GOOD)
    assert status == 200 and len(re.findall(r"[A-Z2-9]{5}-[A-Z2-9]{5}", text)) == 10, text
    return fresh, re.findall(r"[A-Z2-9]{5}-[A-Z2-9]{5}", text)


def administrators_end_sessions(ana, rita_browser):
    box = next(part for part in ana.go("/people")[1].split("<details>") if "<bdi>rita</bdi>" in part)
    assert rita_browser.go("/records")[0] == 200 and ana.send(box, "end-sessions")[0] == 303
    assert rita_browser.go("/records")[0] == 303


def nobody_is_sent_to_another_host(address):
    for bad in ("//evil.example/", "https://evil.example/", "/\\evil.example", "/%0d%0aSet-Cookie:x=1"):
        browser = Browser(address)
        status, text, _ = browser.go("/login?next=" + urllib.parse.quote(bad))
        assert 'name="next" value="/"' in text or "%0d" in bad.lower(), (bad, text)
        location = browser.send(text, name="rita", password=BETTER)[2]["Location"]
        assert location.startswith("/") and not location.startswith("//") and "\\" not in location and "\n" not in location, (bad, location)


RECIPE = """recipe: {code}
domain: drugs
source: {{code: {code}, title: Simulated rows of {code}, kind: simulated, licence: simulated data}}
fields:
  - {{field: date, column: Day, order: ymd}}
  - {{field: country, column: Country}}
  - {{field: place, column: Town}}
  - {{field: drug, column: Drug}}
  - {{field: amount, column: Kg, unit: kg}}
"""
TOWNS = ("Guayaquil", "Quito", "Manta", "Cuenca", "Ibarra")
CANARY_COUNTRIES = ("Bhutan", "Vanuatu", "Lesotho", "Mongolia", "Kiribati", "Iceland", "Djibouti")
CANARY = re.compile("zqx|" + "|".join(CANARY_COUNTRIES) + r"|(?<!\d)77[,.\s]?1[3-9]\d(?!\d)", re.I)


def restricted_fields():
    """Of the pack, with their types: none can be forgotten here."""
    pack = (ROOT / "domains/drugs/domain.yaml").read_text(encoding="utf-8").split("\nfields:")[1]
    parts = [part for part in re.split(r"\n  - id: ", pack) if "\n    restricted: true" in part]
    found = {part.split("\n")[0].strip(): re.search(r"type: (\w+)", part).group(1) for part in parts}
    assert {"departure", "destination", "arrested", "case", "note", "purity", "price"} <= found.keys(), found
    return found


def canary(field, kind, number):
    """A value that stands nowhere else, so that it can be searched for."""
    if kind == "country":
        return CANARY_COUNTRIES[number % len(CANARY_COUNTRIES)]
    if kind in ("count", "quantity"):
        return 77131 + number % 60
    assert kind in ("text", "identifier"), f"{field}: how would a {kind} be found again?"
    return f"zqx {field} {number}"


def agreeing(field, kind, event, source, copy):
    """Who tells of one event says of it what the others say, and a copy is a copy."""
    return canary(field, kind, event)


def contradicting(field, kind, event, source, copy):
    if kind == "country":
        return ("Bhutan", "Lesotho", "Iceland")[source + copy]
    return "" if (event + source) % 3 == 2 else canary(field, kind, 5000 + 3 * event + source + 2 * copy)


def told(event, source):
    """What both sources say of an event that everybody may know: the second, a little else, so that more is needed to tell."""
    shift = source * (event % 6)
    amount = (1 + event % 17) * (1 + source * (event % 5) * 0.03)
    return f"2021-{1 + event % 9:02d}-{10 + shift:02d},Ecuador,{TOWNS[event % 5]},{('Heroin', 'Cocaine')[event % 2]},{amount:g}"


def rows(tell, source):
    """The events as one source tells them; of the first, three days loaded twice."""
    fields = restricted_fields()
    lines = [(event, 0, told(event, source)) for event in range(120)]
    for copy in range(2) if source == 0 else ():
        lines += [(200 + n, copy, f"2021-11-{1 + n // 12:02d},Ecuador,{TOWNS[n % 5]},Cannabis,{n + 1.25}") for n in range(36)]
    said = [",".join([line, *(str(tell(field, kind, event, source, copy)) for field, kind in fields.items())]) for event, copy, line in lines]
    return ",".join(["Day,Country,Town,Drug,Kg", *fields]) + "\n" + "\n".join(said) + "\n"


def recipe(code):
    units = {"quantity": ", unit: percent"}
    return RECIPE.format(code=code) + "".join(f"  - {{field: {field}, column: {field}{units.get(kind, '')}}}\n" for field, kind in restricted_fields().items())


def seen_by(browser):
    """All that this browser is shown, on every address of the table and of all numbers of records; without the time of day."""
    seen = {}
    n = max(row["id"] for row in json.loads(browser.go("/records.json?limit=500")[1])["rows"])
    records = [f"/entity/{number}" for number in range(1, n + 80)]
    asked = ["/records?arrested=1..", "/.json?arrested=?", "/records?text=77131", "/records?sort=largest", "/quality?source=counted"]
    asked += [f"/.json?{field}=?" for field in restricted_fields()]
    for path in [pattern.replace("*", "1") for pattern in routes() if pattern not in ("/logout", "/login", "/login/code", "/account/factor", "/account")] + records + asked:
        for end in ("",) if "?" in path else ("", ".json") if path in records[20:] else ("", ".json", ".csv", ".geojson"):
            status, text, headers = browser.go(path + end if path != "/" else "/" + end)
            kept = {name: value for name, value in headers.items() if name not in ("Date", "Set-Cookie")}
            seen[path + end] = (status, re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ| UTC)", "TIME", text), kept)
    assert len(records) > 200 and sum(status == 200 for status, *_ in seen.values()) > 300
    return seen


@contextlib.contextmanager
def restricted_desk(tell):
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        run(folder, "init", "w.comity")
        for source, code in enumerate(("counted", "other")):
            pathlib.Path(folder, f"{code}.yaml").write_text(recipe(code), encoding="utf-8")
            pathlib.Path(folder, f"{code}.csv").write_text(rows(tell, source), encoding="utf-8")
            run(folder, "import", f"{code}.csv", "--recipe", f"{code}.yaml", "-s", "w.comity")
        run(folder, "link", "-s", "w.comity")
        run(folder, "judge", "same", "m3", "m8", "--why", "simulated", "--who", "ana", "-s", "w.comity")
        run(folder, "link", "-s", "w.comity")
        with serving(folder, "--accounts") as (address, link):
            ana = join(address, link, "ana")
            set_up_factor(ana)
            made = ana.fill("/people", "invite", role="reader")[1]
            yield folder, ana, join(address, re.search(r"http://\S+?/join/[\w-]+", made).group(0), "rita")


def partition(browser):
    """The mentions of each entity of several."""
    found = json.loads(browser.go("/records.json?limit=500")[1])["rows"]
    shown = [json.loads(browser.go(f"/entity/{row['id']}.json")[1]) for row in found]
    return {one["entity"]: tuple(sorted(statement["mention"] for statement in one["statements"])) for one in shown}


def loads(browser):
    return len(json.loads(browser.go("/about-data.json")[1])["loads"])


def numbers_lead_to_where_a_row_stands(rita, own):
    """By the reader's own partition: each number of a row leads to the entity that holds it."""
    holder = {mention: entity for entity, members in own.items() for mention in members}
    assert all(entity == min(members) for entity, members in own.items()), "an entity has the number of its first row"
    n_led = 0
    for mention, entity in holder.items():
        status, _, headers = rita.go(f"/entity/{mention}.json?lang=es")
        assert status == (200 if mention == entity else 301), (mention, entity, status)
        assert mention == entity or headers["Location"] == f"/entity/{entity}.json?lang=es", (mention, entity, headers)
        n_led += mention != entity
    assert n_led > 30, n_led
    assert holder[3] == holder[8], "what a person judged holds for readers, too"


def number_shown(browser):
    return json.loads(browser.go("/.json?limit=1")[1])["sequence"]


def follow_anew(folder, rita, before):
    """After a change the reader's partition is found again, under the model that there was."""
    shown = number_shown(rita)
    run(folder, "judge", "different", "m3", "m8", "--why", "simulated", "-s", "w.comity")
    until = time.time() + 30
    while number_shown(rita) == shown:
        assert time.time() < until, "the change was not shown"
        time.sleep(0.05)
    after = partition(rita)
    assert set(before.values()) ^ set(after.values()) and not any({3, 8} <= set(members) for members in after.values())
    return after


def write_drafts(ana):
    """A draft, and one that waits for approval: they are their unit's, and tell of nothing to others."""
    case = {"case": "SIM-draft-77131", "date": "2026-03-17", "country": "Ecuador", "place": "Guayaquil", "drugs.1.drug": "cocaine",
            "drugs.1.amount": "77131 kg", "note": "draft-77131"}
    for do in ("save", "submit"):
        assert ana.fill("/entries/new", **{**case, "do": do})[0] == 303
    assert "SIM-DRAFT-77131" in ana.go("/entries")[1].upper()


def a_reader_sees_nothing_of_restricted_fields():
    """Two stores that differ in nothing else answer a reader byte for byte alike: neither the values, nor which rows are one
    event, nor which are loaded twice."""
    shown, own, all_fields, found_loads, later = [], [], [], [], []
    for tell in (agreeing, contradicting):
        with restricted_desk(tell) as (folder, ana, rita):
            if not shown:
                write_drafts(ana)
            shown.append(seen_by(rita))
            own.append(partition(rita))
            all_fields.append(partition(ana))
            found_loads.append((loads(ana), loads(rita)))
            assert "Your role leaves out" in rita.go("/")[1] and "Your role leaves out" not in ana.go("/")[1]
            if not shown[1:]:
                everything = "".join(text for _, text, _ in seen_by(ana).values())
                for field, kind in restricted_fields().items():
                    assert str(canary(field, kind, 3)) in everything.replace(",", ""), f"who may sees {field}"
                numbers_lead_to_where_a_row_stands(rita, own[0])
            later.append(follow_anew(folder, rita, own[-1]))
    canaries = [path for seen in shown for path, (_, text, _) in seen.items() if CANARY.search(text.replace("\u202f", "")) and "text=77131" not in path]
    assert not canaries, canaries
    assert all_fields[0].values() != all_fields[1].values() and sorted(all_fields[0].values()) != sorted(all_fields[1].values()), "restricted fields decide what is one event"
    assert found_loads[0][0] == 1 and found_loads[1][0] == 0, ("and what was loaded twice", found_loads)
    assert own[0] == own[1] and found_loads[0][1] == found_loads[1][1] == 1, found_loads
    assert later[0] == later[1]
    assert shown[0].keys() == shown[1].keys()
    different = [path for path in shown[0] if shown[0][path] != shown[1][path]]
    for path in different[:3]:
        a, b = shown[0][path], shown[1][path]
        at = next((i for i, (x, y) in enumerate(zip(a[1], b[1])) if x != y), 0)
        print(path, a[0], b[0], a[1][max(at - 80, 0):at + 120], "|", b[1][max(at - 80, 0):at + 120], {k: (v, b[2].get(k)) for k, v in a[2].items() if b[2].get(k) != v})
    assert not different, different


def main():
    with desk("--accounts") as (folder, address, link):
        assert Browser(address).go("/records.json")[0] == 200, "nobody has an account: a desk of its own"
        assert Browser(address).go("/people")[0] == 403
        ana = join(address, link, "Ana")
        assert ana.go("/records")[2].get("Location", "").startswith("/account/factor"), "who may change something sets up a second factor first"
        key, codes = set_up_factor(ana)
        assert ana.go("/records")[0] == 200
        strangers_see_the_log_in_and_nothing_else(address, Browser(address))
        forms_of_others_are_refused(ana)
        rita = roles_close_what_they_do_not_open(address, ana)
        reset = locked_out_at_once(ana, rita)
        assert Browser(address).fill(reset, password=BETTER, again="another")[0] == 400
        assert Browser(address).fill(reset, password=BETTER, again=BETTER)[0] == 303
        log_in(rita := Browser(address), "rita", BETTER)
        administrators_end_sessions(ana, rita)
        key, codes = a_session_left_open_changes_no_factor(ana, key)
        marks_of_forms_are_masked(ana)
        one_session_ends(address, ana)
        nobody_is_sent_to_another_host(address)
        a_second_step(address, key, codes)
        tokens_are_for_programs(address, ana)
        omar = auditors_read_the_ledger(folder, address, ana)
        the_command_line_lets_people_in(folder, address, ana)
        wrong_passwords_wait(address)
        assert ana.go("/records")[0] == 200, "others' failures do not touch who is in"
        assert ana.fill("/logout")[0] == 303 and ana.go("/records")[0] == 303
        lines = run(folder, "ledger", "-s", "w.comity", "-o", "csv")
        for what in ("invite", "join", "log in", "set second factor", "change account", "reset password", "make token", "end token", "end session"):
            assert f",{what}," in lines, (what, lines)
        run(folder, "verify", "-s", "w.comity")
        tampering_is_told(folder, omar)
    a_reader_sees_nothing_of_restricted_fields()
    print("people: all holds")


if __name__ == "__main__":
    main()
