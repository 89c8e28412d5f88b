"""Forms with files: read as they come, counted while they come, and no further than needed."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protect.sending import BOUNDARY, Sender, form, incoming, part, pieces_of

from firstmile.kernel.refusals import Invalid, Malformed, Refusal, TooLarge
from firstmile.protect import incoming as module
from firstmile.protect.incoming import AROUND, MAX_PARTS

FILE = bytes(range(256)) * 3
GOOD = form(part("csrf", "a token"), part("note", "éà"), part("file", FILE, "me.png"))


@given(size=st.integers(1, 400))
async def test_a_form_is_the_same_however_it_is_cut(size: int) -> None:
    reading = incoming(Sender(pieces_of(GOOD, size)))

    token = await reading.first("csrf")
    sent = await reading.file("file")

    assert (token, sent.name, sent.size) == ("a token", "me.png", len(FILE))
    assert sent.content.read() == FILE
    assert reading.fields == {"csrf": "a token", "note": "éà"}
    reading.close()


@given(file=st.binary(max_size=900), size=st.integers(1, 100))
async def test_a_file_may_hold_anything(file: bytes, size: int) -> None:
    if f"\r\n--{BOUNDARY}".encode() in file:
        return
    reading = incoming(Sender(pieces_of(form(part("file", file or b"x", "a")), size)))

    sent = await reading.file("file")

    assert sent.content.read() == (file or b"x")
    reading.close()


async def test_nothing_is_read_before_it_is_asked_for() -> None:
    sender = Sender(pieces_of(GOOD, 100))
    reading = incoming(sender)
    assert sender.taken == 0

    await reading.first("csrf")

    assert 0 < sender.taken < len(GOOD) / 2
    reading.close()


async def test_only_the_first_field_may_be_asked_for_early() -> None:
    reading = incoming(Sender(pieces_of(form(part("file", FILE, "a"), part("csrf", "t")), 50)))

    assert await reading.first("csrf") is None
    reading.close()


@pytest.mark.asvs("5.2.1")
async def test_reading_stops_as_soon_as_there_is_too_much() -> None:
    sender = Sender(pieces_of(form(part("file", b"x" * 1_000_000, "a")), 500))
    reading = incoming(sender, most=2000)

    with pytest.raises(TooLarge) as refused:
        await reading.file("file")

    assert sender.taken <= 3000
    assert refused.value.details[0]["field"] == "file"
    reading.close()


async def test_a_file_of_just_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    for size, is_taken in ((1000, True), (1001, False)):
        reading = incoming(Sender([form(part("file", b"x" * size, "a"))]), most=1000)
        try:
            sent = await reading.file("file")
            assert (sent.size, is_taken) == (size, True)
        except TooLarge:
            assert not is_taken
        reading.close()


async def test_a_length_that_is_too_much_is_refused_before_anything_is_read() -> None:
    sender = Sender(pieces_of(GOOD, 100))
    reading = incoming(sender, most=1000, length=1000 + AROUND + 1)

    with pytest.raises(TooLarge):
        await reading.file("file")

    assert sender.taken == 0
    reading.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"x" * 200_000,
        lambda: b"\r\n" * 100_000,
        lambda: form(*(part(f"field{one}", "x" * 4000) for one in range(18)), part("f", "", "a")),
        lambda: GOOD + b"x" * 200_000,
    ],
    ids=["a preamble", "line ends", "fields", "what follows"],
)
async def test_what_stands_around_the_file_is_counted_too(make: Callable[[], bytes]) -> None:
    sender = Sender(pieces_of(make(), 1000))
    reading = incoming(sender)

    with pytest.raises((TooLarge, Malformed)):
        await reading.file("file")

    assert sender.taken <= AROUND + 3000
    reading.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--",
        GOOD[:-10],
        GOOD[: len(GOOD) // 2],
        b"nothing of the kind",
        form(part("file", FILE, "a"), part("file", FILE, "b")),
        form(*(part(str(number), "x") for number in range(MAX_PARTS + 1))),
        form(part("note", "x" * 5000)),
        form(f"--{BOUNDARY}\r\n\r\nno name\r\n".encode()),
        form(f"--{BOUNDARY}\r\nContent-Disposition: attachment\r\n\r\nx\r\n".encode()),
        form(f"--{BOUNDARY}\r\nBad Header: {'x' * 6000}\r\n\r\nx\r\n".encode()),
        form(b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: \xff\xfe\r\n\r\nx\r\n"),
    ],
    ids=[
        "nothing",
        "two dashes",
        "its end is missing",
        "half of it",
        "another text",
        "two files",
        "many fields",
        "a long field",
        "no name",
        "an attachment",
        "a long header",
        "bytes for a name",
    ],
)
@pytest.mark.parametrize("leaves", [False, True], ids=["ends", "leaves"])
async def test_a_form_that_is_none_of_ours_is_refused(body: bytes, leaves: bool) -> None:
    reading = incoming(Sender(pieces_of(body, 64), leaves=leaves))

    with pytest.raises(Malformed) as refused:
        await reading.file("file")

    assert refused.value.error == "invalid_form"
    reading.close()


@pytest.mark.parametrize(
    "parts",
    [
        (part("csrf", "t"),),
        (part("file", b"", ""),),
        (part("file", b"", "empty.png"),),
        (part("file", b"text without a name"),),
        (part("other", FILE, "a"),),
    ],
    ids=["none", "none was chosen", "an empty one", "a text", "another field's"],
)
async def test_a_form_without_the_file_asks_for_it(parts: tuple[bytes, ...]) -> None:
    reading = incoming(Sender([form(*parts)]))

    with pytest.raises(Invalid) as refused:
        await reading.file("file")

    assert refused.value.details == [{"field": "file", "message": "Choose a file."}]
    reading.close()


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; x"]
)
def test_a_form_without_a_boundary_is_refused(kind: str) -> None:
    with pytest.raises(Malformed):
        incoming(Sender([]), kind=kind)


async def test_asked_for_again_the_file_is_there_again() -> None:
    """As when PostgreSQL asks for the request to run once more."""
    reading = incoming(Sender([GOOD]))

    for _ in range(2):
        assert await reading.first("csrf") == "a token"
        assert (await reading.file("file")).content.read() == FILE
    reading.close()


async def test_a_sender_who_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", 0.01)

    async def never() -> dict[str, object]:
        await asyncio.sleep(60)
        return {}

    sender = Sender([])
    sender.__class__ = type("Silent", (Sender,), {"__call__": lambda _: never()})
    reading = incoming(sender)

    with pytest.raises(Malformed) as refused:
        await reading.file("file")

    assert refused.value.error == "upload_too_slow"


async def test_what_nobody_wanted_runs_past_but_not_for_ever() -> None:
    short, endless = Sender([b"x" * 500] * 6), Sender([b"x" * 500] * 1000)

    for sender in (short, endless):
        await incoming(sender, most=1000).pass_by()

    assert short.pieces == []
    assert endless.taken <= 5000


async def test_what_was_refused_once_is_refused_again() -> None:
    reading = incoming(Sender(pieces_of(form(part("file", b"x" * 9000, "a")), 500)), most=2000)

    for _ in range(2):
        with pytest.raises(Refusal):
            await reading.file("file")
    reading.close()
