"""Which addresses an application may register, and which one is the same as another."""

import pytest

from firstmile.identity.redirects import Kind, fits, is_registrable, origin_of, with_answer

SAFE = "https://app.example.com/callback"


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "uri",
    [
        SAFE,
        "https://app.example.com",
        "https://app.example.com:8443/a/b?from=firstmile",
        "http://localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:8080/",
    ],
)
def test_an_address_over_tls_or_on_this_machine_may_be_registered(uri: str, kind: Kind) -> None:
    assert is_registrable(uri, kind)


def test_a_program_on_a_device_may_have_a_scheme_of_its_own() -> None:
    assert is_registrable("com.example.app:/callback", Kind.NATIVE)
    assert not is_registrable("com.example.app:/callback", Kind.WEB)
    assert not is_registrable("com.example.app:/callback", Kind.BROWSER)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "uri",
    [
        "",
        "/callback",
        "app.example.com/callback",
        "//app.example.com/callback",
        "http://app.example.com/callback",
        "http://localhost.example.com/callback",
        "https:///callback",
        "https://*.example.com/callback",
        "https://app.example.com/*",
        "https://app.example.com/callback#part",
        "https://app.example.com/callback#",
        "https://user@app.example.com/callback",
        "https://app.example.com@evil.example/",
        "https://app.example.com/../callback",
        "https://app.example.com/%2e%2e/callback",
        "https://app.example.com\\@evil.example/",
        "https://app.example.com/call back",
        "https://app.example.com/call\nback",
        "https://app.example.com/\0",
        "https://app.exämple.com/",
        "https://app.example.com:port/",
        "https://app.example.com:99999/",
        "https://[::1/",
        "javascript:alert(1)",
        "javascript://app.example.com/%0aalert(1)",
        "data:text/html,hello",
        "file:///etc/passwd",
        "vbscript:x",
        "app:/callback",
        "com.example.app:",
        "com.example.app:/",
        "com.example.app://host/callback",
        "https://app.example.com/" + "a" * 1000,
    ],
)
def test_no_other_address_may_be(uri: str, kind: Kind) -> None:
    assert not is_registrable(uri, kind)


@pytest.mark.asvs("10.4.1")
@pytest.mark.parametrize(
    "asked",
    [
        "https://app.example.com/callback/",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback#x",
        "https://app.example.com/Callback",
        "https://APP.example.com/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com/a/../callback",
        "https://app.example.com/callback%2f..",
        "https://app.example.com/%63allback",
        "https://app.example.com./callback",
        "https://app.example.com//callback",
        "https://app.example.com\\callback",
        "https://app.example.com@evil.example/callback",
        "https://app.example.com.evil.example/callback",
        "https://evil.example/callback",
        "https://evil.example/?https://app.example.com/callback",
        "http://app.example.com/callback",
        "//app.example.com/callback",
        " https://app.example.com/callback",
        "https://app.example.com/callback ",
        "https://app.example.com/callback\n",
        "",
    ],
)
@pytest.mark.parametrize("kind", Kind)
def test_an_answer_goes_to_a_registered_address_and_to_no_variation_of_it(
    asked: str, kind: Kind
) -> None:
    assert fits(SAFE, SAFE, kind)
    assert not fits(SAFE, asked, kind)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("port", ["", ":1", ":51004", ":65535"])
def test_a_program_on_a_device_listens_on_any_port_of_its_loopback(host: str, port: str) -> None:
    registered = f"http://{host}/callback?from=firstmile"

    assert fits(registered, f"http://{host}{port}/callback?from=firstmile", Kind.NATIVE)


@pytest.mark.parametrize(
    "asked",
    [
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:5100x/callback",
        "http://127.0.0.1:80@evil.example/callback",
        "http://127.0.0.1:5100.evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:5100/other",
        "http://127.0.0.1:5100/callback/",
        "http://127.0.0.1:5100/callback?x=1",
        "http://127.0.0.1:5100/callback#x",
        "http://127.0.0.2:5100/callback",
        "http://127.1:5100/callback",
        "http://localhost:5100/callback",
        "http://[::1]:5100/callback",
        "https://127.0.0.1:5100/callback",
        "http://127.0.0.1:5100/callback\n",
        "http://127.0.0.1:5100\\@evil.example/callback",
    ],
)
def test_only_the_port_is_free(asked: str) -> None:
    assert not fits("http://127.0.0.1/callback", asked, Kind.NATIVE)


@pytest.mark.parametrize("kind", [Kind.WEB, Kind.BROWSER])
def test_the_port_is_free_for_programs_on_a_device_alone(kind: Kind) -> None:
    assert not fits("http://127.0.0.1/callback", "http://127.0.0.1:5100/callback", kind)


def test_an_answer_stands_behind_what_was_registered() -> None:
    assert with_answer(SAFE, code="a b", state=None) == f"{SAFE}?code=a+b"
    assert with_answer(f"{SAFE}?x=%2F", state="&=#") == f"{SAFE}?x=%2F&state=%26%3D%23"
    assert with_answer("com.example.app:/cb", code="1") == "com.example.app:/cb?code=1"
    assert with_answer(SAFE, state=None) == SAFE


def test_the_origin_is_what_a_browser_would_name() -> None:
    assert origin_of("https://App.example.com:8443/callback?x") == "https://app.example.com:8443"
    assert origin_of("com.example.app:/callback") is None
