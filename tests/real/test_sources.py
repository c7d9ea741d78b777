#!/usr/bin/env python3
"""Every real file: `sniff` drafts a recipe that a person would accept. The kept recipe is what a person made of it, and says what that is.

Accepted is a draft without a wrong line, and with at most six lines to add. In detail:

* the file's format, delimiter, encoding and decimal mark are those of the kept recipe (a mark that no cell tells may stay open);
* it says as the kept recipe does whether the file is a series of sums, and unpivots the same columns;
* each field that it maps is mapped by the kept recipe too, and from the same columns: value, unit, subdivision, coordinates, year; with the
  same order of the date (where it matters), month in which years begin, unit, and cells mapped to the same concept or to one above or below;
* it imports the same number of rows and mentions, with at most 0.1 % rejected.

A line to add is a field, a part of a field (its unit, a column), a `null`, a `map` or a `join` that the kept recipe has and the draft has not.
A `map` is one line, however long: the draft names the texts that it does not know. The line `source` is always a person's.
"""
import json
import pathlib

import real
import sources

try:
    import yaml
except ImportError:
    print("skipped: this test needs python3-yaml")
    raise SystemExit(real.SKIP)

RECIPES = real.ROOT / "domains/drugs/recipes"
MOST_TO_ADD = 6
PARTS = ("column", "unit_column", "subdivision", "latitude", "longitude", "year")
SAME_COUNTRY = {"United States": "United States of America"}


def parents():
    nodes = yaml.safe_load((real.ROOT / "domains/drugs/substances.yaml").read_text(encoding="utf-8"))["nodes"]
    return {node["code"]: node.get("parent") for node in nodes}


def path_up(concept, parent):
    while concept:
        yield concept
        concept = parent.get(concept)


class Recipe:
    """A recipe in the form in which two are compared: made columns by what they are, not by their names."""

    def __init__(self, text):
        raw = yaml.safe_load(text)
        self.file, self.is_aggregate = raw.get("file", {}), bool(raw["source"].get("aggregate"))
        self.nulls = {str(token).lower() for token in raw.get("null", [])}
        unpivot = raw.get("unpivot", {})
        self.unpivoted = set(unpivot.get("columns", []))
        made = {unpivot.get(key): f"@{key}" for key in ("name", "value", "unit") if unpivot.get(key)}
        for join in raw.get("join", []):
            made[join["into"]] = "+".join(join["columns"])
        self.n_joins = len(raw.get("join", []))
        self.fields = {}
        for line in raw["fields"]:
            line = dict(line)
            for part in PARTS:
                if part in line:
                    line[part] = made.get(line[part], line[part])
            if line.get("level") == "subdivision" and "subdivision" not in line:
                line["subdivision"] = line.pop("column")
            # Both ways of telling a unit by the unpivoted column's name.
            if line.get("unit_column") in ("@unit", "@name"):
                line["unit_column"] = "@unit"
            self.fields[line["field"]] = line


def wrong_lines(draft, kept, parent):
    for key in ("format", "delimiter", "encoding"):
        if key in draft.file and key in kept.file and str(draft.file[key]).lower() != str(kept.file[key]).lower():
            yield f"file {key}: {draft.file[key]}"
    if draft.file.get("decimal", "auto") not in ("auto", kept.file.get("decimal")):
        yield f"decimal: {draft.file['decimal']}"
    if draft.is_aggregate != kept.is_aggregate:
        yield f"aggregate: {draft.is_aggregate}"
    if draft.unpivoted != kept.unpivoted:
        yield f"unpivot: {sorted(draft.unpivoted ^ kept.unpivoted)}"
    for field, line in draft.fields.items():
        if field not in kept.fields:
            yield f"{field}: {line}"
            continue
        yield from (f"{field} {what}" for what in wrong_parts(line, kept.fields[field], kept.nulls, parent))


def wrong_parts(line, kept, nulls, parent):
    for part in PARTS + ("value", "unit", "year_begins", "per"):
        said, meant = line.get(part), kept.get(part)
        if said is not None and SAME_COUNTRY.get(said, said) != meant:
            yield f"{part}: {said}, not {meant}"
    if kept.get("order") in ("dmy", "mdy") and line.get("order") != kept["order"]:
        yield f"order: {line.get('order')}"
    units = {entry["from"]: entry["to"] for entry in kept.get("unit_map", [])}
    for entry in line.get("unit_map", []):
        if units and units.get(entry["from"]) != entry["to"]:
            yield f"unit of {entry['from']}: {entry['to']}"
    concepts = {entry["from"].lower(): entry["to"] for entry in kept.get("map", [])}
    for entry in line.get("map", []):
        meant = concepts.get(entry["from"].lower())
        is_near = meant and (meant in path_up(entry["to"], parent) or entry["to"] in path_up(meant, parent))
        if entry["from"].lower() in nulls or (meant is not None and not is_near):
            yield f"map of {entry['from']}: {entry['to']}, not {meant}"


def lines_to_add(draft, kept):
    for field, line in kept.fields.items():
        if field not in draft.fields:
            yield field
            continue
        told = draft.fields[field]
        yield from (f"{field} {part}" for part in PARTS + ("unit",) if part in line and part not in told)
        mapped = {entry["from"].lower() for entry in told.get("map", [])}
        if any(entry["from"].lower() not in mapped for entry in line.get("map", [])):
            yield f"{field} map"
    if kept.nulls - draft.nulls - {"--", "not known"}:
        yield "null"
    if kept.n_joins > draft.n_joins:
        yield "join"


def check(checks, folder, entry, parent):
    file, recipe, *_ = entry
    path, written = real.DATA / file, pathlib.Path(folder) / "draft.yaml"
    real.comity("sniff", path, "--write", written)
    text = written.read_text(encoding="utf-8")
    draft, kept = Recipe(text), Recipe((RECIPES / f"{recipe}.yaml").read_text(encoding="utf-8"))
    wrong, to_add = list(wrong_lines(draft, kept, parent)), list(lines_to_add(draft, kept))
    checks.holds(not wrong, f"{file}: no wrong line {wrong}")
    checks.holds(len(to_add) <= MOST_TO_ADD, f"{file}: {len(to_add)} lines to add: {', '.join(to_add) or '-'}")
    checks.holds("# Unsure:" in text, f"{file}: the draft says what it is unsure of")
    receipts = []
    for name in (written, recipe):
        store = pathlib.Path(folder) / "dry.sqlite"
        real.comity("init", store)
        receipts.append(json.loads(real.comity("import", path, "--recipe", name, "--dry-run", "-o", "json", store=store))["counts"])
        store.unlink()
    by_draft, by_kept = receipts
    checks.holds(by_draft["mentions"] == by_kept["mentions"] and by_draft["rejected"] * 1000 <= by_draft["rows"],
                 f"{file}: as drafted {by_draft['mentions']} mentions, {by_draft['rejected']} rejected; by the kept recipe {by_kept['mentions']}")


def main():
    entries = sources.present()
    if not entries:
        real.need(real.UNODC)
    checks = real.Checks()
    parent = parents()
    with real.temporary() as folder:
        for entry in entries:
            check(checks, folder, entry, parent)
    page = (real.ROOT / "docs/SOURCES.md").read_text(encoding="utf-8")
    for file, *_ in sources.FILES:
        checks.holds(page.count(f"| `{file}` |") >= 3, f"docs/SOURCES.md: {file} is in its tables")
    checks.end()


main()
