#!/usr/bin/env python3
"""The command line as a program: verbs and their help, exit statuses, formats, terminals, signals."""
import csv
import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from case import COMITY, environment, run, test

VERBS = ["init", "sniff", "import", "undo", "link", "query", "show", "history", "why", "review", "judge", "names", "export", "sources", "imports",
         "ledger", "verify", "simulate", "evaluate", "serve", "people", "model"]
STATUSES = {0, 1, 2, 3, 4, 5, 6, 7, 130}


def small_world(desk):
    world = desk.world(300, 5)
    desk("init")
    desk.take_world()
    desk("link")
    return world


# ---- help -----------------------------------------------------------------------------------------------------------

@test
def help_lists_every_verb(desk):
    for words in (["help"], ["--help"], ["-h"]):
        text = desk(*words).out
        for verb in VERBS:
            assert re.search(rf"^  {verb}\s", text, re.M), (words, verb)
        assert "exit" in text


@test
def without_a_verb_it_shows_help_and_says_it_was_wrong(desk):
    done = desk.call()
    assert done.status == 2 and "comity VERB" in done.out + done.err


@test
def every_verb_has_help_with_examples_and_its_options(desk):
    for verb in VERBS:
        text = desk(verb, "--help").out
        assert text.startswith(f"comity {verb}"), verb
        assert re.search(rf"Examples:\n(  .*\n)*  .*comity {verb}", text), f"{verb}: no examples\n{text}"
        assert "--store" in text and "--output" in text, verb
        assert desk("help", verb).out == text == desk(verb, "-h").out, verb


@test
def help_of_an_unknown_verb_is_a_mistake(desk):
    assert "frobnicate" in desk.refuses(2, "help", "frobnicate")


@test
def lines_of_help_fit_a_terminal(desk):
    for verb in VERBS:
        for line in desk(verb, "--help").out.splitlines():
            assert len(line) <= 120, f"{verb}: {line}"


@test
def the_version_is_told(desk):
    assert re.fullmatch(r"comity \d+\.\d+\.\d+\n", desk("--version").out)


@test
def exit_statuses_are_documented(desk):
    numbers = {int(line.split()[0]) for line in desk("help", "exit").out.splitlines()}
    assert numbers == STATUSES, numbers


# ---- mistakes -------------------------------------------------------------------------------------------------------

@test
def an_unknown_verb_has_a_hint(desk):
    assert "'query'" in desk.refuses(2, "querry")
    assert "comity help" in desk.refuses(2, "zzz")


@test
def an_unknown_option_names_itself_and_the_help(desk):
    said = desk.refuses(2, "link", "--speed", "9")
    assert "--speed" in said and "comity link --help" in said


@test
def options_are_checked(desk):
    desk("init")
    assert "--store" in desk.refuses(2, "link", "--store")
    assert "xml" in desk.refuses(2, "imports", "-o", "xml") and "geojson" in desk.refuses(2, "imports", "-o", "xml")
    assert "--quiet" in desk.refuses(2, "imports", "--quiet=yes")
    desk.refuses(2, "link", "--threads", "many")
    desk.refuses(2, "link", "--threads", "-1")
    desk.refuses(2, "imports", "--wait", "x")
    desk.refuses(2, "simulate", "--nulls", "1.5")
    assert "'xx'" in desk.refuses(2, "query", "--lang", "xx")


@test
def words_are_counted(desk):
    desk("init")
    for words in (["show"], ["show", "1", "2"], ["why", "1"], ["undo"], ["import"], ["verify", "x"], ["judge", "same", "1"]):
        desk.refuses(2, *words)
    for words in (["show", "x"], ["why", "a", "b"], ["undo", "0"], ["undo", "-1"], ["undo", "99999999999999999999999"]):
        assert desk.call(*words).status in (2, 4), words


@test
def import_needs_a_recipe_and_says_how_to_get_one(desk):
    desk("init")
    assert "x.csv" in desk.refuses(4, "import", "x.csv"), "what is not there is no template"
    assert "comity sniff" in desk.refuses(2, "import", desk.write("x.csv", "a\n1\n"))
    assert "comity template" in desk.refuses(2, "import", "-")
    assert "no-such" in desk.refuses(4, "import", desk.write("x.csv", "a\n1\n"), "--recipe", "no-such")


@test
def a_store_that_is_not_there_has_a_hint(desk):
    for words in (["imports"], ["query"], ["link"], ["verify"], ["serve", "--port", "0"], ["show", "1"]):
        said = desk.refuses(4, *words, "--store", "none.sqlite")
        assert "none.sqlite" in said and "comity init" in said, said
    assert not desk.path("none.sqlite").exists()


@test
def init_never_touches_a_file(desk):
    path = desk.write("mine.sqlite", "not yours")
    assert "mine.sqlite" in desk.refuses(6, "init", path)
    assert path.read_text() == "not yours"
    desk("init", "a.sqlite")
    before = desk.path("a.sqlite").read_bytes()
    desk.refuses(6, "init", "a.sqlite")
    assert desk.path("a.sqlite").read_bytes() == before


@test
def init_of_an_unknown_domain_leaves_no_file(desk):
    desk.refuses(4, "init", "a.sqlite", "--domain", "weather")
    assert not list(desk.folder.iterdir()), list(desk.folder.iterdir())


@test
def a_file_that_is_no_store_is_told(desk):
    path = desk.write("text.sqlite", "this is no database, but long enough to look like one. " * 50)
    said = desk.refuses(1, "imports", "--store", path)
    assert "text.sqlite" in said
    assert path.read_text().startswith("this is no database")


@test
def what_is_not_there_exits_4(desk):
    desk("init")
    for words in (["imports", "7"], ["undo", "7"], ["judge", "undo", "7"], ["show", "7"], ["import", "none.csv", "--recipe", "simulated-customs"]):
        assert re.search(r"7|none\.csv", desk.refuses(4, *words)), words


@test
def the_store_is_found_in_the_environment(desk):
    desk("init", "a.sqlite")
    assert desk("imports", "-o", "json", env={"COMITY_STORE": "a.sqlite"}).json == []
    desk.refuses(4, "imports")


@test
def another_writer_is_told_at_once_or_waited_for(desk):
    import fcntl
    desk("init")
    # The lock that a writing Comity holds: on a file beside the store.
    with open(desk.path("comity.sqlite-lock"), "a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = desk.call("link", "--wait", "0")
        assert done.status == 6, (done.status, done.err)
        begun = time.monotonic()
        assert desk.call("link", "--wait", "1").status == 6 and 0.8 < time.monotonic() - begun < 20
        assert desk("imports", "-o", "json").json == []
    desk("link")


@test
def every_list_comes_as_csv_json_and_ndjson(desk):
    world = small_world(desk)
    lists = [["imports"], ["sources"], ["ledger"], ["judge", "list"], ["evaluate", "--truth", world / "truth.csv"],
             ["export"], ["query", "limit=0"]]
    for words in lists:
        table = desk(*words, "-o", "csv").rows
        lines = desk(*words, "-o", "ndjson").lines
        assert table and len(table) == len(lines), words
        assert all(None not in row and None not in row.values() for row in table), words
        if words[0] not in ("query", "export"):
            listed = desk.json(*words)
            assert listed == lines and set(listed[0]) == set(table[0]), words
            assert all(str(a) == b for one, other in zip(listed, table) for a, b in zip(one.values(), other.values())
                       if isinstance(a, int)), words


@test
def a_list_without_places_has_no_geojson(desk):
    desk("init")
    desk.refuses(2, "imports", "-o", "geojson")


@test
def evaluate_with_totals_is_still_one_document(desk):
    world = small_world(desk)
    words = ["evaluate", "--truth", world / "truth.csv", "--totals", world / "truth-totals.csv"]
    document = desk.json(*words)
    assert [row["method"] for row in document["links"]] == ["comity", "exact-key join"]
    assert document["totals"] and all({"concept", "truth", "counted once"} <= set(row) for row in document["totals"])
    assert "cocaine-hcl" in desk(*words).out
    assert {row["concept"] for row in desk("evaluate", "--totals", world / "truth-totals.csv", "-o", "csv").rows} >= {"heroin"}
    desk.refuses(2, *words, "-o", "csv")


@test
def a_new_store_is_its_owners_alone(desk):
    small_world(desk)
    for path in desk.folder.glob("comity.sqlite*"):
        assert path.name.endswith("-lock") or path.stat().st_mode & 0o077 == 0, path


@test
def evaluate_knows_rows_without_keys_by_their_file(desk):
    desk("init")
    recipe = desk.write("keyless.yaml", """recipe: keyless
domain: drugs
source: {code: keyless, title: Simulated rows without keys, kind: simulated, licence: none}
fields:
  - {field: date, column: Day, order: ymd}
  - {field: country, column: Country}
  - {field: place, column: Town}
  - {field: drug, column: Drug}
  - {field: amount, column: Kg, unit: kg}
""")
    head, alike, other = "Day;Country;Town;Drug;Kg\n", "2021-03-14;Ecuador;Guayaquil;Heroin;12.5\n", "2021-05-02;Peru;Lima;Cocaine;3\n"
    desk.load("one.csv", head + alike + other, recipe)
    desk.load("two.csv", head + other.replace(";3", ";4") + alike.replace("12.5", "7.25"), recipe)
    desk.write("truth.csv", "file,row,event\none.csv,1,7\none.csv,2,8\ntwo.csv,1,8\ntwo.csv,2,9\nthree.csv,1,7\n")
    desk("link")
    join = desk.json("evaluate", "--truth", "truth.csv")[1]
    assert (join["true pairs"], join["right pairs"]) == (1, 0), join
    desk.write("truth.csv", "event,file,row\n7,one.csv,1\n8,one.csv,2\n9,two.csv,1\n")
    join = desk.json("evaluate", "--truth", "truth.csv")[1]
    assert (join["true pairs"], join["found pairs"]) == (0, 0), join
    desk.write("truth.csv", "file,row,event\none.csv,none,7\n")
    said = desk.refuses(1, "evaluate", "--truth", "truth.csv")
    assert "the row 'none' is no number" in said and "2" in said, said
    desk.write("truth.csv", "file,row,event\nthree.csv,1,7\n")
    assert "not one row" in desk.refuses(1, "evaluate", "--truth", "truth.csv")


@test
def show_why_link_and_imports_speak_json(desk):
    small_world(desk)
    assert desk.json("link")["mentions"] > 0
    entity = desk.json("show", desk.entities("limit=1")[0]["id"])
    assert entity["statements"]
    assert desk.json("imports", "1")["import"] == 1
    done = desk.call("sniff", "world/customs.csv", "-o", "json")
    assert done.status == 0 and done.json, done.err


@test
def csv_quotes_as_rfc_4180(desk):
    small_world(desk)
    text = desk("export", "-o", "csv").out
    assert text.count("\r\n") == len(list(csv.reader(io.StringIO(text, newline=""), strict=True)))


# ---- terminals ------------------------------------------------------------------------------------------------------

def on_terminal(desk, *words, env=None, input_file=None):
    """Runs with standard output and error on a terminal: what it wrote, and the exit status."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([COMITY, *map(str, words)], cwd=desk.folder, stdout=follower, stderr=follower,
                               stdin=input_file or subprocess.DEVNULL, env=environment(**{"TERM": "xterm", **(env or {})}))
    os.close(follower)
    output = b""
    while True:
        ready, _, _ = select.select([leader], [], [], 60)
        try:
            piece = os.read(leader, 65536) if ready else b""
        except OSError:
            piece = b""
        if not piece:
            break
        output += piece
    os.close(leader)
    return output.decode(), process.wait(60)


@test
def colours_are_for_terminals_only(desk):
    small_world(desk)
    for words in (["imports"], ["sources"], ["query"], ["show", desk.entities("limit=1")[0]["id"]], ["help"], ["link", "--help"]):
        done = desk(*words)
        assert "\033" not in done.out + done.err, words
    assert "\033[1m" in on_terminal(desk, "imports")[0]
    assert "\033" not in on_terminal(desk, "imports", env={"NO_COLOR": "1"})[0]
    assert "\033" not in on_terminal(desk, "imports", "--no-color")[0]
    assert "\033" not in on_terminal(desk, "imports", env={"TERM": "dumb"})[0]


RECIPE = """recipe: slow
domain: drugs
source: {code: slow, title: Many rows, kind: official, reliability: B, licence: CC0, marking: TLP:CLEAR}
fields:
  - {field: date, column: DAY, order: ymd}
  - {field: country, value: Colombia}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""


def many_rows(n):
    return "DAY,DRUG,KG\n" + "".join(f"20{10 + i % 10}-0{1 + i % 9}-1{i % 10},Cocaine,{i}.25\n" for i in range(n))


@test
def rejects_of_a_stream_are_not_lost_in_silence(desk):
    desk("init")
    desk.write("r.yaml", RECIPE)
    bad = "DAY,DRUG,KG\n2020-40-40,Cocaine,1\n"
    assert "not kept" in desk("import", "-", "--recipe", "./r.yaml", text=bad).out
    desk("undo", 1)
    kept = desk("import", "-", "--recipe", "./r.yaml", "--rejects", "bad.csv", text=bad)
    assert "not kept" not in kept.out and "2020-40-40" in desk.path("bad.csv").read_text()
    assert "not kept" not in desk("import", desk.write("bad-file.csv", bad + "\n"), "--recipe", "./r.yaml").out


@test
def what_is_no_table_is_told(desk):
    desk("init")
    recipe = desk.write("r.yaml", RECIPE)
    cases = {"empty.csv": ("", "the file is empty"), "blank.csv": ("\n\n", "the file is empty"),
             "page.csv": ("<!doctype html><html><body>404</body></html>\n", "a web page"),
             "settings.yaml": ("feeds:\n  - feed: police\n    from: {folder: /srv}\n", "a YAML file")}
    for name, (text, what) in cases.items():
        path = desk.write(name, text)
        said = desk.refuses(1, "sniff", path)
        assert what in said and name in said, (name, said)
        assert what in desk.refuses(1, "import", path, "--recipe", recipe), name
    assert "a YAML file" in desk.refuses(1, "sniff", recipe)
    assert desk.json("imports") == []
    table = desk.write("notes.csv", "what: when\nDrugs seized: 2016\n")
    assert desk.call("sniff", table).status == 0, "a text that may be a table is looked at"


@test
def quick_work_shows_no_bar(desk):
    desk("init")
    desk.write("r.yaml", RECIPE)
    desk.write("few.csv", many_rows(50))
    begin = time.monotonic()
    output, status = on_terminal(desk, "import", "few.csv", "--recipe", "./r.yaml")
    quick = time.monotonic() - begin < 1  # on a busy machine even fifty rows may take as long as long work does
    assert status == 0 and (not quick or ("[" not in output and "\033" not in output)), output


@test
def long_work_shows_a_bar_on_a_terminal_and_nowhere_else(desk):
    desk("init")
    desk.write("r.yaml", RECIPE)
    desk.write("many.csv", many_rows(500000))
    output, status = on_terminal(desk, "import", "many.csv", "--recipe", "./r.yaml", "--dry-run")
    assert status == 0 and re.search(r"\[[#.]+\] +\d+ %", output), output
    assert output.rindex("\033[K") < output.index("dry run"), "the bar is taken away before the report"
    output, status = on_terminal(desk, "import", "many.csv", "--recipe", "./r.yaml", "--dry-run", "--quiet")
    assert status == 0 and "\033" not in output and "%" not in output, output
    assert "\033" not in desk("import", "many.csv", "--recipe", "./r.yaml", "--dry-run").err


@test
def quiet_says_nothing_but_errors(desk):
    assert desk("init", "--quiet").err == ""
    assert desk("simulate", "--out", "w", "--events", 50, "-q").err == ""
    assert "none" in desk.refuses(4, "imports", "--store", "none", "--quiet")


# ---- signals --------------------------------------------------------------------------------------------------------

def interrupt(desk, number, delay, *words):
    process = subprocess.Popen([COMITY, *map(str, words)], cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment())
    time.sleep(delay)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    return process.returncode, said.decode()


@test
def an_interrupted_import_stores_nothing(desk):
    desk("init")
    desk.write("r.yaml", RECIPE)
    desk.write("many.csv", many_rows(900000))
    for number in (signal.SIGINT, signal.SIGTERM):
        status, said = interrupt(desk, number, 0.6, "import", "many.csv", "--recipe", "./r.yaml")
        assert status == 130 and "comity: " in said, (status, said)
        assert desk.json("imports") == [] and desk.json("query", "limit=1")["mentions"] == 0
        desk("verify")
    desk.write("few.csv", many_rows(9))
    assert desk.json("import", "few.csv", "--recipe", "./r.yaml")["counts"]["new"] == 9
    assert {path.name for path in desk.folder.iterdir()} - {"comity.sqlite-wal", "comity.sqlite-shm", "comity.sqlite-lock"} \
        == {"comity.sqlite", "r.yaml", "many.csv", "few.csv"}


@test
def a_closed_pipe_is_no_catastrophe(desk):
    small_world(desk)
    done = subprocess.run(f"{COMITY} export | head -n 1", shell=True, cwd=desk.folder, capture_output=True, text=True,
                          env=environment(), check=False)
    assert done.returncode == 0 and done.stdout.count("\n") == 1
    assert "Segmentation" not in done.stderr


@test
def a_full_disk_is_told(desk):
    small_world(desk)
    with open("/dev/full", "w", encoding="utf-8") as full:
        for words in (["export"], ["imports"], ["query", "-o", "json"], ["help"]):
            done = subprocess.run([COMITY, *words], cwd=desk.folder, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
            assert done.returncode == 1 and b"comity: " in done.stderr, (words, done)


@test
def json_is_what_it_says_in_every_language(desk):
    small_world(desk)
    for language in ("en", "es", "fr", "pt", "ru", "ar", "zh"):
        answer = json.loads(desk("query", "limit=1", "--lang", language, "-o", "json").out)
        assert answer["language"] == language


run()
