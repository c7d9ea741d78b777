#!/usr/bin/env python3
"""The pages of an import and of coverage: what an analyst reads there agrees with the twins and with the command line."""
import csv
import html.parser
import io
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import run_tests, served, test  # noqa: E402

RECIPE = """recipe: bulletin
domain: drugs
source: { code: bulletin, title: A bulletin, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }
fields:
  - { field: date, column: DAY, order: ymd, required: true }
  - { field: country, value: Colombia }
  - { field: place, column: PLACE }
  - { field: drug, column: DRUG }
  - { field: amount, column: KG, unit: kg }
"""
FIRST = "DAY,PLACE,DRUG,KG\n2031-01-05,Cali,Cocaine,120\n2031-01-20,Medellín,Heroin,3.27\n2031-02-10,<b>Cartagena,Cocaine,40\nnever,Cali,Cocaine,1\n"
SECOND = "DAY,PLACE,DRUG,KG\n2031-01-05,Cali,Cocaine,150\n2031-02-11,Cali,Heroin,1\n"
LANGUAGES = ["es", "fr", "pt", "ru", "ar", "zh"]


class Words(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.words = []
        self.feed(text)

    def handle_data(self, data):
        self.words.append(data)


def words(answer):
    return " ".join("".join(Words(answer.text).words).split())


def change(world, *words):
    """Runs the program and waits until the server shows what it did."""
    before = world.get("/situation.json").json["sequence"]
    world.run(*words)
    for _ in range(200):
        if world.get("/situation.json").json["sequence"] != before:
            return
        time.sleep(0.1)
    raise AssertionError(f"{words}: not shown within 20 s")


def prepare(world):
    """Two editions on top of the two imports of the simulated world; the numbers of their imports."""
    folder = world.folder
    (folder / "bulletin.yaml").write_text(RECIPE, encoding="utf-8")
    (folder / "first.csv").write_text(FIRST, encoding="utf-8")
    (folder / "second.csv").write_text(SECOND, encoding="utf-8")
    for name in ("first.csv", "second.csv"):
        change(world, "import", "-s", "w.comity", name, "--recipe", "./bulletin.yaml")


@test
def an_import_shows_receipt_rejects_undo_and_difference(world):
    text = words(world.get("/import/3"))
    assert "first.csv" in text and "date not understood" in text and "comity undo 3" in text, text
    assert "first edition" in text
    text = words(world.get("/import/4"))
    assert "Nobody confirmed that it is complete" in text and "As complete it would retract" in text, text
    assert "probably corrected" in text and "120 kg, now 150 kg" in text, text
    assert "comity coverage confirm 4 --covers 2031-01-05..2031-02-11 --country CO --complete --dry-run" in text, text
    assert "<b>Cartagena" not in world.get("/import/4").text, "what a file says is escaped"


@test
def the_twins_of_an_import_say_the_same(world):
    told = world.get("/import/4.json").json
    difference = told["difference"]
    assert told["receipt"]["import"] == 4 and not told["is_undone"]
    assert (difference["added"], difference["not_said_again"], difference["unchanged"], difference["probably_corrected"]) == (2, 3, 0, 1), difference
    assert len(difference["rows"]) == 5
    rows = list(csv.DictReader(io.StringIO(world.get("/import/4.csv").text)))
    assert [r["what"] for r in rows].count("not said again") == 3 and len(rows) == 5, rows
    assert [r["change"] for r in rows if r["remark"] == "probably corrected" and r["change"]] == ["amount: 120 kg → 150 kg"], rows


@test
def what_is_no_import_is_not_found(world):
    for path in ("/import/99", "/import/x", "/import/4x", "/import/99999999999999999999", "/coverage/201", "/coverage/abcd", "/coverage/20180"):
        assert world.get(path).status == 404, path
    assert world.get("/import/99.json").headers["Content-Type"] == "application/problem+json"


@test
def a_cell_leads_to_the_records_that_it_counts(world):
    answer = world.get("/coverage.json").json
    cells = {(row["source"], row["country"], cell["period"]): cell for row in answer["rows"] for cell in row["cells"]}
    assert cells["bulletin", "CO", "2031"] == {"period": "2031", "state": "records", "records": 5}, cells["bulletin", "CO", "2031"]
    text = world.get("/coverage").text
    link = re.search(r'<a href="(/records\?source=bulletin&amp;country=CO&amp;date=2031)"><bdi>5</bdi>', text)
    assert link, "no link"
    found = world.get(link.group(1).replace("&amp;", "&").replace("/records?", "/records.json?")).json
    assert found["entities"] == 5, found["entities"]
    rows = list(csv.DictReader(io.StringIO(world.get("/coverage/2031.csv").text)))
    of = {r["period"]: (r["state"], r["records"]) for r in rows if r["source"] == "bulletin"}
    assert of["2031-01"] == ("records", "3") and of["2031-03"] == ("not known", "0"), of


@test
def words_and_marks_not_only_colours(world):
    text = words(world.get("/coverage/2031"))
    for word in ("not known", "nothing happened", "nothing to report", "records"):
        assert word in text, word
    assert "None yet: silence says nothing" in text


@test
def every_language_has_its_words(world):
    english = words(world.get("/import/4?lang=en")), words(world.get("/coverage?lang=en"))
    for language in LANGUAGES:
        for path, plain in zip(("/import/4", "/coverage"), english):
            answer = world.get(f"{path}?lang={language}")
            text = words(answer)
            assert answer.status == 200 and not re.search(r"\{[a-z]+\}", text), f"{path} {language}"
            for phrase in ("Taking it back", "What changed", "not known", "nothing happened", "Coverages that were confirmed", "Rejected", "not said again"):
                assert phrase not in plain or phrase not in text, f"{path} {language}: {phrase}"


@test
def what_is_confirmed_and_taken_back_is_seen(world):
    change(world, "coverage", "confirm", "4", "-s", "w.comity", "--covers", "2031-01..2031-03", "--country", "CO", "--complete")
    text = words(world.get("/import/4"))
    assert "It was confirmed as complete for 2031-01-01 to 2031-03-31, CO: 3 of 3 rows" in text, text
    rows = list(csv.DictReader(io.StringIO(world.get("/coverage/2031.csv").text)))
    of = {r["period"]: (r["state"], r["records"]) for r in rows if r["source"] == "bulletin"}
    assert of["2031-01"] == ("records", "1") and of["2031-03"] == ("nothing happened", "0") and of["2031-04"] == ("not known", "0"), of
    assert world.get("/coverage.json").json["coverages"][0]["is_complete"] is True
    change(world, "undo", "-s", "w.comity", "4")
    text = words(world.get("/import/4"))
    assert "This import was taken back" in text and "What changed" not in text, text
    assert world.get("/import/4.json").json["is_undone"] is True
    assert world.get("/import/4.csv").text.count("\n") == 1


def main():
    with served() as world:
        prepare(world)
        run_tests(globals(), world)


if __name__ == "__main__":
    main()
