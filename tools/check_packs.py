#!/usr/bin/env python3
"""A benchmark pack says which type a column has, and nothing else: no rule, level, weight or threshold may be tuned to a file whose
truth is known, or the tables of docs/BENCHMARKS.md would mean nothing. Fails on anything else; tools/lint.sh runs it.

    python3 tools/check_packs.py [FILE…]      default: bench/packs/*
"""
import pathlib
import re
import sys

PACKS = pathlib.Path(__file__).resolve().parent.parent / "bench/packs"
TYPES = {"name", "text", "date", "identifier", "category", "count", "number"}
COLUMN = re.compile(r"  ([^\s:#'\"&*!{}\[\]][^:#'\"{}\[\]]*): ([a-z]+)")


def faults(text):
    """What is wrong with a pack's text: (line from 1, sentence). Strict on purpose: two spaces, `column: type`, no comments."""
    lines = text.splitlines()
    if not lines or lines[0] != "columns:":
        yield 1, "the one member is 'columns:'"
        return
    seen = set()
    for number, line in enumerate(lines[1:], 2):
        found = COLUMN.fullmatch(line)
        if not found:
            yield number, f"'{line}' is not '  column: type'"
        elif found[2] not in TYPES:
            yield number, f"no type '{found[2]}'; there are {', '.join(sorted(TYPES))}"
        elif found[1] in seen:
            yield number, f"the column '{found[1]}' stands twice"
        else:
            seen.add(found[1])
    if not seen:
        yield 1, "no column has a type"


def main():
    files = [pathlib.Path(name) for name in sys.argv[1:]] or sorted(PACKS.iterdir())
    bad = [f"{path}:{number}: {what}" for path in files for number, what in faults(path.read_text(encoding="utf-8"))]
    bad += [f"{path}: a pack's name ends in .yaml" for path in files if path.suffix != ".yaml"]
    print("\n".join(bad) if bad else f"packs: {len(files)} hold column and type only")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
