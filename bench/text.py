#!/usr/bin/env python3
"""Comparators beside RapidFuzz's C++ headers, and the similarity join; prints Markdown tables. Part of bench/run.py, or by itself:

    python3 bench/text.py [--quick]

RapidFuzz comes from PyPI as source (its headers are in it) into build/bench; without it, or without a C++ compiler, our own numbers stand
alone. Numbers are medians of repeats that take turns, in processor time of one core. Their packed form takes 16 letters at most: it gets
names cut to 16, and ours the whole names.
"""
import argparse
import csv
import gzip
import os
import pathlib
import statistics
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench"
OURS = ROOT / "build/release/bench_text"
HISTORICAL = ROOT.parent / "shared/data/linkage/historical_50k.csv.gz"
RAPIDFUZZ = "rapidfuzz==3.14.6"
FORMS = [("pair", "one pair"), ("cached", "one against many, as they come"), ("packed", "one against many, packed"),
         ("baseline", "packed, without AVX2")]
MEASURES = [("jw", "Jaro-Winkler"), ("jw.85", "Jaro-Winkler from 0.85"), ("levenshtein", "Levenshtein"), ("osa", "OSA")]


def run(*words, **env):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, env=os.environ | env).stdout


def numbers(text):
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}


def headers():
    """The folder of RapidFuzz's headers. The source package needs its build system present only to tell its name, so that is put into
    an environment first, and its extension is left unbuilt: either would take minutes."""
    found = sorted(WORK.glob("rapidfuzz-*/extern/rapidfuzz-cpp"))
    if found:
        return found[-1]
    venv = WORK / "venv-source"
    run(sys.executable, "-m", "venv", venv)
    run(venv / "bin/python", "-m", "pip", "install", "-q", "scikit-build-core", "Cython")
    run(venv / "bin/python", "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "--no-binary", "rapidfuzz",
        "-d", WORK, RAPIDFUZZ, RAPIDFUZZ_BUILD_EXTENSION="false")
    with tarfile.open(sorted(WORK.glob("rapidfuzz-*.tar.gz"))[-1]) as archive:
        archive.extractall(WORK, filter="data")
    return sorted(WORK.glob("rapidfuzz-*/extern/rapidfuzz-cpp"))[-1]


def peer():
    """The program that does the same with RapidFuzz, or None."""
    program, source = WORK / "peer_text", ROOT / "bench/peer_text.cpp"
    try:
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            run("c++", "-std=c++17", "-O3", "-DNDEBUG", "-mavx2", "-I", headers(), "-o", program, source)
        return program
    except (OSError, subprocess.CalledProcessError, IndexError) as failure:
        print(f"bench: no RapidFuzz: {failure}", file=sys.stderr)
        return None


def surnames(most):
    """A file of distinct surnames: real ones where they are at hand, otherwise such as never were."""
    path = WORK / "surnames.txt"
    if HISTORICAL.exists():
        with gzip.open(HISTORICAL, "rt", encoding="utf-8") as file:
            names = sorted({row["surname"] for row in csv.DictReader(file) if row["surname"].isascii() and row["surname"]})
        path.write_text("\n".join(names[::max(1, len(names) // most)][:most]) + "\n")
        return path, "of historical_50k"
    path.write_text(run(OURS, "names", most))
    return path, "made up"


def median_of(runs, name):
    values = [result[name] for result in runs if name in result]
    return statistics.median(values) if values else None


def comparators(out, quick):
    path, origin = surnames(1000 if quick else 5000)
    names = path.read_text().split("\n")[:-1]
    queries, repeats, theirs_program = (100, 3, peer()) if quick else (400, 7, peer())
    ours, theirs = [], []
    for _ in range(repeats):
        ours.append(numbers(run(OURS, "pairs", path, queries)))
        if theirs_program:
            theirs.append(numbers(run(theirs_program, path, queries)))
    out(f"### Comparators\n\n{len(names)} surnames {origin}, mean {sum(map(len, names)) / len(names):.1f} letters; ns a pair, one core, "
        f"medians of {repeats}.\n\n| form | measure | Comity | RapidFuzz C++ | ratio |\n|---|---|---:|---:|---:|")
    for form, form_name in FORMS:
        for measure, name in MEASURES:
            mine, other = median_of(ours, f"{form}_{measure}"), median_of(theirs, f"{form}_{measure}")
            if mine is not None:
                out(f"| {form_name} | {name} | {mine:.1f} | {f'{other:.1f}' if other else '–'} | "
                    f"{f'{other / mine:.1f}' if other else '–'} |")
    out("")


def joins(out, quick):
    out("Similarity join of made-up surnames, one core.\n\n| names | asked: Jaro-Winkler, edits | holds | pairs | comparisons | s |\n"
        "|---:|---|---|---:|---:|---:|")
    for n in [5000, 20000] if quick else [5000, 20000, 50000, 1000000]:
        path = WORK / f"names{n}.txt"
        if not path.exists():
            path.write_text(run(OURS, "names", n))
        for least, edits in [(800, 2), (900, 1)]:
            got = numbers(run(OURS, "join", path, least, edits))
            out(f"| {n:,} | {least / 1000:.2f}, {edits} | {got['least'] / 1000:.2f}, {got['edits']:.0f} | {got['pairs']:,.0f} | "
                f"{got['compared']:,.0f} | {got['seconds']:.2f} |")
    out("")


def report(out, quick):
    """out: takes a line of Markdown."""
    WORK.mkdir(parents=True, exist_ok=True)
    run("cmake", "--build", ROOT / "build/release", "--target", "bench_text")
    comparators(out, quick)
    joins(out, quick)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    report(print, parser.parse_args().quick)


if __name__ == "__main__":
    main()
