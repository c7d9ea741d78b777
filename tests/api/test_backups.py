#!/usr/bin/env python3
"""Backups that the server makes by itself: on time, told on standard error and on a page; and who sees that page's part."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from test_people import Browser, join, set_up_factor
from world import COMITY, make_store, need_program, run

PASSPHRASE = "several words that nobody would put together"


class Server:
    """`comity serve` on the store of a folder, with what it says."""

    def __init__(self, folder, *options):
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options],
                                        cwd=folder, stdout=self.log, stderr=self.log)
        self.address = self.until(r"http://[\d.:]+")

    def said(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def until(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.said())
            if found:
                return found.group(0)
            assert self.process.poll() is None, f"the server ended: {self.said()}"
            time.sleep(0.05)
        raise AssertionError(f"'{pattern}' was not said: {self.said()}")

    def get(self, path):
        return urllib.request.urlopen(self.address + path, timeout=30).read().decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=20) in (0, 130), f"the server did not end well: {self.said()}"
        self.log.close()


def shelf(folder):
    return sorted(path for path in (pathlib.Path(folder) / "shelf").iterdir())


def eventually(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)


def they_are_made_on_time_and_kept(folder):
    with Server(folder, "--backup-to", "shelf", "--backup-every", "1s", "--backup-keep", "2") as server:
        server.until(r"backed up to 'shelf/w\.comity-[0-9a-f]{8}-\d{8}T\d{6}Z(-\d\d)?\.comity-backup', checked")
        eventually(lambda: len(re.findall("backed up to", server.said())) >= 4)
        eventually(lambda: "backups" in json.loads(server.get("/sources.json")))
        told = json.loads(server.get("/sources.json"))["backups"]
        assert told["folder"] == "shelf" and told["every_s"] == 1 and told["keep"] == 2 and not told["is_encrypted"], told
        assert told["last_success"] and told["bytes"] > 1000 and not told["error"], told
        assert 'id="backups"' in server.get("/sources") and "Copias de seguridad" in server.get("/sources?lang=es")
    whole = [path for path in shelf(folder) if not path.name.startswith(".")]
    assert len(whole) in (2, 3), whole
    for path in whole:
        run(folder, "backup", "--verify", str(path))
    run(folder, "restore", str(whole[-1]), "--to", "r.comity")
    run(folder, "verify", "-s", "r.comity")


def a_service_is_not_ended_by_its_reload(folder):
    with Server(folder) as server:
        server.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert server.process.poll() is None and server.get("/sources.json")


def starting_anew_makes_no_other(folder):
    before = shelf(folder)
    with Server(folder, "--backup-to", "shelf", "--backup-every", "1h") as server:
        told = json.loads(server.get("/sources.json"))["backups"]
        assert told["last_success"] and told["next"] > told["last_success"], told
        time.sleep(0.5)
    assert shelf(folder) == before


def they_are_encrypted(folder):
    (pathlib.Path(folder) / "secret").mkdir()
    (pathlib.Path(folder) / "pass").write_text(PASSPHRASE + "\n")
    with Server(folder, "--backup-to", "secret", "--backup-passphrase-file", "pass") as server:
        server.until("backed up to 'secret/")
        assert json.loads(server.get("/sources.json"))["backups"]["is_encrypted"] is True
    made = next((pathlib.Path(folder) / "secret").iterdir())
    assert b"SQLite" not in made.read_bytes()
    assert "encrypted" in run(folder, "backup", "--verify", str(made), "--passphrase-file", "pass")


def failures_are_told_and_mended(folder):
    (pathlib.Path(folder) / "gone").mkdir()
    with Server(folder, "--backup-to", "gone", "--backup-every", "1s") as server:
        server.until("backed up to")
        shutil.rmtree(pathlib.Path(folder) / "gone")
        server.until("no backup was made: ")
        eventually(lambda: json.loads(server.get("/sources.json"))["backups"]["failing_since"])
        told = json.loads(server.get("/sources.json"))["backups"]
        assert "gone" in told["error"] and told["last_success"], told
        page = server.get("/sources")
        assert "Failing since" in page and "gone" in page.split('id="backups"')[1]
        assert server.get("/records.json"), "it goes on serving"
        (pathlib.Path(folder) / "gone").mkdir()
        eventually(lambda: not json.loads(server.get("/sources.json"))["backups"]["failing_since"])


def a_folder_that_will_not_do_fails_no_server(folder):
    for name in ("nowhere", "w.comity"):
        with Server(folder, "--backup-to", name) as server:
            server.until(f"no backup was made: .*{name}")
            eventually(lambda: json.loads(server.get("/sources.json"))["backups"]["failing_since"])
            assert server.get("/records.json")


def what_will_not_do_is_refused_at_once(folder):
    def refused(status, *options):
        done = subprocess.run([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options], cwd=folder,
                              capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == status and done.stderr.startswith("comity: "), (options, done)
    refused(2, "--backup-every", "1h")
    refused(2, "--backup-to", "shelf", "--backup-every", "sometimes")
    refused(2, "--backup-to", "shelf", "--backup-keep", "0")
    refused(4, "--backup-to", "shelf", "--backup-passphrase-file", "none")
    (pathlib.Path(folder) / "short").write_text("short\n")
    refused(1, "--backup-to", "shelf", "--backup-passphrase-file", "short")


def a_killed_server_leaves_whole_ones(folder):
    for _ in range(4):
        server = Server(folder, "--backup-to", "shelf", "--backup-every", "1s")
        time.sleep(1.2)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        server.log.close()
    for path in shelf(folder):
        if not path.name.startswith("."):
            run(folder, "backup", "--verify", str(path))
    run(folder, "verify", "-s", "w.comity")
    run(folder, "backup", "-s", "w.comity", "-o", "shelf")
    assert not [path for path in shelf(folder) if path.name.startswith(".")], "what was left is not taken away"


def only_administrators_are_told(folder):
    """An administrator sees them; a reader is answered byte for byte as by a server that makes none."""
    def seen(browser):
        return {end: re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\dZ| UTC)", "TIME", browser.go("/sources" + end)[1]) for end in ("", ".json", ".csv")}

    with Server(folder, "--accounts", "--backup-to", "shelf", "--backup-every", "1h") as server:
        assert '"backups"' in server.get("/sources.json"), "nobody has an account: a desk of its own"
        ana = join(server.address, server.until(r"http://\S+/join/\S+"), "ana")
        set_up_factor(ana)
        made = ana.fill("/people", "invite", role="reader")[1]
        rita = join(server.address, re.search(r"http://\S+?/join/[\w-]+", made).group(0), "rita")
        made = ana.fill("/people", "invite", role="analyst")[1]
        ben = join(server.address, re.search(r"http://\S+?/join/[\w-]+", made).group(0), "ben")
        set_up_factor(ben)
        for end, text in seen(ana).items():
            assert "shelf" in text or end == ".csv", (end, text[-500:])
        told = seen(rita), seen(ben)
        for text in [*told[0].values(), *told[1].values()]:
            assert "backup" not in text.lower() and "shelf" not in text
        assert Browser(server.address).go("/sources.json")[0] == 401
        cookies = rita.cookies, ben.cookies
    with Server(folder) as server:
        for before, kept in zip(told, cookies):
            browser = Browser(server.address)
            browser.cookies = kept
            now = seen(browser)
            assert now == before, [end for end in now if now[end] != before[end]]


def main():
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=300)
        (pathlib.Path(folder) / "shelf").mkdir()
        for check in (they_are_made_on_time_and_kept, a_service_is_not_ended_by_its_reload, starting_anew_makes_no_other, they_are_encrypted, failures_are_told_and_mended,
                      a_folder_that_will_not_do_fails_no_server, what_will_not_do_is_refused_at_once, a_killed_server_leaves_whole_ones, only_administrators_are_told):
            check(folder)
            print(f"ok   {check.__name__}", flush=True)


main()
