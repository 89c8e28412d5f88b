"""The public keys of Firstmile: kept for a while, asked for again when an unknown one is named."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from firstmile_client.line import Answer, Question, Reply, Talk
from firstmile_client.settings import Settings

log = logging.getLogger("firstmile_client")

JWKS = Question(key=("keys",), path="/.well-known/jwks.json")
ASK_AGAIN = 60.0  # seconds; invented key names must not become load on Firstmile
ASK_AGAIN_EMPTY = 2.0  # seconds; without any key nobody gets in, so try sooner
PRIVATE_PART = "d"


class Keys:
    """Finds the key a token names, asking Firstmile when it is time to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys: Mapping[str, ECKey] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")

    def find(self, kid: str) -> Talk[ECKey | None]:
        """The key of that id, or None when Firstmile does not publish it."""
        if self._should_ask(kid):
            answer = yield JWKS
            self._learn(answer)
        if self._age() > self._settings.keys_last_known:
            return None
        return self._keys.get(kid)

    def _should_ask(self, kid: str) -> bool:
        pause = ASK_AGAIN if self._keys else ASK_AGAIN_EMPTY
        if self._settings.clock.steady() - self._asked_at < pause:
            return False
        return kid not in self._keys or self._age() >= self._settings.keys_max_age

    def _learn(self, answer: Answer) -> None:
        self._asked_at = self._settings.clock.steady()
        keys = read_keys(answer) if isinstance(answer, Reply) else {}
        if not keys:
            log.warning("firstmile_keys_unavailable", extra={"answer": _told(answer)})
            return
        self._keys = keys
        self._fetched_at = self._asked_at

    def _age(self) -> float:
        return self._settings.clock.steady() - self._fetched_at


def read_keys(reply: Reply) -> dict[str, ECKey]:
    """The usable keys of a JWK set (RFC 7517) by key id: public, P-256, for ES256 signatures.

    Others are passed over, as RFC 7517 section 5 asks; an answer that is no key set gives none.
    """
    if reply.status != 200:
        return {}
    try:
        published = json.loads(reply.body)["keys"]
        return {jwk["kid"]: ECKey.import_key(jwk) for jwk in published if _is_ours(jwk)}
    except (ValueError, KeyError, TypeError, JoseError):
        return {}


def _is_ours(jwk: Any) -> bool:
    return (
        isinstance(jwk, dict)
        and (jwk.get("kty"), jwk.get("crv")) == ("EC", "P-256")
        and isinstance(jwk.get("kid"), str)
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", "ES256") == "ES256"
        and PRIVATE_PART not in jwk
    )


def _told(answer: Answer) -> str:
    return str(answer.status) if isinstance(answer, Reply) else answer.reason
