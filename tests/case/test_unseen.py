#!/usr/bin/env python3
"""A file that nobody has seen goes from `sniff` to a correct import: simulated rows in disguises that a seed chooses.

A disguise renames the columns in Spanish or Portuguese, puts them into another order, writes other units, another order of the parts of a
date and another decimal mark, and puts rows of title above and a total below. The draft is imported as it stands, but for the lines that a
person would edit, which are counted; then rows, dates, places and sums per drug must be those of the simulated file.
"""
import csv
import datetime
import io
import random
from collections import defaultdict

from case import run, test
from workbook import as_xlsx

DRUGS = {  # the simulator's name: code, Spanish, Portuguese
    "Cocaine hydrochloride": ("cocaine-hcl", "Clorhidrato de cocaína", "Cloridrato de cocaína"), "Coca paste": ("coca-paste", "Pasta de coca", "Pasta de coca"),
    "Cannabis herb": ("cannabis-herb", "Marihuana", "Maconha"), "Cannabis resin": ("cannabis-resin", "Hachís", "Haxixe"),
    "Heroin": ("heroin", "Heroína", "Heroína"), "Methamphetamine": ("methamphetamine", "Metanfetamina", "Metanfetamina"),
    "Amphetamine": ("amphetamine", "Anfetamina", "Anfetamina"), "Pseudoephedrine": ("pseudoephedrine", "Pseudoefedrina", "Pseudoefedrina"),
    "Ecstasy (MDMA)": ("ecstasy", "Éxtasis", "Ecstasy"), "LSD": ("lsd", "LSD", "LSD"), "Tramadol": ("tramadol", "Tramadol", "Tramadol"),
    "Clonazepam": ("clonazepam", "Clonazepam", "Clonazepam"),
}
COUNTRIES = {"Colombia": ("Colombia", "Colômbia"), "Ecuador": ("Ecuador", "Equador"), "Peru": ("Perú", "Peru"), "Spain": ("España", "Espanha"),
             "Panama": ("Panamá", "Panamá"), "Dominican Republic": ("República Dominicana", "República Dominicana")}
HEADERS = {
    "es": {"date": ["Fecha del hecho", "FECHA INCAUTACION", "Fecha"], "country": ["País", "PAIS DEL HECHO"], "subdivision": ["Provincia", "DEPARTAMENTO", "Depto."],
           "place": ["Ciudad", "Municipio de incautación", "LOCALIDAD"], "drug": ["Tipo de droga", "SUSTANCIA INCAUTADA", "Estupefaciente"],
           "amount": ["Cantidad incautada", "PESO NETO", "Cant."], "unit": ["Unidad de medida", "UNIDAD"], "arrested": ["Detenidos", "PERSONAS CAPTURADAS"],
           "note": ["Observaciones", "Comentario del funcionario"]},
    "pt": {"date": ["Data da apreensão", "DATA DO FATO", "Data"], "country": ["País", "PAÍS DA APREENSÃO"], "subdivision": ["Estado", "UF", "Província"],
           "place": ["Cidade", "MUNICÍPIO DA APREENSÃO", "Localidade"], "drug": ["Tipo de droga", "SUBSTÂNCIA", "Entorpecente"],
           "amount": ["Quantidade apreendida", "QTDE", "Peso"], "unit": ["Unidade de medida", "UNIDADE"], "arrested": ["Presos", "PESSOAS DETIDAS"],
           "note": ["Observações", "Histórico"]},
}
MONTHS = {"es": "ene feb mar abr may jun jul ago sep oct nov dic".split(), "pt": "jan fev mar abr mai jun jul ago set out nov dez".split()}
UNITS = {"es": {"kg": ("gramos", 1000), "tablets": ("pastillas", 1), "blotters": ("secantes", 1)},
         "pt": {"kg": ("gramas", 1000), "tablets": ("comprimidos", 1), "blotters": ("selos", 1)}}


class Event:
    def __init__(self, row, language, dice):
        self.code, *names = DRUGS[row["Substance"]]
        second = language == "pt"
        self.drug, self.country = names[second], COUNTRIES[row["Country"]][second]
        self.english_country, self.subdivision, self.place = row["Country"], row["Province"], row["Town"]
        self.day = datetime.datetime.strptime(row["Date of seizure"], "%d/%m/%Y").date()
        self.unit, factor = UNITS[language][row["Unit"]]
        self.amount = round(float(row["Quantity"]) * factor, 3)
        self.is_mass = row["Unit"] == "kg"
        self.arrested = dice.randint(0, 4)


def events(desk, seed, language, dice):
    folder = desk.world(900, seed)
    with open(folder / "customs.csv", encoding="utf-8", newline="") as file:
        return [Event(row, language, dice) for row in csv.DictReader(file)
                if row["Quantity"] and row["Town"] and row["Unit"] in UNITS[language] and row["Substance"] in DRUGS
                and row["Country"] in COUNTRIES]


def plain(number, mark):
    return f"{number:.3f}".rstrip("0").rstrip(".").replace(".", mark)


def written(day, form, language):
    return {"dmy": f"{day:%d/%m/%Y}", "mdy": f"{day:%m/%d/%Y}", "ymd": f"{day:%Y-%m-%d}", "text": f"{day.day}-{MONTHS[language][day.month - 1]}-{day.year}",
            "dots": f"{day:%d.%m.%y}"}[form]


def as_csv(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def checked(desk, file, told, edits=()):
    """Drafts, edits, imports; every row must be told, on its day, at its place, with its sum."""
    desk("init")
    desk("sniff", file, "--write", "draft.yaml")
    draft = desk.path("draft.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in draft, f"the draft has no '{old}'\n{draft}"
        draft = draft.replace(old, new)
    desk.write("draft.yaml", draft)
    assert len(edits) <= 10
    receipt = desk.json("import", file, "--recipe", "draft.yaml")
    counts, fields = receipt["counts"], receipt["fields"]
    assert counts["mentions"] == len(told) and counts["rejected"] == 0, f"{counts} {receipt['rejects']}\n{draft}"
    for field in ("date", "country", "place", "drug", "amount"):
        assert fields[field]["typed"] == len(told), f"{field}: {fields[field]} {receipt['unread']}\n{draft}"
    expected = defaultdict(float)
    for event in told:
        expected[event.code] += event.amount
    found = defaultdict(float)
    for total in receipt["totals"]:
        factor = {"kg": 1000, "g": 1}.get(total["unit"], 1)
        found[total["concept"]] += total["amount"] * factor
    for code in set(expected) | set(found):
        assert abs(found[code] - expected[code]) < 1e-6 * max(expected[code], 1), f"{code}: {found[code]} instead of {expected[code]}\n{draft}"
    placed = receipt["places"]["settlement"] + receipt["places"]["point"]
    assert placed >= 0.97 * len(told), f"{receipt['places']}\n{draft}"
    # Any day of the simulated months is told as often as it was written.
    per_day = defaultdict(int)
    for event in told:
        per_day[event.day.isoformat()] += 1
    desk("link")
    for day in sorted(per_day)[:: max(1, len(per_day) // 5)]:
        answer = desk.json("query", f"date={day}")
        assert answer["mentions"] == per_day[day], f"{day}: {answer['mentions']} instead of {per_day[day]}\n{draft}"
    return draft, receipt


def columns_of(language, dice):
    names = {field: dice.choice(options) for field, options in HEADERS[language].items()}
    return names, dice.sample(list(names), len(names))


def register(desk, seed, language):
    """A register: title rows, a labelled total, units in a column, grams for kilograms, a day order that rows can tell."""
    dice = random.Random(f"{seed} register")
    told = events(desk, seed, language, dice)
    names, order = columns_of(language, dice)
    form, mark, delimiter = dice.choice(["dmy", "mdy", "dots"]), dice.choice([",", "."]), dice.choice([";", "\t", "|"])
    rows = [["INFORME DE INCAUTACIONES" if language == "es" else "RELATÓRIO DE APREENSÕES"], []][: dice.randint(0, 2)]
    rows.append([names[field] for field in order])
    for event in told:
        cells = {"date": written(event.day, form, language), "country": event.country, "subdivision": event.subdivision, "place": event.place,
                 "drug": event.drug, "amount": plain(event.amount, mark), "unit": event.unit, "arrested": str(event.arrested), "note": "SIMULADO"}
        rows.append([cells[field] for field in order])
    total = {"amount": plain(sum(event.amount for event in told), mark), order[0] if order[0] != "amount" else order[1]: "TOTAL"}
    rows.append([total.get(field, "") for field in order])
    encoding = dice.choice(["utf-8", "utf-8-sig", "latin-1"])
    draft, receipt = checked(desk, desk.write("registro.csv", as_csv(rows, delimiter).encode(encoding)), told)
    assert receipt["fields"]["arrested"]["sum"] == sum(event.arrested for event in told), draft
    assert "# Unsure:" in draft


def one_country(desk, seed, language):
    """One country that no column names, one unit in the header, year first, no unit column, notes at the end, a total without a name."""
    dice = random.Random(f"{seed} one country")
    told = [event for event in events(desk, seed, language, dice) if event.english_country == "Colombia" and event.is_mass]
    names, order = columns_of(language, dice)
    order = [field for field in order if field not in ("country", "unit", "note")]
    names["amount"] = dice.choice(["Peso (g)", "CANTIDAD_GRAMOS", "Cantidad en gramos"] if language == "es" else ["Peso (g)", "QUANTIDADE_GRAMAS", "Qtde em gramas"])
    mark, form = dice.choice([",", "."]), dice.choice(["ymd", "text", "dmy"])
    rows = [["Policía"], ["Periodo: enero a abril de 2023"], []][: dice.randint(0, 3)] + [[names[field] for field in order]]
    for event in told:
        cells = {"date": written(event.day, form, language), "subdivision": event.subdivision.upper(), "place": event.place.upper(), "drug": event.drug.upper(),
                 "amount": plain(event.amount, mark), "arrested": str(event.arrested)}
        rows.append([cells[field] for field in order])
    rows.append([plain(sum(event.amount for event in told), mark) if field == "amount" else "" for field in order])
    rows.append(["Fuente: dirección de estadística, cifras sujetas a variación"])
    checked(desk, desk.write("pais.csv", as_csv(rows, dice.choice([";", ","]))), told)


def nameless(desk, seed, language):
    """Headers that mean nothing: only the cells tell what the columns are."""
    dice = random.Random(f"{seed} nameless")
    told = [event for event in events(desk, seed, language, dice) if event.english_country == "Colombia"]
    order = dice.sample(["date", "subdivision", "place", "drug", "amount", "unit"], 6)
    form = dice.choice(["dmy", "mdy", "text"])
    rows = [[f"C{i}" for i in range(1, 7)]]
    for event in told:
        cells = {"date": written(event.day, form, language), "subdivision": event.subdivision, "place": event.place, "drug": event.drug,
                 "amount": plain(event.amount, ","), "unit": event.unit}
        rows.append([cells[field] for field in order])
    draft, _ = checked(desk, desk.write("sin-nombres.csv", as_csv(rows, ";")), told)
    assert "compare some rows with what you know" in draft, draft


def workbook(desk, seed, language):
    """A workbook with title rows; year, month and day in columns of their own; a total."""
    dice = random.Random(f"{seed} workbook")
    told = events(desk, seed, language, dice)
    names, order = columns_of(language, dice)
    order = [field for field in order if field not in ("date", "note")]
    parts = ["Año", "Mes", "Día"] if language == "es" else ["Ano", "Mês", "Dia"]
    rows = [["Estadística de incautaciones"], ["Sistema simulado"]][: dice.randint(0, 2)] + [parts + [names[field] for field in order]]
    for event in told:
        cells = {"country": event.country, "subdivision": event.subdivision, "place": event.place, "drug": event.drug, "amount": event.amount,
                 "unit": event.unit, "arrested": event.arrested}
        month = MONTHS[language][event.day.month - 1] if seed % 2 else event.day.month
        rows.append([event.day.year, month, event.day.day] + [cells[field] for field in order])
    rows.append(["Total general" if language == "es" else "Total geral", "", ""] + [sum(e.amount for e in told) if field == "amount" else "" for field in order])
    checked(desk, desk.write("libro.xlsx", as_xlsx({"Hoja1": rows})), told)


def make(disguise, language, seed):
    def one(desk):
        disguise(desk, seed, language)
    one.__name__ = f"{disguise.__name__}_in_{language}_{seed}"
    one.__doc__ = disguise.__doc__
    return test(one)


for number, (a_disguise, a_language) in enumerate((d, l) for d in (register, one_country, nameless, workbook) for l in ("es", "pt")):
    for a_seed in (11 + number, 30 + number):
        make(a_disguise, a_language, a_seed)
run()
