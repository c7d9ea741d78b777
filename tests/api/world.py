"""A small simulated world, imported, linked and served: what the tests of this folder ask questions of."""
import contextlib
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

COMITY = os.environ.get("COMITY", "build/release/comity")


def need_program():
    if not os.access(COMITY, os.X_OK):
        print(f"skipped: no program at '{COMITY}'")
        sys.exit(77)


def run(folder, *arguments):
    done = subprocess.run([os.path.abspath(COMITY), *arguments], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def make_store(folder, events=1500, seed=7):
    run(folder, "simulate", "--out", "world", "--events", str(events), "--seed", str(seed))
    run(folder, "init", "w.comity")
    run(folder, "import", "-s", "w.comity", "world/customs.csv", "--recipe", "simulated-customs")
    run(folder, "import", "-s", "w.comity", "world/police.xlsx", "--recipe", "simulated-police")
    run(folder, "link", "-s", "w.comity")


@contextlib.contextmanager
def served(store="w.comity"):
    """Gives a function that asks: get(path, **headers) → Answer."""
    need_program()
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder)
        server = subprocess.Popen([os.path.abspath(COMITY), "serve", "-s", store, "--port", "0"], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            line = server.stdout.readline()
            found = re.search(r"http://[^/]+", line)
            assert found, f"no address in '{line}'"
            yield World(folder, found.group(0))
        finally:
            server.terminate()
            assert server.wait(timeout=20) in (0, 130), "the server did not end well"


class Answer:
    def __init__(self, status, headers, sent):
        self.status, self.headers, self.sent = status, headers, sent
        is_packed = headers.get("Content-Encoding") == "gzip"
        self.body = gzip.decompress(sent) if is_packed and sent else sent

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body)


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


class World:
    def __init__(self, folder, base):
        self.folder, self.base = pathlib.Path(folder), base
        self.opener = urllib.request.build_opener(StayHere)

    def get(self, path, **headers):
        headers = {"Accept-Encoding": "gzip"} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, headers=headers)
        try:
            with self.opener.open(request, timeout=60) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def run(self, *arguments):
        return run(self.folder, *arguments)


def run_tests(names, world):
    """Runs every function that is called what_must_hold(world)."""
    failed = 0
    for name, test in names.items():
        if not callable(test) or not getattr(test, "is_test", False):
            continue
        try:
            test(world)
            print(f"ok   {name}")
        except AssertionError as fault:
            failed += 1
            print(f"FAIL {name}: {fault}")
    sys.exit(1 if failed else 0)


def test(function):
    function.is_test = True
    return function
