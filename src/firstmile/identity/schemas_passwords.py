"""The JSON of checking a new password before it is sent."""

from firstmile.identity.schemas import Text, Wire
from firstmile.identity.strength_words import Reason
from firstmile.kernel.languages import said


class PasswordCheckIn(Wire):
    """A password to be, and what else stands on the form."""

    password: Text
    email: Text = ""
    first_name: Text = ""
    last_name: Text = ""


class ReasonOut(Wire):
    """A stable code, and the sentence for the person."""

    code: str
    message: str

    @classmethod
    def of(cls, reason: Reason, language: str) -> "ReasonOut":
        """The wire form of a reason in a language."""
        detail = {"message": reason.message, **reason.facts}
        return cls(code=reason.code, message=said(language, detail))


class PasswordCheckOut(Wire):
    """How strong it is, from 0 to 4; what speaks against it; and what would help."""

    score: int
    acceptable: bool
    reasons: list[ReasonOut]
    suggestions: list[ReasonOut]
