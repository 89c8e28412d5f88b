"""What an operator may say about how often anything may be done, each in a sentence."""

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from firstmile.protect.limits import EVERYTHING, KINDS, rate_of

SETTING = "limit_"


class LimitSettings(BaseModel):
    """How often anything may be done, such as `100 per minute` or `5 per 15 minutes`."""

    limit_default: str = Field(
        default="100 per minute",
        description="Requests of a person, or of a network when nobody is signed in.",
    )
    limit_gate: str = Field(
        default="1200 per minute", description="Questions to the gate for one person."
    )
    limit_applications: str = Field(
        default="600 per minute",
        description="Requests of one network to the OpenID provider's endpoints for applications.",
    )
    limit_flags: str = Field(
        default="600 per minute",
        description="Questions about flags from one network with one SDK key of browsers.",
    )
    limit_embeds: str = Field(
        default="600 per minute",
        description="Questions of embeds about one person, or about the visitors of one network.",
    )
    limit_help: str = Field(
        default="600 per minute",
        description="Questions of one person or network to the help: a search asks at each letter.",
    )
    limit_feedback: str = Field(
        default="20 per hour", description="Times one person or network says whether help helped."
    )
    limit_files: str = Field(
        default="600 per minute", description="Pictures and documents shown to one person."
    )
    limit_steps: str = Field(
        default="20 per minute", description="Changes of a person's onboarding steps."
    )
    limit_uploads: str = Field(default="10 per hour", description="Files that one person may send.")
    limit_sign_in: str = Field(
        default="5 per 15 minutes", description="Sign-ins with one address from one network."
    )
    limit_sign_up: str = Field(
        default="5 per 15 minutes", description="Sign-ups with one address from one network."
    )
    limit_mail: str = Field(
        default="5 per 15 minutes",
        description="Mails asked for one address from one network: to verify, and to reset.",
    )
    limit_reset: str = Field(
        default="5 per 15 minutes", description="Tries of one reset link from one network."
    )
    limit_verification: str = Field(
        default="5 per 15 minutes",
        description="Tries of one other link of a mail from one network.",
    )
    limit_codes: str = Field(
        default="5 per 15 minutes", description="Codes tried for one sign-in, or by one person."
    )
    limit_doors: str = Field(
        default="50 per 15 minutes",
        description="All of the above from sign-in on, together, from one network.",
    )
    limits_watched: tuple[str, ...] = Field(
        default=(),
        description="Limits, by name, that count and tell but refuse nobody; `all` for every one.",
    )
    limit_processes: int = Field(
        default=2,
        ge=1,
        description="Web processes of all replicas together. While Redis is away each allows its"
        " share of what may be guessed at, and at most half.",
    )

    @field_validator(*(f"{SETTING}{name}" for name in KINDS))
    @classmethod
    def _is_a_limit(cls, sentence: str, info: ValidationInfo) -> str:
        name = (info.field_name or "").removeprefix(SETTING)
        rate_of(sentence, is_exact=KINDS[name].is_exact)
        return sentence

    @field_validator("limits_watched")
    @classmethod
    def _are_limits(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := set(names) - KINDS.keys() - {EVERYTHING}:
            raise ValueError(f"there is no limit called {', '.join(sorted(unknown))}")
        return names

    @property
    def limit_sentences(self) -> dict[str, str]:
        """The sentence of every limit, by its name."""
        return {name: getattr(self, f"{SETTING}{name}") for name in KINDS}
