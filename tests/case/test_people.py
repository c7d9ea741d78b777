#!/usr/bin/env python3
"""Accounts from the command line: links that are made, what is refused, what the ledger says. That the links open is
tested over HTTP (tests/api/test_people.py)."""
import re

from case import run, test

LINK = re.compile(r"^(\S*)/join/[\w-]{43}\n$")


@test
def a_link_is_printed_and_nothing_else(desk):
    desk("init")
    done = desk("people", "invite", "--roles", "reader, officer", "--unit", "Customs", "--note", "Rita")
    assert LINK.match(done.out).group(1) == "" and "once" in done.err, done.out
    whole = desk("people", "invite", "--roles", "reader", "--address", "https://desk.example.org/", "-q")
    assert LINK.match(whole.out).group(1) == "https://desk.example.org" and whole.err == ""
    lines = desk("ledger", "-o", "csv").rows
    assert [line["what"] for line in lines] == ["create", "invite", "invite"]
    assert {line["who"] for line in lines[1:]} == {"command line"}
    assert LINK.match(done.out).group(0)[6:20] not in desk("ledger").out, "the link itself is in no ledger"


@test
def a_store_without_people_has_an_empty_list(desk):
    desk("init")
    assert desk("people", "-o", "json").json == desk("people", "list", "-o", "json").json == []
    assert desk("people").out.startswith("name")


@test
def mistakes_are_told_and_change_nothing(desk):
    desk("init")
    before = desk("ledger").out
    assert "a role is needed" in desk.refuses(2, "people", "invite")
    assert "no role 'boss'" in desk.refuses(2, "people", "invite", "--roles", "reader,boss")
    assert "auditor" in desk.call("people", "invite", "--roles", "boss").err, "the hint names the roles"
    assert "nobody is called 'eve'" in desk.refuses(4, "people", "reset", "eve")
    for words in (["enable", "eve"], ["disable", "eve"], ["sessions", "eve"], ["roles", "eve", "reader"]):
        desk.refuses(4, "people", *words)
    for words in (["frobnicate"], ["reset"], ["list", "ana"], ["roles", "ana"], ["invite", "ana"]):
        assert "does not know" in desk.refuses(2, "people", *words), words
    assert desk("ledger").out == before
    assert "comity init" in desk.call("people", "-s", "nowhere").err


run()
