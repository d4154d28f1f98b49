"""How a range is told: two ends that print alike are one number, never "5 to 5"."""

from __future__ import annotations


def told(low: str, high: str, *, between: bool = False) -> str:
    """ "5 to 9" or, with `between`, "between 5 and 9"; "5" where both ends print as 5. Ends come as printed."""
    if low == high:
        return low
    return f"between {low} and {high}" if between else f"{low} to {high}"


def beside(value: str, low: str, high: str, unit: str = "") -> str:
    """ "12.5% (10.1% to 15.4%)", with the unit before the brackets; the value alone where both ends print alike."""
    words = f"{value} {unit}".strip()
    return words if low == high else f"{words} ({told(low, high)})"
