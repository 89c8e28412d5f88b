"""Streams that tell open tabs, of people and of visitors, when to ask for their state again."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import msgspec

from firstmile.kernel.asgi import Receive, Send
from firstmile.kernel.events import PersonalEvent
from firstmile.kernel.ids import UserId, new_id
from firstmile.kernel.work import Work
from firstmile.observe.metrics import Metrics
from firstmile.outside.hints import Hints
from firstmile.protect.event_streams import EventStreams, no_room

TOPIC = "personal"
MOST_OF_PERSON = 20  # tabs; more are a loop that opens them
MOST_OF_NETWORK = 100  # of visitors: nobody takes the places of others
VISITOR_SHARE = 0.75
REMEMBERED = 10_000  # people whose last change is known, and changes that were heard


class Revisions:
    """What changed for whom, by numbers of this process.

    An id is of one process alone: a client that comes from another one is told to ask again, and
    hears 304 when it had missed nothing.
    """

    def __init__(self) -> None:
        self._process = new_id().hex[-12:]
        self._last = 0
        self._of_all = 0
        self._of_people: OrderedDict[UserId, int] = OrderedDict()

    def change(self, user_id: UserId | None) -> None:
        """Something changed for a person, or for all."""
        self._last += 1
        if user_id is None:
            self._of_all = self._last
            return
        self._of_people[user_id] = self._last
        self._of_people.move_to_end(user_id)
        if len(self._of_people) > REMEMBERED:
            # Who is forgotten is told again rather than never.
            self._of_all = max(self._of_all, self._of_people.popitem(last=False)[1])

    def id_for(self, user_id: UserId | None) -> str:
        """The id of the last change for a person, or for a visitor."""
        own = 0 if user_id is None else self._of_people.get(user_id, 0)
        return f"{self._process}-{max(self._of_all, own)}"


@dataclass(frozen=True, eq=False)
class Tab:
    """One open stream: whose it is, and what its client has heard.

    `still_there` asks whether the credential still opens something; for a visitor it always does.
    """

    revisions: Revisions
    user_id: UserId | None
    network: str
    seen: str | None
    still_there: Callable[[], Awaitable[bool]]

    async def is_alive(self) -> bool:
        """Whether whoever opened it is still signed in."""
        return await self.still_there()

    async def greeting(self) -> bytes | None:
        """The last change, unless its client has heard it."""
        return None if self.seen == self.revisions.id_for(self.user_id) else await self.event()

    async def event(self) -> bytes:
        """The event that has a client ask again."""
        revision = self.revisions.id_for(self.user_id)
        data = msgspec.json.encode({"revision": revision}).decode()
        return f"id: {revision}\nevent: state\ndata: {data}\n\n".encode()


class PersonalStreams:
    """Hears what changed, from every process, and stirs the tabs that it concerns."""

    def __init__(self, hints: Hints, metrics: Metrics, *, most: int) -> None:
        self._most = most
        hints.on(TOPIC, self._hear)
        gauge = metrics.gauge("embed_streams", "Streams of state that embeds have open.")
        self._told = metrics.counter(
            "embed_changes_total", "Changes that open tabs were told of.", "whose"
        )
        self._streams: EventStreams[Tab] = EventStreams(gauge, most=most)
        self._revisions = Revisions()
        self._heard: OrderedDict[str, None] = OrderedDict()

    def stir_all(self) -> None:
        """Something that everybody sees is another now."""
        self._stir(None)

    def tab(
        self,
        user_id: UserId | None,
        network: str,
        seen: str | None,
        still_there: Callable[[], Awaitable[bool]],
    ) -> Tab:
        """A stream to be; raises Unavailable when there is no room for it."""
        tabs = self._streams.sources()
        if user_id is None:
            of_visitors = [one.network for one in tabs if one.user_id is None]
            is_too_many = (
                len(of_visitors) >= self._most * VISITOR_SHARE
                or of_visitors.count(network) >= MOST_OF_NETWORK
            )
        else:
            is_too_many = sum(one.user_id == user_id for one in tabs) >= MOST_OF_PERSON
        if self._streams.is_full or is_too_many:
            raise no_room()
        return Tab(self._revisions, user_id, network, seen, still_there)

    async def serve(self, tab: Tab, receive: Receive, send: Send) -> None:
        """Keep it open until its client leaves, signs out, or we stop."""
        await self._streams.serve(tab, receive, send)

    def close(self) -> None:
        """End all of them, and open none from now on."""
        self._streams.close()

    def _hear(self, word: str) -> None:
        # Whose change it is, and its id: the same hint comes by the wire, as a row, and from us.
        if word in self._heard:
            return
        self._heard[word] = None
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)
        self._stir(UserId(UUID(word.partition(" ")[0])))

    def _stir(self, user_id: UserId | None) -> None:
        self._told.labels("all" if user_id is None else "person").inc()
        self._revisions.change(user_id)
        self._streams.stir(lambda one: user_id is None or one.user_id == user_id)


def stirring(hints: Hints) -> Callable[[Work, PersonalEvent], Awaitable[None]]:
    """A reaction: the tabs of the event's person ask for their state again."""

    async def tell(work: Work, event: PersonalEvent) -> None:
        await stir(work, hints, UserId(event.user_id))

    return tell


async def stir(work: Work, hints: Hints, user_id: UserId) -> None:
    """Have the tabs of a person ask for their state again, once this has committed."""
    await hints.tell_with(work, TOPIC, f"{user_id} {new_id()}")
