"""Dana as other systems export her."""

import bcrypt

WORD = "what Dana always used"
HASH = bcrypt.hashpw(WORD.encode(), b"$2b$04$A0LtcpwscQvi.JB4JTo3tO").decode()

DJANGO = [
    {"model": "auth.group", "pk": 1, "fields": {"name": "editors", "permissions": []}},
    {
        "model": "auth.user",
        "pk": 7,
        "fields": {
            "password": f"bcrypt${HASH}",
            "last_login": None,
            "is_superuser": False,
            "username": "dana",
            "first_name": "Dana",
            "last_name": "Lopez",
            "email": "Dana@Example.org",
            "is_staff": True,
            "is_active": True,
            "date_joined": "2024-05-01T10:00:00Z",
            "groups": [1],
            "user_permissions": [],
        },
    },
    {
        "model": "auth.user",
        "pk": 8,
        "fields": {"password": "!unusable", "username": "bob@example.org", "is_active": False},
    },
    {
        "model": "account.emailaddress",
        "pk": 1,
        "fields": {"user": 7, "email": "dana@example.org", "verified": True, "primary": True},
    },
    {"model": "socialaccount.socialaccount", "pk": 1, "fields": {"user": 7, "provider": "google"}},
]
SUPABASE = {
    "id": "0b0ff0a0-0000-4000-8000-000000000001",
    "aud": "authenticated",
    "role": "authenticated",
    "email": "dana@example.org",
    "encrypted_password": HASH,
    "email_confirmed_at": "2024-05-01 10:00:00.123456+00",
    "raw_app_meta_data": {"provider": "email", "providers": ["email", "google"]},
    "raw_user_meta_data": {"full_name": "Dana Lopez", "plan": "pro"},
    "is_super_admin": None,
    "created_at": "2024-05-01 10:00:00.123456+00",
    "phone": "33612345678",
    "banned_until": None,
    "deleted_at": None,
    "is_sso_user": False,
    "is_anonymous": False,
}
AUTH0 = {
    "user_id": "auth0|5dea9f9c82dd7c0e76e4ec93",
    "email": "dana@example.org",
    "email_verified": True,
    "given_name": "Dana",
    "family_name": "Lopez",
    "created_at": "2024-05-01T10:00:00.000Z",
    "identities": [
        {"provider": "auth0", "connection": "Username-Password-Authentication"},
        {"provider": "google-oauth2", "connection": "google-oauth2"},
    ],
    "multifactor": ["google-authenticator"],
    "user_metadata": {"plan": "pro"},
}
AUTH0_HASHES = {
    "_id": {"$oid": "5dea9f9c82dd7c0e76e4ec93"},
    "email_verified": False,
    "email": "dana@example.org",
    "passwordHash": HASH,
    "password_set_date": {"$date": "2019-12-06T18:36:12.412Z"},
    "tenant": "acme",
    "connection": "Username-Password-Authentication",
    "_tmp_is_unique": True,
    "identifiers": [{"type": "email", "value": "dana@example.org", "verified": True}],
}
KRATOS = {
    "id": "9f425a8d-7efc-4768-8f23-7647a74fdf13",
    "credentials": {
        "password": {
            "type": "password",
            "identifiers": ["dana@example.org"],
            "config": {"hashed_password": HASH},
        },
        "totp": {"type": "totp", "identifiers": ["9f425a8d"]},
        "oidc": {"type": "oidc", "identifiers": ["google:1"]},
    },
    "schema_id": "default",
    "state": "active",
    "traits": {"email": "dana@example.org", "name": {"first": "Dana", "last": "Lopez"}},
    "verifiable_addresses": [
        {"value": "dana@example.org", "verified": True, "via": "email", "status": "completed"}
    ],
    "metadata_public": {"plan": "pro"},
    "created_at": "2024-05-01T10:00:00.000000Z",
}
OWN = {
    "email": "dana@example.org",
    "emailVerified": True,
    "firstName": "Dana",
    "lastName": "Lopez",
    "passwordHash": HASH,
    "locale": "fr-CA",
    "timeZone": "America/Toronto",
    "market": "CA",
    "createdAt": "2024-05-01T10:00:00Z",
}
CSV = (
    "email,emailVerified,firstName,lastName,passwordHash,createdAt\n"
    f"dana@example.org,true,Dana,Lopez,{HASH},2024-05-01T10:00:00Z\n"
)
EXPORTS = {
    "json": OWN,
    "csv": CSV,
    "django": DJANGO,
    "supabase": [SUPABASE],
    "auth0": [AUTH0 | {"custom_password_hash": {"algorithm": "bcrypt", "hash": {"value": HASH}}}],
    "kratos": [KRATOS],
}
