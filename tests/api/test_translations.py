#!/usr/bin/env python3
"""Every string of the pages is in every catalogue, translated, with the same places ({n}) as in English."""
import ast
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FORMS = {"es": 2, "fr": 2, "pt": 2, "ru": 3, "ar": 6, "zh": 1}


def entries(path):
    """Lists of (key, text) for each entry: msgid, msgid_plural, msgstr, msgstr[0] …"""
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        found = []
        for line in block.splitlines():
            match = re.match(r'(msg[a-z_]+(?:\[\d\])?) (".*")$', line)
            if match:
                found.append([match.group(1), ast.literal_eval(match.group(2))])
            elif line.startswith('"') and found:
                found[-1][1] += ast.literal_eval(line)
        if found and found[0][1]:
            yield dict(found)


def places(text):
    return sorted(re.findall(r"\{[a-z]+\}", text))


def sources():
    """What the source says now."""
    with tempfile.TemporaryDirectory() as scratch:
        out = pathlib.Path(scratch) / "now.pot"
        files = sorted(str(p) for folder in ("page", "link", "http", "share", "files", "flow", "store") for p in ROOT.glob(f"src/{folder}/*.c"))
        subprocess.run(["xgettext", "--from-code=UTF-8", "--language=C", "--keyword=tr:2", "--keyword=tr_n:2,3",
                        "--keyword=TITLE", "--keyword=TELL", "--keyword=add_word:4", "--no-location", "-o", str(out), *files], check=True)
        return {entry["msgid"] for entry in entries(out)}


def check(language, wanted):
    faults, seen = [], set()
    for entry in entries(ROOT / "po" / f"{language}.po"):
        english = entry["msgid"]
        seen.add(english)
        texts = [text for key, text in entry.items() if key.startswith("msgstr")]
        if "msgid_plural" in entry and len(texts) != FORMS[language]:
            faults.append(f"{language}: '{english}' has {len(texts)} forms")
        for text in texts:
            if not text:
                faults.append(f"{language}: '{english}' is not translated")
            elif places(text) != places(english):
                faults.append(f"{language}: '{english}' has other places: '{text}'")
    faults += [f"{language}: '{english}' is missing" for english in sorted(wanted - seen)]
    faults += [f"{language}: '{english}' is in no page any more" for english in sorted(seen - wanted)]
    return faults


def main():
    wanted = sources()
    assert len(wanted) > 100, f"only {len(wanted)} strings found"
    faults = [fault for language in FORMS for fault in check(language, wanted)]
    print("\n".join(faults) or f"{len(wanted)} strings in {len(FORMS)} languages")
    sys.exit(1 if faults else 0)


main()
