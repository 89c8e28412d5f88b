"""Files that people give: documents too, which their owner alone may save."""

import io

import pytest
from tests.cast import Cast, Person
from tests.pictures import a_pdf, a_picture

from firstmile.kernel.refusals import Invalid
from firstmile.protect.files import FORGET_BLOBS, Files
from firstmile.protect.incoming import SentFile
from firstmile.protect.store_files import Audience, File
from firstmile.service import Service
from firstmile.settings import Settings


def sent(content: bytes, name: str) -> SentFile:
    return SentFile(name, len(content), io.BytesIO(content))


async def keep_document(service: Service, person: Person, name: str = "Reçu n°1.pdf") -> File:
    files = service.parts.get(Files)
    file = await files.document(person.id, sent(a_pdf(), name), audience=Audience.OWNER)
    async with service.works.begin() as work:
        await files.note(work, file)
    return file


async def test_a_document_is_kept_as_it_was_sent_and_only_saved(
    cast: Cast, service: Service
) -> None:
    dana = await cast.dana()
    file = await keep_document(service, dana)

    answer = await dana.get(f"/files/{file.id}")

    assert answer.content == a_pdf()
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-security-policy"].startswith("sandbox; ")
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"Re_u n_1.pdf\"; filename*=UTF-8''Re%C3%A7u%20n%C2%B01.pdf"
    )


async def test_a_document_is_seen_by_its_owner_alone(cast: Cast, service: Service) -> None:
    file = await keep_document(service, await cast.dana())
    charlie = await cast.a_user("Charlie").signed_in()

    assert (await charlie.get(f"/files/{file.id}")).status_code == 404


@pytest.mark.parametrize(
    "content", [a_picture(), b"%PDF-1.7 and no end", b"PK\x03\x04", b"<html>"], ids=str
)
async def test_nothing_else_is_a_document(
    cast: Cast, service: Service, settings: Settings, content: bytes
) -> None:
    dana = await cast.dana()
    files = service.parts.get(Files)

    with pytest.raises(Invalid) as refused:
        await files.document(dana.id, sent(content, "bill.pdf"), audience=Audience.OWNER)

    assert refused.value.error == "unsupported_file"
    assert not settings.uploads_folder.exists()


async def test_bytes_go_after_the_commit_and_not_before(
    cast: Cast, service: Service, settings: Settings
) -> None:
    dana, files = await cast.dana(), service.parts.get(Files)
    file = await keep_document(service, dana)

    async def change_their_mind() -> None:
        async with service.works.begin() as work:
            await files.forget(work, dana.id, file.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_their_mind()
    await cast.work_off()
    assert len(list(settings.uploads_folder.iterdir())) == 1
    async with service.works.begin() as work:
        await files.forget(work, dana.id, file.id)
    await cast.work_off()

    assert list(settings.uploads_folder.iterdir()) == []


async def test_nobody_removes_the_file_of_another(
    cast: Cast, service: Service, settings: Settings
) -> None:
    file = await keep_document(service, await cast.dana())
    charlie = await cast.a_user("Charlie").signed_in()

    async with service.works.begin() as work:
        await service.parts.get(Files).forget(work, charlie.id, file.id)
    await cast.work_off()

    assert len(list(settings.uploads_folder.iterdir())) == 1


async def test_removing_bytes_twice_is_nothing(cast: Cast, service: Service) -> None:
    """A worker that dies at the end of a job runs it again."""
    file = await keep_document(service, await cast.dana())

    for _ in range(2):
        async with service.works.begin() as work:
            work.enqueue(FORGET_BLOBS, file.keys)
        await cast.work_off()

    assert await service.parts.get(Files).content(file, "whole") is None
