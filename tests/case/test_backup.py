#!/usr/bin/env python3
"""Backups, from outside: while a server serves and imports write; killed at random moments, on full disks, with their folder
gone; encrypted; damaged. After each: nothing acknowledged is lost, nothing is doubled, and the message says what to do.

KILLS and SEED may be given in the environment.
"""
import contextlib
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
import urllib.request

from case import COMITY, environment, run, test

KILLS = int(os.environ.get("KILLS", "60"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
MOST_SECONDS = 10
ROWS = 400
PASSPHRASE = "several words that nobody would put together"

RECIPE = """recipe: keep
domain: drugs
source: { code: keep, title: Rows to be kept, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }
fields:
  - { field: date, column: DAY, order: ymd }
  - { field: country, value: Colombia }
  - { field: drug, column: DRUG }
  - { field: amount, column: KG, unit: kg }
"""


def table(desk, number):
    rows = "".join(f"2016-{1 + i % 12:02d}-{1 + i % 28:02d},Cocaine,{number * ROWS + i}.5\n" for i in range(ROWS))
    return desk.write(f"table{number}.csv", "DAY,DRUG,KG\n" + rows)


def take(desk, number):
    desk("import", table(desk, number), "--recipe", desk.write("keep.yaml", RECIPE))


def prepared(desk, imports=3, attached=4_000_000):
    """A store with some imports, and attachments beside it."""
    desk("init")
    for number in range(imports):
        take(desk, number)
    files = desk.path("comity.sqlite.files")
    files.mkdir()
    content = random.Random(5).randbytes(attached)
    for i in range(4):
        (files / f"att-{i}.pdf").write_bytes(content[i * attached // 4:(i + 1) * attached // 4])
    (files / ".on-its-way").write_bytes(b"half")
    desk.path("shelf").mkdir()


def imports_of(store):
    """What is published in a store, read without the program: file name → mentions."""
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return dict(db.execute("SELECT i.file_name, count(m.id) FROM import AS i LEFT JOIN mention AS m"
                               " ON m.id BETWEEN i.first_mention AND i.last_mention WHERE i.state = 1 GROUP BY i.number"))
    finally:
        db.close()


def shelf(desk, hidden=False):
    return sorted(path for path in desk.path("shelf").iterdir() if hidden or not path.name.startswith("."))


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def start(desk, *words):
    return subprocess.Popen([COMITY, *map(str, words)], cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment())


def usual_time(desk, *words):
    begun = time.monotonic()
    desk(*words)
    return time.monotonic() - begun


def kill_one(process, delay):
    """Whether it had come to its end before."""
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), f"ended with {process.returncode}"
    return process.returncode == 0


@contextlib.contextmanager
def served(desk, *options):
    process = subprocess.Popen([COMITY, "serve", "--port", "0", *options], cwd=desk.folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=environment())
    try:
        base = re.search(r"http://[^/]+", process.stderr.readline()).group(0)
        yield base, process
    finally:
        process.terminate()
        process.communicate(timeout=30)
        assert process.returncode in (0, 130), process.returncode


@test
def it_is_made_while_a_server_serves_and_imports_write(desk):
    prepared(desk, imports=1)
    acknowledged, stop, faults = ["table0.csv"], threading.Event(), []

    def keep_importing():
        number = 1
        while not stop.is_set():
            try:
                take(desk, number)
            except AssertionError as fault:
                faults.append(fault)
                return
            acknowledged.append(f"table{number}.csv")
            number += 1

    with served(desk) as (base, _):
        writer = threading.Thread(target=keep_importing)
        writer.start()
        made = []
        for _ in range(8):
            before = list(acknowledged)
            path = desk("backup", "-o", "shelf").out.strip()
            made.append((path, before))
            assert urllib.request.urlopen(base + "/sources.json", timeout=30).status == 200
            time.sleep(0.1)
        stop.set()
        writer.join()
    assert not faults, faults
    desk("verify")
    assert len(acknowledged) > 3, acknowledged
    for number, (path, before) in enumerate(made):
        desk("restore", path, "--to", f"r{number}.sqlite")
        desk("verify", "-s", f"r{number}.sqlite")
        there = imports_of(desk.path(f"r{number}.sqlite"))
        assert set(before) <= set(there), f"lost: {set(before) - set(there)}"
        assert set(there.values()) == {ROWS}, f"by halves or twice: {there}"
    # What was restored goes on: what it has is not taken twice, what it lacks is.
    again = desk.json("import", desk.path("table0.csv"), "--recipe", desk.path("keep.yaml"), "-s", "r0.sqlite")
    assert again["already"] == 1, again


@test
def it_holds_the_attachments(desk):
    prepared(desk)
    path = desk("backup", "-o", "shelf").out.strip()
    shutil.rmtree(desk.path("comity.sqlite.files"))
    desk("restore", path, "--to", "r.sqlite")
    assert sorted(files_of(desk.path("r.sqlite.files"))) == [f"att-{i}.pdf" for i in range(4)]
    content = random.Random(5).randbytes(4_000_000)
    assert b"".join(files_of(desk.path("r.sqlite.files"))[f"att-{i}.pdf"] for i in range(4)) == content
    assert desk.path("r.sqlite").stat().st_mode & 0o777 == 0o600


@test
def a_killed_backup_leaves_whole_ones_only(desk):
    prepared(desk)
    rng = random.Random(SEED)
    usual = usual_time(desk, "backup", "-o", "shelf")
    n_killed, n_done, begun = 0, 1, time.monotonic()
    for kill in range(KILLS):
        is_done = kill_one(start(desk, "backup", "-o", "shelf"), rng.uniform(0, 1.2 * usual))
        n_killed += not is_done
        n_done += is_done
        assert len(shelf(desk)) >= n_done, "an acknowledged backup is gone"
        if kill % 10 == 9:
            take(desk, 3 + kill)
        for path in shelf(desk)[-2:]:
            desk("backup", "--verify", path)
        if n_killed > 5 and time.monotonic() - begun > MOST_SECONDS:
            break
    desk("verify")
    for path in shelf(desk):
        desk("backup", "--verify", path)
    desk("backup", "-o", "shelf")
    assert shelf(desk) == shelf(desk, hidden=True), "what was left is not taken away"
    assert not desk.path("comity.sqlite-backup").exists()
    print(f"     seed {SEED}: {n_killed} killed of {n_killed + n_done - 1}; one takes {usual * 1000:.0f} ms")
    assert n_killed > 5


@test
def a_killed_restore_leaves_the_old_store_or_the_new_one(desk):
    prepared(desk)
    rng = random.Random(SEED + 1)
    backup = desk("backup", "-o", "shelf").out.strip()
    old, attached = imports_of(desk.path("comity.sqlite")), files_of(desk.path("comity.sqlite.files"))
    take(desk, 3)
    new = imports_of(desk.path("comity.sqlite"))
    usual = usual_time(desk, "restore", backup, "--to", "warm.sqlite")
    n_killed, begun = 0, time.monotonic()
    for kill in range(KILLS):
        delay = rng.uniform(0, 1.2 * usual)
        if kill % 2:
            done = kill_one(start(desk, "restore", backup, "--to", "fresh.sqlite"), delay)
            assert desk.path("fresh.sqlite").exists() or not done
            if desk.path("fresh.sqlite").exists():
                desk("verify", "-s", "fresh.sqlite")
                assert imports_of(desk.path("fresh.sqlite")) == old
                assert files_of(desk.path("fresh.sqlite.files")) == attached
                for path in desk.folder.glob("fresh.sqlite*"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        else:
            done = kill_one(start(desk, "restore", backup, "--replace"), delay)
            there = imports_of(desk.path("comity.sqlite"))
            assert there == old if done else there in (old, new), there
            desk("verify")
            assert files_of(desk.path("comity.sqlite.files")) == attached
            if there == old:
                take(desk, 3)
        n_killed += not done
        for path in desk.folder.glob("comity.sqlite.replaced-*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if n_killed > 5 and time.monotonic() - begun > MOST_SECONDS:
            break
    desk("restore", backup, "--to", "last.sqlite")
    desk("restore", backup, "--replace")
    assert not list(desk.folder.glob("*-restore")) or all("fresh" in path.name for path in desk.folder.glob("*-restore"))
    print(f"     seed {SEED + 1}: {n_killed} killed; one takes {usual * 1000:.0f} ms")
    assert n_killed > 5


def limited(desk, n_bytes, *words):
    """The program, whose files may grow to so many bytes only: what a full disk does, for everybody and everywhere."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    return subprocess.run([COMITY, *map(str, words)], cwd=desk.folder, capture_output=True, text=True, env=environment(),
                          preexec_fn=limit, restore_signals=False, check=False)


@test
def a_full_disk_is_told_and_nothing_is_lost(desk):
    prepared(desk)
    size = desk.path("comity.sqlite").stat().st_size
    good = desk("backup", "-o", "shelf").out.strip()
    for room in (1000, size // 2, size + 100_000, 3_000_000):
        done = limited(desk, room, "backup", "-o", "shelf")
        assert done.returncode == 1 and "room" in done.stderr and not done.stdout, f"{room}: {done}"
        assert shelf(desk, hidden=True) == [desk.path(good)]
        done = limited(desk, room, "restore", good, "--to", "r.sqlite")
        if room < size + 100_000:
            assert done.returncode == 1 and "make room" in done.stderr, f"{room}: {done}"
            assert not desk.path("r.sqlite").exists() and not desk.path("r.sqlite-restore").exists()
    desk("verify")
    desk("backup", "--verify", good)


@contextlib.contextmanager
def small_disk(path, n_bytes):
    """A disk of so many bytes at `path`; None where this may not be done."""
    path.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "none", str(path)], capture_output=True, check=False)
    if mounted.returncode != 0:
        yield None
        return
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@test
def a_small_disk_fills_up(desk):
    """Where disks may be mounted; the test before this one says the same everywhere."""
    prepared(desk)
    with small_disk(desk.path("small"), 2_000_000) as small:
        if not small:
            return
        told = desk.refuses(1, "backup", "-o", "small")
        assert "No space left on device" in told and "make room there, or choose another place" in told, told
        assert not list(small.iterdir())
        good = desk("backup", "-o", "shelf").out.strip()
        told = desk.refuses(1, "restore", good, "--to", "small/r.sqlite")
        assert "No space left" in told and "make room" in told, told
        assert not list(small.iterdir())
        # The store's own disk is full: there is no room for the copy, and an import is refused too; both say so.
        size = desk.path("comity.sqlite").stat().st_size
        subprocess.run(["mount", "-o", f"remount,size={size + 200_000}", str(small)], check=True)
        shutil.copy(desk.path("comity.sqlite"), small / "s.sqlite")
        told = desk.refuses(1, "backup", "-s", "small/s.sqlite", "-o", "shelf")
        assert "room" in told, told
        assert [path.name for path in small.iterdir()] == ["s.sqlite"], list(small.iterdir())
        desk("verify", "-s", "small/s.sqlite")
        assert len(shelf(desk, hidden=True)) == 1


@test
def its_folder_may_vanish(desk):
    """The line to where backups go is cut: the folder is taken away while one is being made."""
    prepared(desk)
    rng = random.Random(SEED + 2)
    usual = usual_time(desk, "backup", "-o", "shelf")
    n_told = 0
    for _ in range(12):
        process = start(desk, "backup", "-o", "shelf/")
        time.sleep(rng.uniform(0, usual))
        process.send_signal(signal.SIGSTOP)
        shutil.rmtree(desk.path("shelf"))
        process.send_signal(signal.SIGCONT)
        told = process.communicate(timeout=60)[1].decode()
        assert process.returncode in (0, 1, 4), (process.returncode, told)
        if process.returncode:
            assert "shelf" in told, told
            n_told += 1
        assert not desk.path("comity.sqlite-backup").exists()
        desk("verify")
        desk.path("shelf").mkdir(exist_ok=True)
    assert n_told > 2, n_told


@test
def encrypted_it_says_nothing_without_its_passphrase(desk):
    prepared(desk)
    desk.write("comity.sqlite.files/plain.txt", "a plain word that is easy to find" * 50)
    desk.write("pass", PASSPHRASE + "\n")
    clear = desk("backup", "-o", "clear.bk").out.strip()
    secret = desk("backup", "-o", "secret.bk", "--encrypt", "--passphrase-file", "pass").out.strip()
    content = desk.path(secret).read_bytes()
    for word in (b"plain.txt", b"SQLite format", b"att-1.pdf", b"schema", b"table0.csv", b"a plain word", b"keep"):
        assert word not in content, word
    assert b"plain.txt" in desk.path(clear).read_bytes()
    assert "encrypted" in desk("backup", "--verify", secret, "--passphrase-file", "-", text=PASSPHRASE).out
    desk("restore", secret, "--passphrase-file", "pass", "--to", "r.sqlite")
    assert imports_of(desk.path("r.sqlite")) == imports_of(desk.path("comity.sqlite"))
    desk.write("wrong", "several words that nobody would put to gether")
    assert "passphrase does not open" in desk.refuses(5, "restore", secret, "--passphrase-file", "wrong", "--to", "w.sqlite")
    assert "--passphrase-file" in desk.refuses(5, "restore", secret, "--to", "w.sqlite")
    assert "--passphrase-file" in desk.refuses(2, "backup", "--encrypt")
    assert "12" in desk.refuses(1, "backup", "--passphrase-file", desk.write("short", "too short\n"))
    assert not list(desk.folder.glob("w.sqlite*"))


@test
def damage_is_noticed_wherever_it_is(desk):
    prepared(desk, imports=1, attached=400_000)
    content = bytearray(desk.path(desk("backup", "-o", "whole.bk").out.strip()).read_bytes())
    rng = random.Random(SEED + 3)
    places = [0, 14, 15, 16, 20, len(content) - 1] + [rng.randrange(len(content)) for _ in range(25)]
    for at in places:
        flipped = bytearray(content)
        flipped[at] ^= 1 << rng.randrange(8)
        told = desk.refuses(5 if at == 15 and flipped[15] == 1 else 1, "restore", desk.write("bad.bk", bytes(flipped)), "--to", "r.sqlite")
        assert "bad.bk" in told, told
        told = desk.refuses(1, "restore", desk.write("bad.bk", bytes(content[:at])), "--to", "r.sqlite")
        assert at < 16 or "cut off" in told and "use another backup" in told, told
    desk.refuses(1, "backup", "--verify", desk.write("bad.bk", bytes(content) + b"x"))
    assert not list(desk.folder.glob("r.sqlite*"))
    told = desk.refuses(1, "restore", desk.write("bad.bk", "a letter"), "--to", "r.sqlite")
    assert "is not a backup that Comity made" in told, told


@test
def what_root_restores_can_be_opened_by_whose_it_is(desk):
    """A service has a user of its own; who restores is often root. Anybody else can only make files of their own."""
    prepared(desk)
    good = desk("backup", "-o", "shelf").out.strip()
    owner = 12345 if os.getuid() == 0 else os.getuid()
    desk.path("owned").mkdir()
    if os.getuid() == 0:
        os.chown(desk.path("owned"), owner, owner)
        os.chown(desk.path("comity.sqlite"), owner, owner)
    desk("restore", good, "--to", "owned/r.sqlite")
    desk("restore", good, "--replace")
    for name in ("owned/r.sqlite", "owned/r.sqlite.files", "owned/r.sqlite.files/att-0.pdf", "comity.sqlite"):
        assert desk.path(name).stat().st_uid == owner, name


@test
def what_browsers_keep_is_not_taken_for_the_restored_store(desk):
    """The sequence number, which pages are known by, never comes again."""
    prepared(desk, imports=1)
    good = desk("backup", "-o", "shelf").out.strip()
    take(desk, 1)
    before = desk.json("query", "")["sequence"]
    desk("restore", good, "--replace")
    assert desk.json("query", "")["sequence"] > before + 1000


@test
def it_fits_a_cron_table(desk):
    prepared(desk, imports=1)
    for _ in range(4):
        done = desk("backup", "-o", "shelf", "--keep", "2", "-q")
        assert done.err == "" and desk.path(done.out.strip()).exists()
    assert len(shelf(desk)) == 2
    desk.refuses(4, "backup", "-o", "nowhere/")
    desk.refuses(4, "backup", "-s", "none.sqlite", "-o", "shelf")
    desk.refuses(6, "backup", "-o", done.out.strip())
    desk.refuses(2, "backup", "--keep", "0")
    desk.refuses(2, "restore")
    assert len(shelf(desk, hidden=True)) == 2


@test
def a_store_that_is_served_is_not_replaced(desk):
    prepared(desk)
    good = desk("backup", "-o", "shelf").out.strip()
    take(desk, 3)
    with served(desk):
        told = desk.refuses(6, "restore", good, "--replace")
        assert "stop the server" in told, told
    assert "table3.csv" in imports_of(desk.path("comity.sqlite"))
    desk("restore", good, "--replace")
    assert "table3.csv" not in imports_of(desk.path("comity.sqlite"))
    kept = [path for path in desk.folder.glob("comity.sqlite.replaced-*") if path.is_file()]
    assert len(kept) == 1 and "table3.csv" in imports_of(kept[0])
    assert "restore" in desk("ledger", "-o", "csv").out


run()
