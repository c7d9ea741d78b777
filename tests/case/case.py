"""What the tests of the program from outside share: a folder with a store of its own, and a plain runner.

A test is a function marked with @test; it gets a Desk in a fresh folder. A file ends with `run()`.
"""
import csv
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import traceback

from simulated import recipe_of

COMITY = os.path.abspath(os.environ.get("COMITY", "build/release/comity"))
SKIP = 77
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Done:
    """What a call of the program left behind."""

    def __init__(self, words, process):
        self.words = " ".join(map(str, words))
        self.status, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def rows(self):
        return list(csv.DictReader(io.StringIO(self.out, newline="")))

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more):
    """The tests decide what the program sees of the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COMITY_") and name != "NO_COLOR"}
    return {**kept, **more}


class Desk:
    """A folder, and the program called in it; the store is `comity.sqlite` there."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def path(self, name):
        return self.folder / name

    def write(self, name, content):
        """Text (UTF-8, as it is) or bytes into a file; its path."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def call(self, *words, text=None, env=None):
        """Runs the program, whatever comes of it."""
        content = text.encode() if isinstance(text, str) else text
        done = subprocess.run([COMITY, *map(str, words)], cwd=self.folder, capture_output=True, input=content, timeout=300,
                              env=environment(**(env or {})), check=False)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return Done(words, done)

    def __call__(self, *words, text=None, env=None):
        """Runs the program, which must succeed."""
        done = self.call(*words, text=text, env=env)
        assert done.status == 0, f"comity {done.words}: {done.status}\n{done.err}"
        return done

    def json(self, *words, text=None):
        return self(*words, "-o", "json", text=text).json

    def refuses(self, status, *words, text=None):
        """Runs the program, which must end with this status and say why; what it said."""
        done = self.call(*words, text=text)
        assert done.status == status, f"comity {done.words}: {done.status} instead of {status}\n{done.err}"
        assert done.err.startswith("comity: "), f"comity {done.words}: no reason: {done.err!r}"
        return done.err

    # ---- what many tests do ----

    def load(self, name, content, recipe, *options):
        """Writes a file and imports it; the receipt."""
        return self.json("import", self.write(name, content), "--recipe", recipe, *options)

    def entities(self, *query):
        """All that a query finds, as a list of what an export has."""
        return self("export", *query, "-o", "ndjson").lines

    def statements(self, *query):
        """Every statement behind what a query finds."""
        return [statement for row in self.entities(*query) for statement in self.json("show", row["id"])["statements"]]

    def world(self, events, seed, *options, folder="world"):
        """A simulated world in `folder`, not yet imported."""
        self("simulate", "--out", folder, "--events", events, "--seed", seed, *options)
        return self.path(folder)

    def take_world(self, folder="world", files=("customs.csv", "police.xlsx", "police-revised.xlsx")):
        """Imports files of a simulated world: their names begin with their source's."""
        for name in files:
            self("import", self.path(folder) / name, "--recipe", recipe_of(name))

    def dump(self, sql):
        """Reads the store without the program."""
        import sqlite3
        with sqlite3.connect(f"file:{self.path('comity.sqlite')}?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()


def zipped(content):
    return gzip.compress(content.encode() if isinstance(content, str) else content)


def close_to(a, b, share=1e-9):
    return abs(a - b) <= share * max(abs(a), abs(b), 1)


def eventually(condition, seconds, what):
    """Waits until the condition gives something true; that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def run():
    """Runs all tests of the file, or those that are named on the command line."""
    if not os.access(COMITY, os.X_OK):
        print(f"skipped: no program at '{COMITY}'")
        sys.exit(SKIP)
    passed = failed = 0
    for function in TESTS:
        if len(sys.argv) > 1 and function.__name__ not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory(prefix="comity-case-") as folder:
            try:
                function(Desk(folder))
                passed += 1
                print(f"ok   {function.__name__}", flush=True)
            except Exception:  # a test may fail in any way
                failed += 1
                print(f"FAIL {function.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
