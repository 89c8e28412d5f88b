"""Crowds in an experiment, and what its results show of them."""

import random
from typing import Any

from tests.cast import Person
from tests.release.laboratory import read_out

Person_ = dict[str, Any]


def crowd(chance: random.Random, count: int, arm: str, share: float, **more: Any) -> list[Person_]:
    """People of whom a share is activated after one to five days."""
    return [
        {
            "arm": arm,
            "reached": {"activated": chance.uniform(1, 5)} if chance.random() < share else {},
            **more,
        }
        for _ in range(count)
    ]


async def shown(sam: Person, one: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The results as the experiment's owner reads them."""
    told: dict[str, Any] = (await read_out(sam, one, **headers))["results"]
    return told
