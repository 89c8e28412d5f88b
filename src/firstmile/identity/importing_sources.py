"""The systems whose exports can be read, by the names they have on the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

from firstmile.identity.importing import Found
from firstmile.identity.importing_auth0 import from_auth0
from firstmile.identity.importing_django import from_django
from firstmile.identity.importing_kratos import from_kratos
from firstmile.identity.importing_own import from_csv, from_json
from firstmile.identity.importing_supabase import from_supabase

SOURCES: dict[str, Callable[[Path], Iterator[Found]]] = {
    "json": from_json,
    "csv": from_csv,
    "django": from_django,
    "supabase": from_supabase,
    "auth0": from_auth0,
    "kratos": from_kratos,
}
