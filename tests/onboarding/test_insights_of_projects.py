"""Insights count people by what the project they joined first has done of its steps."""

import csv
import io
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.cast import Cast
from tests.identity.teams import a_team
from tests.onboarding.journeys import a_step
from tests.onboarding.test_actions import define
from tests.onboarding.test_shared_steps import settle
from tests.onboarding.test_sharing import shared

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import new_id
from firstmile.onboarding.insights import store as store_insights
from firstmile.onboarding.insights import store_trends
from firstmile.onboarding.insights.figures import Cohort, Point, funnel
from firstmile.service import Service

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
NOW = BEGIN + timedelta(days=30)
WEEK = timedelta(days=7)
STEPS = (a_step("tour"), shared("bank"), shared("terms", roles=frozenset({"owner"})))


@dataclass
class Project:
    """One that may end, and when it did which steps."""

    id: UUID
    is_ending: bool
    done: dict[str, datetime]


@dataclass
class Somebody:
    """When they began, whether they took the tour, and what they are in which project."""

    began: datetime
    has_toured: bool
    place: tuple[Project, str] | None


async def some_projects(db: Connection, dice: random.Random) -> list[Project]:
    found = []
    for _ in range(40):
        steps = [key for key in ("bank", "terms") if dice.random() < 0.5]
        done = {key: BEGIN + timedelta(hours=dice.randrange(30 * 24)) for key in steps}
        project = Project(new_id(), dice.random() < 0.1, done)
        found.append(project)
        await db.execute(
            "INSERT INTO projects (id, name, created_at, updated_at, deletion_at)"
            " VALUES ($1, 'Acme', $2, $2, $3)",
            project.id,
            BEGIN,
            NOW + WEEK if project.is_ending else None,
        )
        for key, at in done.items():
            await db.execute(
                "INSERT INTO project_steps (project_id, step_key, version, status, row_version,"
                " updated_at) VALUES ($1, $2, 1, 'done', 1, $3)",
                project.id,
                key,
                at,
            )
    return found


async def somebody(db: Connection, dice: random.Random, projects: list[Project]) -> Somebody:
    """Somebody in none, one or two projects."""
    user_id, began = new_id(), BEGIN + timedelta(hours=dice.randrange(30 * 24))
    has_toured = dice.random() < 0.6
    await db.execute(
        "INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, locale,"
        " created_at, updated_at) VALUES ($1, $2, $2, 'x', 'So', 'Many', 'en', $3, $3)",
        user_id,
        f"{user_id}@example.org",
        began,
    )
    await db.execute("INSERT INTO journeys (user_id, started_at) VALUES ($1, $2)", user_id, began)
    if has_toured:
        await db.execute(
            "INSERT INTO journey_steps (user_id, step_key, version, status, row_version,"
            " updated_at) VALUES ($1, 'tour', 1, 'done', 1, $2)",
            user_id,
            began,
        )
    first = None
    for number, project in enumerate(dice.sample(projects, dice.randrange(3))):
        role = dice.choice(["owner", "member"])
        await db.execute(
            "INSERT INTO memberships (user_id, project_id, role, created_at)"
            " VALUES ($1, $2, $3, $4)",
            user_id,
            project.id,
            role,
            began + timedelta(days=number),
        )
        if first is None and not project.is_ending:
            first = (project, role)
    return Somebody(began, has_toured, first)


async def test_figures_are_those_of_a_recount(db: Connection) -> None:
    dice = random.Random(5)
    projects = await some_projects(db, dice)
    people = [await somebody(db, dice, projects) for _ in range(250)]
    cohort, keys = Cohort(BEGIN, NOW), ["bank", "terms"]

    points = await store_insights.points(db, cohort, keys)
    tour, bank, terms = funnel(STEPS, points, {})
    in_time = await store_trends.in_time(db, cohort, NOW, keys)

    def has_done(one: Somebody, key: str) -> bool:
        return one.place is not None and key in one.place[0].done

    signing = [one for one in people if one.place is None or one.place[1] == "owner"]
    assert (tour.meant, tour.done) == (250, sum(one.has_toured for one in people))
    assert (bank.meant, bank.done) == (250, sum(has_done(one, "bank") for one in people))
    assert (terms.meant, terms.done) == (
        len(signing),
        sum(has_done(one, "terms") for one in signing),
    )
    toured = [one for one in people if one.has_toured]
    lost = sum(not has_done(one, "bank") for one in toured)
    assert bank.drop_off == pytest.approx(lost / len(toured))
    assert [one.is_shared for one in (tour, bank, terms)] == [False, True, True]
    assert in_time == {
        key: sum(
            one.place is not None
            and key in one.place[0].done
            and one.place[0].done[key] <= one.began + WEEK
            for one in people
            if one.began <= NOW - WEEK
        )
        for key in keys
    }


def test_what_a_project_skipped_is_open_again_once_it_is_required() -> None:
    skipped = Point(frozenset(), None, {"bank": "skipped"}, 4, "member")

    assert skipped.is_past(shared("bank", required=False))
    assert not skipped.is_past(shared("bank", required=True))


def test_a_step_of_a_project_is_for_whose_role_in_it_is_named() -> None:
    terms = STEPS[2]
    done = {"terms": "done"}

    for place, expected in (("owner", True), ("member", False), (None, True)):
        point = Point(frozenset({"owner"}), None, done, 1, place)
        assert point.is_for(terms) is expected


async def test_the_page_and_its_table_tell_what_the_project_did(
    cast: Cast, service: Service
) -> None:
    team, sam = await a_team(cast), await cast.sam()
    await define(service, *STEPS)
    page = await sam.get("/console/steps")
    assert "No project has begun it." in page.text
    await settle(team.bob, "bank", "done")
    await settle(team.bob, "tour", "done")

    table = await sam.get("/console/onboarding/steps.csv")
    page = await sam.get("/console/onboarding")

    rows: dict[str, Any] = {row["step"]: row for row in csv.DictReader(io.StringIO(table.text))}
    told = {key: (row["scope"], row["meant"], row["done"]) for key, row in rows.items()}
    assert told == {
        "tour": ("user", "5", "1"),
        "bank": ("project", "5", "4"),
        "terms": ("project", "2", "0"),  # Alice owns Acme; Sam may still get a project
    }
    assert "Once a project" in page.text
    assert "by the project they joined first" in page.text
