#!/usr/bin/env python3
"""200 imports are killed (SIGKILL) at random moments. After each: what was acknowledged is there, whole; what was not is
there whole or not at all; the store is sound, and the next import goes on.

An import is acknowledged when the program ends with exit status 0. KILLS and SEED may be given in the environment.
"""
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

COMITY = os.environ.get("COMITY", "build/release/comity")
KILLS = int(os.environ.get("KILLS", "200"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
ROWS = 6000
MOST_SECONDS = 80

RECIPE = """recipe: kill
domain: drugs
source: { code: kill, title: Rows to be killed, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }
fields:
  - { field: date, column: DAY, order: ymd }
  - { field: country, value: Colombia }
  - { field: drug, column: DRUG }
  - { field: amount, column: KG, unit: kg }
"""


def write_table(path, number):
    """Rows that no other table has: the number is in the amounts."""
    with open(path, "w", encoding="utf-8") as out:
        out.write("DAY,DRUG,KG\n")
        for i in range(ROWS):
            out.write(f"2016-{1 + i % 12:02d}-{1 + i % 28:02d},Cocaine,{number * ROWS + i}.5\n")


def start(store, table, recipe):
    command = [COMITY, "import", str(table), "--recipe", str(recipe), "--store", str(store)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ask(store, sql):
    """Reads the store without the program. The connection is closed, so that it holds nothing."""
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def check(store, acknowledged, kill):
    there = dict(ask(store, "SELECT i.file_name, count(m.id) FROM import AS i LEFT JOIN mention AS m"
                            " ON m.id BETWEEN i.first_mention AND i.last_mention WHERE i.state = 1 GROUP BY i.number"))
    lost = [name for name in acknowledged if name not in there]
    assert not lost, f"kill {kill}: acknowledged and lost: {lost}"
    torn = {name: n for name, n in there.items() if n != ROWS}
    assert not torn, f"kill {kill}: published by halves: {torn}"
    return there


def verify(store):
    done = subprocess.run([COMITY, "verify", "--store", str(store)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def finish(process):
    message = process.communicate()[1]
    assert process.returncode == 0, message.decode()


def warm_up(folder, store, recipe):
    """Three whole imports: how long one takes."""
    took = []
    for number in range(3):
        table = folder / f"warm{number}.csv"
        write_table(table, number)
        begun = time.monotonic()
        finish(start(store, table, recipe))
        took.append(time.monotonic() - begun)
    return sorted(took)[1]


def kill_one(process, delay):
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), f"ended with {process.returncode}"
    return process.returncode == 0


def live_imports(store):
    """The imports whose mentions are live, with how many."""
    return ask(store, "SELECT m.import, count(*) FROM mention AS m JOIN import AS i ON i.number = m.import WHERE i.state = 1"
                      " AND m.superseded_by IS NULL AND m.retracted_by IS NULL GROUP BY m.import")


def run_editions(folder):
    """Editions that each retract all of the one before, and their undoing, are killed: live is one of the two, whole."""
    rng = random.Random(SEED + 1)
    store, recipe, table = folder / "editions.comity", folder / "kill.yaml", folder / "edition.csv"
    subprocess.run([COMITY, "init", str(store)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    write_table(table, 0)
    begun = time.monotonic()
    finish(start(store, table, recipe))
    usual, n_killed, n_changed, current = time.monotonic() - begun, 0, 0, 1
    for kill in range(KILLS // 4):
        if kill % 3 == 2 and current > 1:
            command = [COMITY, "undo", str(current), "--store", str(store)]
        else:
            write_table(table, 1 + kill)
            command = [COMITY, "import", str(table), "--recipe", str(recipe), "--store", str(store), "--covers", "2016", "--complete"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        n_killed += not kill_one(process, rng.uniform(0.0, 1.3 * usual))
        live = live_imports(store)
        assert len(live) == 1 and live[0][1] == ROWS, f"kill {kill}: live are {live}"
        n_changed += live[0][0] != current
        current = live[0][0]
        if kill % 10 == 9:
            verify(store)
        if time.monotonic() - begun > MOST_SECONDS / 3:
            break
    verify(store)
    print(f"editions: {n_killed} killed, {n_changed} took effect, whole")
    assert n_killed > 0


def run(folder):
    rng = random.Random(SEED)
    store, recipe = folder / "kill.comity", folder / "kill.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    subprocess.run([COMITY, "init", str(store)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    usual = warm_up(folder, store, recipe)
    acknowledged = {f"warm{number}.csv" for number in range(3)}
    n_killed, n_cut, begun = 0, 0, time.monotonic()
    for kill in range(KILLS):
        table = folder / f"table{kill}.csv"
        write_table(table, 3 + kill)
        is_done = kill_one(start(store, table, recipe), rng.uniform(0.0, 1.15 * usual))
        if is_done:
            acknowledged.add(table.name)
        there = check(store, acknowledged, kill)
        n_killed += not is_done
        n_cut += table.name not in there
        acknowledged |= {table.name} & there.keys()  # what was seen may not vanish either
        table.unlink()
        if kill % 25 == 24:
            verify(store)
        if time.monotonic() - begun > MOST_SECONDS:
            print(f"stopped after {kill + 1} of {KILLS}: {MOST_SECONDS} s are over")
            break
    verify(store)
    write_table(folder / "after.csv", 100000)
    finish(start(store, folder / "after.csv", recipe))
    check(store, acknowledged | {"after.csv"}, KILLS)
    assert ask(store, "SELECT count(*) FROM import WHERE state = 0") == [(0,)]
    print(f"seed {SEED}: {n_killed} killed, {n_cut} of them before publishing; {len(acknowledged)} imports are there and whole;"
          f" one took {usual * 1000:.0f} ms, all {time.monotonic() - begun:.0f} s")
    assert n_killed > 0 and n_cut > 0


def main():
    if not shutil.which(COMITY):
        print(f"'{COMITY}' is not there")
        return 77
    with tempfile.TemporaryDirectory(prefix="comity-kill-") as folder:
        run(pathlib.Path(folder))
        run_editions(pathlib.Path(folder))
    return 0


sys.exit(main())
