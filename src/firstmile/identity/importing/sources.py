"""The systems whose exports can be read, by the names they have on the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

from firstmile.identity.importing.auth0 import from_auth0
from firstmile.identity.importing.django import from_django
from firstmile.identity.importing.kratos import from_kratos
from firstmile.identity.importing.own import from_csv, from_json
from firstmile.identity.importing.supabase import from_supabase
from firstmile.identity.importing.taking_over import Found

SOURCES: dict[str, Callable[[Path], Iterator[Found]]] = {
    "json": from_json,
    "csv": from_csv,
    "django": from_django,
    "supabase": from_supabase,
    "auth0": from_auth0,
    "kratos": from_kratos,
}
