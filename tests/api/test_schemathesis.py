#!/usr/bin/env python3
"""Schemathesis asks everything that the description of the interface allows, and much that it does not: at a desk of
one's own, as a stranger where people have accounts, and with a token. What must hold: no failure of the server, no status
and no content type that is not described, what is invalid is refused, and what needs a log-in is closed without one.

It comes from PyPI into build/venv; without a network, and not installed yet, the test is skipped."""
import pathlib
import re
import subprocess
import sys
import tempfile

from test_people import Browser, join, serving, set_up_factor
from world import make_store, need_program, served

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / "build/venv"
VERSION = "4.32.5"
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
          "response_headers_conformance", "unsupported_method", "missing_required_header"]
# Examples, seconds at most, and what is asked besides. A key with nothing behind "=" asks for nothing, and a form
# is sent on before its query is read: so what is thrown together at random may hold faults and yet not be refused.
PHASES = {"coverage": (1, 24, ["negative_data_rejection"]), "fuzzing": (6, 8, [])}


def need_schemathesis():
    program = VENV / "bin/schemathesis"
    ready = VENV / f"schemathesis-{VERSION}"
    if ready.exists():
        return program
    for command in ([sys.executable, "-m", "venv", VENV],
                    [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"schemathesis=={VERSION}"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"skipped: no schemathesis: {(done.stderr or done.stdout).strip()[-300:]}")
            sys.exit(77)
    ready.touch()
    return program


def ask(program, description, *options, phases=PHASES, checks=(), headers=()):
    """Everything but the stream of events, which has no end."""
    n = 0
    for phase, (examples, seconds, more) in phases.items():
        words = [program, "run", description, *options, "--exclude-path", "/events", "--checks", ",".join([*CHECKS, *more, *checks]),
                 "--phases", phase, "--max-examples", str(examples), "--max-time", str(seconds), "--generation-deterministic",
                 "--workers", "2", "--warnings", "off", "--no-color"]
        for header in headers:
            words += ["-H", header]
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=600)
        told = re.search(r"(\d+) generated", done.stdout)
        assert done.returncode == 0 and told, done.stdout[-6000:] + done.stderr[-2000:]
        n += int(told.group(1))
    assert n > 100, n
    return n


def at_a_desk(program):
    with served() as world:
        return ask(program, f"{world.base}/openapi.json")


def with_accounts(program):
    """The description itself is closed to strangers, so it is read by somebody and asked by nobody."""
    with tempfile.TemporaryDirectory() as folder:
        make_store(folder, events=300)
        with serving(folder, "--accounts") as (address, link):
            ana = join(address, link, "ana")
            set_up_factor(ana)
            token = re.search(r"<pre[^>]*>([\w-]{43})</pre>", ana.fill("/account", "make-token", name="a test")[1]).group(1)
            n = ask(program, f"{address}/openapi.json", "--include-path-regex", r"\.(json|csv|geojson)$|^/(people|account)", checks=["ignored_auth"], headers=[f"Authorization: Bearer {token}"])
            described = Browser(address, Authorization=f"Bearer {token}").go("/openapi.json")[1]
            assert Browser(address).go("/openapi.json")[0] == 401
            local = pathlib.Path(folder, "openapi.json")
            local.write_text(described, encoding="utf-8")
            n += ask(program, local, "--url", address, phases={"coverage": (1, 24, [])})  # sent to the log-in before anything is read
            assert ana.go("/records")[0] == 200, "nobody has been put out by it"
            return n


def main():
    need_program()
    program = need_schemathesis()
    desk = at_a_desk(program)
    people = with_accounts(program)
    print(f"schemathesis: {desk} questions at a desk, {people} where people have accounts; all as described")


if __name__ == "__main__":
    main()
