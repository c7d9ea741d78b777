#!/usr/bin/env python3
"""The description of the interface for programs: every address of the route table is in it, every key that it names is
understood, and nothing in it leads nowhere."""
import pathlib
import re

from world import run_tests, served, test

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENDS = {"ANSWER": ("", ".json"), "TABLE": ("", ".json", ".csv"), "PLACES": ("", ".json", ".csv", ".geojson"), "PEOPLE": ("",), "1u << PAGE_JSON": (".json",)}


def routes():
    """Of the table in the source: pattern, formats, whether there is a form."""
    table = (ROOT / "src/page/routes.c").read_text(encoding="utf-8")
    table = table[table.index("ROUTES[] = {"):table.index("page_routes")]
    rows = re.findall(r'\{"[a-z-]+", "(/[^"]*)", TITLE\("[^"]*"\), ([\w <]+),(.*?)\},\n', table, re.S)
    assert len(rows) == table.count("TITLE(") > 18, (len(rows), table.count("TITLE("))
    return [(pattern, ENDS[formats.strip()], ".act" in rest) for pattern, formats, rest in rows]


def references(thing):
    if isinstance(thing, dict):
        yield from [thing["$ref"]] if "$ref" in thing else []
        thing = list(thing.values())
    if isinstance(thing, list):
        for part in thing:
            yield from references(part)


@test
def every_address_is_in_it(world):
    described = world.get("/openapi.json").json["paths"]
    expected = {"/events"}
    for pattern, ends, has_form in routes():
        for end in ends:
            path = ("/situation" if pattern == "/" and end else pattern.replace("*", "{id}")) + end
            expected.add(path)
            assert path in described, path
            assert ("post" in described[path]) == (has_form and not end), path
    assert set(described) == expected, set(described) ^ expected


@test
def every_reference_leads_somewhere(world):
    whole = world.get("/openapi.json").json
    for reference in set(references(whole)):
        at = whole
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]
    ids = [operation["operationId"] for item in whole["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    assert whole["openapi"] == "3.1.0" and set(whole["components"]["securitySchemes"]) == {"token", "session"}


@test
def every_key_is_understood_and_every_facet_is_a_key(world):
    keys = world.get("/openapi.json").json["components"]["parameters"]
    for key in keys:
        answer = world.get(f"/records.json?{key}=")
        assert answer.status == (303 if key == "text" else 200), (key, answer.text)  # an empty text is a form's
    assert world.get("/records.json?no-such-key=").status == 400
    facets = {facet["key"] for facet in world.get("/situation.json").json["facets"]}
    assert facets and facets <= set(keys), facets - set(keys)
    for key in ("sort", "lang"):
        for word in keys[key]["schema"]["enum"]:
            assert world.get(f"/records.json?{key}={word}").status == 200, word
    most = keys["limit"]["schema"]["maximum"]
    assert world.get(f"/records.json?limit={most}").status == 200 and world.get(f"/records.json?limit={most + 1}").status == 400


@test
def a_desk_asks_for_nothing(world):
    paths = world.get("/openapi.json").json["paths"]
    assert {} in paths["/records.json"]["get"]["security"]


with served() as the_world:
    run_tests(globals(), the_world)
