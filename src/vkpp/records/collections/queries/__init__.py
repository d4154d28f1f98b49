"""What is remembered of rounds, returns and taskings, for a named viewer: the pages of force, region and national team.

Each row carries its allowed acts and the words of the refused ones.
"""

from vkpp.records.collections.queries.certifying import certify_page, receipt
from vkpp.records.collections.queries.findings import findings, findings_report
from vkpp.records.collections.queries.fixing import cells_of_version, fixed_cells, fixed_files, fixing_cells, fixing_page
from vkpp.records.collections.queries.home import force_home, submission_page, waiting_for
from vkpp.records.collections.queries.jobs import (
    Job,
    files_needed,
    indexed,
    job_of,
    stores_of_versions,
    versions_with_files,
)
from vkpp.records.collections.queries.joint import joint_page, joint_pages, joint_taskings
from vkpp.records.collections.queries.overview import round_overview
from vkpp.records.collections.queries.packs import pack_file, pack_job, pack_page, packs_lacking, packs_superseded
from vkpp.records.collections.queries.printed import notes, published_waivers, waivers
from vkpp.records.collections.queries.region import region_overview
from vkpp.records.collections.queries.release import release_checklist
from vkpp.records.collections.queries.rounds import round_changes, rounds
from vkpp.records.collections.queries.taskings import similar_taskings, taskings

__all__ = [
    "Job",
    "cells_of_version",
    "certify_page",
    "files_needed",
    "findings",
    "findings_report",
    "fixed_cells",
    "fixed_files",
    "fixing_cells",
    "fixing_page",
    "force_home",
    "indexed",
    "job_of",
    "joint_page",
    "joint_pages",
    "joint_taskings",
    "notes",
    "pack_file",
    "pack_job",
    "pack_page",
    "packs_lacking",
    "packs_superseded",
    "published_waivers",
    "receipt",
    "region_overview",
    "release_checklist",
    "round_changes",
    "round_overview",
    "rounds",
    "similar_taskings",
    "stores_of_versions",
    "submission_page",
    "taskings",
    "versions_with_files",
    "waiting_for",
    "waivers",
]
