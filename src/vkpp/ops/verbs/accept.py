"""`vkpp accept`: a return into the store, with a receipt; a resubmission shows first what it would move."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from vkpp.basics.periods import Period
from vkpp.basics.problems import ExitCode, UsageProblem
from vkpp.catalogue.load import Catalogue
from vkpp.engine.flow.accepting import Prepared
from vkpp.engine.flow.candidates import candidates
from vkpp.engine.flow.checking import Checked
from vkpp.engine.keeping import Store
from vkpp.engine.reading.intake import Personal
from vkpp.ops import moved, receiving, stores
from vkpp.ops.arguments import existing_files, nation_of, national_arguments, specification_named, table_files
from vkpp.ops.progress import Progress
from vkpp.ops.receiving import Comparison, Sending
from vkpp.ops.verbs import check as checking

NAME = "accept"
SUMMARY = "Accept a return into the store, with a receipt; a resubmission shows first what it would move."
EXAMPLES = (
    "vkpp accept return.xlsx --invented --collection csae --force eastmere --period CY2024 --store store",
    "vkpp accept again.xlsx --invented --collection csae --force eastmere --period CY2024 --store store --editions e --preview",
)
SHOWN = 10


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help="the return: CSV, XLSX, XLS, ODS or a zip of them")
    parser.add_argument("--collection", metavar="NAME", help="the collection that it belongs to")
    parser.add_argument("--table", action="append", default=[], metavar="NAME=FILE", help="the file of one table")
    parser.add_argument("--force", required=True, metavar="F", help="the force whose return it is, by id or name")
    parser.add_argument("--period", required=True, metavar="P", help="the year or quarter of the return, such as CY2024")
    national_arguments(parser)
    parser.add_argument("--store", required=True, metavar="DIR", help="the store; made where there is none")
    parser.add_argument("--invented", action="store_true", help="the return is of the invented register")
    parser.add_argument("--by", default="", metavar="NAME", help="who accepts it; goes into the receipt")
    parser.add_argument("--reason", action="append", default=[], metavar="CHECK=WORDS", help="the reason for a check's queries")
    parser.add_argument("--reasons", metavar="FILE", help="reasons in a file, a line CHECK: WORDS each")
    parser.add_argument("--editions", nargs="+", default=[], metavar="FOLDER", help="editions whose numbers may move")
    parser.add_argument("--preview", action="store_true", help="say what would happen and accept nothing")
    parser.add_argument("--yes", action="store_true", help="accept a resubmission after its difference was read")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")


def run(args: argparse.Namespace) -> ExitCode:
    catalogue = stores.catalogue_of(invented=args.invented)
    specification_named(catalogue, args.collection)
    sending = _sending(args, catalogue)
    if not args.preview:
        store = stores.store_for(Path(args.store), invented=args.invented)
    else:
        store = _for_preview(Path(args.store), invented=args.invented)
    with tempfile.TemporaryDirectory(prefix="vkpp-") as work:
        return _Accepting(args, sending, catalogue, store, Path(work)).run()


def _for_preview(folder: Path, *, invented: bool) -> Store:
    """A preview makes no store; one that is there must be of the same register."""
    return stores.store_for(folder, invented=invented) if stores.register_of(folder) else Store(folder)


def _sending(args: argparse.Namespace, catalogue: Catalogue) -> Sending:
    period = Period.parse(args.period)
    files, named = existing_files(args.files), table_files(args.table)
    if not files and not named:
        raise UsageProblem("No file was given.", expected="the files of the return", next_step="name them")
    return Sending(
        files=tuple(files),
        named=tuple(named),
        collection=args.collection,
        force_id=receiving.force_id_of(args.force, catalogue, period),
        period=period,
        reasons=receiving.reasons_given(args.reason, args.reasons),
        by=args.by,
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


class _Accepting:
    """One run of the verb, step by step; each step may end it."""

    def __init__(self, args: argparse.Namespace, sending: Sending, catalogue: Catalogue, store: Store, work: Path) -> None:
        self.args, self.sending, self.catalogue, self.store, self.work = args, sending, catalogue, store, work
        self.specification = catalogue.specification(sending.collection)
        self.progress = Progress(quiet=args.quiet)

    def run(self) -> ExitCode:
        with self.progress.step("Looking for names, addresses and dates of birth"):
            personal = receiving.looked_through(self.sending, self.specification, self.store, self.work)
        if personal:
            return self._set_aside(personal)
        with self.progress.step("Reading and checking"):
            nation = nation_of(self.args)
            checked = receiving.checked(self.sending, self.specification, self.catalogue, self.work, nation)
        if checked.result.blocked:
            _say(checking.summary(checked, told=False), "Nothing was accepted.")
            return checking.exit_code(checked.result)
        if not self._reasons_are_there(checked):
            return ExitCode.ERRORS_FOUND
        with self.progress.step("Coding the tables"):
            prepared = receiving.prepared(checked, self.catalogue, self.work / "prepared")
        comparison = receiving.compared(self.sending, prepared, self.specification, self.store)
        if comparison is not None:
            _say(*_difference_words(comparison))
            self._would_move(prepared)
        if self._stops_here(comparison):
            return ExitCode.CLEAN if self.args.preview or (comparison and comparison.same) else ExitCode.ERRORS_FOUND
        return self._accept(checked, prepared)

    def _set_aside(self, personal: list[Personal]) -> ExitCode:
        _say(*(one.sentence() for one in personal))
        _say(
            "Nothing was accepted. The file was set aside in the store's quarantine, which only its owner can read.",
            "Next: run `vkpp prepare` on the extract, which makes ages and kinds of place and leaves the rest behind;"
            " or take the columns out and send it again. Then delete the file from the quarantine.",
        )
        return ExitCode.ERRORS_FOUND

    def _reasons_are_there(self, checked: Checked) -> bool:
        asked = receiving.queries(checked)
        strangers = sorted(set(self.sending.reasons) - set(asked))
        if strangers:
            raise UsageProblem(
                f"A reason is given for {', '.join(strangers)}, which found nothing.",
                expected=f"reasons for {', '.join(sorted(asked)) or 'nothing: there are no queries'}",
                next_step="correct the check's name, or leave the reason out",
            )
        lacking = {check: n for check, n in sorted(asked.items()) if check not in self.sending.reasons}
        if not lacking:
            return True
        _say(checking.summary(checked, told=False), "Nothing was accepted: these queries need a fix, or a reason each.")
        _say(*(f'  --reason "{check}=..."   ({n:,} finding(s))' for check, n in lacking.items()))
        return False

    def _would_move(self, prepared: Prepared) -> None:
        folders = [Path(name) for name in self.args.editions]
        for folder in folders:
            with self.progress.step(f"Counting {folder.name} again with this return in place"):
                change = moved.by(self.sending, prepared.tables, folder, self.store, self.catalogue, self.work / "moved")
            _say(*change.words(folder.name))
        if not folders:
            _say("Which published numbers it would move: name the editions with --editions FOLDER.")

    def _stops_here(self, comparison: Comparison | None) -> bool:
        if comparison is not None and comparison.same:
            _say(f"The store holds these very records as version {comparison.before.version}; nothing was accepted.")
            return True
        if self.args.preview:
            _say("Nothing was accepted: this was a preview.")
            return True
        if comparison is not None and not self.args.yes:
            _say("Nothing was accepted. Next: read the difference, then run it again with --yes.")
            return True
        return False

    def _accept(self, checked: Checked, prepared: Prepared) -> ExitCode:
        with self.progress.step("Accepting"):
            accepted = receiving.accepted(self.sending, checked, prepared, self.catalogue, self.store)
        force = self.catalogue.force(self.sending.force_id, self.sending.period.end).name
        if self.args.invented:
            _say("INVENTED: the force, the people and every figure.")
        _say(*receiving.receipt_words(accepted, force))
        found = candidates({self.sending.force_id: prepared.tables}) if "crimes" in prepared.tables else []
        within = [one for one in found if one.other_force == one.force_id]
        if within:
            _say(f"{len(within):,} pair(s) may be one crime. Nothing is merged. Look whether they were entered twice:")
            _say(*(f"  {one.sentence()}" for one in within[:SHOWN]))
        return ExitCode.CLEAN


def _difference_words(comparison: Comparison) -> list[str]:
    lines = [f"Compared with version {comparison.before.version}, accepted {comparison.before.receipt['at']}:"]
    lines += [f"  {d.sentence()}" for d in comparison.differences]
    if comparison.explanation:
        lines += ["What explains it:", *(f"  {words}" for words in comparison.explanation)]
    return lines


def _say(*lines: str) -> None:
    sys.stdout.write("".join(line.rstrip("\n") + "\n" for line in lines))
