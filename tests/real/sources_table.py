#!/usr/bin/env python3
"""The tables of docs/SOURCES.md: every real file imported, and what its receipt says, beside the sums of a script (sources.py).

    python3 tests/real/sources_table.py            prints them
    python3 tests/real/sources_table.py --write    puts them into docs/SOURCES.md, between the markers
"""
import sys

import real
import sources

BEGIN = "<!-- tables: python3 tests/real/sources_table.py --write -->"
END = "<!-- end of tables -->"
STATES = ("typed", "null", "unread", "absent")


def share(states, n):
    """The typed share of what the file tells, with what it names as unknown beside it."""
    told = states["typed"] + states["unread"]
    text = f"{100 * states['typed'] / told:.2f}"
    empty = n - told
    return text + (f" ({100 * empty / n:.0f} % not told)" if empty and 100 * empty / n >= 0.5 else "")


def line(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def rows_table(entries):
    yield line("file", "recipe", "rows", "mentions", "left out by the recipe", "rejected", "why rejected")
    yield line("---", "---", "--:", "--:", "--:", "--:", "---")
    for (file, recipe, *_), receipt in entries:
        counts = receipt["counts"]
        reasons = ", ".join(f"{group['mend']}: {group['count']}" for group in receipt["rejects"]) or "-"
        yield line(f"`{file}`", recipe, f"{counts['rows']:,}", f"{counts['mentions']:,}", counts["filtered"],
                   f"{counts['rejected']} ({100 * counts['rejected'] / counts['rows']:.3f} %)", reasons)


FIRST = ("date", "country", "place", "drug", "amount")


def fields_table(entries):
    yield line("file", *FIRST, "other fields", "texts that are not understood")
    yield line("---", *["--:"] * len(FIRST), "---", "---")
    for (file, *_), receipt in entries:
        n = receipt["counts"]["mentions"]
        told = {field: states for field, states in receipt["fields"].items() if states["typed"] + states["unread"]}
        unread = [f"{field}: '{text['text']}' {text['count']}" for field, texts in receipt["unread"].items() for text in texts[:3]]
        yield line(f"`{file}`", *(share(told[field], n) if field in told else "-" for field in FIRST),
                   ", ".join(f"{field} {share(states, n)}" for field, states in told.items() if field not in FIRST) or "-", "; ".join(unread) or "-")


def places_table(entries):
    levels = ("point", "settlement", "district", "subdivision", "country", "sea")
    yield line("file", *levels, "not placed")
    yield line("---", *["--:"] * 7)
    for (file, *_), receipt in entries:
        states = receipt["fields"]["place"]
        if not states["typed"] + states["unread"]:
            continue
        yield line(f"`{file}`", *(f"{receipt['places'][level]:,}" for level in levels),
                   f"{states['unread'] + states['null'] + states['absent']:,}")


def sums_table(entries):
    yield line("file", "pairs of drug and unit", "equal in count and sum", "statements with an amount", "sum in the commonest unit, Comity",
               "by the script", "counts, Comity", "by the script")
    yield line("---", "--:", "--:", "--:", "--:", "--:", "---", "---")
    for (file, _, read, drugs), receipt in entries:
        own, counts, *_ = sources.own_sums(read(real.DATA / file), drugs)
        theirs = sources.receipt_sums(receipt, drugs)
        units = {}
        for (_, unit), (n, _) in own.items():
            units[unit] = units.get(unit, 0) + n
        unit = max(units, key=units.get)
        total = [float(sum(amount for (_, u), (_, amount) in sums.items() if u == unit)) for sums in (theirs, own)]
        pairs = set(own) | set(theirs)
        yield line(f"`{file}`", len(pairs), len(pairs) - len(sources.differences(own, theirs)), f"{sum(n for n, _ in own.values()):,}",
                   f"{total[0]:,.3f} {unit}", f"{total[1]:,.3f} {unit}",
                   ", ".join(f"{name} {receipt['fields'][name]['sum']:,}" for name in counts) or "-",
                   ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "-")


def tables():
    files = sources.present()
    with real.temporary() as folder:
        _, receipts = real.imported(folder, *((real.DATA / entry[0], entry[1]) for entry in files))
    entries = list(zip(files, receipts))
    for title, make in (("Rows", rows_table), ("Fields", fields_table), ("Places", places_table), ("Sums", sums_table)):
        yield f"### {title}\n"
        yield from make(entries)
        yield ""


def main():
    real.need(real.UNODC)
    text = "\n".join(tables())
    if "--write" not in sys.argv:
        print(text)
        return
    page = real.ROOT / "docs/SOURCES.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


main()
