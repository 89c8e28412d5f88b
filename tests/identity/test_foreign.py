"""Password hashes of other systems: read, bounded in cost, and checked as their makers do."""

import base64
import hashlib
from collections.abc import Callable, Iterator

import bcrypt
import django.conf  # type: ignore[import-untyped]
import msgspec
import pytest
from argon2 import PasswordHasher, Type
from django.contrib.auth import hashers  # type: ignore[import-untyped]
from django.utils.functional import empty  # type: ignore[import-untyped]

from firstmile.identity.foreign import HashRefused, read_kept
from firstmile.identity.foreign_texts import READERS, read_hash

WORD = "corrèct horse"
DJANGO = [
    hashers.PBKDF2PasswordHasher,
    hashers.PBKDF2SHA1PasswordHasher,
    hashers.Argon2PasswordHasher,
    hashers.BCryptSHA256PasswordHasher,
    hashers.BCryptPasswordHasher,
    hashers.ScryptPasswordHasher,
]
# Published by others, with the password of each.
VECTORS = {
    # RFC 6070, as the PHC string format writes it
    "password": "$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE",
    # RFC 7914, section 12, as Kratos writes it: N itself stands for its logarithm
    "pleaseletmein": "$scrypt$ln=16384,r=8,p=1$U29kaXVtQ2hsb3JpZGU=$"
    "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw==",
    # the tests of crypt_blowfish
    "U*U": "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    # the documentation of Firebase's scrypt, as Kratos and as Supabase keep it
    "user1password": "$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$"
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$"
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
}
SUPABASE = (
    "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,"
    "sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$"
    "42xEC+ixf3L2lw==$"
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
)
LONG = "A" * 43  # 32 bytes in base64


@pytest.fixture(scope="module", autouse=True)
def _django() -> Iterator[None]:
    """Django with its own settings, and as it was afterwards: others set it up their way."""
    before = django.conf.settings._wrapped
    django.conf.settings._wrapped = empty
    django.conf.settings.configure()
    yield
    django.conf.settings._wrapped = before


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")


@pytest.mark.parametrize("hasher", DJANGO, ids=lambda hasher: hasher.algorithm)
def test_a_hash_that_django_made_fits_its_password_only(
    hasher: Callable[[], hashers.BasePasswordHasher],
) -> None:
    made = hasher()
    kept = read_hash(made.encode(WORD, made.salt()))

    assert kept.fits(WORD.encode())
    assert not kept.fits(b"correct horse")


@pytest.mark.parametrize(("word", "text"), [*VECTORS.items(), ("user1password", SUPABASE)])
def test_a_hash_that_was_published_fits_its_password_only(word: str, text: str) -> None:
    kept = read_hash(text)

    assert kept.fits(word.encode())
    assert not kept.fits(f"{word}!".encode())


@pytest.mark.parametrize("kind", [Type.I, Type.ID], ids=["argon2i", "argon2id"])
def test_argon2_fits_its_password_only(kind: Type) -> None:
    made = PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=kind).hash(WORD)

    assert read_hash(made).fits(WORD.encode())
    assert not read_hash(made).fits(b"another")


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_pbkdf2_in_the_form_of_passlib_fits_its_password_only(digest: str) -> None:
    hashed = b64(hashlib.pbkdf2_hmac(digest, WORD.encode(), b"salt+/salt", 10))
    salt = b64(b"salt+/salt").replace("+", ".")
    kept = read_hash(f"$pbkdf2-{digest}$10${salt}${hashed.replace('+', '.')}")

    assert kept.fits(WORD.encode())
    assert not kept.fits(b"another")


def test_scrypt_with_the_logarithm_fits_as_scrypt_with_the_number() -> None:
    written = VECTORS["pleaseletmein"].replace("ln=16384", "ln=14")

    assert read_hash(written).fits(b"pleaseletmein")


@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_bcrypt_reads_72_bytes_as_the_system_did_that_made_it(prefix: str) -> None:
    made = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode().replace("$2b$", prefix)

    assert read_hash(made).fits(b"x" * 72 + b"what nobody read")
    assert not read_hash(made).fits(b"x" * 71)


@pytest.mark.parametrize(
    "text",
    [
        f"$2b$14${'a' * 53}",
        f"$argon2id$v=19$m=262144,t=4,p=8$c29tZXNhbHQ${LONG}",
        f"$argon2i$m=8,t=16,p=1$c29tZXNhbHQ${LONG}",
        f"$pbkdf2-sha256$i=2000000$c2FsdA${LONG}",
        f"pbkdf2_sha1$1000000$salt${LONG}=",
        f"scrypt$262144$salt$8$1${LONG}=",
    ],
)
def test_what_stays_within_the_bounds_is_taken(text: str) -> None:
    kept = read_hash(text)

    assert read_kept(msgspec.json.encode(kept)) == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"$2b$15${'a' * 53}", "bcrypt of cost 15"),
        (f"$2b$03${'a' * 53}", "bcrypt of cost 3"),
        (f"$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ${LONG}", "argon2 of m=262145,t=1,p=1"),
        (f"$argon2id$v=19$m=262144,t=5,p=1$c29tZXNhbHQ${LONG}", "argon2 of m=262144,t=5,p=1"),
        (f"$argon2id$v=19$m=64,t=17,p=1$c29tZXNhbHQ${LONG}", "argon2 of m=64,t=17,p=1"),
        (f"$argon2id$v=19$m=64,t=1,p=9$c29tZXNhbHQ${LONG}", "argon2 of m=64,t=1,p=9"),
        (f"pbkdf2_sha256$2000001$s${LONG}=", "pbkdf2 of 2000001 iterations for 32 bytes"),
        (f"pbkdf2_sha1$1000001$s${LONG}=", "pbkdf2 of 1000001 iterations for 32 bytes"),
        (f"pbkdf2_sha256$0$s${LONG}=", "pbkdf2 of 0 iterations for 32 bytes"),
        (f"$scrypt$ln=19,r=8,p=1$c2FsdA${LONG}", "scrypt of N=524288,r=8,p=1"),
        (f"$scrypt$ln=17,r=8,p=5$c2FsdA${LONG}", "scrypt of N=131072,r=8,p=5"),
        (f"scrypt$16385$salt$8$1${LONG}=", "scrypt of N=16385,r=8,p=1"),
        ("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "a hash of the kind md5"),
        ("$argon2d$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA", "a hash of the kind argon2d"),
        ("$5$rounds=5000$salt$hash", "a hash of the kind 5"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "a hash of the kind unknown"),
        ("!", "a hash of the kind unknown"),
        ("", "a hash of the kind unknown"),
        ("\x1b[31m$", "a hash of the kind unknown"),
        ("$2b$12$short", "2b that cannot be read"),
        ("$argon2id$", "argon2id that cannot be read"),
        ("$argon2id$v=19$m=lots,t=1,p=1$c29tZXNhbHQ$aGFzaA", "argon2id that cannot be read"),
        ("pbkdf2_sha256$10$salt$YQ==", "pbkdf2_sha256 that cannot be read"),
        ("$pbkdf2-sha256$i=10$c2FsdA$!!", "pbkdf2-sha256 that cannot be read"),
        ("$2b$" + "1" * 5000, "a hash of an unknown kind"),
    ],
)
def test_what_would_cost_too_much_or_cannot_be_read_is_refused_with_the_reason(
    text: str, why: str
) -> None:
    with pytest.raises(HashRefused) as refused:
        read_hash(text)

    assert str(refused.value) == why


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("rest", ["", "$", "$$$$$$$", "v=1", "v=19$a$b$c", "1$2$3$4$5", "\0$\0$\0"])
def test_rubbish_of_every_kind_is_refused(kind: str, rest: str) -> None:
    with pytest.raises(HashRefused):
        read_hash(f"${kind}${rest}")


def test_a_hash_so_short_that_other_passwords_fit_is_refused() -> None:
    short = b64(hashlib.pbkdf2_hmac("sha256", WORD.encode(), b"salt", 10, 8))

    with pytest.raises(HashRefused):
        read_hash(f"$pbkdf2-sha256$i=10$c2FsdA${short}")
