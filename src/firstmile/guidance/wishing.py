"""What somebody asks to see: it interrupts nobody, so what they did with it before is no matter."""

from firstmile.guidance.asking import Asking
from firstmile.guidance.guide import Guide
from firstmile.guidance.models import Kind, no_such_content
from firstmile.guidance.shelf import Told


def wished(guide: Guide, asking: Asking, key: str) -> Told:
    """A content as the wire has it, on whatever route; raises NotFound where it is not theirs.

    It is theirs while it is published and its window, condition and flag mean them. Dismissals,
    preferences, the budget and incidents are about what comes by itself.
    """
    piece = guide.shelf(asking.environment).find(key)
    if guide.is_off or piece is None or piece.content.kind is Kind.GATE:
        raise no_such_content()
    if not guide.is_meant(piece, asking):
        raise no_such_content()
    return piece.said(asking.language)
