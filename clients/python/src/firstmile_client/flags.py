"""A provider for OpenFeature that evaluates flags in this process, by the rules of Firstmile."""

import threading
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import (
    ErrorCode,
    FlagNotFoundError,
    GeneralError,
    InvalidContextError,
    OpenFeatureError,
    ParseError,
    ProviderFatalError,
    ProviderNotReadyError,
    TargetingKeyMissingError,
    TypeMismatchError,
)
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from firstmile_client.flag_source import FlagSettings, FlagSource
from firstmile_client.targeting import flags as rules
from firstmile_client.targeting.contexts import TARGETING_KEY
from firstmile_client.targeting.fallbacks import settled, variables
from firstmile_client.targeting.outcomes import Outcome
from firstmile_client.targeting.snapshots import Contents, Snapshot

NOTHING = Snapshot(Contents(environment="unknown"))
ERRORS: Mapping[rules.ErrorCode, type[Any]] = {
    rules.ErrorCode.FLAG_NOT_FOUND: FlagNotFoundError,
    rules.ErrorCode.TARGETING_KEY_MISSING: TargetingKeyMissingError,
    rules.ErrorCode.INVALID_CONTEXT: InvalidContextError,
    rules.ErrorCode.PARSE_ERROR: ParseError,
    rules.ErrorCode.TYPE_MISMATCH: TypeMismatchError,
    rules.ErrorCode.GENERAL: GeneralError,
}
Context = EvaluationContext | None


class FlagProvider(AbstractProvider):
    """Asks nobody: flags are in memory, and a thread keeps them current.

    `key` is an SDK key of a server. What is not known is asked of the file, then of the variables
    `FLAG_<KEY>`; then the application's own default holds. Setting the provider waits for the
    first configuration at most `deadline` seconds, and fails with ProviderNotReadyError when
    there is nothing at all to go by; it becomes ready as soon as there is.
    """

    def __init__(self, base_url: str, key: str, settings: FlagSettings | None = None) -> None:
        super().__init__()
        self._settings = settings or FlagSettings()
        self._source = FlagSource(base_url, key, self._settings, self)
        self._variables = variables(self._settings.environ)
        self._lock = threading.Lock()
        self._is_well = True

    def get_metadata(self) -> Metadata:
        """The name hooks see."""
        return Metadata(name="Firstmile")

    def initialize(self, evaluation_context: EvaluationContext) -> None:  # noqa: ARG002  theirs
        """Fetch the first configuration; raises when there is none to go by."""
        self._source.start()
        if self._source.is_refused:
            raise ProviderFatalError("Firstmile does not know this SDK key.")
        if self._source.snapshot is None:
            self._is_well = False
            raise ProviderNotReadyError("Firstmile does not answer, and no flags are kept.")

    def shutdown(self) -> None:
        """End the thread and close the connections."""
        self._source.stop()

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: FBT001  theirs
        evaluation_context: Context = None,
    ) -> FlagResolutionDetails[bool]:
        """What a flag of yes and no comes to."""
        return self._resolved(flag_key, default_value, evaluation_context, (bool,))

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: Context = None
    ) -> FlagResolutionDetails[str]:
        """What a flag of texts comes to."""
        return self._resolved(flag_key, default_value, evaluation_context, (str,))

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: Context = None
    ) -> FlagResolutionDetails[int]:
        """What a flag of whole numbers comes to."""
        return self._resolved(flag_key, default_value, evaluation_context, (int,))

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: Context = None
    ) -> FlagResolutionDetails[float]:
        """What a flag of numbers comes to; whole ones are taken too."""
        found = self._resolved(flag_key, default_value, evaluation_context, (int, float))
        found.value = float(found.value)
        return found

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: Context = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        """What a flag of objects or lists comes to."""
        return self._resolved(flag_key, default_value, evaluation_context, (dict, list))

    def changed(self, flags: list[str]) -> None:
        """Another configuration holds."""
        self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=flags))

    def answered(self) -> None:
        """Firstmile said something: whatever was wrong is over."""
        with self._lock:
            was_well, self._is_well = self._is_well, True
        if not was_well:
            self.emit_provider_ready(ProviderEventDetails())

    def unanswered(self, why: str) -> None:
        """The flags are those of a while ago, or there are none."""
        with self._lock:
            was_well, self._is_well = self._is_well, False
        if was_well and self._source.snapshot is not None:
            self.emit_provider_stale(ProviderEventDetails(message=why))

    def refused(self, why: str) -> None:
        """The key opens nothing any more; the flags in memory go stale."""
        self.emit_provider_error(
            ProviderEventDetails(message=why, error_code=ErrorCode.PROVIDER_FATAL)
        )

    def _resolved(
        self, key: str, default: Any, context: Context, kinds: tuple[type, ...]
    ) -> FlagResolutionDetails[Any]:
        snapshot = self._source.snapshot or NOTHING
        outcome = settled(
            snapshot,
            snapshot.evaluate(key, _told(context)),
            self._variables,
            is_stale=self._source.is_stale,
        )
        if outcome.error is not None:
            self._fail(outcome)
        value = default if outcome.variant is None else outcome.value
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TypeMismatchError(f"{key} is of another type: {type(value).__name__}.")
        return FlagResolutionDetails(
            value=value,
            variant=outcome.variant,
            reason=Reason(outcome.reason),
            flag_metadata={
                "flagSetId": snapshot.contents.environment,
                "version": str(snapshot.revision),
            },
        )

    def _fail(self, outcome: Outcome) -> NoReturn:
        if self._source.snapshot is None:
            raise ProviderNotReadyError("There is no configuration yet.")
        assert outcome.error is not None  # noqa: S101  who calls has looked
        failure: OpenFeatureError = ERRORS[outcome.error](outcome.message)
        raise failure


def _told(context: Context) -> dict[str, Any]:
    """A context as flags see it: moments as texts, the targeting key beside the rest."""
    if context is None:
        return {}
    told = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in context.attributes.items()
    }
    return told | ({TARGETING_KEY: context.targeting_key} if context.targeting_key else {})
