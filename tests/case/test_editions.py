#!/usr/bin/env python3
"""Editions: a newer file of the same source adds and corrects; it retracts only what a person said it is complete for; the
difference can be read, in rows and in sums; coverages tell silence from ignorance."""
from case import run, test

RECIPE = """recipe: bulletin
domain: drugs
source: {{ code: bulletin, title: A bulletin, kind: official, reliability: B, licence: CC0, marking: 'TLP:CLEAR' }}
{identity}
fields:
  - {{ field: date, column: DAY, order: ymd }}
  - {{ field: country, column: COUNTRY }}
  - {{ field: place, column: PLACE }}
  - {{ field: drug, column: DRUG }}
  - {{ field: amount, column: KG, unit: kg }}
"""
HEAD = "ID,DAY,COUNTRY,PLACE,DRUG,KG\n"
FIRST = HEAD + """1,2018-01-05,CO,Cali,Cocaine,120
2,2018-01-20,CO,Medellín,Heroin,3.27
3,2018-02-10,CO,Cartagena,Cocaine,40
4,2018-02-11,EC,Guayaquil,Cocaine,500
5,2018-03-01,CO,Cali,Cocaine,7
"""


def recipe(desk, has_key=False):
    return desk.write("bulletin.yaml", RECIPE.format(identity="identity: { key: ID }" if has_key else ""))


def begin(desk, second, *options, has_key=False):
    desk("init")
    desk.load("first.csv", FIRST, recipe(desk, has_key))
    return desk.load("second.csv", HEAD + second, recipe(desk, has_key), *options)


def live(desk):
    return desk.dump("SELECT n_live FROM source")[0][0]


SHORTER = "1,2018-01-05,CO,Cali,Cocaine,120\n9,2018-02-28,CO,Cali,Heroin,1\n"


@test
def silence_retracts_nothing_and_is_told(desk):
    receipt = begin(desk, SHORTER)
    coverage = receipt["coverage"]
    assert live(desk) == 6 and receipt["counts"]["retracted"] == 0, receipt["counts"]
    # Ecuador is not in the second file, March is not in its days.
    assert (coverage["from"], coverage["to"], coverage["countries"]) == ("2018-01-05", "2018-02-28", ["CO"]), coverage
    assert coverage["would_retract"] == 2 and coverage["inside"] == 3 and coverage["before"] == 5 and coverage["is_large"], coverage
    totals = {(t["concept"], t["unit"]): (t["count"], t["amount"]) for t in coverage["totals"]}
    assert sorted(totals.values()) == [(1, 3.27), (1, 40)], totals
    told = desk("import", desk.write("third.csv", HEAD + SHORTER + "8,2018-01-06,CO,Cali,Heroin,2\n"), "--recipe", "./bulletin.yaml", "--dry-run").out
    assert "this would retract 2 of 6 rows: the file covers only 3 rows; is it complete?" in told, told
    assert "--covers 2018-01-05..2018-02-28 --covers-country CO --complete" in told, told
    assert live(desk) == 6


@test
def a_confirmed_coverage_retracts_inside_it_alone(desk):
    receipt = begin(desk, SHORTER, "--covers", "2018-01..2018-02", "--covers-country", "CO", "--complete")
    assert receipt["counts"]["retracted"] == 2 and receipt["coverage"]["retracted"] == 2, receipt["counts"]
    assert live(desk) == 4
    desk("link")
    assert sorted((e["date"], e["country"]) for e in exported(desk)) == [
        ("2018-01-05", "CO"), ("2018-02-11", "EC"), ("2018-02-28", "CO"), ("2018-03-01", "CO")], exported(desk)
    whats = [line["what"] for line in desk.json("ledger")]
    assert whats == ["create", "import", "import", "confirm coverage", "link"], whats
    desk("verify")
    desk("undo", 2)
    assert live(desk) == 5
    desk("verify")


def exported(desk):
    return [{k: row[k] for k in ("date", "country")} for row in desk("export", "-o", "csv").rows]


@test
def a_dry_run_with_a_coverage_changes_nothing(desk):
    desk("init")
    desk.load("first.csv", FIRST, recipe(desk))
    told = desk.load("second.csv", HEAD + SHORTER, recipe(desk), "--covers", "2018", "--complete", "--dry-run")
    assert told["coverage"]["retracted"] == 4 and told["is_dry_run"], told["coverage"]
    assert live(desk) == 5 and desk.dump("SELECT count(*) FROM coverage") == [(0,)]
    desk("verify")


@test
def confirmed_later_and_withdrawn_again(desk):
    begin(desk, SHORTER)
    told = desk("coverage", "confirm", 2, "--dry-run").out
    assert "2 of 5 rows said before are not said again" in told, told
    assert live(desk) == 6
    desk("coverage", "confirm", 2, "--covers", "2018-01", "--country", "CO", "--complete")
    assert live(desk) == 5
    desk("coverage", "confirm", 2, "--covers", "2018-02-01..2018-02-28", "--complete")
    assert live(desk) == 3  # Cartagena, and Guayaquil: all countries
    rows = desk("coverage", "list", "-o", "csv").rows
    assert [(r["country"], r["from"], r["to"], r["how complete"]) for r in rows] == [
        ("CO", "2018-01-01", "2018-01-31", "complete"), ("all", "2018-02-01", "2018-02-28", "complete")], rows
    desk("coverage", "withdraw", 2)
    assert live(desk) == 6
    desk("verify")


@test
def wrong_words_are_told(desk):
    begin(desk, SHORTER)
    assert "no range of days" in desk.refuses(2, "coverage", "confirm", 2, "--covers", "2018-05..2018-01")
    assert "there is no country 'QQ'" in desk.refuses(2, "coverage", "confirm", 2, "--covers", "2018", "--country", "QQ")
    assert "needs its days" in desk.refuses(2, "coverage", "confirm", 2, "--complete")
    assert "there is no import 7" in desk.refuses(4, "coverage", "confirm", 7, "--covers", "2018")
    assert "needs its days" in desk.refuses(2, "import", "second.csv", "--recipe", "./bulletin.yaml", "--complete")
    assert "does not know 'remove'" in desk.refuses(2, "coverage", "remove", 2)
    assert "there is no import 7" in desk.refuses(4, "diff", 7)
    assert live(desk) == 6


@test
def with_a_key_the_difference_is_field_by_field(desk):
    begin(desk, "1,2018-01-05,CO,Cali,Cocaine,125\n2,2018-01-20,CO,Medellín,Heroin,3.27\n6,2018-03-02,CO,Cali,Cocaine,9\n", has_key=True)
    told = desk.json("diff", 2)
    assert (told["unchanged"], told["added"], told["corrected"], told["verdict"]) == (1, 1, 1, "changed"), told
    corrected = next(row for row in told["rows"] if row["what"] == "corrected")
    assert corrected["key"] == "1" and corrected["changes"] == [{"field": "amount", "before": "120 kg", "after": "125 kg"}], corrected
    cocaine = [(t["count_before"], t["count_after"], t["before"], t["after"]) for t in told["totals"] if t["before"] == 667]
    assert cocaine == [(4, 5, 667, 681)], told["totals"]
    table = desk("diff", 2).out
    assert "amount: 120 kg → 125 kg" in table and "+14" in table, table


@test
def without_a_key_a_change_is_removed_and_added_and_probably_a_correction(desk):
    begin(desk, "1,2018-01-05,CO,Cali,Cocaine,150\n2,2018-01-20,CO,Medellín,Cocaine,9\n3,2018-02-10,CO,Cartagena,Cocaine,40\n")
    told = desk.json("diff", 2)
    # One field differs in Cali; two in Medellín.
    assert (told["unchanged"], told["added"], told["not_said_again"], told["probably_corrected"], told["only_rounded"]) == (1, 2, 2, 1, 0), told
    pair = next(row for row in told["rows"] if "probably_now" in row)
    assert pair["probable_changes"] == [{"field": "amount", "before": "120 kg", "after": "150 kg"}], pair
    assert live(desk) == 7  # nothing is applied
    rows = desk("diff", 2, "-o", "csv").rows
    assert [r["change"] for r in rows if r["what"] == "not said again" and "Cali" in r["place"]] == ["probably corrected: amount: 120 kg → 150 kg"], rows


@test
def where_only_rounding_differs_nothing_really_changed(desk):
    for has_key in (False, True):
        desk.call("init", "k.sqlite" if has_key else "p.sqlite")
        store = ["--store", "k.sqlite" if has_key else "p.sqlite"]
        desk.write("f.csv", FIRST)
        desk.write("s.csv", FIRST.replace("3.27", "3.3"))
        desk("import", "f.csv", "--recipe", recipe(desk, has_key), *store)
        desk("import", "s.csv", "--recipe", recipe(desk, has_key), *store)
        told = desk.json("diff", 2, *store)
        assert (told["verdict"], told["only_rounded"]) == ("only rounding", 1), (has_key, told)
        assert "nothing really changed" in desk("diff", 2, *store).out
        assert desk.json("diff", 1, *store)["verdict"] == "first edition"
    # 3.27 → 3.2 is no rounding.
    desk.write("t.csv", FIRST.replace("3.27", "3.2"))
    desk("import", "t.csv", "--recipe", recipe(desk), "--store", "p.sqlite")
    assert desk.json("diff", 3, "--store", "p.sqlite")["verdict"] == "changed"


@test
def the_matrix_tells_silence_from_ignorance(desk):
    begin(desk, SHORTER)
    cells = {(r["country"], r["period"]): (r["state"], r["records"]) for r in desk("coverage", "--year", 2018, "-o", "csv").rows}
    assert cells["CO", "2018-01"] == ("records", "2") and cells["EC", "2018-01"] == ("not known", "0"), cells
    desk("coverage", "confirm", 2, "--covers", "2017-12-15..2018-01-10", "--country", "EC", "--complete")
    desk("coverage", "confirm", 2, "--covers", "2018-01-11..2018-05-30", "--country", "EC,PE", "--complete")
    cells = {(r["country"], r["period"]): (r["state"], r["records"]) for r in desk("coverage", "--year", 2018, "-o", "csv").rows}
    # January by two coverages that meet; February has a record that stays unless it is retracted: it is, for it was not said again.
    assert cells["EC", "2018-01"] == ("nothing happened", "0") and cells["EC", "2018-02"] == ("nothing happened", "0"), cells
    assert cells["EC", "2018-05"] == ("not known", "0"), "May is covered in part"
    assert cells["PE", "2018-03"] == ("nothing happened", "0") and cells["PE", "2018-01"] == ("not known", "0"), cells
    assert cells["CO", "2018-04"] == ("not known", "0"), cells
    years = {(r["country"], r["period"]): r["state"] for r in desk("coverage", "-o", "json").json}
    assert years["CO", "2018"] == "records" and years["EC", "2018"] == "not known" and years["EC", "2017"] == "not known", years
    assert "not known" in desk("coverage").err
    desk("sources", "nothing", "bulletin", "--from", "2018-04-01", "--to", "2018-04-30", "--why", "their letter")
    cells = {(r["country"], r["period"]): r["state"] for r in desk("coverage", "--year", 2018, "-o", "csv").rows}
    assert cells["CO", "2018-04"] == "nothing to report" and cells["CO", "2018-05"] == "not known", cells
    desk("undo", 2)
    cells = {(r["country"], r["period"]): r["state"] for r in desk("coverage", "--year", 2018, "-o", "csv").rows}
    assert cells["EC", "2018-01"] == "not known" and cells["EC", "2018-02"] == "records", cells


@test
def what_the_whole_file_teaches_does_not_change_what_a_row_is(desk):
    # Dates on the first of the month, all over: only the longer file shows it. Its rows are months, and still the same rows.
    rows = [f"{i},20{10 + i // 12}-{1 + i % 12:02d}-01,CO,Cali,Cocaine,{i + 1}\n" for i in range(48)]
    desk("init")
    first = desk.load("long.csv", HEAD + "".join(rows), recipe(desk))
    assert any("read as months" in note for note in first["notes"]), first["notes"]
    second = desk.load("short.csv", HEAD + "".join(rows[:5]), recipe(desk))
    assert not second["notes"] and second["counts"]["unchanged"] == 5 and second["counts"]["new"] == 0, second["counts"]


run()
