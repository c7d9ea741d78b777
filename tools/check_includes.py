#!/usr/bin/env python3
"""Fails when a source file includes against the direction of the house (docs/ARCHITECTURE.md).

base < text < value < domain < match < {read, store, link, view} < {share, sums, files, keep} < flow < {intake, simulate} < {http, page} < cli
Folders of one rank do not include each other, but http and page do.
"""
import pathlib
import re
import sys

RANK = {"base": 0, "text": 1, "value": 2, "domain": 3, "match": 3.5, "read": 4, "store": 4, "link": 4, "view": 4,
        "share": 5, "sums": 5, "files": 5, "keep": 5, "flow": 6, "intake": 7, "simulate": 7, "http": 8, "page": 8, "cli": 9}
# A backup checks what is attached as `comity verify` does.
# The view works on what linking resolved: it may see that type, and nothing else of a folder of its rank.
ALLOWED = {("view", "link/resolve.h"), ("keep", "files/attachment.h"), ("http", "page"), ("page", "http")}


def main():
    root = pathlib.Path(__file__).resolve().parent.parent / "src"
    faults = []
    for path in sorted(root.rglob("*.[ch]")):
        folder = path.relative_to(root).parts[0]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            target = match.group(1)
            other = target.split("/")[0]
            if other not in RANK or other == folder:
                continue
            if (folder, target) in ALLOWED or (folder, other) in ALLOWED:
                continue
            if RANK[other] >= RANK[folder]:
                faults.append(f"{path.relative_to(root.parent)}:{number}: '{folder}' must not include '{target}'")
    print("\n".join(faults) or "includes: all point one way")
    return 1 if faults else 0


sys.exit(main())
