"""Agreement code by code, and overall: which codes the coders read alike and which need a better description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from vkpp.engine.statistics.agreement.alpha import krippendorff_alpha
from vkpp.engine.statistics.agreement.kappas import fleiss_kappa
from vkpp.engine.statistics.agreement.ratings import RESAMPLES, SEED, Agreement, defined, in_order, rows_of


@dataclass(frozen=True, slots=True)
class CodeAgreement:
    """One code against all others. z and p are those of Fleiss (1971) for a category."""

    code: Any
    kappa: Agreement
    alpha: Agreement
    used: int  # how many times a coder gave the code
    units_used: int  # units to which at least one coder gave it
    z: float | None
    p: float | None


def agreement_by_code(
    ratings: Any, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[CodeAgreement, ...]:
    """For codes of which each coder gives one a unit: each code against the rest. The kappas are Fleiss' category kappas.

    Formula: Fleiss' kappa of the ratings cut to "this code" and "another"; z = kappa / sqrt(2 / (units x coders x (coders -
    1))). Source: Fleiss (1971), Psychological Bulletin 76(5). A rare code gives wide limits: print `used` beside it.
    """
    rows = rows_of(ratings)
    codes = in_order({value for row in rows for value in row if value is not None})
    return tuple(_one_code(code, rows, (level, resamples, seed)) for code in codes)


def agreement_of_codes(
    codings: Mapping[Any, Any], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[CodeAgreement, ...]:
    """For codes that each coder gives or not (several a unit): code -> units by coders of true or false, missing allowed."""
    answers = []
    for code, ratings in codings.items():
        rows = [[None if value is None else bool(value) for value in row] for row in rows_of(ratings)]
        answers.append(_one_code(code, rows, (level, resamples, seed), given=True))
    return tuple(answers)


def _one_code(code: Any, rows: list[list[Any]], limits: tuple[float, int, int], given: Any = None) -> CodeAgreement:
    wanted = code if given is None else given
    marks = [[None if value is None else value == wanted for value in row] for row in rows]
    level, resamples, seed = limits
    kappa = fleiss_kappa(marks, level=level, resamples=resamples, seed=seed, categories=(False, True))
    alpha = krippendorff_alpha(marks, level=level, resamples=resamples, seed=seed, categories=(False, True))
    error = np.sqrt(2 / (kappa.units * kappa.coders * (kappa.coders - 1))) if kappa.units else np.nan
    z = kappa.value / error if kappa.value is not None else np.nan
    return CodeAgreement(
        code=code,
        kappa=kappa,
        alpha=alpha,
        used=sum(value is True for row in marks for value in row),
        units_used=sum(any(value is True for value in row) for row in marks),
        z=defined(z),
        p=defined(2 * norm.sf(abs(z))),
    )


def worked_example() -> dict[str, Any]:
    """Invented codes of ten reports by three coders, worked by the code; docs/methods prints it."""
    rows = [
        ["delay", "delay", "delay"],
        ["record", "record", "delay"],
        ["handover", "handover", "handover"],
        ["record", "record", "record"],
        ["delay", "delay", None],
        ["handover", "record", "handover"],
        ["delay", "delay", "delay"],
        ["record", "record", "record"],
        ["handover", "handover", "delay"],
        ["delay", "delay", "delay"],
    ]
    alpha, kappa = krippendorff_alpha(rows), fleiss_kappa(rows)
    return {
        "method": "Krippendorff's alpha, and Fleiss' kappa of the nine reports that all three coded",
        "inputs": {"ratings": rows},
        "call": "krippendorff_alpha(ratings); fleiss_kappa(ratings); agreement_by_code(ratings)",
        "result": {
            "alpha": alpha.value,
            "alpha limits": [alpha.lower, alpha.upper],
            "Fleiss' kappa": kappa.value,
            "alpha per code": {answer.code: answer.alpha.value for answer in agreement_by_code(rows)},
            "sentence": alpha.sentence,
        },
        "source": f"{alpha.method}; {kappa.method}",
    }
