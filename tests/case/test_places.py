#!/usr/bin/env python3
"""Places that are no towns, and countries that are no more, from the file to the answers."""
from case import run, test

RECIPE = """recipe: navy
domain: drugs
source: {code: navy, title: Navy (simulated), kind: official, reliability: B, licence: CC0, marking: TLP:CLEAR}
fields:
  - {field: date, column: DAY, order: ymd}
  - {field: country, value: Colombia}
  - {field: place, column: PLACE, subdivision: DEPARTMENT}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""
TABLE = """DAY,DEPARTMENT,PLACE,DRUG,KG
2016-01-18,,MAR CARIBE,Cocaine,11
2016-02-19,BOLIVAR,Mar Caribe,Cocaine,12
2016-03-20,CUNDINAMARCA,Altamar,Cocaine,13
2016-04-21,BOLIVAR,CARTAGENA,Cocaine,14
"""


@test
def a_sea_is_told_as_a_sea_and_has_no_point(desk):
    desk("init")
    receipt = desk.load("a.csv", TABLE, desk.write("navy.yaml", RECIPE))
    assert receipt["places"]["sea"] == 3 and receipt["places"]["settlement"] == 1, receipt["places"]
    desk("link")
    assert len(desk.entities("place.precision=sea")) == 3
    assert len(desk.entities("place=caribbean")) == 2  # by the name of the gazetteer
    assert len(desk.entities("place=altamar")) == 1  # by the name of the source
    assert len(desk.entities("country=CO")) == 4
    assert len(desk.entities("place.subdivision=CO.35")) == 1
    assert len(desk.entities("place=caribbean&doubtful=imprecise")) == 2
    places = [row["values"]["place"]["value"] for row in (desk.json("show", row["id"]) for row in desk.entities("place=caribbean"))]
    assert all(place["value"] == "Caribbean Sea" and place["country"] == "CO" and "lat" not in place for place in places), places
    shapes = [row["geometry"] for row in desk("export", "place.precision=sea", "-o", "geojson").json["features"]]
    assert shapes == [None] * 3, shapes
    assert not desk("names", "-o", "csv", "-q").rows


@test
def a_name_is_settled_as_a_sea(desk):
    desk("init")
    desk.load("a.csv", TABLE + "2016-05-22,,PUNTO 7,Cocaine,15\n", desk.write("navy.yaml", RECIPE))
    desk("names", "settle", "punto 7", "--country", "CO", "--as", "Caribbean Sea")
    desk("link")
    assert len(desk.entities("place=caribbean&place.precision=sea")) == 3
    assert not desk("names", "-o", "csv", "-q").rows


PORTS = RECIPE.replace("value: Colombia", "value: Brazil").replace("column: PLACE, subdivision: DEPARTMENT", "column: PLACE, codes: [un-locode, iata]")


@test
def codes_are_read_as_codes_and_what_is_none_is_named(desk):
    table = "DAY,PLACE,DRUG,KG\n2016-01-18,BRSSZ,Cocaine,11\n2016-02-19,GRU,Cocaine,12\n2016-03-20,Santos,Cocaine,13\n"
    desk("init")
    receipt = desk.load("a.csv", table, desk.write("ports.yaml", PORTS))
    assert receipt["places"]["settlement"] == 2, receipt["places"]
    assert receipt["unread"]["place"] == [{"text": "Santos", "count": 1}], receipt["unread"]
    strict = desk.write("strict.yaml", PORTS.replace("iata]", "iata], required: yes").replace("navy", "strict"))
    receipt = desk.load("b.csv", table, strict)
    assert "'Santos' is no code that is known" in str(receipt["rejects"]), receipt["rejects"]
    said = desk.refuses(2, "import", desk.path("a.csv"), "--recipe", desk.write("odd.yaml", PORTS.replace("iata]", "icao]")))
    assert "'icao' is no system of codes" in said and "un-locode, iata, iso-3166-2, dane" in said, said


SUMS = """recipe: yearbook
domain: drugs
source: {code: yearbook, title: Yearbook (simulated), kind: official, reliability: B, licence: CC0, marking: TLP:CLEAR}
fields:
  - {field: date, column: YEAR, order: ymd}
  - {field: country, column: COUNTRY}
  - {field: drug, column: DRUG}
  - {field: amount, column: KG, unit: kg}
"""


@test
def a_country_that_is_no_more_is_itself_and_none_of_its_heirs(desk):
    desk("init")
    desk.load("a.csv", "YEAR,COUNTRY,DRUG,KG\n1988,Czechoslovakia,Heroin,1\n1995,Czechia,Heroin,2\n1995,Slovakia,Heroin,3\n"
              "1999,Netherlands Antilles,Cocaine,4\n2012,Curacao,Cocaine,5\n", desk.write("yearbook.yaml", SUMS))
    desk("link")
    assert len(desk.entities()) == 5
    assert len(desk.entities("country=CSHH")) == 1 and len(desk.entities("country=Czechoslovakia")) == 1
    assert len(desk.entities("country=CZ")) == 1 and len(desk.entities("country=CW")) == 1
    assert len(desk.entities("country=CSHH,CZ,SK")) == 3 and len(desk.entities("country=151")) == 3
    assert len(desk.entities("country=029")) == 2
    row = desk.json("show", desk.entities("country=ANHH")[0]["id"])
    assert row["values"]["country"]["value"]["value"] == "Netherlands Antilles", row["values"]["country"]


run()
