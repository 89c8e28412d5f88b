"""What the access token of an application opens of our API: the first mile of its person."""

# An application of one's own shows people their steps, tips and help inside its pages. Nothing
# here reads or changes an account, and nobody is staff by such a token.
ROOTS = (
    "/api/v1/consent",
    "/api/v1/embed",
    "/api/v1/gate",
    "/api/v1/guidance",
    "/api/v1/help",
    "/api/v1/onboarding",
)
BELOW = tuple(f"{root}/" for root in ROOTS)


def is_open(path: str) -> bool:
    """Whether a token with the scope `guide` counts at this address."""
    return path in ROOTS or path.startswith(BELOW)
