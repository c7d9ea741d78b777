#!/usr/bin/env python3
"""One table in every format and envelope gives the same statements; and what stands around a table is told."""
import gzip
import io
import json
import shutil
import subprocess
import zipfile

from case import run, test
from workbook import as_xlsx

HEADER = ["DAY", "DRUG", "KG", "CITY"]
ROWS = [["2016-01-18", "Cocaine", "601.8", "Cali"], ["2016-01-19", "Heroin", "2.25", "Bogotá"],
        ["2016-01-20", "Cocaine", "7", "Medellín & more"]]
FIELDS = """fields:
  - {field: date, column: DAY, order: ymd}
  - {field: country, value: Colombia}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""


def recipe(desk, more="", fields=FIELDS):
    return desk.write("r.yaml", f"recipe: r\ndomain: drugs\nsource: {{code: r}}\n{more}\n{fields}")


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def csv_text(delimiter=","):
    return "".join(delimiter.join(row) + "\n" for row in [HEADER, *ROWS])


def escaped(text):
    return text.replace("&", "&amp;")


def ods(rows):
    def cell(text):
        try:
            return f'<table:table-cell office:value-type="float" office:value="{float(text)}"><text:p>{text}</text:p></table:table-cell>'
        except ValueError:
            return f'<table:table-cell office:value-type="string"><text:p>{escaped(text)}</text:p></table:table-cell>'
    body = "".join("<table:table-row>" + "".join(map(cell, row)) + '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>'
                   for row in rows)
    tail = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    content = ('<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x">'
               f'<office:body><office:spreadsheet><table:table table:name="Data">{body}{tail}</table:table>'
               "</office:spreadsheet></office:body></office:document-content>")
    return archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def xlsx(rows, merges=()):
    def cell(at, text):
        place = f"{chr(65 + at[1])}{at[0] + 1}"
        try:
            return f'<c r="{place}"><v>{float(text)!r}</v></c>'
        except ValueError:
            return f'<c r="{place}" t="inlineStr"><is><t>{escaped(text)}</t></is></c>' if text else ""
    body = "".join(f'<row r="{i + 1}">' + "".join(cell((i, j), text) for j, text in enumerate(row)) + "</row>"
                   for i, row in enumerate(rows))
    merged = "".join(f'<mergeCell ref="{merge}"/>' for merge in merges)
    return archive({
        "xl/workbook.xml": '<workbook xmlns:r="r"><sheets><sheet name="Data" r:id="x"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="x" Target="s.xml"/></Relationships>',
        "xl/s.xml": f"<worksheet><sheetData>{body}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"})


def features():
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": dict(zip(HEADER, row)), "geometry": {"type": "Point", "coordinates": [-76.5, 3.25]}}
        for row in ROWS]}


def zstd(content):
    content = content.encode() if isinstance(content, str) else content
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout


def forms():
    """The same table, in all the ways that it may arrive."""
    plain, book, sheet = csv_text(), xlsx([HEADER, *ROWS]), ods([HEADER, *ROWS])
    yield "plain.csv", plain
    yield "semicolons.csv", csv_text(";")
    yield "gzip.csv.gz", gzip.compress(plain.encode())
    yield "envelope.zip", archive({"folder/table.csv": plain, "README.txt": "read me", "__MACOSX/._table.csv": "?"})
    yield "packed-member.zip", archive({"table.csv.gz": gzip.compress(plain.encode())})
    yield "book.xlsx", book
    yield "book.zip", archive({"book.xlsx": book})
    yield "book.xlsx.gz", gzip.compress(book)
    yield "sheet.ods", sheet
    yield "sheet.zip", archive({"sheet.ods": sheet})
    for name in ("utf-16-le", "utf-16-be"):
        yield f"mark-{name}.csv", ("\ufeff" + plain).encode(name)
        yield f"bare-{name}.csv", plain.encode(name)
        yield f"bare-{name}.zip", archive({"t.csv": plain.encode(name)})
    yield "features.geojson", json.dumps(features())
    yield "indented.geojson", json.dumps(features(), indent=2)
    yield "features.geojsonl", "".join(json.dumps(feature) + "\n" for feature in features()["features"])
    if shutil.which("zstd"):
        yield "zstd.csv.zst", zstd(plain)
        yield "two-frames.csv.zst", zstd(plain[:30]) + zstd(plain[30:])
        yield "book.xlsx.zst", zstd(book)
        yield "features.geojson.zst", zstd(json.dumps(features()))


def totals(receipt):
    return sorted((total["concept"], total["unit"], round(total["amount"], 6)) for total in receipt["totals"])


@test
def every_form_of_a_table_says_the_same(desk):
    desk("init")
    path = recipe(desk)
    expected = None
    for name, content in forms():
        for words in ([desk.write(name, content)], ["-"]):
            receipt = desk.json("import", *words, "--recipe", path, "--dry-run",
                                text=desk.path(name).read_bytes() if words == ["-"] else None)
            assert receipt["counts"]["rows"] == 3 and receipt["counts"]["rejected"] == 0, (name, words, receipt["counts"])
            expected = expected or totals(receipt)
            assert totals(receipt) == expected, (name, words, totals(receipt))
    assert len(expected) == 2


@test
def cells_merged_downward_are_found_and_filled(desk):
    rows = [["Date of seizure", "Office", "Drug", "Quantity (kg)"]]
    for i in range(120):
        is_first = i % 4 == 0
        rows.append([f"2016-0{1 + i // 40}-1{i // 4 % 10}" if is_first else "", "North" if is_first else "", ["Cocaine", "Heroin"][i % 2], 1.5 + i])
    merges = [f"{column}{2 + i}:{column}{5 + i}" for i in range(0, 120, 4) for column in "AB"]
    path = desk.write("merged.xlsx", as_xlsx({"2016": rows}, merges))
    desk("init")
    draft = desk("sniff", path, "--write", "draft.yaml") and desk.path("draft.yaml").read_text()
    assert "merged: fill" in draft, draft
    receipt = desk.json("import", path, "--recipe", "./draft.yaml")
    assert receipt["counts"]["new"] == 120 and receipt["counts"]["rejected"] == 0, receipt["counts"]
    assert receipt["fields"]["date"]["typed"] == 120, receipt["fields"]["date"]
    assert desk.json("query", "date=2016-01-11")["mentions"] == 4
    desk.write("first.yaml", draft.replace(", merged: fill", "") + "\n")
    first = desk.json("import", path, "--recipe", "./first.yaml", "--dry-run")
    assert first["fields"]["date"]["typed"] == 30, first["fields"]["date"]


@test
def of_several_members_the_recipe_names_one(desk):
    desk("init")
    path = desk.write("years.zip", archive({"2015.csv": "DAY,DRUG,KG\n", "2016.csv": csv_text()}))
    told = desk.refuses(1, "import", path, "--recipe", recipe(desk))
    assert "holds 2 files" in told and "2015.csv, 2016.csv" in told and "member" in told, told
    receipt = desk.json("import", path, "--recipe", recipe(desk, 'file: {member: "*16.csv"}'))
    assert receipt["member"] == "2016.csv" and receipt["counts"]["new"] == 3


@test
def a_sheet_made_for_people_is_read_as_a_table(desk):
    desk("init")
    rows = [["Seizures, provisional"], ["", "Cocaine", "", "Heroin", ""], ["Month", "kg", "cases", "kg", "cases"],
            ["2016-01", "601.8", "3", "1", "2"], ["2016-02", "601.8", "4", "2", "3"], ["", "1204", "7", "3", "5"],
            ["* of all agencies"]]
    fields = """unpivot: {columns: [Cocaine / kg, Heroin / kg], name: WHAT, value: KG}
fields:
  - {field: date, column: Month}
  - {field: country, value: Colombia}
  - {field: drug, column: WHAT, map: [{from: Cocaine / kg, to: cocaine}, {from: Heroin / kg, to: heroin}]}
  - {field: amount, column: KG, unit: kg}
"""
    path = recipe(desk, "file: {skip: 1, header_rows: 2, totals: auto, footnotes: auto}", fields)
    text = "\n".join(",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows) + "\n"
    for name, content in (("people.csv", text), ("people.xlsx", xlsx(rows, ["B2:C2", "D2:E2"])), ("people.ods", ods(rows))):
        receipt = desk.json("import", desk.write(name, content), "--recipe", path, "--dry-run")
        assert receipt["counts"]["rows"] == 2 and receipt["counts"]["mentions"] == 4, (name, receipt)
        frame = receipt["frame"]
        assert [note["text"] for note in frame["titles"]] == ["Seizures, provisional"], (name, frame)
        assert [note["text"] for note in frame["footnotes"]] == ["* of all agencies"], (name, frame)
        total, = frame["totals"]
        assert total["line"] == 6 and total["agrees"] == "rounding", (name, total)
        assert [column["agrees"] for column in total["columns"]] == ["rounding", "yes", "yes", "yes"], (name, total)
    shown = desk("import", desk.path("people.csv"), "--recipe", path).out
    assert "note: line 6 is a total, no data: 'Cocaine / kg' says 1204, the rows sum to 1203.6: off by a rounding" in shown, shown


@test
def rejected_rows_of_such_a_sheet_go_in_by_the_same_recipe(desk):
    desk("init")
    path = recipe(desk, "file: {skip: 1, header_rows: 2}", FIELDS.replace("KG", "Mass / KG"))
    text = "Title\nDAY,DRUG,Mass,CITY\n,,KG,\n2016-02-31,Cocaine,1,Cali\n2016-02-01,Cocaine,2,Cali\n"
    receipt = desk.load("people.csv", text, path)
    assert receipt["counts"]["rejected"] == 1 and receipt["counts"]["new"] == 1
    rejects = desk.path("people.csv.rejects.csv").read_text()
    assert "Mass / KG" in rejects
    mended = desk.load("mended.csv", rejects.replace("02-31", "02-28"), path)
    assert mended["counts"]["new"] == 1 and mended["counts"]["rejected"] == 0, mended["counts"]


@test
def totals_by_label_are_no_data_and_a_wrong_one_is_told(desk):
    desk("init")
    path = recipe(desk, 'totals: {column: DRUG, equals: [Total, "All drugs"]}')
    text = csv_text() + ",total,611.05,\n,All drugs,700,\n"
    receipt = desk.load("labels.csv", text, path)
    assert receipt["counts"]["rows"] == 3 and receipt["counts"]["rejected"] == 0
    assert [total["agrees"] for total in receipt["frame"]["totals"]] == ["yes", "no"]
    assert any("does NOT agree with the rows, by 12.7 %" in note for note in receipt["notes"]), receipt["notes"]
    # Without being asked for, a total is a row like any other.
    assert desk.load("labels2.csv", text, recipe(desk))["counts"]["rows"] == 5


@test
def a_cut_file_leaves_nothing(desk):
    desk("init")
    many = "DAY,DRUG,KG,CITY\n" + "".join(f"2016-01-{1 + i % 28:02},Cocaine,{i * 7919 % 104729},x{i}\n" for i in range(60000))
    packed = {"cut.csv.gz": gzip.compress(many.encode()), "cut.zip": archive({"t.csv": many})}
    if shutil.which("zstd"):
        packed["cut.csv.zst"] = zstd(many)
    for name, content in packed.items():
        path = desk.write(name, content[:len(content) * 2 // 3])
        told = desk.refuses(1, "import", path, "--recipe", recipe(desk))
        assert name in told and ("byte" in told or "fetch the file again" in told), told
        assert desk.json("imports") in ([], {"imports": []}), name


run()
