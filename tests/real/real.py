"""What the tests over real files share. The files are other people's: they stay outside the project."""
import csv
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT.parent / "shared/data/seizures"
COMITY = os.environ.get("COMITY", str(ROOT / "build/release/comity"))
UNODC = DATA / "unodc-ids-2011-2016.csv.gz"
POLICE = DATA / "colombia-policia-2016-01.csv.gz"
SKIP = 77


def need(*paths):
    for path in paths:
        if not path.exists():
            print(f"skipped: {path.name} is not here (../shared/data)")
            sys.exit(SKIP)


def comity(*words, store=None, text=None):
    command = [COMITY, *map(str, words)] + (["--store", str(store)] if store else [])
    done = subprocess.run(command, capture_output=True, text=True, input=text, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def rows(path, delimiter):
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def imported(folder, *files):
    """A new store in `folder` with (file, recipe) pairs imported; the store and the receipts."""
    store = pathlib.Path(folder) / "store.sqlite"
    comity("init", store)
    receipts = []
    for file, recipe in files:
        receipts.append(json.loads(comity("import", file, "--recipe", recipe, "--rejects", pathlib.Path(folder) / "rejects", "-o", "json", store=store)))
    return store, receipts


def temporary():
    return tempfile.TemporaryDirectory(prefix="comity-test-")


class Checks:
    """Counts what holds and says what does not."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def holds(self, condition, what):
        self.passed, self.failed = self.passed + bool(condition), self.failed + (not condition)
        print(("ok   " if condition else "FAIL ") + what)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
