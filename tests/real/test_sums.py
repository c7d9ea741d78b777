#!/usr/bin/env python3
"""Both real files go in, typed or with a named null, and their sums per drug and unit equal those of this script.

This script reads the files by itself (csv, Decimal) and knows the spellings below by hand; Comity's sums are those of the import's
receipt. Spellings that are not listed are compared together, per unit.
"""
from collections import defaultdict
from decimal import Decimal

import real

# UNODC DRUG_UNIT (all 43 of this copy) to the unit's code in the pack.
UNITS = {
    "Kilogram": "kg", "Gram": "g", "Milligram": "mg", "Microgram": "ug", "Ton": "t", "Ounce": "oz", "100 gram": "100g",
    "Block (350gr)": "block-350g", "Paper (1/10 gm)": "paper-100mg", "Viss": "viss", "Litre": "l", "Millilitre": "ml", "Cc": "ml",
    "Cubic Centimeter": "ml", "Gallons (US, liquid)": "gal-us", "Gallons (UK)": "gal-uk", "Tablet": "tablet", "Pill": "tablet",
    "Capsule": "capsule", "Thousand of tablets": "1000-tablets", "Dose": "dose", "Thousand of doses": "1000-doses", "Blotting paper": "blotter",
    "Stamp": "blotter", "Trip": "blotter", "Mark": "blotter", "Ampoule": "ampoule", "Injection": "ampoule", "Vials": "ampoule", "Bottles": "bottle",
    "Flacons": "bottle", "Packages": "package", "Barette": "strip", "Unit": "unit", "Piece": "unit", "Hundred of units": "100-units",
    "Joint": "joint", "Plants": "plant", "Bush": "plant", "Acres": "acre", "Hectars": "ha", "other": "other",
}
# DRUG_NAME to the concept's code, where no other spelling of the file means the same concept.
DRUGS = {
    "Coca paste": "coca-paste", "Cocaine Base": "cocaine-base", "Cocaine": "cocaine", "Heroin": "heroin", "Cocaine HCL": "cocaine-hcl",
    "Amphetamine": "amphetamine", "Ecstasy": "ecstasy", "Opium": "opium", "Coca leaf": "coca-leaf", "JWH-018": "jwh-018",
    "Pseudoephedrine": "pseudoephedrine", "MDPV": "mdpv", "Poppy straw": "poppy-straw", "JWH-122": "jwh-122", "Alcohol": "alcohol",
    "Crack": "crack", "Khat": "khat", "Ephedrine": "ephedrine", "LSD": "lsd", "AB-FUBINACA": "ab-fubinaca", "Methadone": "methadone",
    "Desomorphine": "desomorphine", "2C-H": "2c-h", "Methylone": "methylone", "Ketamine": "ketamine", "Buprenorphine": "buprenorphine",
    "Tramadol": "tramadol", "Morphine": "morphine",
}
POLICE_DRUGS = {"COCAINA": "cocaine-hcl", "HEROINA": "heroin"}


def own_sums(rows, drug_column, amount_column, unit_column, drugs, units):
    sums = defaultdict(lambda: [0, Decimal(0)])
    for row in rows:
        unit = units.get(row[unit_column].strip())
        if not unit or not row[amount_column].strip():
            continue
        entry = sums[drugs.get(row[drug_column].strip(), "*"), unit]
        entry[0] += 1
        entry[1] += Decimal(row[amount_column].strip())
    return sums


def receipt_sums(receipt, drugs):
    sums = defaultdict(lambda: [0, Decimal(0)])
    for total in receipt["totals"]:
        if not total["unit"]:
            continue
        key = total["concept"] if total["concept"] in drugs.values() else "*"
        sums[key, total["unit"]][0] += total["count"]
        sums[key, total["unit"]][1] += Decimal(repr(total["amount"]))
    return sums


def compare(checks, name, own, theirs):
    checks.holds(set(own) == set(theirs), f"{name}: the same {len(own)} pairs of drug and unit (differing: {sorted(set(own) ^ set(theirs))[:5]})")
    wrong = [f"{key}: {theirs[key]} instead of {value}" for key, value in own.items() if key in theirs
             and (theirs[key][0] != value[0] or abs(theirs[key][1] - value[1]) > abs(value[1]) * Decimal("1e-9"))]
    checks.holds(not wrong, f"{name}: every count and sum is the same {wrong[:5]}")


def typed_or_named(checks, name, receipt):
    n = receipt["counts"]["mentions"]
    for field in ("date", "country", "place", "drug", "amount"):
        states = receipt["fields"][field]
        checks.holds(sum(states.values()) == n, f"{name}: every {field} is typed, a named null, unread or absent: {states}")
    checks.holds(receipt["fields"]["date"]["typed"] == n, f"{name}: every date is typed")
    unread = receipt["fields"]["drug"]["unread"]
    print(f"     {name}: unknown concepts: {unread} of {n} mentions, {100 * unread / n:.3f} %")
    checks.holds(unread < n / 500, f"{name}: fewer than 0.2 % of the concepts are unknown")
    checks.holds(receipt["counts"]["rejected"] <= n / 1000, f"{name}: at most 0.1 % of the rows are rejected")


def main():
    real.need(real.UNODC, real.POLICE)
    checks = real.Checks()
    with real.temporary() as folder:
        store, (unodc, police) = real.imported(folder, (real.UNODC, "unodc-ids-2011-2016"), (real.POLICE, "colombia-policia"))
        typed_or_named(checks, "UNODC", unodc)
        typed_or_named(checks, "police", police)
        compare(checks, "UNODC", own_sums(real.rows(real.UNODC, ";"), "DRUG_NAME", "AMOUNT", "DRUG_UNIT", DRUGS, UNITS), receipt_sums(unodc, DRUGS))
        compare(checks, "police", own_sums(real.rows(real.POLICE, ","), "CLASE DE ESTUPEFACIENTE", "CANTIDAD", "UNIDAD DE MEDIDA",
                                           POLICE_DRUGS, {"GRAMO": "g", "UNIDAD": "unit"}), receipt_sums(police, POLICE_DRUGS))
        again = real.comity("import", real.POLICE, "--recipe", "colombia-policia", store=store)
        checks.holds("already" in again or "nothing was added" in again, "the same file twice adds nothing")
        checks.holds(real.comity("verify", store=store).startswith("whole"), "the ledger holds")
    checks.end()


main()
