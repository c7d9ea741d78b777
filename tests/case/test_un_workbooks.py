#!/usr/bin/env python3
"""The recipes for the United Nations' public workbooks, on small workbooks with the headers that are described of them and invented rows.

A sheet a year; every generation tells the same four rows in its own words, so that all must give the same events.
"""
import datetime

from case import run, test
from workbook import as_xlsx

# Day, country, ISO3, division, place, drug, amount, unit, transport, site.
ROWS = [
    (datetime.date(2021, 3, 14), "Ecuador", "ECU", "Guayas", "Guayaquil", "Cocaine HCL", 120.5, "Kilogram", "Commercial sea", "Seaport"),
    (datetime.date(2021, 12, 31), "Spain", "ESP", "", "Algeciras", "Cannabis resin", 2400, "Gram", "Commercial road", "Border"),
    (datetime.date(2022, 1, 2), "Mauritius", "MUS", "", "", "Heroin", 15, "Tablet", "Commercial air", "Airport"),
    (datetime.date(2022, 7, 9), "Russian Federation", "RUS", "", "Moscow", "Amphetamine", 0.25, "Kilogram", "", "Street"),
]
SHORT = {"Kilogram": "kg", "Gram": "g", "Tablet": "Tablets"}


def sheets(header, row_of, more=()):
    """A workbook with a sheet for each year; `more` columns follow that the recipe does not know."""
    years = sorted({row[0].year for row in ROWS})
    return {str(year): [list(header) + list(more)] + [list(row_of(*row)) + ["x"] * len(more) for row in ROWS if row[0].year == year] for year in years}


def told_alike(desk, recipe, content, with_route=False, with_place=True):
    desk("init")
    receipt = desk.load("book.xlsx", content, recipe)
    counts, fields = receipt["counts"], receipt["fields"]
    assert counts["rows"] == counts["mentions"] == 4 and counts["rejected"] == 0, receipt["rejects"]
    for field in ("date", "country", "drug", "amount"):
        assert fields[field]["typed"] == 4, f"{field}: {fields[field]} {receipt['unread']}"
    assert receipt["places"]["settlement"] == (3 if with_place else 0), receipt["places"]
    assert fields["transport"]["typed"] == 3 and fields["installation"]["typed"] == 4, f"{fields['transport']} {fields['installation']} {receipt['unread']}"
    assert fields["destination"]["typed"] == (4 if with_route else 0)
    totals = {(total["concept"], total["unit"]): total["amount"] for total in receipt["totals"]}
    assert totals == {("cocaine-hcl", "kg"): 120.5, ("cannabis-resin", "g"): 2400, ("heroin", "tablet"): 15, ("amphetamine", "kg"): 0.25}, totals
    desk("link")
    days = sorted(row["values"]["date"]["value"] for row in desk.entities())
    assert days == sorted(row[0].isoformat() for row in ROWS), days


@test
def of_2006_to_2017(desk):
    header = ("REGION_OF_SEIZURE", "SUBREGION_OF_SEIZURE", "COUNTRY_OF_SEIZURE", "SEIZURE_DATE", "PLACE_OF_SEIZURE", "ADMINISTRATIVE_DIVISION", "DRUG_NAME",
              "AMOUNT_OF_DRUG", "DRUG_UNIT", "TRANSPORT", "INSTALLATION", "DEPARTURE_COUNTRY", "DESTINATION_COUNTRY", "PRODUCING_COUNTRY")
    told_alike(desk, "unodc-ids-2006-2017", as_xlsx(sheets(header, lambda day, country, iso, division, place, drug, amount, unit, by, site: (
        "R", "S", country, day, place, division, drug, amount, unit, by, site, "Unknown", "Belgium", "Other"))), with_route=True)


@test
def of_november_2023(desk):
    header = ("DateDDMMYYYY", "Countryofseizure", "Administrativedivision", "City/town", "Drug", "Quantity", "Unit", "Meansoftransportation",
              "Sitetypeoflocationofseizure")
    told_alike(desk, "unodc-ids-2023", as_xlsx(sheets(header, lambda day, country, iso, division, place, drug, amount, unit, by, site: (
        f"{day:%d/%m/%Y}", country, division, place, drug, amount, unit, by, site))))


@test
def of_may_2024_and_september_2026(desk):
    header = ("Seizure Date", "Country/Territory of Seizure", "ISO3", "Administrative Division", "Place of Seizure", "Drug/Substance", "Quantity Seized",
              "Measurement Unit", "Trafficking mode of transportation", "Physical seizure location")
    content = as_xlsx(sheets(header, lambda day, country, iso, division, place, drug, amount, unit, by, site: (
        day, country, iso, division, place, drug, amount, SHORT[unit], by, site), more=("Something new",)))
    told_alike(desk, "unodc-ids-2024", content)
    desk.path("comity.sqlite").unlink()
    told_alike(desk, "unodc-ids-2026", content)


@test
def columns_that_the_description_does_not_name_may_be_missing(desk):
    header = ("Seizure Date", "Country/Territory of Seizure", "ISO3", "Drug/Substance", "Quantity Seized", "Measurement Unit",
              "Trafficking mode of transportation", "Physical seizure location")
    told_alike(desk, "unodc-ids-2026", as_xlsx(sheets(header, lambda day, country, iso, division, place, drug, amount, unit, by, site: (
        day.isoformat(), country, iso, drug, amount, SHORT[unit], by, site))), with_place=False)


@test
def a_workbook_of_another_generation_is_refused(desk):
    desk("init")
    desk.write("book.xlsx", as_xlsx(sheets(("DateDDMMYYYY", "Countryofseizure"), lambda day, country, *rest: (day, country))))
    said = desk.refuses(1, "import", desk.path("book.xlsx"), "--recipe", "unodc-ids-2026")
    assert "no column 'Seizure Date'" in said or "no column 'Country/Territory of Seizure'" in said, said


run()
