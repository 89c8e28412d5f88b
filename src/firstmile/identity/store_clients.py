"""The SQL of registered applications, and of what people allow them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstmile.identity.clients import Client, ClientSecrets
from firstmile.identity.redirects import Kind
from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId

CLIENT = """
    clients.id, clients.name, clients.kind, clients.is_first_party, clients.home_url,
    clients.redirect_uris, clients.logout_uris, clients.scopes, clients.backchannel_uri,
    clients.created_at, clients.disabled_at
"""


@dataclass(frozen=True)
class UsedClient:
    """An application somebody signs in to: what it may know, and since when."""

    client: Client
    scopes: list[str]
    since: datetime
    last_used_at: datetime


async def add_client(db: Connection, client: Client, secret_hash: bytes | None) -> None:
    """Keep a new application by the hash of its secret."""
    await db.execute(
        """
        INSERT INTO clients (
            id, name, kind, is_first_party, home_url, redirect_uris, logout_uris, origins,
            scopes, backchannel_uri, secret_hash, created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """,
        client.id,
        client.name,
        client.kind,
        client.is_first_party,
        client.home_url,
        client.redirect_uris,
        client.logout_uris,
        client.origins,
        client.scopes,
        client.backchannel_uri,
        secret_hash,
        client.created_at,
    )


async def change_client(db: Connection, client: Client) -> None:
    """Keep what staff say about an application now."""
    await db.execute(
        """
        UPDATE clients
        SET name = $2,
            is_first_party = $3,
            home_url = $4,
            redirect_uris = $5,
            logout_uris = $6,
            origins = $7,
            scopes = $8,
            backchannel_uri = $9
        WHERE id = $1
        """,
        client.id,
        client.name,
        client.is_first_party,
        client.home_url,
        client.redirect_uris,
        client.logout_uris,
        client.origins,
        client.scopes,
        client.backchannel_uri,
    )


async def client_by_id(
    db: Connection, client_id: UUID, *, for_update: bool = False
) -> Client | None:
    """The application of this id; held until the transaction ends when asked."""
    if for_update:
        await db.execute("SELECT id FROM clients WHERE id = $1 FOR UPDATE", client_id)
    row = await db.fetchrow(f"SELECT {CLIENT} FROM clients WHERE id = $1", client_id)
    return None if row is None else _client(tuple(row))


async def clients(db: Connection) -> list[Client]:
    """Every application, by name."""
    rows = await db.fetch(f"SELECT {CLIENT} FROM clients ORDER BY lower(name), id")
    return [_client(tuple(row)) for row in rows]


async def secrets_of(db: Connection, client_id: UUID) -> ClientSecrets:
    """What the secret of an application is held against."""
    row = await db.fetchrow(
        """
        SELECT secret_hash, former_secret_hash, former_secret_until
        FROM clients
        WHERE id = $1
        """,
        client_id,
    )
    return ClientSecrets(*(row or (None, None, None)))


async def change_secret(
    db: Connection, client_id: UUID, secret_hash: bytes, former_until: datetime
) -> None:
    """Keep another secret; the one before it counts until then."""
    await db.execute(
        """
        UPDATE clients
        SET former_secret_hash = secret_hash,
            former_secret_until = $3,
            secret_hash = $2
        WHERE id = $1
        """,
        client_id,
        secret_hash,
        former_until,
    )


async def rehash_secret(db: Connection, client_id: UUID, kept: bytes, renewed: bytes) -> None:
    """Keep the same secret by another hash."""
    await db.execute(
        """
        UPDATE clients
        SET secret_hash = CASE WHEN secret_hash = $2 THEN $3 ELSE secret_hash END,
            former_secret_hash =
                CASE WHEN former_secret_hash = $2 THEN $3 ELSE former_secret_hash END
        WHERE id = $1
        """,
        client_id,
        kept,
        renewed,
    )


async def set_disabled(db: Connection, client_id: UUID, disabled_at: datetime | None) -> None:
    """Close an application, or open it again."""
    await db.execute(
        "UPDATE clients SET disabled_at = $2 WHERE id = $1",
        client_id,
        disabled_at,
    )


async def is_origin(db: Connection, origin: str) -> bool:
    """Whether the pages of an application come from there."""
    return bool(
        await db.fetchval(
            """
            SELECT EXISTS (
                SELECT 1 FROM clients WHERE $1 = ANY(origins) AND disabled_at IS NULL
            )
            """,
            origin,
        )
    )


async def allow(
    db: Connection, user_id: UserId, client_id: UUID, scopes: Sequence[str], now: datetime
) -> None:
    """Note what a person allows an application, beside what they allowed it before."""
    await db.execute(
        """
        INSERT INTO client_consents AS known (user_id, client_id, scopes, given_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (user_id, client_id) DO UPDATE
        SET scopes = ARRAY(SELECT DISTINCT unnest(known.scopes || EXCLUDED.scopes) ORDER BY 1),
            given_at = EXCLUDED.given_at
        """,
        user_id,
        client_id,
        scopes,
        now,
    )


async def allowed(db: Connection, user_id: UserId, client_id: UUID) -> frozenset[str]:
    """What a person allows an application."""
    scopes = await db.fetchval(
        "SELECT scopes FROM client_consents WHERE user_id = $1 AND client_id = $2",
        user_id,
        client_id,
    )
    return frozenset(scopes or ())


async def take_back(db: Connection, user_id: UserId, client_id: UUID) -> bool:
    """Allow an application nothing any more; whether it was allowed anything."""
    row = await db.fetchrow(
        """
        DELETE FROM client_consents
        WHERE user_id = $1 AND client_id = $2
        RETURNING 1
        """,
        user_id,
        client_id,
    )
    return row is not None


async def used_clients(db: Connection, user_id: UserId, now: datetime) -> list[UsedClient]:
    """The applications a person allows something or is signed in to, by name."""
    rows = await db.fetch(
        f"""
        WITH signed_in AS (
            SELECT
                client_id,
                min(created_at) AS since,
                max(rotated_at) AS used_at,
                array_agg(DISTINCT scope) AS scopes
            FROM client_grants, unnest(scopes) AS scope
            WHERE user_id = $1
              AND redeemed_at IS NOT NULL
              AND ended_at IS NULL
              AND expires_at > $2
            GROUP BY client_id
        )
        SELECT
            {CLIENT},
            COALESCE(client_consents.scopes, signed_in.scopes),
            COALESCE(client_consents.given_at, signed_in.since),
            COALESCE(signed_in.used_at, client_consents.given_at)
        FROM clients
        LEFT JOIN signed_in ON signed_in.client_id = clients.id
        LEFT JOIN client_consents
            ON client_consents.client_id = clients.id AND client_consents.user_id = $1
        WHERE signed_in.client_id IS NOT NULL OR client_consents.client_id IS NOT NULL
        ORDER BY lower(clients.name), clients.id
        """,
        user_id,
        now,
    )
    return [UsedClient(_client(row[:-3]), *row[-3:]) for row in rows]


def _client(row: Sequence[Any]) -> Client:
    client_id, name, kind, first_party, home, redirects, logouts, scopes, *rest = row
    return Client(
        client_id,
        name,
        Kind(kind),
        first_party,
        home,
        tuple(redirects),
        tuple(logouts),
        tuple(scopes),
        *rest,
    )
