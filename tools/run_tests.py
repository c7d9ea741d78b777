#!/usr/bin/env python3
"""Builds and runs every test and closes with one line of counts.

Two builds: unit tests run under AddressSanitizer and UndefinedBehaviorSanitizer (build/sanitize) and, those that touch
threads, under ThreadSanitizer (build/thread); everything that drives the program from outside runs on the release build.
Arguments are handed to cmake when configuring.
"""
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Unit tests that touch threads.
THREADED = ["test_base", "test_link", "test_view", "test_http", "test_http_server", "test_http_post", "test_http_parts", "test_http_patience",
            "test_http_tls", "test_http_memory", "test_flow_import", "test_keep_schedule", "test_match", "test_similarity_join"]
# preset, build targets, ctest selection
RUNS = [
    ("release", [], ["-E", r"^unit\."]),
    ("sanitize", [], ["-R", r"^unit\."]),
    ("thread", THREADED, ["-R", rf"^unit\.({'|'.join(THREADED)})$"]),
]


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, check=False, **options).returncode


def build(preset, targets, extra):
    log = ROOT / "build" / f"configure-{preset}.log"
    with open(log, "w", encoding="utf-8") as out:
        failed = run(["cmake", "--preset", preset, *extra], stdout=out, stderr=out)
    if failed:
        sys.stdout.write(log.read_text(encoding="utf-8"))
        sys.exit("tests: configuring failed")
    command = ["cmake", "--build", f"build/{preset}"]
    if targets:
        existing = (ROOT / "build" / preset / "build.ninja").read_text(encoding="utf-8")
        targets = [t for t in targets if f"build {t}:" in existing]
        command += ["--target", *targets]
    log = ROOT / "build" / f"build-{preset}.log"
    with open(log, "w", encoding="utf-8") as out:
        failed = run(command, stdout=out, stderr=out)
    if failed:
        sys.stdout.write("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-60:]))
        sys.exit(f"tests: the build '{preset}' failed")


def counts_of(report):
    passed = failed = 0
    skipped = []
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        if case.get("status") == "run":
            passed += 1
        elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            skipped.append(case.get("name"))
        else:
            failed += 1
    return passed, failed, skipped


def main():
    os.makedirs(ROOT / "build", exist_ok=True)
    total_passed = total_failed = 0
    all_skipped = []
    for preset, targets, selection in RUNS:
        started = time.time()
        build(preset, targets, sys.argv[1:])
        print(f"tests: built {preset} in {time.time() - started:.0f} s", flush=True)
        report = ROOT / "build" / f"tests-{preset}.xml"
        report.unlink(missing_ok=True)
        run(["ctest", "--test-dir", f"build/{preset}", "--output-on-failure", "--output-junit", str(report), "-j", "2",
             "--no-tests=ignore", *selection])
        if not report.exists():
            continue
        passed, failed, skipped = counts_of(report)
        total_passed, total_failed = total_passed + passed, total_failed + failed
        all_skipped += skipped
    includes = run([sys.executable, "tools/check_includes.py"])
    total_passed, total_failed = total_passed + (includes == 0), total_failed + (includes != 0)
    if all_skipped:
        print("skipped: " + ", ".join(re.sub(r"^.*\.", "", name) for name in all_skipped))
    print(f"{total_passed} passed, {total_failed} failed, {len(all_skipped)} skipped")
    return 1 if total_failed or not total_passed else 0


sys.exit(main())
