#!/usr/bin/env python3
"""What must hold of feeds: files that arrive and addresses that are asked are taken in once and whole, whatever happens to the line,
the disk, the process or the file; what cannot be taken in is told; an open page hears of what has changed.

Waits are for something to happen, never for how fast. KILLS and SEED may be given in the environment.
"""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "case"))
from case import COMITY, environment, eventually, run, test
from feed_server import certificate, serving

KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
RECIPE = """recipe: hauls
domain: drugs
source: { code: hauls, title: Hauls of a test, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }
identity: { key: ID }
fields:
  - { field: date, column: DAY, order: ymd }
  - { field: country, value: Colombia }
  - { field: drug, column: DRUG }
  - { field: amount, column: KG, unit: kg }
"""
JSON_RECIPE = RECIPE.replace("recipe: hauls", "recipe: hauls-json").replace("identity:", "file: { format: json }\nidentity:")


def table(first, n, change=0):
    rows = [f"r{i},2016-{1 + i % 12:02d}-{1 + i % 28:02d},Cocaine,{i + change}.5" for i in range(first, first + n)]
    return "ID,DAY,DRUG,KG\n" + "\n".join(rows) + "\n"


def folder_feed(more="", feed="hauls"):
    return f"  - feed: {feed}\n    recipe: ./hauls.yaml\n    from: {{ folder: inbox, pattern: '*.csv' }}\n    settle: 300ms\n{more}"


def address_feed(address, more="", extra="", feed="web", recipe="./hauls.yaml"):
    return (f"  - feed: {feed}\n    recipe: {recipe}\n    from: {{ url: '{address}'{extra} }}\n    every: 1s\n    backoff: 20ms\n"
            f"    timeout: 5s\n{more}")


def prepare(desk, *feeds, head=""):
    desk("init")
    desk.write("hauls.yaml", RECIPE)
    desk.write("hauls-json.yaml", JSON_RECIPE)
    desk.path("inbox").mkdir()
    settings(desk, *feeds, head=head)


def settings(desk, *feeds, head=""):
    desk.write("intake.yaml", head + "feeds:\n" + "".join(feeds))


def take(desk, status=0, **more):
    done = desk.call("intake", "run", "--once", **more)
    assert done.status == status, f"intake run --once: {done.status} instead of {status}\n{done.err}"
    return done.err


def again(desk, status=0):
    """The next run, as if its time had come."""
    with contextlib.closing(sqlite3.connect(desk.path("comity.sqlite"))) as db:
        db.execute("UPDATE feed SET due = 0")
        db.commit()
    return take(desk, status)


def n_rows(desk):
    return desk.dump("SELECT count(*) FROM mention AS m JOIN import AS i ON i.number = m.import WHERE i.state = 1"
                     " AND m.superseded_by IS NULL")[0][0]


def feeds_of(desk):
    return {row["feed"]: row for row in json.loads(desk.call("intake", "status", "-o", "json").out)}


def arrive(desk, name, content):
    """As a careful sender does it: under another name first, then renamed."""
    part = desk.write(f"inbox/{name}.part", content)
    part.rename(desk.path(f"inbox/{name}"))


class Server:
    def __init__(self, desk, *words):
        self.desk = desk
        self.log = open(desk.path("serve.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen([COMITY, "serve", "--port", "0", *words], cwd=desk.folder, env=environment(),
                                        stdout=self.log, stderr=self.log)
        self.address = eventually(self.find_address, 30, "the server listens")

    def find_address(self):
        found = re.search(r"http://([^/]+)/", self.said())
        assert found or self.process.poll() is None, self.said()
        return found and found.group(1)

    def said(self):
        return self.desk.path("serve.log").read_text(encoding="utf-8")

    def get(self, path, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        assert response.status == 200, (path, response.status, body)
        return body

    def json(self, path):
        return json.loads(self.get(path))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0, self.said()
        self.log.close()


@contextlib.contextmanager
def served(desk, *words):
    server = Server(desk, *words)
    try:
        yield server
        server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


class Listener:
    """Hears events in a thread: a list of (name, number)."""

    def __init__(self, server):
        self.heard = []
        self.connection = http.client.HTTPConnection(server.address, timeout=60)
        self.connection.request("GET", "/events", headers={"Accept": "text/event-stream"})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.type = self.response.getheader("Content-Type")
        if self.status == 200:
            threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        name = None
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while line := self.response.readline():
                text = line.decode().strip()
                if text.startswith("event: "):
                    name = text[7:]
                elif text.startswith("data: "):
                    self.heard.append((name, int(text[6:])))

    def last(self, name):
        numbers = [number for topic, number in self.heard if topic == name]
        return numbers[-1] if numbers else 0

    def close(self):
        with contextlib.suppress(OSError, AttributeError):
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()


# ---- folders -------------------------------------------------------------------------------------------------------

@test
def what_arrives_in_a_folder_is_taken_in_once(desk):
    prepare(desk, folder_feed())
    arrive(desk, "a.csv", table(0, 20))
    said = take(desk)
    assert "a.csv: import 1: 20 rows, 20 new" in said and "linked: 20 mentions" in said, said
    assert "import" not in take(desk), "nothing new"
    arrive(desk, "again.csv", table(0, 20))  # the same bytes under another name
    assert "here already, as import 1" in take(desk)
    arrive(desk, "b.csv", table(10, 20))  # half of it was said before
    assert "20 rows, 10 new" in take(desk)
    assert n_rows(desk) == 30
    feed = feeds_of(desk)["hauls"]
    assert feed["state"] == "ok" and feed["last import"] and feed["source"] == "hauls", feed
    what = [line["what"] for line in desk("ledger", "-o", "ndjson").lines]
    assert what.count("feed") == 2 and what.count("import") == 2, what
    desk("verify")


@test
def files_that_are_being_written_are_left_alone(desk):
    prepare(desk, folder_feed())
    whole = table(0, 400)
    for name in (".hidden.csv", "upload.csv.part", "x.tmp"):
        desk.write(f"inbox/{name}", whole)
    desk.path("secret.csv").write_text(whole, encoding="utf-8")
    desk.path("inbox/link.csv").symlink_to(desk.path("secret.csv"))
    assert "import" not in take(desk)
    stop = threading.Event()

    def write_slowly():
        with open(desk.path("inbox/slow.csv"), "w", encoding="utf-8") as out:
            for line in whole.splitlines(keepends=True)[:-1]:
                out.write(line)
                out.flush()
                if stop.wait(0.02):
                    break
            stop.wait()
            out.write(whole.splitlines(keepends=True)[-1])

    writer = threading.Thread(target=write_slowly)
    writer.start()
    eventually(desk.path("inbox/slow.csv").exists, 10, "the writer begins")
    said = take(desk)
    assert "slow.csv is still being written" in said and n_rows(desk) == 0, said
    stop.set()
    writer.join()
    desk.write("inbox/slow.csv", whole)
    take(desk)
    assert n_rows(desk) == 400


@test
def a_server_takes_a_file_when_its_writer_is_done(desk):
    prepare(desk, folder_feed("    every: 1h\n").replace("settle: 300ms", "settle: 1h"))
    with served(desk, "--intake", "intake.yaml") as server:
        listener = Listener(server)
        eventually(lambda: listener.last("changed"), 20, "the number of what is shown")
        before = listener.last("changed")
        with open(desk.path("inbox/grows.csv"), "w", encoding="utf-8") as out:
            lines = table(0, 50).splitlines(keepends=True)
            for line in lines[:-1]:
                out.write(line)
                out.flush()
            time.sleep(0.7)  # longer than any look; the file is open, and must not be taken
            assert n_rows(desk) == 0, "taken while it was open"
            out.write(lines[-1])
        eventually(lambda: listener.last("changed") > before, 30, "the page hears of it")
        assert server.json("/.json?limit=1")["mentions"] == 50
        assert n_rows(desk) == 50
        # Between import and linking nothing half done is shown: one event, and it is of the linked state.
        changes = [number for topic, number in listener.heard if topic == "changed"]
        assert len(changes) == 2, changes
        listener.close()


@test
def a_file_that_changes_while_it_is_read_is_not_taken(desk):
    """The import itself looks once more at the end: the command line too is told."""
    prepare(desk, folder_feed())
    big = desk.write("big.csv", table(0, 200000))
    process = subprocess.Popen([COMITY, "import", str(big), "--recipe", "hauls.yaml"], cwd=desk.folder, env=environment(),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while process.poll() is None:
        with open(big, "a", encoding="utf-8") as out:
            out.write("more,2016-01-01,Cocaine,1\n")
        time.sleep(0.002)
    message = process.communicate()[1].decode()
    assert process.returncode == 6 and "was changed while it was read" in message, (process.returncode, message)
    assert n_rows(desk) == 0
    desk("import", big, "--recipe", "hauls.yaml")


@test
def a_file_that_fails_is_told_and_tried_again_when_it_changes(desk):
    prepare(desk, folder_feed(), folder_feed(feed="other").replace("inbox", "second"))
    desk.path("second").mkdir()
    arrive(desk, "good.csv", table(0, 5))
    arrive(desk, "bad.csv", "<html><body>Please log in</body></html>\n")
    desk.write("second/fine.csv", table(100, 5))
    said = take(desk, status=7)
    assert "bad.csv" in said and "column" in said, said
    assert n_rows(desk) == 10, "the others are taken all the same"
    assert "bad.csv" not in take(desk), "not tried again"
    page = desk.call("intake", "status")
    assert page.status == 7 and "bad.csv" in page.out and "no column" in page.out, page.out
    with served(desk) as server:
        failed = server.json("/sources.json")["failed_files"]
        assert [f["file"] for f in failed] == ["bad.csv"] and "column" in failed[0]["error"] and failed[0]["hint"], failed
        assert "bad.csv" in server.get("/sources")
    desk.write("inbox/bad.csv", table(50, 5))
    take(desk)
    assert n_rows(desk) == 15 and desk.call("intake", "status").status == 0
    arrive(desk, "worse.csv", "nothing of use\n")
    take(desk, status=7)
    desk.path("inbox/worse.csv").unlink()
    take(desk)
    assert desk.call("intake", "status").status == 0, "a file that is gone fails no more"


@test
def a_mended_recipe_is_worth_another_try(desk):
    prepare(desk, folder_feed())
    desk.write("hauls.yaml", RECIPE.replace("column: KG", "column: WEIGHT"))
    arrive(desk, "a.csv", table(0, 5))
    take(desk, status=7)
    take(desk)
    desk.write("hauls.yaml", RECIPE)
    assert "5 new" in take(desk)


@test
def mostly_rejected_rows_are_another_file(desk):
    prepare(desk, folder_feed("    most_rejected: 20%\n"))
    desk.write("hauls.yaml", RECIPE.replace("order: ymd", "order: ymd, required: true"))
    bad = table(0, 10).replace("2016-01", "soon").replace("2016-02", "later").replace("2016-03", "never")
    arrive(desk, "bad.csv", bad)
    said = take(desk, status=7)
    assert "3 of 10 rows were rejected" in said and n_rows(desk) == 0, said
    settings(desk, folder_feed())
    arrive(desk, "bad2.csv", bad + "\n")
    take(desk)
    assert n_rows(desk) == 7
    kept = list(desk.path("comity.sqlite-intake/rejects/hauls").iterdir())
    assert [p.name for p in kept] == ["bad2.csv.rejects.csv"], kept
    assert not list(desk.path("inbox").glob("*.rejects*")), "nothing is put beside the files"


@test
def files_are_put_away_where_that_is_wanted(desk):
    prepare(desk, folder_feed("    after: move\n"))
    for content in (table(0, 5), table(5, 5)):
        arrive(desk, "daily.csv", content)
        take(desk)
    for _ in range(2):
        arrive(desk, "bad.csv", "rubbish\n")
        take(desk, status=7)
    names = sorted(str(p.relative_to(desk.path("inbox"))) for p in desk.path("inbox").rglob("*.csv*"))
    assert names == ["done/daily.csv", "done/daily.csv~2", "failed/bad.csv", "failed/bad.csv~2"], names
    assert n_rows(desk) == 10
    assert desk.call("intake", "status").status == 7
    for path in desk.path("inbox/failed").iterdir():
        path.unlink()
    take(desk)
    assert desk.call("intake", "status").status == 0


@test
def settings_are_checked_before_anything_is_taken(desk):
    prepare(desk, folder_feed())
    arrive(desk, "a.csv", table(0, 5))
    wrong = {
        "every: soon": ("every", "no length of time"),
        "patern: x": ("patern", "unknown key"),
        "after: burn": ("burn", "'keep' or 'move'"),
        "most: lots": ("lots", "size of a file"),
        "most_rejected: 0.2": ("0.2", "20%"),
        "tries: 0": ("tries", "from 1 to 20"),
    }
    for line, words in wrong.items():
        settings(desk, folder_feed(f"    {line}\n"))
        told = take(desk, status=2)
        assert words[1] in told and "intake.yaml:" in told, (line, told)
    for text, word in ((folder_feed() + folder_feed(), "twice"), (address_feed("ftp://x/y"), "https://"),
                       ("  - feed: x\n    recipe: ./hauls.yaml\n    from: {}\n", "'folder' or a 'url'"),
                       (folder_feed().replace("./hauls.yaml", "no-such"), "no-such")):
        settings(desk, text)
        done = desk.call("intake", "run", "--once")
        assert done.status in (2, 4) and word in done.err, (text, done.err)
    assert n_rows(desk) == 0
    settings(desk, folder_feed().replace("inbox", "nowhere"))
    assert "nowhere" in take(desk, status=7)
    assert feeds_of(desk)["hauls"]["state"] == "failing"


@test
def one_intake_works_on_a_store(desk):
    prepare(desk, folder_feed())
    with served(desk, "--intake", "intake.yaml"):
        told = desk.refuses(6, "intake", "run", "--once", "--wait", "0")
        assert "another intake" in told, told
    take(desk)


# ---- addresses -----------------------------------------------------------------------------------------------------

@test
def an_address_is_asked_for_what_is_new_only(desk):
    with serving() as feed:
        feed.files["/hauls.csv"] = table(0, 20).encode()
        prepare(desk, address_feed(feed.address("/hauls.csv?key=secret")))
        assert "20 rows, 20 new" in take(desk)
        again(desk)
        assert len(feed.asked) == 2 and "If-None-Match" in feed.asked[1][1], feed.asked
        feed.files["/hauls.csv"] = table(0, 25, change=0).encode()
        assert "25 rows, 5 new" in again(desk)
        assert n_rows(desk) == 25
        said = json.dumps(feeds_of(desk)) + desk("ledger").out
        assert "secret" not in said, "a key in the address is nobody's business"
        # Without an etag the same bytes come again: known by their hash.
        feed.has_etags = False
        for _ in range(3):
            again(desk)
        assert n_rows(desk) == 25 and desk.dump("SELECT count(*) FROM import WHERE state = 1")[0][0] == 2
        desk("verify")


@test
def what_is_not_due_is_not_asked(desk):
    with serving() as feed:
        feed.files["/a.csv"] = table(0, 5).encode()
        prepare(desk, address_feed(feed.address("/a.csv")).replace("every: 1s", "every: 1d"))
        take(desk)
        take(desk)
        assert len(feed.asked) == 1
        # Another address, or another recipe, is asked for whatever there is.
        settings(desk, address_feed(feed.address("/a.csv?year=2016")).replace("every: 1s", "every: 1d"))
        take(desk)
        desk.write("hauls.yaml", RECIPE + "# other\n")
        again(desk)
        assert len(feed.asked) == 4 - 1 or "If-None-Match" not in feed.asked[-1][1], feed.asked


@test
def certificates_are_checked(desk):
    tls = certificate(desk.folder)
    with serving(tls) as feed:
        feed.files["/a.csv"] = table(0, 5).encode()
        prepare(desk, address_feed(feed.address("/a.csv")))
        told = take(desk, status=7)
        assert "certificate" in told and "'ca'" in told and not feed.asked, told
        settings(desk, address_feed(feed.address("/a.csv"), extra=", ca: cert.pem"))
        assert "5 new" in again(desk)
        settings(desk, address_feed(feed.address("/a.csv", host="localhost"), extra=", ca: cert.pem"))
        assert "certificate" in again(desk, status=7), "the name must be the one in the certificate"


@test
def trouble_of_the_server_is_waited_out(desk):
    with serving() as feed:
        feed.files["/a.csv"] = table(0, 5).encode()
        feed.say("/a.csv", status=500, times=1)
        feed.say("/a.csv", status=503, headers={"Retry-After": "1"}, times=1)
        prepare(desk, address_feed(feed.address("/a.csv")))
        assert "5 new" in take(desk)
        times = [asked[2] for asked in feed.asked]
        assert len(times) == 3 and times[2] - times[1] >= 1.0, times
        assert feeds_of(desk)["web"]["state"] == "ok"
        # A server that wants to be left alone for long is left alone.
        feed.say("/a.csv", status=503, headers={"Retry-After": "86400"}, times=9)
        told = again(desk, status=7)
        assert "503" in told and len(feed.asked) == 4, told
        due = desk.dump("SELECT due - looked FROM feed")[0][0]
        assert due >= 86400, due
        # What will not mend by waiting is not tried again and again.
        feed.plans.clear()
        feed.say("/a.csv", status=404)
        assert "404" in again(desk, status=7) and len(feed.asked) == 5
        assert n_rows(desk) == 5


@test
def a_cut_line_leaves_nothing(desk):
    with serving() as feed:
        body = table(0, 2000).encode()
        feed.files["/a.csv"] = body
        for is_chunked in (False, True):
            feed.say("/a.csv", cut=len(body) // 2, is_chunked=is_chunked, times=2)
        prepare(desk, address_feed(feed.address("/a.csv"), "    tries: 4\n"))
        told = take(desk, status=7)
        assert "the line failed after" in told and len(feed.asked) == 4, told
        assert n_rows(desk) == 0 and not list(desk.path("comity.sqlite-intake/copies/web").iterdir())
        feed.say("/a.csv", cut=100, times=1)
        assert "2000 new" in again(desk), "cut, and whole at the second try"
        feed.server_close()
        assert "line failed" in again(desk, status=7)
        assert n_rows(desk) == 2000
        desk("verify")


@test
def rubbish_is_told_and_changes_nothing(desk):
    with serving() as feed:
        feed.files["/a.csv"] = table(0, 5).encode()
        prepare(desk, address_feed(feed.address("/a.csv"), "    most: 20kB\n"))
        take(desk)
        whole = json.dumps([{"ID": f"j{i}", "DAY": "2016-01-02", "DRUG": "Cocaine", "KG": i} for i in range(50)])
        cases = [({"body": b"<!DOCTYPE html><html>Log in</html>", "headers": {"Content-Type": "text/csv"}}, "a web page"),
                 ({"body": b"ID,DAY\n", "headers": {"Content-Type": "text/html"}}, "a web page"),
                 ({"body": b""}, "nothing at all"),
                 ({"body": b"\x00\x01\x02\x7f" * 100}, "column"),
                 ({"body": b"ID,DAY,WEIGHT\n1,2,3\n"}, "column"),
                 ({"body": table(0, 9).encode()[:-20]}, "ends in the middle of row 9"),
                 ({"body": table(0, 5000).encode()}, "longer than 20000 bytes"),
                 ({"body": table(0, 5000).encode(), "is_chunked": True}, "longer than 20000 bytes")]
        for answer, word in cases:
            feed.plans.clear()
            feed.say("/a.csv", **answer)
            told = again(desk, status=7)
            assert word in told, (answer, told)
            state = feeds_of(desk)["web"]
            assert state["state"] == "failing" and word in state["error"], state
        feed.plans.clear()
        again(desk)
        assert feeds_of(desk)["web"]["state"] == "ok" and n_rows(desk) == 5
        settings(desk, address_feed(feed.address("/j.json"), recipe="./hauls-json.yaml"))
        for end in (whole.rindex("{"), len(whole) - 40, len(whole) - 2):
            feed.files["/j.json"] = whole[:end].encode()
            told = again(desk, status=7)
            assert "ends" in told and n_rows(desk) == 5, (end, told)
        feed.files["/j.json"] = whole.encode()
        again(desk)
        assert n_rows(desk) == 55
        desk("verify")


@test
def it_is_not_led_astray(desk):
    """Redirects to other schemes, to plain text from TLS, and to addresses of this machine."""
    tls = certificate(desk.folder)
    with serving() as feed, serving(tls) as safe:
        feed.files["/a.csv"] = safe.files["/a.csv"] = table(0, 5).encode()
        feed.say("/file", status=302, headers={"Location": "file:///etc/passwd"})
        feed.say("/inside", status=302, headers={"Location": feed.address("/a.csv")})
        feed.say("/round", status=302, headers={"Location": "/round"})
        safe.say("/down", status=302, headers={"Location": feed.address("/a.csv")})
        prepare(desk, address_feed(feed.address("/file")))
        assert "not followed" in take(desk, status=7)
        for address, extra in ((feed.address("/inside"), ""), (safe.address("/down"), ", ca: cert.pem, private: yes")):
            settings(desk, address_feed(address, extra=extra))
            told = again(desk, status=7)
            assert "not followed" in told, told
        assert not [a for a in feed.asked if a[0] == "/a.csv"] and n_rows(desk) == 0
        settings(desk, address_feed(feed.address("/round"), extra=", private: yes"))
        assert "more than 5 times" in again(desk, status=7)
        settings(desk, address_feed(feed.address("/inside"), extra=", private: yes"))
        assert "5 new" in again(desk)


# ---- failures of the machine ---------------------------------------------------------------------------------------

@test
def killed_at_any_moment_nothing_is_lost_or_doubled(desk):
    rng = random.Random(SEED)
    with serving() as feed:
        feed.has_etags = True
        prepare(desk, folder_feed("    after: move\n"), address_feed(feed.address("/web.csv")))
        n_files = n_web = n_killed = 0
        begun = time.monotonic()
        while n_files < KILLS and time.monotonic() - begun < 60:
            # Files of odd numbers overlap the one before.
            arrive(desk, f"f{n_files}.csv", table(100000 + 300 * n_files - 100 * (n_files % 2), 300))
            n_web += 200
            feed.files["/web.csv"] = table(0, n_web).encode()
            with contextlib.closing(sqlite3.connect(desk.path("comity.sqlite"))) as db:
                db.execute("UPDATE feed SET due = 0")
                db.commit()
            process = subprocess.Popen([COMITY, "intake", "run", "--once", "-q"], cwd=desk.folder, env=environment(),
                                       stderr=subprocess.PIPE)
            time.sleep(rng.uniform(0.25, 0.6))
            process.kill()
            process.communicate()
            n_killed += process.returncode != 0
            n_files += 1
            assert len(list(desk.path("inbox").rglob("*.csv*"))) == n_files, "a file is gone"
        again(desk)
        again(desk)
        expected = n_web + len({r for f in range(n_files) for r in range(300 * f - 100 * (f % 2), 300 * f - 100 * (f % 2) + 300)})
        assert n_rows(desk) == expected, (n_rows(desk), expected, SEED)
        assert not list(desk.path("inbox").glob("*.csv")), "all were put away"
        assert n_killed > n_files / 4, f"only {n_killed} of {n_files} were killed in time"
        desk("verify")


@test
def a_full_disk_is_told_and_got_over(desk):
    with serving() as feed:
        prepare(desk, folder_feed(), address_feed(feed.address("/a.csv")))
        feed.files["/a.csv"] = table(10000, 20000).encode()
        arrive(desk, "big.csv", table(100000, 20000))
        arrive(desk, "small.csv", table(0, 5))

        def small_files():
            import resource
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))

        done = subprocess.run([COMITY, "intake", "run", "--once"], cwd=desk.folder, env=environment(), capture_output=True,
                              text=True, preexec_fn=small_files, timeout=120, check=False)
        assert done.returncode == 7 and "unable to write" in done.stderr, (done.returncode, done.stderr)
        assert n_rows(desk) in (0, 5), n_rows(desk)
        desk("verify")
        again(desk)
        assert n_rows(desk) == 40005
        desk("verify")


@test
def another_writer_is_waited_for(desk):
    import fcntl
    prepare(desk, folder_feed())
    arrive(desk, "a.csv", table(0, 5))
    take(desk)
    arrive(desk, "b.csv", table(5, 5))
    with open(desk.path("comity.sqlite-lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = desk.call("intake", "run", "--once", "--wait", "0")
        assert done.status in (6, 7), (done.status, done.err)
    assert "5 new" in take(desk) and n_rows(desk) == 10


# ---- linking, freshness, what people see ---------------------------------------------------------------------------

def partition(desk):
    clusters = {}
    for key, entity in desk.dump("SELECT m.key, coalesce(s.entity, m.id) FROM mention AS m LEFT JOIN membership AS s ON s.mention = m.id"
                                 " WHERE m.superseded_by IS NULL"):
        clusters.setdefault(entity, set()).add(key)
    return {frozenset(members) for members in clusters.values()}


@test
def in_pieces_or_at_once_is_one_answer(desk):
    """Under one model the partition does not depend on how the rows came in."""
    import csv
    import shutil
    desk.world(1500, SEED % 1000)
    with open(desk.path("world/customs.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    head, rows = rows[0], rows[1:]
    half = len(rows) // 2
    feed = "  - feed: customs\n    recipe: simulated-customs\n    from: { folder: inbox }\n    settle: 100ms\n"

    def write(name, some):
        with open(desk.path("inbox") / name, "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([head, *some])

    def begin():
        for path in desk.folder.glob("comity.sqlite*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.rmtree(desk.path("inbox"), ignore_errors=True)
        desk.path("inbox").mkdir()
        desk("init")
        settings(desk, feed)
        desk("import", desk.path("world/police.xlsx"), "--recipe", "simulated-police")
        write("first.csv", rows[:half + half // 2])
        take(desk)

    begin()
    quarter = rows[half + half // 2:]
    for i in range(4):
        write(f"piece{i}.csv", quarter[i::4])
        said = take(desk)
        assert "linked" in said
    pieces = partition(desk)
    begin()
    write("all.csv", quarter)
    take(desk)
    whole = partition(desk)
    assert len(whole) > 100 and any(len(c) > 1 for c in whole)
    assert pieces == whole, f"{len(pieces ^ whole)} clusters differ"
    report = json.loads(desk.dump("SELECT report FROM model")[0][0])
    assert report["is_new_model"] is False, report


@test
def lateness_is_told_and_declared_silence_is_no_lateness(desk):
    prepare(desk, folder_feed("    expect: 7d\n"))
    arrive(desk, "a.csv", table(0, 5))
    take(desk)

    def state():
        return desk.json("sources")[0]

    def move_back(days):
        with contextlib.closing(sqlite3.connect(desk.path("comity.sqlite"))) as db:
            db.execute("UPDATE import SET at = strftime('%Y-%m-%dT%H:%M:%SZ', at, ?)", (f"-{days} days",))
            db.commit()

    assert state()["freshness"] == "on time" and state()["last record"] == "2016-05-05", state()
    move_back(20)
    assert state()["freshness"] == "overdue", state()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    with served(desk) as server:
        assert "Overdue since" in server.get("/sources") and server.json("/sources.json")["sources"][0]["is_overdue"]
        assert "قيد" not in server.get("/sources?lang=en")
        listener = Listener(server)
        eventually(lambda: listener.last("changed"), 20, "the number of what is shown")
        before = listener.last("changed")
        desk("sources", "nothing", "hauls", "--from", "2016-01-01", "--to", today, "--why", "they said so")
        eventually(lambda: listener.last("changed") > before, 20, "a declaration is seen")
        told = server.json("/sources.json")
        assert told["sources"][0]["freshness"] == "nothing to report, declared", told["sources"]
        assert told["declared_nothing"][0]["why"] == "they said so"
        assert "they said so" in server.get("/sources")
        assert "nothing to report, declared" in server.get("/sources.csv")
        listener.close()
    assert state()["freshness"] == "nothing to report, declared"
    desk("sources", "take-back", "1")
    assert state()["freshness"] == "overdue"
    what = [line["what"] for line in desk("ledger", "-o", "ndjson").lines]
    assert what[-2:] == ["declare nothing", "undo declaration"], what
    desk.refuses(4, "sources", "nothing", "nobody", "--from", today, "--to", today)
    desk.refuses(2, "sources", "nothing", "hauls", "--from", "2026-13-01", "--to", today)
    desk.refuses(6, "sources", "take-back", "1")
    desk("verify")


@test
def an_open_page_hears_and_listeners_are_limited(desk):
    prepare(desk, folder_feed())
    arrive(desk, "a.csv", table(0, 5))
    take(desk)
    with served(desk) as server:
        page = server.get("/")
        shown = re.search(r'data-sequence="(\d+)"', page)
        assert shown and 'id="news"' in page
        listeners = [Listener(server) for _ in range(64)]
        assert all(l.status == 200 and l.type.startswith("text/event-stream") for l in listeners)
        eventually(lambda: all(l.last("changed") == int(shown.group(1)) for l in listeners), 20, "all hear what is shown")
        assert Listener(server).status == 503, "one too many"
        server.get("/records")  # nobody is kept waiting by those who listen
        arrive(desk, "b.csv", table(5, 5))
        take(desk)  # another process: the server follows the store
        eventually(lambda: all(l.last("changed") > int(shown.group(1)) for l in listeners), 30, "all hear the change")
        for listener in listeners[:10]:
            listener.close()
        assert server.json("/.json?limit=1")["mentions"] == 10
        # The server ends with the others still listening.


@test
def an_older_store_is_brought_forward(desk):
    prepare(desk, folder_feed())
    with contextlib.closing(sqlite3.connect(desk.path("comity.sqlite"))) as db:
        for name in ("feed", "feed_file", "attempt", "silence", "settled", "coverage", "retraction",
                     "entity_event", "entity_round", "entity_known", "attachment", "entry_import", "entry_event", "entry_version", "entry", "recovery", "invitation", "session", "api_token", "account"):
            db.execute(f"DROP TABLE {name}")
        for name, column in (("mention", "retracted_by"), ("said", "is_retracted"), ("import", "n_revived"), ("import", "n_retracted"),
                             *(("judgement", column) for column in ("shape", "shift_days", "shift_months", "copied_from", "evidence"))):
            db.execute(f"ALTER TABLE {name} DROP COLUMN {column}")
        db.execute("PRAGMA user_version = 1")
        db.commit()
    desk("sources")  # a reader
    assert desk.dump("PRAGMA user_version")[0][0] >= 2
    arrive(desk, "a.csv", table(0, 5))
    take(desk)
    desk("verify")


@test
def standard_input_fits_cron(desk):
    prepare(desk, folder_feed())
    done = desk("import", "-", "--recipe", "hauls.yaml", "--quiet", text=table(0, 5))
    assert done.err == "" and "5 new" in done.out, (done.out, done.err)
    done = desk("import", "-", "--recipe", "hauls.yaml", "--quiet", "-o", "json", text=table(0, 5))
    assert done.json["already"] == 1 and done.err == ""
    assert "column" in desk.refuses(1, "import", "-", "--recipe", "hauls.yaml", "--quiet", text="<html>no</html>")
    assert n_rows(desk) == 5


if __name__ == "__main__":
    run()
