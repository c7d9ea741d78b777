#!/usr/bin/env python3
"""docs/security: every requirement of ASVS 5.0.0 (V1 to V9, levels 1 and 2) has a row, and every file, function and test
that a row names is there; and what is said of processes holds."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# How many requirements of levels 1 and 2 each chapter has.
EXPECTED = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7}
ANSWERS = ("met", "n/a", "not met")


def rows(text):
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            yield cells


def faults_of_place(place):
    """A file, or a file and a name in it."""
    path, _, name = place.partition(":")
    if not (ROOT / path).is_file():
        return f"there is no '{path}'"
    text = (ROOT / path).read_text(encoding="utf-8")
    if name and not re.search(rf"\b{re.escape(name)}\b", text):
        return f"there is no '{name}' in '{path}'"
    return None


def places(text):
    return re.findall(r"`((?:src|tests|docs|tools|fuzz|ui|domains|include)/[^` ]+|CMakeLists\.txt)`", text)


def check_table(text):
    found, seen = {}, set()
    for number, level, asked, answer, where in rows(text):
        chapter = int(number.split(".")[0])
        found[chapter] = found.get(chapter, 0) + 1
        if number in seen:
            yield f"{number} stands twice"
        seen.add(number)
        if level not in ("1", "2") or not asked or not answer.startswith(ANSWERS):
            yield f"{number}: '{level}', '{answer}'"
        if answer == "not met" or (answer == "met" and not (places(where) or where in ("none", "there is none", "see 3.5.1"))):
            yield f"{number}: '{answer}' needs a reason or a place"
    if found != EXPECTED:
        yield f"requirements by chapter: {found}, expected {EXPECTED}"


def nothing_starts_a_process():
    """What would hand text to a shell, or start another program, is not called anywhere."""
    calls = re.compile(r"\b(system|popen|fork|vfork|exec[lv]p?e?|posix_spawnp?)\s*\(")
    for path in sorted([*ROOT.glob("src/**/*.c"), *ROOT.glob("src/**/*.h")]):
        for line in path.read_text(encoding="utf-8").splitlines():
            if calls.search(line):
                yield f"{path.relative_to(ROOT)}: {line.strip()}"


def main():
    folder = ROOT / "docs/security"
    faults = list(check_table((folder / "asvs.md").read_text(encoding="utf-8")))
    faults += nothing_starts_a_process()
    n = 0
    for path in sorted(folder.glob("*.md")):
        for place in places(path.read_text(encoding="utf-8")):
            n += 1
            fault = faults_of_place(place)
            faults += [f"{path.name}: {fault}"] if fault else []
    print("\n".join(faults) or f"{n} places are there")
    sys.exit(1 if faults or n < 100 else 0)


main()
