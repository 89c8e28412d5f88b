"""Rows of a form that works without script: added, removed and moved by its buttons."""

import re

from firstmile.targeting.conditions import Op

Fields = dict[str, str]


def rows_of(fields: Fields, name: str) -> list[int]:
    """The numbers of the rows that a form has under a name, in their order."""
    found = {
        int(match[1])
        for field in fields
        if (match := re.match(rf"{re.escape(name)}\.(\d{{1,4}})\.", field))
    }
    return sorted(found)


def acted(fields: Fields, act: str) -> Fields:
    """The fields after a button that adds, removes or moves a row: `add rules`, `up rules.2`.

    Rows are numbered anew from 0. What means nothing changes nothing.
    """
    verb, _, place = act.partition(" ")
    name, _, number = place.rpartition(".") if verb != "add" else (place, "", "")
    rows = rows_of(fields, name)
    if verb == "add":
        return fields | _new_row(name, (rows[-1] + 1) if rows else 0)
    if not number.isdecimal() or int(number) not in rows:
        return fields
    here = rows.index(int(number))
    if verb == "remove":
        rows.pop(here)
    elif verb == "up" and here > 0:
        rows[here - 1], rows[here] = rows[here], rows[here - 1]
    elif verb == "down" and here + 1 < len(rows):
        rows[here + 1], rows[here] = rows[here], rows[here + 1]
    return _renumbered(fields, name, rows)


def _renumbered(fields: Fields, name: str, rows: list[int]) -> Fields:
    others = {one: value for one, value in fields.items() if not one.startswith(f"{name}.")}
    for place, row in enumerate(rows):
        beginning = f"{name}.{row}."
        others |= {
            f"{name}.{place}.{one.removeprefix(beginning)}": value
            for one, value in fields.items()
            if one.startswith(beginning)
        }
    return others


def _new_row(name: str, place: int) -> Fields:
    at = f"{name}.{place}"
    if name.endswith("conditions"):
        return {f"{at}.attribute": "", f"{at}.op": str(Op.IS), f"{at}.values": ""}
    if name == "rules":
        return {
            **_new_row(f"{at}.conditions", 0),
            f"{at}.variant": "",
            f"{at}.percentage": "100",
            f"{at}.description": "",
        }
    if name == "prerequisites":
        return {f"{at}.flag": "", f"{at}.variants": "on"}
    return {f"{at}.name": "", f"{at}.value": "", f"{at}.weight": ""}
