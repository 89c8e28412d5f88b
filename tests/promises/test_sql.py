"""SQL stands in stores, takes parameters as parameters, and fits the tables."""

import ast
import re
from collections.abc import Iterator

import asyncpg
from tests.promises.source import texts, trees

from firstmile.kernel.database import Connection

ASKED_BY = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table")
SQL = re.compile(
    r"\s*(SELECT|INSERT INTO|UPDATE \w+|DELETE FROM|WITH \w+|LOCK TABLE|BEGIN|COMMIT|ROLLBACK"
    r"|CREATE|ALTER|DROP|COMMENT ON|NOTIFY|LISTEN|TRUNCATE|SAVEPOINT)\b"
)
# Where else SQL may stand, and why.
ELSEWHERE = {
    "kernel/work.py": "begins and ends transactions",
    "observe/health.py": "asks whether anybody answers",
    "outside/notices.py": "tells those who listen, and asks no table",
    "outside/postgres_programs.py": "makes the embedded server's database",
    "prepared.py": "reads the mark on the database before the service is built",
}

# Tables whose rows are looked for before it is known whose they are.
FOUND_WITHOUT_THE_PERSON = {
    "mails": "found by the key of the mail; some belong to nobody",
    "one_time_tokens": "found by the hash of the token in a link",
    "sessions": "found by their id or by the hash of a cookie",
}


def is_store(path: str) -> bool:
    return path.rpartition("/")[2].startswith("store")


def constants(tree: ast.Module) -> dict[str, str]:
    """The text constants of a module, the only thing that may be put into a statement."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }


def taken_over(tree: ast.Module) -> dict[str, str]:
    """The constants a store takes over from another store."""
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("firstmile."):
            path = f"{(node.module or '').removeprefix('firstmile.').replace('.', '/')}.py"
            if is_store(path):
                theirs = constants(trees()[path])
                found |= {one.name: theirs[one.name] for one in node.names if one.name in theirs}
    return found


def written(node: ast.expr, known: dict[str, str]) -> str | None:
    """A statement as it is sent, or None when it is made of something else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
            parts.append(known.get(part.value.id, "\0"))
        else:
            return None
    text = "".join(parts)
    return None if "\0" in text else text


def statements() -> Iterator[tuple[str, str | None]]:
    """Every statement of every store, with where it stands."""
    for path, tree in trees().items():
        if not is_store(path):
            continue
        known = taken_over(tree) | constants(tree)
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ASKED_BY
            ):
                yield f"{path}:{node.lineno}", written(node.args[0], known)


STATEMENTS = dict(statements())


def test_every_statement_is_written_out() -> None:
    """A parameter that is formatted into a statement is an injection that waits."""
    assert len(STATEMENTS) > 40
    assert [where for where, statement in STATEMENTS.items() if statement is None] == []


async def test_postgresql_takes_every_statement(db: Connection) -> None:
    refusals = []
    async with db.transaction():
        for where, statement in STATEMENTS.items():
            try:
                async with db.transaction():
                    await db.prepare(statement or "")
                    if (statement or "").lstrip().startswith("LOCK"):
                        await db.execute(statement or "")  # preparing does not look at its table
            except asyncpg.PostgresError as refusal:
                refusals.append(f"{where}: {refusal}")
    assert refusals == []


def test_sql_stands_in_stores_alone() -> None:
    found = {
        path
        for path, tree in trees().items()
        if not is_store(path) and any(SQL.match(text) for text in texts(tree))
    }

    assert found == set(ELSEWHERE)


def test_only_stores_and_the_kernel_ask_for_rows() -> None:
    """The strings may hide; the calls cannot."""
    asking = {
        path
        for path, tree in trees().items()
        if not is_store(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in ASKED_BY
    }

    assert asking <= {*ELSEWHERE}


async def test_every_table_of_a_persons_rows_can_be_spread_by_person(db: Connection) -> None:
    """`user_id` in the primary key lets a table be sharded by person without a rewrite."""
    rows = await db.fetch(
        """
        SELECT columns.table_name
        FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE column_name = 'user_id' AND table_schema = 'public' AND table_type = 'BASE TABLE'
          AND NOT EXISTS (
            SELECT 1
            FROM pg_index
            JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
            WHERE indrelid = columns.table_name::regclass AND indisunique AND attname = 'user_id'
        )
        """
    )

    assert {row["table_name"] for row in rows} == set(FOUND_WITHOUT_THE_PERSON)
