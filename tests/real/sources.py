"""The real files, one by one, as a script reads them that knows nothing of Comity: the csv module, json and Decimal.

Each file tells its rows, and of each row the statements (drug as spelled, unit as known by hand, amount) and its counts of events and of
arrests. Spellings whose code in the pack is certain are listed; all others are compared together, per unit.
"""
import csv
import gzip
import json
from collections import defaultdict
from decimal import Decimal

import real

# UNODC DRUG_UNIT (all 43 of this copy) to the unit's code in the pack.
UNODC_UNITS = {
    "Kilogram": "kg", "Gram": "g", "Milligram": "mg", "Microgram": "ug", "Ton": "t", "Ounce": "oz", "100 gram": "100g",
    "Block (350gr)": "block-350g", "Paper (1/10 gm)": "paper-100mg", "Viss": "viss", "Litre": "l", "Millilitre": "ml", "Cc": "ml",
    "Cubic Centimeter": "ml", "Gallons (US, liquid)": "gal-us", "Gallons (UK)": "gal-uk", "Tablet": "tablet", "Pill": "tablet",
    "Capsule": "capsule", "Thousand of tablets": "1000-tablets", "Dose": "dose", "Thousand of doses": "1000-doses", "Blotting paper": "blotter",
    "Stamp": "blotter", "Trip": "blotter", "Mark": "blotter", "Ampoule": "ampoule", "Injection": "ampoule", "Vials": "ampoule", "Bottles": "bottle",
    "Flacons": "bottle", "Packages": "package", "Barette": "strip", "Unit": "unit", "Piece": "unit", "Hundred of units": "100-units",
    "Joint": "joint", "Plants": "plant", "Bush": "plant", "Acres": "acre", "Hectars": "ha", "other": "other",
}
# DRUG_NAME to the concept's code, where no other spelling of the file means the same concept.
UNODC_DRUGS = {
    "Coca paste": "coca-paste", "Cocaine Base": "cocaine-base", "Cocaine": "cocaine", "Heroin": "heroin", "Cocaine HCL": "cocaine-hcl",
    "Amphetamine": "amphetamine", "Ecstasy": "ecstasy", "Opium": "opium", "Coca leaf": "coca-leaf", "JWH-018": "jwh-018",
    "Pseudoephedrine": "pseudoephedrine", "MDPV": "mdpv", "Poppy straw": "poppy-straw", "JWH-122": "jwh-122", "Alcohol": "alcohol",
    "Crack": "crack", "Khat": "khat", "Ephedrine": "ephedrine", "LSD": "lsd", "AB-FUBINACA": "ab-fubinaca", "Methadone": "methadone",
    "Desomorphine": "desomorphine", "2C-H": "2c-h", "Methylone": "methylone", "Ketamine": "ketamine", "Buprenorphine": "buprenorphine",
    "Tramadol": "tramadol", "Morphine": "morphine",
}
POLICE_DRUGS = {"COCAINA": "cocaine-hcl", "HEROINA": "heroin"}
PF_DRUGS = {"cocaina": "cocaine", "maconha": "cannabis-herb", "skunk": "cannabis-herb-potent", "ecstasy": "ecstasy",
            "metanfetamina": "methamphetamine", "anfetamina": "amphetamine", "haxixe": "cannabis-resin", "lsd": "lsd"}
PF_UNITS = {"gramas": "g", "comprimidos": "tablet", "pontos": "blotter", "frascos": "bottle"}
LAB_COLUMNS = {"qtd_comprimidos_unidades": "tablet", "qtd_selos_unidades": "blotter", "qnt_solido_gramas": "g", "qtd_erva_gramas": "g",
               "qtd_papel_gramas": "g", "volume_ml": "ml"}
LAB_DRUGS = {"MDMA": "ecstasy", "MDA": "mda", "LSD": "lsd", "GBL": "gbl", "DMT": "dmt", "2C-B": "2c-b"}
SINESP_DRUGS = {"Apreensão de Cocaína": "cocaine-type", "Apreensão de Maconha": "cannabis-herb"}
CBP_DRUGS = {"Cocaine": "cocaine", "Methamphetamine": "methamphetamine", "Marijuana": "cannabis-herb", "Fentanyl": "fentanyl",
             "Heroin": "heroin", "Ecstasy": "ecstasy", "Ketamine": "ketamine", "Lsd": "lsd", "Khat (Catha Edulis)": "khat"}
INDIA_UNITS = {"Kg": "kg", "Litre": "l", "Blots": "blotter", "No": "unit", "Bottle": "bottle"}
INDIA_DRUGS = {"Heroin": "heroin", "Opium": "opium", "Cocaine": "cocaine", "Ganja": "cannabis-herb", "Hashish": "cannabis-resin", "LSD": "lsd",
               "Ketamine": "ketamine", "MDMA": "ecstasy", "Morphine": "morphine", "Acetic_Anhydride": "acetic-anhydride"}
ANNUAL_DRUGS = {"Heroin": "heroin", "Opium": "opium", "Coca leaf": "coca-leaf", "LSD": "lsd", "Amphetamine": "amphetamine",
                "Methamphetamine": "methamphetamine", "Crack": "crack", "Ephedrine": "ephedrine", "GHB": "ghb", "GBL": "gbl"}


def table(path, delimiter=",", encoding="utf-8-sig"):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding=encoding, newline="") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def number(text, comma=False):
    text = (text or "").strip()
    return Decimal(text.replace(".", "").replace(",", ".") if comma else text) if text else None


class Statement:
    """One amount of one drug, as this script reads it."""

    def __init__(self, drug, unit, amount):
        self.drug, self.unit, self.amount = drug, unit, amount


class Row:
    def __init__(self, *statements, is_left_out=False, **counts):
        self.statements = [s for s in statements if s.amount is not None and s.unit]
        self.counts = {key: int(value) for key, value in counts.items() if value is not None}
        self.is_left_out = is_left_out


def unodc(path):
    for r in table(path, ";"):
        yield Row(Statement(r["DRUG_NAME"].strip(), UNODC_UNITS.get(r["DRUG_UNIT"].strip()), number(r["AMOUNT"])))


def police(path):
    for r in table(path):
        is_total = r["FECHA"] == "TOTAL"
        yield Row(Statement(r["CLASE DE ESTUPEFACIENTE"].strip(), "g", None if is_total else number(r["CANTIDAD"])), is_left_out=is_total)


def police_api(path):
    for r in json.loads(path.read_text(encoding="utf-8")):
        yield Row(Statement(r["clase_de_estupefaciente"], "g", number(r["cantidad"])))


def federal_police(path):
    for r in table(path, ";"):
        yield Row(Statement(r["DROGA"], PF_UNITS.get(r["UNIDADE_MEDIDA"]), number(r["QUANTIDADE"], comma=True)))


def laboratory(path):
    for r in table(path, ";"):
        # Two cells write the unit of their column behind the number.
        row = Row(*(Statement(r["substancia"], unit, number(r[column].removesuffix(" g"), comma=True)) for column, unit in LAB_COLUMNS.items()))
        row.is_left_out = not row.statements
        yield row


def sinesp(path):
    for r in table(path, ";", "latin-1"):
        yield Row(Statement(r["evento"], "kg", number(r["total_peso"])), events=number(r["total"]))


def border_protection(path):
    for r in table(path):
        yield Row(Statement(r["Drug Type"], "lb", number(r["Sum Qty (lbs)"])), events=number(r["Count of Event"]))


def india(path):
    for r in table(path):
        cells = [(*name.rsplit("_", 1), number(cell)) for name, cell in r.items()
                 if "_" in name and name.rsplit("_", 1)[1] in INDIA_UNITS and not name.startswith("Total_")]
        yield Row(*(Statement(drug, INDIA_UNITS[unit], amount or None) for drug, unit, amount in cells),
                  events=number(r["Total_Cases"]), arrested=number(r["Total_Arrested"]))


def annual(path):
    for r in table(path):
        yield Row(Statement(r["Drug"], "kg", None if r["KG Equivalent"] == "NULL" else number(r["KG Equivalent"])))


# File, recipe, how this script reads it, the drugs whose code it is sure of.
FILES = [
    ("unodc-ids-2011-2016.csv.gz", "unodc-ids-2011-2016", unodc, UNODC_DRUGS),
    ("colombia-policia-2016-01.csv.gz", "colombia-policia", police, POLICE_DRUGS),
    ("colombia-policia-2018.csv.gz", "colombia-policia-2018", police, POLICE_DRUGS),
    ("colombia-policia-2018-api.json", "colombia-policia-2018-api", police_api, POLICE_DRUGS),
    ("brazil-pf-portos-aeroportos.csv.gz", "brazil-pf", federal_police, PF_DRUGS),
    ("brazil-pf-nps-lab.csv.gz", "brazil-pf-nps-lab", laboratory, LAB_DRUGS),
    ("brazil-sinesp-state-month.csv.gz", "brazil-sinesp", sinesp, SINESP_DRUGS),
    ("us-cbp-nationwide-drugs-fy19-fy22.csv.gz", "us-cbp-nationwide", border_protection, CBP_DRUGS),
    ("us-cbp-nationwide-drugs-fy23-fy26-dec.csv.gz", "us-cbp-nationwide", border_protection, CBP_DRUGS),
    ("us-cbp-amo-drug-seizures-fy19-fy22.csv.gz", "us-cbp-amo", border_protection, CBP_DRUGS),
    ("us-cbp-amo-drug-seizures-fy23-fy26-dec.csv.gz", "us-cbp-amo", border_protection, CBP_DRUGS),
    ("india-ncb-state-year.csv", "india-ncb", india, INDIA_DRUGS),
    ("unodc-country-year-1970-2020.csv.gz", "unodc-country-year", annual, ANNUAL_DRUGS),
]


def own_sums(rows, drugs):
    """(code or *, unit) → [statements, amount]; counts; rows; rows left out."""
    sums, counts, n_rows, n_left_out = defaultdict(lambda: [0, Decimal(0)]), defaultdict(int), 0, 0
    for row in rows:
        n_rows, n_left_out = n_rows + 1, n_left_out + row.is_left_out
        for name, count in row.counts.items():
            counts[name] += count
        for statement in row.statements:
            entry = sums[drugs.get(statement.drug, "*"), statement.unit]
            entry[0] += 1
            entry[1] += statement.amount
    return sums, counts, n_rows, n_left_out


def receipt_sums(receipt, drugs):
    sums = defaultdict(lambda: [0, Decimal(0)])
    for total in receipt["totals"]:
        if not total["unit"]:
            continue
        entry = sums[total["concept"] if total["concept"] in drugs.values() else "*", total["unit"]]
        entry[0] += total["count"]
        entry[1] += Decimal(repr(total["amount"]))
    return sums


def differences(own, theirs):
    """The pairs of drug and unit whose count or sum differs."""
    return [f"{key}: {theirs.get(key)} instead of {own.get(key)}" for key in sorted(set(own) | set(theirs))
            if key not in own or key not in theirs or theirs[key][0] != own[key][0]
            or abs(theirs[key][1] - own[key][1]) > abs(own[key][1]) * Decimal("1e-9")]


def present():
    return [entry for entry in FILES if (real.DATA / entry[0]).exists()]
