"""An export on its way: written to a file, taken over, and Dana as she is here afterwards."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from firstmile.identity.importing.report import Report
from firstmile.identity.importing.sources import SOURCES
from firstmile.identity.importing.taking_over import Importer
from firstmile.identity.passwords import Passwords
from firstmile.service import Service


def written(folder: Path, content: Any, *, lines: bool = False) -> Path:
    """A file with this in it: text as it is, the rest as JSON, one a line if so wished."""
    path = folder / "export"
    if isinstance(content, str):
        path.write_text(content)
    elif lines:
        path.write_text("\n".join(json.dumps(one) for one in content))
    else:
        path.write_text(json.dumps(content))
    return path


async def imported(service: Service, form: str, path: Path, *, is_dry: bool = False) -> Report:
    """Take a file over that this system made; what is told of it."""
    return await taken(service, SOURCES[form](path), is_dry=is_dry)


async def taken(service: Service, found: Iterable[Any], *, is_dry: bool = False) -> Report:
    """Take these people over; what is told of them."""
    report = Report()
    importer = Importer(service.works, service.parts.get(Passwords), with_test_domains=False)
    await importer.run(found, report, is_dry=is_dry)
    return report


async def dana(service: Service) -> Any:
    """Her row, if she is here."""
    async with service.database.lease() as db:
        return await db.fetchrow("SELECT * FROM users WHERE email_key = 'dana@example.org'")
