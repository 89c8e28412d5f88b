"""Asks the customer's server whether a step is done, when a person says so."""

from typing import Any
from uuid import UUID

import httpx
import msgspec
import structlog

from firstmile.kernel.database import Connection
from firstmile.kernel.ids import UserId
from firstmile.kernel.refusals import Refusal
from firstmile.kernel.work import Works
from firstmile.onboarding import store, store_shared
from firstmile.onboarding.actions import Question
from firstmile.onboarding.catalogue import Catalogue
from firstmile.onboarding.models import Definition, State
from firstmile.onboarding.settings import OnboardingSettings
from firstmile.onboarding.sharing import fitting
from firstmile.onboarding.signatures import signed
from firstmile.onboarding.verification.hearing import hear_verdict
from firstmile.onboarding.verification.judging import Judgement, Said
from firstmile.onboarding.verifying import Fault
from firstmile.outside.questions import NotAsked, Reply, ask

log = structlog.get_logger()

UNVERIFIABLE = Judgement(Said.FAILED, (Fault("not_verified", "This could not be verified."),))


class QuestionOut(msgspec.Struct, rename="camel", tag_field="type", tag="step.verify"):
    """What a server is asked; with the project when its members share the step."""

    user_id: UserId
    step: str
    project_id: UUID | msgspec.UnsetType = msgspec.UNSET


class AnswerIn(msgspec.Struct, rename="camel"):
    """What a server may answer at once; without a verdict it tells it later."""

    verdict: Said | None = None
    errors: list[Fault] = []
    reason: str = ""


class Callbacks:
    """Posts signed questions. Each is a job: who does not answer, or fails, is asked again later.

    An answer of 2xx with a verdict is taken at once; without one the step stays pending until a
    verdict comes. One that refuses is not asked again, and the step has failed.
    """

    def __init__(self, catalogue: Catalogue, settings: OnboardingSettings) -> None:
        self._catalogue = catalogue
        self._settings = settings

    async def ask(self, works: Works, payload: dict[str, Any]) -> None:
        """Ask about one step; a failure is raised, to be retried."""
        question = msgspec.convert(payload, Question)
        url = self._address_for(question.step)
        if url is None or not await self._is_open(works, question):
            return
        reply = await self._post(works, url, question)
        if reply is None or 400 <= reply.status < 500:
            status = reply.status if reply else None
            log.warning("verdict_question_refused", step=question.step, status=status)
            await self._take(works, question, UNVERIFIABLE)
        elif not 200 <= reply.status < 300:
            raise ConnectionError(f"the server that verifies answered {reply.status}")
        elif (said := _verdict_in(reply.body)) is not None:
            await self._take(works, question, said)

    async def _is_open(self, works: Works, question: Question) -> bool:
        """Whether the person, or their project, still waits for this very answer."""
        async with works.database.lease() as db:
            state = await self._state(db, question)
        return state is not None and state.is_pending and state.row_version == question.row_version

    async def _state(self, db: Connection, question: Question) -> State | None:
        if question.project_id is None:
            _, steps = await store.steps_of(db, question.user_id)
            return steps.states.get(question.step)
        state = await store_shared.state_of(db, question.project_id, question.step)
        step = self._step(question.step)
        return fitting(state, step) if state and step else None

    async def _post(self, works: Works, url: str, question: Question) -> Reply | None:
        body = msgspec.json.encode(
            QuestionOut(question.user_id, question.step, question.project_id or msgspec.UNSET)
        )
        # The same id at each try, so that the server can tell a repeated question.
        asking = question.project_id or question.user_id
        message_id = f"{asking}.{question.step}.{question.row_version}"
        secret = self._settings.verdict_secrets[0]
        headers = signed(secret, message_id, works.clock(), body)
        try:
            return await ask(
                url, body, headers, may_be_private=self._settings.onboarding_callback_private
            )
        except NotAsked:
            log.exception("verdict_question_not_asked", step=question.step)
            return None
        except httpx.HTTPError as failure:
            raise ConnectionError("the server that verifies does not answer") from failure

    async def _take(self, works: Works, question: Question, judgement: Judgement) -> None:
        try:
            async with works.begin() as work:
                await hear_verdict(
                    work,
                    self._catalogue,
                    question.user_id,
                    question.step,
                    judgement,
                    project_id=question.project_id,
                )
        except Refusal as refusal:  # the person, or the step, is gone meanwhile
            log.info("verdict_not_taken", step=question.step, reason=refusal.error)

    def _address_for(self, key: str) -> str | None:
        step = self._step(key)
        if step is None or step.call is None or not self._settings.verdict_secrets:
            return None
        return step.call.url or self._settings.onboarding_callback_url

    def _step(self, key: str) -> Definition | None:
        return next((one for one in self._catalogue.definitions.steps if one.key == key), None)


def _verdict_in(body: bytes) -> Judgement | None:
    """The verdict of an answer; None for `OK`, and for all that tells none."""
    try:
        answer = msgspec.json.decode(body, type=AnswerIn)
    except msgspec.MsgspecError:
        return None
    if answer.verdict is None:
        return None
    return Judgement(answer.verdict, tuple(answer.errors), answer.reason)
