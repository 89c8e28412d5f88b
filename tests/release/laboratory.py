"""Experiments as those who run the place make them, over HTTP, and people who meet them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.cast import Person

from firstmile.kernel.ids import UserId, new_id
from firstmile.release.experiments import Asker, Experiments
from firstmile.service import Service

ADMIN = "/api/v1/admin"
AT = f"{ADMIN}/experiments"
FLAG = "journey-encouragement"
ARMS = {"plain": 50, "warm": 50}
CONSENT = {"cookie": "fm-consent=experiments"}


def a_flag(weights: dict[str, int] | None = None, key: str = FLAG, **given: Any) -> dict[str, Any]:
    """A flag that splits everybody by weights."""
    arms = weights or ARMS
    return {
        "key": key,
        "type": "string",
        "kind": "experiment",
        "enabled": True,
        "variants": {arm: arm for arm in arms},
        "onVariant": next(reversed(arms)),
        "offVariant": next(iter(arms)),
        "serve": {"weights": [{"variant": arm, "weight": n} for arm, n in arms.items()]},
        **given,
    }


def a_design(**given: Any) -> dict[str, Any]:
    """An experiment on that flag."""
    return {
        "flagKey": FLAG,
        "name": "A warmer checklist",
        "hypothesis": "Who is encouraged finishes more often.",
        "control": "plain",
        "goals": ["activated"],
        "matters": 0.05,
        **given,
    }


async def put_flag(sam: Person, service: Service, flag: dict[str, Any]) -> httpx.Response:
    """Write a flag, and wait until this process serves it."""
    answer = await sam.client.put(
        f"{ADMIN}/environments/production/flags/{flag['key']}",
        json={"flag": flag, "reason": "To try it"},
        headers=sam.headers,
    )
    assert answer.status_code == 200, answer.text
    await refreshed(service)
    return answer


async def refreshed(service: Service) -> None:
    """What a hint brings about."""
    await service.releasing.flags.load(service.database)
    await service.experiments.load(service.database)


async def designed(sam: Person, **given: Any) -> dict[str, Any]:
    """A draft."""
    answer = await sam.post(AT, {"design": a_design(**given), "reason": "To learn"})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def moved(sam: Person, one: dict[str, Any], how: str, **given: Any) -> httpx.Response:
    """Start, stop or decide."""
    body = {"reason": "It is time", "rowVersion": one["rowVersion"], **given}
    return await sam.post(f"{AT}/{one['id']}/{how}", body)


async def running(
    sam: Person, service: Service, weights: dict[str, int] | None = None, **given: Any
) -> dict[str, Any]:
    """An experiment that runs, on a flag of its own."""
    await put_flag(sam, service, a_flag(weights, key=given.get("flagKey", FLAG)))
    answer = await moved(sam, await designed(sam, **given), "start")
    assert answer.status_code == 200, answer.text
    await refreshed(service)
    told: dict[str, Any] = answer.json()
    return told


async def read_out(sam: Person, one: dict[str, Any], **headers: str) -> dict[str, Any]:
    """What it shows now."""
    answer = await sam.get(f"{AT}/{one['id']}", headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def shown_to(service: Service, asker: Asker, flag: str = FLAG) -> str:
    """The variant somebody is shown, as a page asks for it."""
    outcome = await service.parts.get(Experiments).show(flag, asker)
    return str(outcome.variant)


async def exposures(service: Service) -> list[dict[str, Any]]:
    """All that is kept of who met what."""
    async with service.database.lease() as db:
        rows = await db.fetch(
            """
            SELECT variant, phase, user_id, market, role, mixed_at, first_at
            FROM experiment_exposures
            JOIN experiment_units ON id = unit_id
            ORDER BY first_at
            """
        )
    return [dict(row) for row in rows]


async def simulated(service: Service, one: dict[str, Any], people: list[dict[str, Any]]) -> None:
    """Exposures of people of whom nothing is known but this.

    Each has an `arm`, and may have `at` (days ago, 20 if not said), `reached` ({moment: days
    after the exposure}), `days` (days of use, counted from it), `market`, `role`, `phase`.
    """
    now = service.works.clock()
    units = [(new_id(), now - timedelta(days=person.get("at", 20)), person) for person in people]
    async with service.works.begin() as work:
        await work.db.executemany(
            "INSERT INTO experiment_units (id, created_at) VALUES ($1, $2)",
            [(unit, at) for unit, at, _ in units],
        )
        await work.db.executemany(
            """
            INSERT INTO experiment_exposures
                (experiment_id, unit_id, variant, phase, first_at, market, role)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                (
                    UUID(one["id"]),
                    unit,
                    who["arm"],
                    who.get("phase", 1),
                    at,
                    who.get("market"),
                    who.get("role"),
                )
                for unit, at, who in units
            ],
        )
        await work.db.executemany(
            "INSERT INTO experiment_moments (unit_id, moment, at) VALUES ($1, $2, $3)",
            [
                (unit, moment, at + timedelta(days=days))
                for unit, at, who in units
                for moment, days in who.get("reached", {}).items()
            ],
        )
        await work.db.executemany(
            "INSERT INTO experiment_days (unit_id, day) VALUES ($1, $2)",
            [
                (unit, (at + timedelta(days=day)).date())
                for unit, at, who in units
                for day in who.get("days", ())
            ],
        )


async def age(service: Service, by: timedelta) -> None:
    """Let time pass for everything that is kept of units."""
    async with service.works.begin() as work:
        for table, column in (
            ("experiment_exposures", "first_at"),
            ("experiment_moments", "at"),
            ("experiment_units", "created_at"),
        ):
            await work.db.execute(f"UPDATE {table} SET {column} = {column} - $1::interval", by)


def a_person(person: Person, **given: Any) -> Asker:
    """The asker behind somebody of the cast."""
    return Asker(user_id=UserId(person.id), **given)
