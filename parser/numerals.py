"""Numbers as TPTP and SMT-LIB write them, exactly; and how both write them back."""

from __future__ import annotations

from fractions import Fraction

LONGEST_NUMERAL = 4_000
LARGEST_EXPONENT = 4_000


def exact(text: str) -> Fraction:
    """Return the value of `12`, `-3/4`, `2.50` or `1.5E-7`.

    Raises:
        ValueError: It has more than 4,000 digits, an exponent beyond 4,000, or zero below its line.
    """
    mantissa, _, exponent = text.lower().partition("e")
    if len(mantissa) > LONGEST_NUMERAL:
        raise ValueError(f"a number of {len(mantissa)} characters; at most {LONGEST_NUMERAL} are read")
    if exponent and (len(exponent) > 6 or abs(int(exponent)) > LARGEST_EXPONENT):
        raise ValueError(f"the exponent {exponent[:12]} is beyond {LARGEST_EXPONENT}")
    try:
        return Fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text} divides by zero") from None


def decimal(value: Fraction) -> str | None:
    """Return a number with a decimal point, None where no finite one is equal to it."""
    below, twos, fives = value.denominator, 0, 0
    while below % 2 == 0:
        below, twos = below // 2, twos + 1
    while below % 5 == 0:
        below, fives = below // 5, fives + 1
    if below != 1:
        return None
    places = max(twos, fives, 1)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
