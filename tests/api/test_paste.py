#!/usr/bin/env python3
"""Rows pasted and templates uploaded over HTTP: twenty rows with one that is faulty, sent twice, mended; a template that
another program filled in, uploaded and imported by the command line, in other words and orders of columns."""
import csv
import datetime
import html
import http.client
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

try:
    import openpyxl
except ImportError:
    # Debian's package belongs to Debian's interpreter.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3") and not os.environ.get("COMITY_RETRIED"):
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "COMITY_RETRIED": "1"})
    openpyxl = None

from test_entries import invite
from test_people import Browser, desk, join, set_up_factor
from world import run

HEADER = "Caso\tFecha\tPaís\tLugar\tDroga\tCantidad\tUnidad"


def rows(n, faulty=None):
    lines = [HEADER]
    for i in range(n):
        amount = "many" if i == faulty else f"{i + 1},5"
        lines.append(f"P-{i // 2}\t2026-02-{10 + i // 2:02d}\tEcuador\tGuayaquil\t{('cocaína', 'heroin')[i % 2]}\t{amount}\tkg")
    return "\n".join(lines)


def hidden(text, path="/entries/paste"):
    for form in re.findall(r"<form[^>]*>.*?</form>", text, re.S):
        if path in form and 'name="rows"' in form:
            return {name: html.unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}
    raise AssertionError(text[:500])


def left(text):
    found = re.search(r'<textarea id="pasted-rows"[^>]*>(.*?)</textarea>', text, re.S).group(1)
    return html.unescape(found).replace("\r\n", "\n").strip("\n")


def send(who, form, text, do, path="/entries/paste"):
    return who.go(path, {**form, "rows": text.replace("\n", "\r\n"), "do": do})


def begin(who):
    status, text, _ = who.go("/entries/paste")
    assert status == 200, text
    return hidden(text)


def entries(who):
    return sorted(set(re.findall(r'href="/entries/(\d+)', who.go("/entries")[1])), key=int)


def plain(text):
    return re.sub(r"<[^>]+>", "", text)


def faults(text):
    return [re.sub(r"<[^>]+>", "", fault) for fault in re.findall(r'class="finding fault">(.*?)</small>', text)]


def twenty_rows_one_is_faulty(olga):
    """Ten cases of two drugs: nine are good."""
    form = begin(olga)
    status, text, _ = send(olga, form, rows(20, faulty=7), "check")
    assert status == 200 and len(re.findall(r'<th scope="row">', text)) == 20, status
    assert len(faults(text)) == 1 and "This is no amount" in faults(text)[0], faults(text)
    assert left(text) == rows(20, faulty=7)
    assert "= <bdi>1.5 kg</bdi>" in text and "Guayaquil, " in text, "what was understood is told"
    assert not entries(olga), "looking saves nothing"
    status, text, _ = send(olga, hidden(text), rows(20, faulty=7), "submit")
    assert status == 422 and "Submitted: 9" in plain(text), (status, re.findall(r'class="(?:good|refusal)".*?</p>', text, re.S))
    assert left(text).split("\n") == [HEADER, *rows(20, faulty=7).split("\n")[7:9]], left(text)
    assert len(entries(olga)) == 9
    again = send(olga, form, rows(20, faulty=7), "submit")
    assert again[0] == 422 and len(entries(olga)) == 9, "what is sent twice is saved once"
    status, text, _ = send(olga, hidden(text), left(text).replace("many", "8,5"), "submit")
    assert status == 200 and "Submitted: 1" in plain(text) and left(text) == "", (status, text)
    assert len(entries(olga)) == 10
    entry = olga.go(f"/entries/{entries(olga)[0]}")[1]
    assert "Customs" in entry and "heroin" in entry and "1,5 kg" in entry, "a case has its unit, and all its lines"


def the_same_pasted_anew_is_another(olga):
    """What is sent again from the same form is the same; what is pasted below what was saved is not."""
    n = len(entries(olga))
    words = HEADER + "\nS-1\t2026-02-01\tEcuador\t\tcocaine\t1\tkg"
    form = begin(olga)
    status, text, _ = send(olga, form, words, "save")
    assert status == 200 and "Saved as drafts: 1" in plain(text) and len(entries(olga)) == n + 1
    assert send(olga, form, words, "save")[0] == 200 and len(entries(olga)) == n + 1
    status, text, _ = send(olga, hidden(text), words, "save")
    assert status == 200 and len(entries(olga)) == n + 2, "it was said to be saved, and was not"


def rows_that_cannot_be_cut_are_shown(olga):
    table = "Case,Date,Country,Drug,Amount,Unit\nX-1,2026-02-01,Ecuador,cocaine,1,kg\n" \
        "X-2,2026-02-01,Ecuador,\"cocaine,2,kg\nX-3,2026-02-01,Ecuador,heroin,3,kg\n"
    status, text, _ = upload(olga, table.encode(), "x.csv")
    assert status == 200 and any("more cells" in fault for fault in faults(text)), faults(text)
    assert 'X-2,2026-02-01,Ecuador,"cocaine,2,kg' in left(text) and "X-3" in left(text), left(text)
    many = "Case,Date,Country,Drug,Amount,Unit\n" + "é,,,,,\n" * 50
    status, text, _ = upload(olga, many.encode() + b"X-4,2026-02-01,Per\xfa,coca\xefna,1,kg\n", "x.csv")
    assert status == 200 and re.search(r"X-4[,\t]2026-02-01[,\t]Perú", left(text)), left(text)[-300:]


def drafts_may_lack_anything(olga):
    n = len(entries(olga))
    lines = HEADER + "\nD-1\t\tEcuador\t\tcocaine\t\t\nD-1\t2026-02-01\t\t\t\t\t\nD-2\t2026-02-01\tEcuador\t\tx\ty\t\ttoo many\n" \
        "D-3\t2026-02-01\tEcuador\t\tcocaine\t1\tkg\nD-3\t2026-02-02\tEcuador\t\tcocaine\t1\tkg\n"
    status, text, _ = send(olga, begin(olga), lines, "save")
    assert status == 422 and "Saved as drafts: 1" in plain(text), re.findall(r'class="good".*?</div>', text, re.S)
    assert left(text).split("\n")[1:] == lines.strip().split("\n")[3:], "what cannot be an entry stays"
    assert any("more cells" in fault for fault in faults(text)) and any("says something else" in fault for fault in faults(text))
    assert len(entries(olga)) == n + 1


def what_is_sent_is_bounded(olga, reader, address):
    form = begin(olga)
    many = HEADER + "\n" + "\n".join(f"M-{i}\t2026-02-01\tEcuador\t\tcocaine\t1\tkg" for i in range(201))
    status, text, _ = send(olga, form, many, "check")
    assert status == 413 and "200 rows" in text and left(text) == many, status
    status, text, _ = send(olga, form, many.rsplit("\n", 1)[0], "check")
    assert status == 200 and len(re.findall(r'<th scope="row">', text)) == 200
    assert send(olga, form, "x" * 300000, "check")[0] == 413
    status, text, _ = send(olga, form, "Case\tRemark\n<script>alert(1)</script>\t\" onclick=x", "check")
    assert status == 200 and "<script>alert" not in text
    assert send(olga, {**form, "mark": "wrong"}, rows(2), "save")[0] == 403
    assert reader.go("/entries/paste")[0] == 403 and reader.go("/template.xlsx")[0] == 403
    assert Browser(address).go("/entries/paste")[0] == 303
    for odd in ("", "\t\t", "\n\n", "\"", "a\tb"):
        assert send(olga, form, odd, "submit")[0] in (200, 422), odd
    for wrong in (b"", b"PK\x03\x04 no", b"\x00\xff" * 50, b"{", b"<html>"):
        status, text, _ = upload(olga, wrong, "x.xlsx")
        assert status in (200, 400, 413, 422), (wrong, status, text[:300])
    assert upload(olga, b"x" * (5 << 20), "x.xlsx")[0] == 413
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", "Case,Date\n" + "X-1,2026-02-01\n" * (5 << 20))
    status, text, _ = upload(olga, packed.getvalue(), "x.zip")
    assert status == 422 and "cannot be read as a table" in text, (status, "what unpacks to 80 MB is too much")


# ---- templates ----------------------------------------------------------------------------------------------------

def upload(who, content, name):
    """As a browser sends a form with a file."""
    form = {"mark": hidden(who.go("/entries/paste")[1])["mark"]}
    edge = "edge-of-parts"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in form.items()]
    parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                 f"Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    line = http.client.HTTPConnection(who.host, int(who.port), timeout=30)
    try:
        line.request("POST", "/entries/paste", b"".join(parts) + f"--{edge}--\r\n".encode(), {
            "Content-Type": f"multipart/form-data; boundary={edge}", "Sec-Fetch-Site": "same-origin",
            "Cookie": "; ".join(f"{key}={value}" for key, value in who.cookies.items())})
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before it was all sent
    try:
        answer = line.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())
    except (ConnectionResetError, http.client.BadStatusLine):
        return 413, "", {}


def download(who, language):
    line = http.client.HTTPConnection(who.host, int(who.port), timeout=30)
    line.request("GET", f"/template.xlsx?lang={language}", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in who.cookies.items())})
    answer = line.getresponse()
    body = answer.read()
    assert answer.status == 200 and "spreadsheetml" in answer.getheader("Content-Type"), answer.status
    assert f"template-{language}.xlsx" in answer.getheader("Content-Disposition"), answer.getheader("Content-Disposition")
    return body


CASES = [  # case, date, country, drug, amount, unit, persons 1, persons 2
    ("T-1", "2026-04-01", "Ecuador", "Cocaína", 12.5, "kg", 2, 1), ("T-1", "2026-04-01", "Ecuador", "Heroína", "300 g", None, 2, 1),
    ("T-2", "2026-04-02", "Colombia", "heroin", "2,5 kg", None, None, None), ("T-3", "no date", "Colombia", "heroin", "1 kg", None, None, None)]


def fill(body):
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book.worksheets[0]
    at = {cell.value: cell.column for cell in sheet[1]}
    keys = ("case", "date", "country", "drugs.drug", "drugs.amount", "drugs.amount.unit", "persons.1.number", "persons.2.number")
    for number, case in enumerate(CASES, 4):
        for key, value in zip(keys, case):
            sheet.cell(number, at[key], value)
    sheet.cell(6, at["date"], datetime.date(2026, 4, 2))  # a real date
    return book, sheet, at


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_template_is_complete(body, language):
    book = openpyxl.load_workbook(io.BytesIO(body))
    states = {sheet.title: sheet.sheet_state for sheet in book}
    assert states["comity"] == states["lists"] == "hidden" and len(states) == 4, states
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "B3" and sheet.row_dimensions[1].hidden
    labels = [cell.value for cell in sheet[2]]
    assert len(labels) == len(set(labels)) == len([cell for cell in sheet[1] if cell.value]), "labels tell the columns apart"
    assert sum(label.endswith(" *") for label in labels) == 5, labels
    assert len(sheet.data_validations.dataValidation) > 10
    assert [cell.comment for cell in sheet[2] if cell.comment]
    assert b"showErrorMessage" not in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml"), "lists are hints"
    assert book.worksheets[1].max_row > 40
    assert bool(sheet.sheet_view.rightToLeft) == (language == "ar")


def a_template_is_uploaded(olga, body):
    n = len(entries(olga))
    book, _, _ = fill(body)
    status, text, _ = upload(olga, saved(book), "filled.xlsx")
    assert status == 200 and len(re.findall(r'<th scope="row">', text)) == 4, (status, text[:500])
    assert len(faults(text)) == 1 and "This is no date" in faults(text)[0], faults(text)
    status, text, _ = send(olga, hidden(text), left(text), "submit")
    assert status == 422 and "Submitted: 2" in plain(text) and "no date" in left(text), (status, faults(text))
    assert len(entries(olga)) == n + 2
    entry = olga.go(f"/entries/{entries(olga)[-1]}")[1] + olga.go(f"/entries/{entries(olga)[-2]}")[1]
    assert "12.5 kg" in entry and "EXAMPLE" not in entry and "EJEMPLO" not in entry


def amounts(folder, store, source):
    """By concept: kilograms, and persons arrested."""
    table = csv.DictReader(io.StringIO(run(folder, "query", f"source={source}", "-s", store, "-o", "csv")))
    kg = {"kg": 1, "g": 0.001}
    return sorted((row["drug"], float(row["amount"]) * kg[row["amount_unit"]], row["arrested"]) for row in table)


WANTED = [("cocaine", 12.5, "3"), ("heroin", 0.3, "3"), ("heroin", 2.5, "")]


def a_template_is_imported(folder, body, name, change=None):
    """The same totals, whatever was done to the file in between."""
    book, sheet, at = fill(body)
    if change:
        change(book, sheet, at)
    path = pathlib.Path(folder, f"{name}.xlsx")
    path.write_bytes(saved(book))
    said = run(folder, "import", "-s", "w.comity", path.name, "--source", f"xx-{name}", "--title", "Customs of Xland")
    assert "1 rejected" in said and ("1 filtered" in said or change is no_example), said
    rejects = pathlib.Path(folder, f"{name}.xlsx.rejects.csv")
    assert "no date" in rejects.read_text(encoding="utf-8")
    assert amounts(folder, "w.comity", f"xx-{name}") == WANTED, amounts(folder, "w.comity", f"xx-{name}")
    return rejects


def no_example(book, sheet, at):
    sheet.delete_rows(3)


def moved_and_renamed(book, sheet, at):
    """A column in front, others renamed, the sheet renamed, the last columns gone."""
    sheet.insert_cols(1)
    sheet.cell(2, 1, "My own")
    sheet.cell(2, at["drugs.drug"] + 1, "What it was")
    sheet.cell(2, at["date"] + 1, "When")
    sheet.delete_cols(at["persons.3.number"] + 1, 6)
    sheet.title = "April"
    for row in sheet.iter_rows(min_row=4, max_row=60, max_col=30):
        for cell in row:  # empty cells with a look of their own are no rows
            cell.fill = openpyxl.styles.PatternFill("solid", fgColor="FFFFEE")


def without_marks(book, sheet, at):
    """Only the sheet was copied elsewhere."""
    for other in book.worksheets[1:]:
        book.remove(other)


def another_program_saves_it(folder, body):
    """Where LibreOffice is there: it writes its own workbook of each kind."""
    if not shutil.which("soffice"):
        return
    path = pathlib.Path(folder, "office.xlsx")
    path.write_bytes(saved(fill(body)[0]))
    for kind in ("xlsx", "ods"):
        out = pathlib.Path(folder, f"office-{kind}")
        subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind, "--outdir", str(out),
                        str(path)], check=True, capture_output=True, timeout=300)
        said = run(folder, "import", "-s", "w.comity", str(out / f"office.{kind}"), "--source", f"xx-office-{kind}")
        assert "1 rejected" in said and "1 filtered" in said, said
        assert amounts(folder, "w.comity", f"xx-office-{kind}") == WANTED, kind


def rejects_are_mended(folder, rejects):
    text = rejects.read_text(encoding="utf-8").replace("no date", "2026-04-03")
    rejects.write_text(text, encoding="utf-8")
    said = run(folder, "import", "-s", "w.comity", rejects.name, "--source", "xx-mended")
    assert "1 new" in said and " 0 rejected" in said, said


def main():
    with desk("--accounts") as (folder, address, link):
        ana = join(address, link, "Ana")
        set_up_factor(ana)
        olga = invite(ana, address, "olga", "officer", "Customs")
        reader = join(address, re.search(r"http://\S+?/join/[\w-]+", ana.fill("/people", "invite", role="reader")[1]).group(0), "rita")
        assert "/entries/paste" in olga.go("/entries")[1]
        twenty_rows_one_is_faulty(olga)
        the_same_pasted_anew_is_another(olga)
        rows_that_cannot_be_cut_are_shown(olga)
        drafts_may_lack_anything(olga)
        what_is_sent_is_bounded(olga, reader, address)
        if openpyxl:
            for language in ("en", "es", "fr", "pt", "ru", "ar", "zh"):
                a_template_is_complete(download(olga, language), language)
            a_template_is_uploaded(olga, download(olga, "es"))
            run(folder, "template", "--language", "ru", "-o", "ru.xlsx")
            rejects = a_template_is_imported(folder, download(olga, "es"), "es")
            rejects_are_mended(folder, rejects)
            another_program_saves_it(folder, download(olga, "es"))
            a_template_is_imported(folder, pathlib.Path(folder, "ru.xlsx").read_bytes(), "ru", no_example)
            a_template_is_imported(folder, download(olga, "fr"), "moved", moved_and_renamed)
            a_template_is_imported(folder, download(olga, "zh"), "bare", without_marks)
        run(folder, "verify", "-s", "w.comity")
    print("paste: all holds" + ("" if openpyxl else "; templates were not tried: python3-openpyxl is not there"))


if __name__ == "__main__":
    main()
