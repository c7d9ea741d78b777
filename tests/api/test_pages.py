#!/usr/bin/env python3
"""The server from outside: every page and twin answers, agrees with the others, keeps to its budget and is safe to show."""
import csv
import html.parser
import io
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from world import run_tests, served, test  # noqa: E402

PAGES = ["/", "/records", "/sources", "/coverage", "/coverage/2023", "/import/1", "/names", "/quality", "/reconcile",
         "/reconcile?series=sim-customs&against=sim-police", "/about-data", "/codebook", "/codebook?find=cocaine"]
TWINS = ["/situation.json", "/situation.csv", "/situation.geojson", "/records.json", "/records.csv", "/records.geojson",
         "/sources.json", "/sources.csv", "/quality.json", "/quality.csv", "/coverage.json", "/coverage.csv", "/import/2.json", "/names.json", "/names.csv",
         "/reconcile.json", "/reconcile.csv", "/reconcile.json?series=sim-customs", "/reconcile.csv?series=sim-customs",
         "/about-data.json", "/about-data.csv", "/codebook.json", "/codebook.csv", "/codebook.csv?lang=ar"]
LANGUAGES = {"en": "ltr", "es": "ltr", "fr": "ltr", "pt": "ltr", "ru": "ltr", "ar": "rtl", "zh": "ltr"}
KB = 1024


class Page(html.parser.HTMLParser):
    VOID = {"meta", "link", "input", "br", "hr", "img"}

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.faults, self.words = [], [], [], []
        self.feed(text)
        self.faults += [f"<{name}> is not closed" for name in self.open]

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in self.VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            self.faults.append(f"</{name}> out of order")

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attributes for element, attributes in self.elements if element == name]


def first_entity(world):
    return world.get("/records.json?limit=1").json["rows"][0]["id"]


@test
def every_page_is_well_formed_and_holds_no_inline_script_or_style(world):
    for path in PAGES + [f"/entity/{first_entity(world)}"]:
        answer = world.get(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        page = Page(answer.text)
        assert not page.faults, f"{path}: {page.faults[:3]}"
        for name, attributes in page.elements:
            assert "style" not in attributes, f"{path}: style on <{name}>"
            assert not any(key.startswith("on") for key in attributes), f"{path}: handler on <{name}>"
            assert name != "style", path
        assert all(a.get("src", "").startswith("/static/") for a in page.all("script")), path


@test
def ids_are_unique_and_every_input_has_a_label(world):
    for path in PAGES + [f"/entity/{first_entity(world)}"]:
        page = Page(world.get(path).text)
        ids = [a["id"] for _, a in page.elements if "id" in a]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        assert len(page.all("h1")) == 1 and len(page.all("main")) == 1, path
        shown = [a for a in page.all("input") if a.get("type") != "hidden"]
        assert len(page.all("label")) >= len(shown), path


@test
def every_twin_answers_in_its_format(world):
    for path in TWINS:
        answer = world.get(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        kind = answer.headers["Content-Type"]
        if path.split("?")[0].endswith(".csv"):
            rows = list(csv.reader(io.StringIO(answer.text)))
            assert kind.startswith("text/csv") and len({len(row) for row in rows}) == 1, path
        else:
            assert "json" in kind and isinstance(answer.json, dict), path


@test
def page_json_csv_and_geojson_count_the_same(world):
    for query in ["", "?country=CO", "?drug=cocaine&country=CO,PE", "?doubtful=no-quantity"]:
        n = world.get("/situation.json" + query).json["entities"]
        assert n > 0, query
        assert n == len(list(csv.DictReader(io.StringIO(world.get("/records.csv" + query).text)))), query
        assert n == len(world.get("/records.geojson" + query).json["features"]), query
        assert f"{n:,}" in world.get("/" + query).text, query


@test
def paging_goes_through_all_once(world):
    seen, path = [], "/records.json?country=EC&limit=40"
    total = world.get(path).json["entities"]
    for _ in range(100):
        answer = world.get(path).json
        seen += [row["id"] for row in answer["rows"]]
        if not answer["next"]:
            break
        path = f"/records.json?country=EC&limit=40&after={answer['next']}"
    assert len(seen) == len(set(seen)) == total, f"{len(seen)} of {total}"


@test
def a_facet_link_leads_to_the_count_that_it_shows(world):
    text = world.get("/").text
    links = re.findall(r'<a href="(/\?country=[A-Z]{2})"><bdi>[^<]+</bdi><span class="count">([\d,]+)<', text)
    assert len(links) >= 3, links
    for link, count in links[:3]:
        answer = world.get(link.replace("/?", "/situation.json?"))
        assert answer.json["entities"] == int(count.replace(",", "")), link
        assert 'href="/"' in world.get(link).text, "the chip leads back"


@test
def every_bar_of_the_timeline_finds_what_it_counts(world):
    text = world.get("/").text
    bars = re.findall(r'<a href="(/\?date=[^"]+)"><title>[^:]+: ([\d,]+)</title>', text)
    assert len(bars) >= 3
    for link, count in bars[:2] + bars[-1:]:
        found = world.get(link.replace("/?", "/situation.json?")).json["entities"]
        assert found == int(count.replace(",", "")), f"{link}: {found} != {count}"


@test
def the_codebook_tells_every_word_of_the_pack(world):
    told = world.get("/codebook.json").json
    rows = list(csv.DictReader(io.StringIO(world.get("/codebook.csv?lang=es").text)))
    text = world.get("/codebook?lang=es").text
    codes = {row["code"] for row in rows if row["kind"] == "concept"}
    assert codes == {node["code"] for tree in told["trees"] for node in tree["nodes"]} and len(codes) > 100
    assert all(f'id="substances-{code}"' in text for code in codes)
    for field in told["fields"]:
        assert f'id="field-{field["id"]}"' in text, field["id"]
    for unit in told["units"]:
        assert f'id="unit-{unit["code"]}"' in text, unit["code"]
    assert all(conversion["document"] for conversion in told["conversions"]) and "World Drug Report" in text
    kept = {row["code"]: row for row in rows if row["kind"] == "field"}
    assert kept["case"]["restricted"] == "yes" and kept["case"]["label"] == "Caso" and kept["date"]["restricted"] == ""
    assert "Con su unidad" in kept["amount"]["help"] and "Con su unidad" in text
    assert "Кокаин" in next(row for row in rows if row["code"] == "cocaine")["names"]
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert len(anchors) > 10 and all(f'id="{anchor}"' in text for anchor in anchors), anchors
    assert 'href="/codebook' in world.get("/").text


@test
def the_codebook_is_searched_in_any_language(world):
    text = world.get("/codebook?find=%D0%BA%D0%BE%D0%BA%D0%B0%D0%B8%D0%BD").text
    assert 'id="substances-cocaine"' in text and 'id="substances-heroin"' not in text
    assert 'id="substances-cocaine-type"' in text, "what it stands under is shown as well"
    assert 'id="unit-kg"' in world.get("/codebook?find=kilo").text
    assert "<script>alert" not in world.get("/codebook?find=%3Cscript%3Ealert(1)%3C/script%3E").text


@test
def sums_page_json_and_csv_tell_the_same(world):
    where = "series=sim-customs&against=sim-police&period=month&level=subdivision&country=CO"
    told = world.get("/reconcile.json?" + where).json
    rows = list(csv.DictReader(io.StringIO(world.get("/reconcile.csv?" + where).text)))
    assert told["n"] == told["summary"]["cells"] == len(rows) > 50
    assert sum(told["summary"]["by_verdict"].values()) == len(rows)
    counts = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    assert counts == told["summary"]["by_verdict"], counts
    text = world.get("/reconcile?" + where).text
    for verdict, n in counts.items():
        link = re.search(rf'href="([^"]*only={verdict})"[^>]*>[^<]*<span class="count">([\d,]+)<', text)
        assert link and int(link.group(2).replace(",", "")) == n, verdict
        chosen = world.get(link.group(1).replace("&amp;", "&").replace("/reconcile?", "/reconcile.json?")).json
        assert chosen["n"] == n and {cell["verdict"] for cell in chosen["cells"]} == {verdict}, verdict


@test
def agreement_of_sources_is_told_alike_everywhere_and_leads_to_its_records(world):
    told = world.get("/quality.json").json
    assert [(pair["source"], pair["other"]) for pair in told["pairs"]] == [("sim-customs", "sim-police")], told["pairs"]
    pair = told["pairs"][0]
    found = world.get("/records.json?" + pair["query"]).json
    assert found["entities"] == pair["entities"] > 100
    assert set(pair["agreement"]) == {"date", "place", "drug", "amount"}
    for field, accord in pair["agreement"].items():
        assert 0 < accord["alike"] <= accord["both"] <= pair["entities"], (field, accord)
    rows = list(csv.DictReader(io.StringIO(world.get("/quality.csv").text)))
    alike = {row["field"]: (int(row["n"]), int(row["of"])) for row in rows if row["other"] and row["measure"] == "alike"}
    assert alike == {field: (accord["alike"], accord["both"]) for field, accord in pair["agreement"].items()}
    listed = {source["code"]: source for source in world.get("/sources.json").json["sources"]}
    for source in told["sources"]:
        assert 0 < source["shared"] <= source["mentions"] == listed[source["code"]]["mentions"]
        assert source["told"] == listed[source["code"]]["told"] <= source["told_of"]
        assert source["fields"]["date"]["told"] == source["mentions"], "every simulated row has a date"
    for path in ["/sources", "/quality"]:
        assert 'href="/records?source=sim-customs&amp;source=sim-police"' in world.get(path).text, path
    line = world.run("sources", "agreement", "-s", "w.comity", "-o", "json")
    assert json.loads(line)[0]["told by both"] == pair["entities"]


@test
def the_events_behind_a_cell_are_those_that_it_sums(world):
    where = "series=sim-customs&against=sim-police&period=month&level=subdivision&sort=largest"
    cells = [cell for cell in world.get("/reconcile.json?" + where).json["cells"] if cell["once"]["n"]][:5]
    assert cells
    for cell in cells:
        found = world.get("/records.json?limit=1000&" + cell["query"]).json
        assert found["entities"] == cell["once"]["n"] == len(cell["entities"]), cell["query"]
        assert {row["id"] for row in found["rows"]} == set(cell["entities"])


@test
def paging_of_the_sums_goes_through_all_cells_once(world):
    where = "series=sim-customs&against=sim-police&period=month&level=subdivision&sort=largest"
    n = world.get("/reconcile.json?" + where).json["n"]
    seen, path, pages = [], "/reconcile?" + where, []
    while path:
        text = world.get(path).text
        pages.append(path)
        seen += re.findall(r'<th scope="row" class="day"><bdi>[^<]*</bdi></th><td>.*?</tr>', text)
        found = re.search(r'rel="next" href="([^"]*)"', text)
        path = found and found.group(1).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == n > 200 and len(pages) == -(-n // 100), (len(seen), n, len(pages))
    assert all("series=sim-customs" in page and "sort=largest" in page for page in pages), pages
    text = world.get(pages[2]).text
    assert "201 to " in re.sub(r"<[^>]*>", "", text)
    back = re.search(r'rel="prev" href="([^"]*)"', text).group(1).replace("&amp;", "&")
    assert sorted(back.split("?")[1].split("&")) == sorted(pages[1].split("?")[1].split("&"))
    assert len(world.get("/reconcile.json?" + where).json["cells"]) == n
    part = world.get(f"/reconcile.json?limit=7&after=7&{where}").json["cells"]
    assert part == world.get("/reconcile.json?" + where).json["cells"][7:14]
    assert world.get(f"/reconcile?after=99999999&{where}").status == 200


@test
def what_the_sums_page_is_asked_stays_in_its_links(world):
    where = "series=sim-customs&against=sim-police&period=year"
    page = Page(world.get(f"/reconcile?country=CO&{where}").text)
    links = [a["href"] for a in page.all("a") if a.get("href", "").startswith("/reconcile")]
    assert any("lang=fr" in link and "series=sim-customs" in link for link in links), links[:5]
    assert any(".csv?" in link and "period=year" in link for link in links)
    assert any("country" not in link and "against=sim-police" in link for link in links), "the chip leads back"
    selected = [a.get("value") for a in page.all("option") if "selected" in a]
    assert selected == ["sim-customs", "sim-police", "year", "auto"], selected
    assert world.get("/reconcile?series=nothing").status == 404
    assert world.get("/reconcile?series=sim-customs&only=nonsense").status == 400
    assert world.get("/records?series=sim-customs").status == 400, "other pages do not know these keys"
    assert "not used here" in world.get(f"/reconcile?transport=!?&{where}").text


@test
def every_language_is_complete_and_has_its_direction(world):
    for language, direction in LANGUAGES.items():
        for path in PAGES:
            answer = world.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
            page = Page(answer.text)
            root = page.all("html")[0]
            assert (root["lang"], root["dir"]) == (language, direction), f"{path} {language}"
            assert answer.headers["Content-Language"] == language
            words = "".join(page.words)
            assert not re.search(r"\{[a-z]+\}", words), f"{path} {language}: a place was not filled"
            if language != "en":
                assert "About the data" not in words and "Simulated data" not in words, f"{path} {language}"
    assert 'lang="fr"' in world.get("/", Accept_Language="de, fr;q=0.7").text


@test
def links_keep_the_language(world):
    page = Page(world.get("/?lang=es&country=CO").text)
    inner = [a["href"] for a in page.all("a") if a.get("href", "").startswith(("/?", "/records", "/entity")) and "hreflang" not in a]
    assert inner and all("lang=es" in link for link in inner), [link for link in inner if "lang=es" not in link][:3]


@test
def simulated_data_say_so_everywhere(world):
    for path in PAGES + [f"/entity/{first_entity(world)}"]:
        assert "Simulated data" in world.get(path).text, path
    for path in TWINS:
        answer = world.get(path)
        if "json" in answer.headers["Content-Type"]:
            assert answer.json.get("notice", "").startswith("Simulated data"), path
        elif path.startswith(("/records", "/situation")):
            assert "simulated" in answer.headers["Content-Disposition"], path


@test
def a_wrong_query_is_marked_and_explained(world):
    answer = world.get("/records?drug=cocaine&country=CO,XX")
    assert answer.status == 400 and "<mark>XX</mark>" in answer.text
    problem = world.get("/records.json?country=XX")
    assert problem.status == 400 and problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json["status"] == 400 and problem.json["column"] == 9, problem.json
    attack = world.get("/?country=%3Cscript%3Ealert(1)%3C/script%3E")
    assert attack.status == 400 and "<script>alert" not in attack.text


@test
def what_is_not_there_is_404(world):
    for path in ["/nothing", "/entity/999999999", "/entity/x", "/records.xml", "/static/none.js", "/entity/1/2"]:
        assert world.get(path).status == 404, path
    assert world.get("/entity/999999999.json").headers["Content-Type"] == "application/problem+json"


@test
def the_search_form_works_without_scripts(world):
    answer = world.get("/?country=CO&text=&from=2023-02-01&to=2023-02-28")
    assert answer.status == 303 and answer.headers["Location"] == "/?country=CO&date=2023-02-01..2023-02-28"
    assert world.get(answer.headers["Location"]).status == 200


@test
def unchanged_answers_are_304_until_the_data_change(world):
    first = world.get("/records?country=CO")
    assert world.get("/records?country=CO", If_None_Match=first.headers["ETag"]).status == 304
    assert world.get("/records?country=EC").headers["ETag"] != first.headers["ETag"]
    for path in ["/import/1", "/quality.csv", "/coverage", "/names"]:
        again = world.get(path, If_None_Match=world.get(path).headers["ETag"])
        assert again.status == 304 and "Content-Type" not in again.headers, path
    assert "ETag" not in world.get("/sources").headers, "it tells the time"


@test
def sums_of_an_import_stand_by_their_rows(world):
    totals = world.get("/import/1.json").json["difference"]["totals"]
    rows = [max(total["count_before"], total["count_after"]) for total in totals]
    assert len(rows) > 3 and rows == sorted(rows, reverse=True), rows
    ties = [(-n, total["concept"], total["unit"]) for n, total in zip(rows, totals)]
    assert ties == sorted(ties), ties


@test
def static_files_are_kept_for_ever_under_their_hash(world):
    page = Page(world.get("/").text)
    for address in [a["src"] for a in page.all("script")] + [a["href"] for a in page.all("link") if a["rel"] == "stylesheet"]:
        answer = world.get(address)
        assert answer.status == 200 and "immutable" in answer.headers["Cache-Control"], address
    assert "immutable" not in world.get("/static/style.css").headers["Cache-Control"]


@test
def pages_keep_to_their_budgets(world):
    page = Page(world.get("/").text)
    island = page.all("x-situation")[0]
    addresses = [a["src"] for a in page.all("script")] + [a["href"] for a in page.all("link") if a["rel"] == "stylesheet"]
    addresses += [island["data-src"], island["data-basemap"]] + [a["href"] for a in page.all("image")]
    cold = len(world.get("/").sent) + sum(len(world.get(address).sent) for address in addresses)
    assert cold <= 250 * KB, f"situation, cold: {cold}"
    style = [a["href"] for a in page.all("link") if a["rel"] == "stylesheet"] + [a["src"] for a in page.all("script") if "core" in a["src"]]
    entity = len(world.get(f"/entity/{first_entity(world)}").sent) + sum(len(world.get(address).sent) for address in style)
    assert entity <= 40 * KB, f"record page: {entity}"
    warm = len(world.get("/?country=CO").sent) + len(world.get("/situation.json?country=CO").sent)
    assert warm <= 60 * KB, f"warm filter: {warm}"
    print(f"     situation cold {cold}, record {entity}, warm filter {warm} bytes")


@test
def an_entity_shows_every_statement_and_why(world):
    rows = world.get("/records.json?limit=200").json["rows"]
    entity = next(row["id"] for row in rows if row["mentions"] > 1 and row["sources"] > 1)
    text = world.get(f"/entity/{entity}").text
    for part in ['id="resolved"', 'id="statements"', 'id="why"', "customs.csv", "police.xlsx"]:
        assert part in text, part
    answer = world.get(f"/entity/{entity}.json").json
    assert json.dumps(answer).count("sim-customs") >= 1
    weakest = answer["weakest"]
    assert weakest["b"] in weakest["behind"] and weakest["a"] not in weakest["behind"], weakest


@test
def why_is_told_in_the_language_of_who_reads(world):
    rows = world.get("/records.json?limit=200").json["rows"]
    entity = next(row["id"] for row in rows if row["mentions"] > 1 and row["sources"] > 1)
    why = world.get(f"/entity/{entity}.json").json["why"][0]
    pair = f"{why['a']}-{why['b']}"
    assert world.get(f"/why/{pair}.json").json["sentence"] == why["sentence"]
    for language, sentence in (("en", "Held to be one event"), ("es", "Se tienen por un mismo hecho"), ("ru", "Считаются одним событием")):
        for address in (f"/why/{pair}?lang={language}", f"/entity/{entity}?lang={language}"):
            text = world.get(address).text
            assert sentence in text and 'class="bits"' in text, (language, address)
    assert world.get("/why/1-1").status == 404 and world.get("/why/x").status == 404
    apart = world.get(f"/why/{rows[0]['id']}-{rows[-1]['id']}")
    assert apart.status in (200, 404), apart.status


@test
def after_a_merge_the_younger_id_leads_to_the_older(world):
    rows = world.get("/records.json?country=PE&limit=40").json["rows"]
    single = sorted(row["id"] for row in rows if row["mentions"] == 1)
    older, younger = single[0], single[-1]
    mentions = [world.get(f"/entity/{entity}.json").json["statements"][0]["mention"] for entity in (older, younger)]
    before = world.get("/situation.json").json["sequence"]
    world.run("judge", "-s", "w.comity", "same", str(mentions[0]), str(mentions[1]))
    world.run("link", "-s", "w.comity")
    wait_for_change(world, before + 1)
    for suffix in ["", ".json", ".csv"]:
        answer = world.get(f"/entity/{younger}{suffix}?lang=es")
        assert answer.status == 301, answer.status
        assert answer.headers["Location"] == f"/entity/{older}{suffix}?lang=es", answer.headers["Location"]
    assert world.get(f"/entity/{older}").status == 200


def wait_for_change(world, sequence):
    for _ in range(200):
        now = world.get("/situation.json").json["sequence"]
        if now > sequence:
            return
        time.sleep(0.1)
    assert False, f"still at {now} after twenty seconds"


@test
def what_the_command_line_imports_appears_by_itself(world):
    before = world.get("/situation.json").json["sequence"]
    world.run("import", "-s", "w.comity", "world/police-revised.xlsx", "--recipe", "simulated-police")
    wait_for_change(world, before)


if __name__ == "__main__":
    with served() as the_world:
        run_tests(dict(globals()), the_world)
