"""Where somebody is: on a page of an application, or on one of Firstmile itself."""

from urllib.parse import urlsplit

OWN = "firstmile:"


def place_of(route: str) -> str:
    """A place as it is compared: its path, with `firstmile:` before it on a page of ours.

    Without query, fragment and a slash at its end. `/home` of an application and `firstmile:/home`
    are two places.
    """
    if is_own(route):
        return OWN + _path_of(route.removeprefix(OWN))
    return _path_of(route)


def is_own(place: str) -> bool:
    """Whether a place, or a pattern of places, is of Firstmile itself."""
    return place.startswith(OWN)


def _path_of(route: str) -> str:
    try:
        path = urlsplit(route).path
    except ValueError:
        path = route.partition("?")[0].partition("#")[0]
    return "/" + path.strip("/")
