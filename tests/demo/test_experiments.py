"""The demo's experiments are there once, and tell two stories."""

from firstmile.demo.experiments import seed_experiments
from firstmile.release import store_experiments as store
from firstmile.release.experiment_models import State
from firstmile.release.results import results
from firstmile.service import Service


async def test_one_runs_without_an_answer_and_one_was_decided_on_a_gain(service: Service) -> None:
    made = [await seed_experiments(service), await seed_experiments(service)]
    now, told = service.works.clock(), {}
    async with service.database.lease() as db:
        for one in await store.experiments(db):
            found = await results(db, one, service.laboratory.funnel, "en", now)
            assert found is not None
            told[one.state] = [str(finding.conclusion.kind) for finding in found.findings]

    assert made == [2, 0]
    assert told == {State.RUNNING: ["no_difference_seen"], State.DECIDED: ["better", "better"]}
