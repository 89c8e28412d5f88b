"""What is typed becomes what is asked for; what is found is shown in plain pieces."""

import pytest

from firstmile.help.excerpts import Piece, excerpt
from firstmile.help.places import Place, fits, nearness
from firstmile.help.words import folded, question, synonyms_of, transposed

GROUPS = [["two factor", "2fa", "second step"], ["sign in", "login"], ["mot de passe", "mdp"]]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Œuvre ÉTÉ", "oeuvre ete"), ("E-Mail", "email"), ("l’adresse", "l’adresse"), ("ﬁn", "fin")],
)
def test_accents_ligatures_and_capitals_make_no_difference(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_what_says_nothing_is_left_out_of_a_question() -> None:
    assert question("How do I change my password?", "en").text == "change password"
    assert question("comment changer de mot de passe", "fr").text == "changer mot passe"
    assert question("the of and", "en").sayings == ()


def test_only_the_last_word_may_be_half_written() -> None:
    said = {one.said for one in question("delete acc", "en").sayings}

    assert "acc:*" in said
    assert "delete" in said
    assert "acc:*" not in {one.said for one in question("delete acc ", "en").sayings}


@pytest.mark.parametrize("text", ["2fa", "two factor", "Two-Factor", "second steps"])
def test_a_phrase_stands_for_all_that_means_the_same(text: str) -> None:
    asked = question(text, "en", synonyms_of(GROUPS, "en"))

    assert {one.said for one in asked.sayings} == {"two <-> factor", "2fa", "second <-> step"}
    assert asked.places == 1


def test_a_phrase_is_known_without_the_words_between() -> None:
    asked = question("changer mot de passe", "fr", synonyms_of(GROUPS, "fr"))

    assert "mdp" in {one.said for one in asked.sayings}
    assert asked.places == 2


def test_two_letters_changed_over_are_put_right() -> None:
    assert "email" in transposed("emial")
    assert transposed("abc") == set()


def test_an_excerpt_is_plain_text_around_what_was_asked_for() -> None:
    text = "Nothing here. " * 30 + "Save your récovery codes <b>now</b>. " + "And more. " * 30

    pieces = excerpt(text, ["recoveri", "recovery", "code"])

    assert Piece("récovery", is_hit=True) in pieces
    assert Piece("codes", is_hit=True) in pieces
    assert "".join(piece.text for piece in pieces).strip("… ") in text
    assert sum(len(piece.text) for piece in pieces) < 220


@pytest.mark.parametrize(
    ("pattern", "route", "is_there"),
    [
        ("/profile", "/profile/", True),
        ("/profile", "/profile?lang=fr", True),
        ("/profile", "/profiles", False),
        ("/projects/*/keys", "/projects/7/keys", True),
        ("/projects/*/keys", "/projects/7/keys/new", False),
        ("/projects/*", "/projects/7/keys/new", True),
        ("/projects/*", "/projects", False),
        ("/", "/", True),
    ],
)
def test_a_pattern_names_pages(pattern: str, route: str, is_there: bool) -> None:
    assert fits(pattern, route) is is_there


def test_what_is_named_most_closely_comes_first() -> None:
    place = Place(route="/projects/7/keys", step="create-project", error="too_many_keys")
    contexts = [
        "error:too_many_keys",
        "step:create-project",
        "route:/projects/7/keys",
        "route:/projects/*/keys",
        "route:/projects/*",
        "route:/profile",
    ]

    near = [nearness([one], place) for one in contexts]

    assert near == sorted(near, reverse=True)
    assert near[-1] == 0
    assert len(set(near)) == len(near)


@pytest.mark.parametrize(
    ("context", "page", "is_offered"),
    [
        ("firstmile:/", "firstmile:/", True),
        ("firstmile:/", "/", False),
        ("route:/", "firstmile:/", False),
        ("route:/", "/", True),
    ],
)
def test_a_page_of_another_application_is_not_taken_for_ours(
    context: str, page: str, is_offered: bool
) -> None:
    assert bool(nearness([context], Place(route=page))) is is_offered


def test_a_field_is_found_whatever_section_is_about_it() -> None:
    place = Place(field="sign-up.password")

    assert nearness(["field:sign-up.password#strong"], place)
    assert not nearness(["field:sign-up.password-again#strong"], place)
