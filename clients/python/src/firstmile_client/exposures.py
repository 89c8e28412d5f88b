"""Asks Firstmile what to show to somebody in an experiment, and has their exposure kept."""

import logging
from dataclasses import replace
from typing import Any, TypeVar

import httpx
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason

log = logging.getLogger("firstmile_client")

PATH = "/api/v1/experiments/exposures"

Value = TypeVar("Value", bool, int, float, str, dict[str, Any], list[Any])


class Exposures:
    """Shows each person the variant they met first, also when the shares of a flag change.

    `key` is an SDK key of a server. Ask when the thing is about to be seen, not before: from then
    on they are counted. Safe to be used by many threads; `deadline` is in seconds.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        deadline: float = 2.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers={"authorization": f"Bearer {key}"},
            timeout=deadline,
            transport=transport,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def show(
        self, flag: str, default: Value, context: EvaluationContext, *, user: str | None = None
    ) -> FlagEvaluationDetails[Value]:
        """The value to show, as OpenFeature tells it; the default when nobody can say.

        The context lists `experiments` under `consent` if they agreed. `user` is their id in
        Firstmile (`sub` of their token), once a visitor has signed in. `flag_metadata` has
        `counted`, and in `part` why not.
        """
        found = FlagEvaluationDetails(flag, default, reason=Reason.ERROR)
        asked = {"flag": flag, "context": {**context.attributes}, "user": user}
        if context.targeting_key is not None:
            asked["context"] = {**context.attributes, "targetingKey": context.targeting_key}
        try:
            answer = self._client.post(PATH, json={"exposures": [asked]})
            answer.raise_for_status()
            told = answer.json()["items"][0]
        except (httpx.HTTPError, ValueError, LookupError) as failure:
            log.warning("exposure of %s not kept: %s", flag, failure)
            return replace(found, error_code=ErrorCode.GENERAL, error_message=str(failure))
        return _as_told(found, told)


def _as_told(
    found: FlagEvaluationDetails[Value], told: dict[str, Any]
) -> FlagEvaluationDetails[Value]:
    noted = {"counted": told["counted"], "part": told["part"]}
    kept = replace(found, reason=told["reason"], flag_metadata=noted)
    if told["variant"] is None:
        return kept
    value = told["value"]
    if type(found.value) is float and type(value) is int:
        value = float(value)
    if type(value) is not type(found.value):
        return replace(kept, reason=Reason.ERROR, error_code=ErrorCode.TYPE_MISMATCH)
    return replace(kept, value=value, variant=told["variant"])
