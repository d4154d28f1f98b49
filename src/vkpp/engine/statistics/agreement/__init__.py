"""Agreement between coders: Cohen, weighted, Fleiss, Conger, Light and Krippendorff's alpha, per code and overall."""

from vkpp.engine.statistics.agreement.alpha import krippendorff_alpha
from vkpp.engine.statistics.agreement.by_code import CodeAgreement, agreement_by_code, agreement_of_codes, worked_example
from vkpp.engine.statistics.agreement.kappas import (
    cohen_kappa,
    cohen_kappa_of_table,
    conger_kappa,
    fleiss_kappa,
    fleiss_kappa_of_counts,
    light_kappa,
)
from vkpp.engine.statistics.agreement.ratings import Agreement

__all__ = [
    "Agreement",
    "CodeAgreement",
    "agreement_by_code",
    "agreement_of_codes",
    "cohen_kappa",
    "cohen_kappa_of_table",
    "conger_kappa",
    "fleiss_kappa",
    "fleiss_kappa_of_counts",
    "krippendorff_alpha",
    "light_kappa",
    "worked_example",
]
