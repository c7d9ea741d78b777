#!/usr/bin/env python3
"""Kill, cut line and full disk while people enter, approve and attach: what was acknowledged is there, once, and the message says what
to do. The server is ended at random; `SEED` repeats a run."""
import contextlib
import http.client
import os
import pathlib
import random
import re
import resource
import signal
import socket
import subprocess
import tempfile
import threading
import time

from test_entries import CASE, a_png, form_of, upload
from test_people import GOOD, Browser, join, log_in, set_up_factor, totp
from world import COMITY, make_store, need_program, run

SEED = int(os.environ.get("SEED", random.randrange(1 << 30)))
ROUNDS = 6
MOST_ENTRIES = 180  # the list shows so many of a state


class Server:
    """One that may be killed, with limits of its own."""

    def __init__(self, folder, *options, most_file=None):
        def limit():
            if most_file:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_file, resource.RLIM_INFINITY))
        self.process = subprocess.Popen([os.path.abspath(COMITY), "serve", "-s", "w.comity", "--port", "0", *options], cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=limit)
        self.talk = ""
        wanted = r"http://\S+/join/\S+\n" if options else r"http://[^/]+/"
        while not re.search(wanted, self.talk):
            line = self.process.stdout.readline()
            assert line, f"the server ended: {self.talk}"
            self.talk += line
        self.link = (re.findall(r"http://\S+/join/\S+", self.talk) or [None])[0]
        self.address = re.search(r"http://[^/]+", self.talk).group(0)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.talk += line

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=20)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) in (0, 130), self.talk


def moved(browser, address):
    """The same browser, with its cookies, at the server's new port."""
    browser.host, browser.port = address.split("://")[1].split(":")


def write(browser, number, do):
    _, text, _ = browser.go("/entries/new")
    to, sent = form_of(text)
    return to, {**sent, **CASE, "case": f"SIM-K{number}", "drugs.1.amount": f"{number + 1} kg", "drugs.2.drug": "", "drugs.2.amount": "", "do": do}


def entries_of(browser):
    return sorted(re.findall(r"SIM-K(\d+) ", browser.go("/entries")[1]), key=int)


def people(folder, address, link):
    ana = join(address, link, "ana")
    set_up_factor(ana)
    made = {}
    for name, role in (("olga", "officer"), ("ravi", "reviewer")):
        text = ana.fill("/people", "invite", role=role, unit="Customs")[1]
        made[name] = join(address, re.search(r"http://\S+?/join/[\w-]+", text).group(0), name)
        made[name].factor = set_up_factor(made[name])
    return made["olga"], made["ravi"]


def killed_while_people_enter(folder, olga, ravi, dice):
    """Officers save and reviewers approve while the server is killed; a form whose answer did not come is sent again."""
    sent = acknowledged = 0
    approved = set()
    pending = None
    for _ in range(ROUNDS):
        server = Server(folder)
        for browser in (olga, ravi):
            moved(browser, server.address)
        threading.Timer(dice.uniform(0.05, 1.2), server.kill).start()
        try:
            while sent < MOST_ENTRIES or pending is not None:
                if pending is None:
                    pending = (sent, *write(olga, sent, "submit"))
                    sent += 1
                status, _, headers = olga.go(pending[1], pending[2])
                assert status == 303, status
                acknowledged += 1
                page = headers["Location"].split("?")[0]
                number, pending = pending[0], None
                if dice.random() < 0.6:
                    status, text, _ = ravi.fill(page, "approve")
                    assert status == 303, (status, text[:200])
                    approved.add(number)
        except (OSError, http.client.HTTPException, AttributeError):
            pass  # the server is gone; AttributeError: half a page
        server.process.wait(timeout=20)
    server = Server(folder)
    for browser in (olga, ravi):
        moved(browser, server.address)
    if pending is not None:
        assert olga.go(pending[1], pending[2])[0] == 303
        acknowledged += 1
    found = entries_of(olga)
    assert found == [str(number) for number in range(sent)] and acknowledged == sent, (found, sent, acknowledged)
    for _ in range(150):
        shown = olga.go("/records.json?country=EC&date=2026-03-17&limit=500")[1]
        there = {int(float(kg)) - 1 for kg in re.findall(r'"amount":\{"value":"([\d.]+) kg"', shown)}
        if approved <= there:
            break
        time.sleep(0.2)
    assert approved <= there, (sorted(approved), sorted(there))
    server.stop()
    run(folder, "verify", "-s", "w.comity")
    print(f"ok   killed_while_people_enter: {sent} entries, {len(approved)} approved, none lost and none doubled (SEED={SEED})")


def a_cut_line_leaves_nothing(folder, olga):
    server = Server(folder)
    moved(olga, server.address)
    before = entries_of(olga)
    to, sent = write(olga, 900, "save")
    body = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in sent.items())
    cookie = "; ".join(f"{name}={value}" for name, value in olga.cookies.items())
    for share in (0.0, 0.5, 0.99):
        with socket.create_connection((olga.host, int(olga.port))) as line:
            line.sendall((f"POST {to} HTTP/1.1\r\nHost: {olga.host}:{olga.port}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
                          f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n" + body[:int(len(body) * share)]).encode())
    time.sleep(0.5)
    assert entries_of(olga) == before
    assert olga.go("/entries/new")[0] == 200
    server.stop()
    print("ok   a_cut_line_leaves_nothing")


def files_of(folder):
    place = pathlib.Path(folder, "w.comity.files")
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


def killed_while_files_come(folder, olga, dice):
    """An upload that was acknowledged is whole; one that was not leaves nothing that is named."""
    acknowledged = 0
    for turn in range(ROUNDS):
        server = Server(folder)
        moved(olga, server.address)
        threading.Timer(dice.uniform(0.02, 0.6), server.kill).start()
        with contextlib.suppress(OSError, http.client.HTTPException, StopIteration, AttributeError):
            for n in range(200):
                picture = a_png(f"{turn}-{n}".encode(), 300 + 10 * turn, 200 + n)
                status, text = upload(olga, "/entries/1", f"p{turn}-{n}.png", picture)
                if status == 303:
                    acknowledged += 1
                else:
                    assert status == 413 and "more than" in text or "most" in text or "20" in text, (status, text[-600:])
                    break
        server.kill()
    server = Server(folder)
    moved(olga, server.address)
    names = set(re.findall(r"<bdi>(p\d+-\d+\.png)</bdi>", olga.go("/entries/1")[1]))
    assert acknowledged <= len(names) <= acknowledged + ROUNDS, (acknowledged, len(names))
    assert not [name for name in files_of(folder) if name.startswith(".")], "what a crash left is cleared away"
    server.stop()
    assert "files that are attached" in run(folder, "verify", "-s", "w.comity")
    print(f"ok   killed_while_files_come: {acknowledged} acknowledged, {len(names)} there")


def a_full_disk_is_told(folder, olga):
    """Where nothing more can be written, what was typed is still on the page, and the message says why; later all goes on."""
    size = pathlib.Path(folder, "w.comity").stat().st_size
    server = Server(folder, most_file=max(size, 1 << 16))
    moved(olga, server.address)
    before = entries_of(olga)
    status = 303
    for number in range(950, 1400):
        to, sent = write(olga, number, "save")
        status, text, _ = olga.go(to, {**sent, "note": "x" * 3900})
        if status != 303:
            break
        before.append(str(number))
    assert status in (500, 503) and f"SIM-K{number}" in text, (status, text[:300])
    said = re.findall(r'role="alert"[^>]*>([^<]+)', text)
    assert said and "The disk is full or cannot be written" in said[0], said
    kept = entries_of(olga)
    assert set(kept) == set(before), (len(kept), len(before))
    server.stop()
    server = Server(folder)
    moved(olga, server.address)
    status, _, _ = olga.go(to, sent)
    assert status == 303, "with room, the same form is taken"
    server.stop()
    run(folder, "verify", "-s", "w.comity")
    print("ok   a_full_disk_is_told")


def main():
    need_program()
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=100)
        server = Server(folder, "--accounts")
        olga, ravi = people(folder, server.address, server.link)
        server.stop()
        killed_while_people_enter(folder, olga, ravi, dice)
        a_cut_line_leaves_nothing(folder, olga)
        killed_while_files_come(folder, olga, dice)
        a_full_disk_is_told(folder, olga)


if __name__ == "__main__":
    main()
