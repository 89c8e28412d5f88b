"""What was counted is written now and then, and once more at the end."""

from firstmile.kernel.work import Work
from firstmile.observe.gathering import Gathering
from firstmile.service import Service


async def test_what_is_left_at_the_end_is_written(service: Service) -> None:
    counted, written = [1, 2, 3], []
    gathering = Gathering(service.works, every=3600)

    async def write(_: Work) -> None:
        written.extend(counted)
        counted.clear()

    gathering.add("numbers", write)
    await gathering.start()
    await gathering.stop()

    assert written == [1, 2, 3]


async def test_the_failure_of_one_is_not_that_of_the_next(service: Service) -> None:
    written: list[str] = []
    gathering = Gathering(service.works, every=3600)

    async def fail(work: Work) -> None:
        await work.db.execute("SELECT 1 / 0")

    async def write(work: Work) -> None:
        written.append(str(await work.db.fetchval("SELECT 'here'")))

    gathering.add("broken", fail)
    gathering.add("sound", write)
    await gathering.write()

    assert written == ["here"]
