"""Figures of a read-out as people of a language write them, never more exact than known."""

import math
from dataclasses import dataclass
from enum import StrEnum

from babel import Locale
from babel.numbers import format_decimal

FEWEST_DIGITS, MOST_DIGITS = 1, 6


class Form(StrEnum):
    """How a figure is written."""

    SHARE = "share"  # 0.412 is 41.2%
    POINTS = "points"  # 0.004 is 0.4, of a hundred
    NUMBER = "number"
    COUNT = "count"


@dataclass(frozen=True)
class Figure:
    """A figure, as it is and as it is to be written; `signed` puts a plus before a gain."""

    value: float
    form: Form = Form.COUNT
    digits: int = FEWEST_DIGITS
    signed: bool = False

    def told(self, language: str) -> str:
        """In the language: `+0.4`, `41,2 %`, `1,000`."""
        if math.isinf(self.value):
            return "∞" if self.value > 0 else "−∞"
        if self.form is Form.COUNT:
            return format_decimal(math.ceil(self.value), locale=language)
        value = self.value * 100 if self.form in (Form.SHARE, Form.POINTS) else self.value
        pattern = "#,##0." + "0" * self.digits
        if self.signed:
            pattern = f"+{pattern};−{pattern}"
        text = format_decimal(value, format=pattern, locale=language)
        if self.form is Form.SHARE:
            percent = str(Locale.parse(language).percent_formats[None].pattern)
            return percent.replace("#,##0", text)
        return text


def down(value: float, form: Form, digits: int) -> float:
    """`value` at these digits and never above: the lower end of a range."""
    scale = _scale(form, digits)
    return math.floor(round(value * scale, 6)) / scale if math.isfinite(value) else value


def up(value: float, form: Form, digits: int) -> float:
    """`value` at these digits and never below: the upper end of a range."""
    return -down(-value, form, digits)


def digits_for(values: tuple[float, ...], form: Form) -> int:
    """As many digits as the smallest of them needs not to look like nothing, from one to six."""
    sizes = [abs(value) * _scale(form, 0) for value in values if value and math.isfinite(value)]
    needed = max((-math.floor(math.log10(size)) for size in sizes), default=FEWEST_DIGITS)
    return min(MOST_DIGITS, max(FEWEST_DIGITS, needed))


def _scale(form: Form, digits: int) -> float:
    return 10.0**digits * (100 if form in (Form.SHARE, Form.POINTS) else 1)
