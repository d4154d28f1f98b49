"""Reads collections/<name>/specification.yaml into the shapes of specifications.py, and refuses one that is not complete."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

import yaml

from vkpp.basics.identifiers import is_slug
from vkpp.catalogue.rows import CatalogueProblem
from vkpp.catalogue.specifications import Check, Field, FieldType, Sensitivity, Specification, Table, Tier
from vkpp.catalogue.vocabulary import Step, steps

FILE = "specification.yaml"
SEVERITIES = ("error", "query", "note")
_WORDS = ("name", "edition", "title", "purpose", "lawful_basis", "publisher", "attribution", "retention", "disclosure_rule")
_TOP = {*_WORDS, "tables", "checks", "period_field", "partial_acceptance", "burden"}
_FIELD = {
    *("name", "title", "type", "description", "format", "required", "headings", "code_list", "constraints", "missing_values"),
    *("read_as", "example", "sensitivity"),
}
_TABLE = {"name", "title", "description", "fields", "primary_key", "foreign_keys", "record_words"}
CONSTRAINTS = ("pattern", "minimum", "maximum", "minLength", "maxLength", "enum", "unique", "required")  # Table Schema's own
_CHECK = {"id", "severity", "tier", "table", "column", "must", "when", "message", "fix", "source", "passes", "fails"}
_TABLE_SCHEMA_NAMES = {"missingValues": "missing_values", "primaryKey": "primary_key", "foreignKeys": "foreign_keys"}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which dates stay text, so that a document can be kept in a manifest as it is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path) -> Any:
    """A YAML file. Raises CatalogueProblem with file and line when it cannot be read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  a safe loader, without dates
    except FileNotFoundError:
        raise CatalogueProblem(f"There is no file {path.name}.", where=f"catalogue folder {path.parent.name}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise CatalogueProblem(
            f"The file cannot be read as YAML ({getattr(error, 'problem', None) or error}).",
            where=f"catalogue file {path.parent.name}/{path.name}{line}",
            expected="YAML in UTF-8; texts that look like numbers in quotes",
        ) from None


def read_specification(folder: Path, lists: Collection[str], rules: Collection[str] | None = None) -> Specification:
    """The specification of one collection's folder.

    `lists` are the names of the catalogue's code lists and `rules` the ids of its disclosure rules. Raises CatalogueProblem
    that names the file, the line and what was expected.
    """
    path = folder / FILE
    document = read_yaml(path)
    return _Reader(path, lists, rules).specification(document)


def specification_from(document: Mapping[str, Any], lists: Collection[str], name: str = "uploaded") -> Specification:
    """The same for a document that is already in memory: an edition edited in the service."""
    return _Reader(Path(name) / FILE, lists, None).specification(document)


class _Reader:
    """Turns one document into a Specification; every refusal names the place."""

    def __init__(self, path: Path, lists: Collection[str], rules: Collection[str] | None) -> None:
        self.path, self.lists, self.rules = path, lists, rules

    def refuse(self, entry: str, saw: str, expected: str, line_of: str = "") -> NoReturn:
        line = self._line(line_of) if line_of else None
        where = f"catalogue file {self.path.parent.name}/{self.path.name}" + (f", line {line}" if line else "")
        raise CatalogueProblem(
            f"{entry}: {saw}", where=where, expected=expected, next_step="Correct the specification and try again"
        )

    def _line(self, text: str) -> int | None:
        """The first line that holds `id: text` or `name: text`, so that an editor can jump there."""
        if not self.path.is_file():
            return None
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
            key, _, value = line.strip(" -{").partition(":")
            if key.strip() in ("id", "name") and value.split(",")[0].strip(" '\"}") == text:
                return number
        return None

    def keys(self, entry: str, found: object, allowed: Collection[str], line_of: str = "") -> dict[str, Any]:
        """A mapping with only these keys, Table Schema's own spellings taken too."""
        if not isinstance(found, Mapping):
            self.refuse(entry, f"it is {type(found).__name__}.", "a mapping of names to values", line_of)
        named = {_TABLE_SCHEMA_NAMES.get(str(key), str(key)): value for key, value in found.items()}
        if unknown := sorted(set(named) - set(allowed)):
            self.refuse(entry, f"it has {', '.join(unknown)}.", "only " + ", ".join(sorted(allowed)), line_of)
        return named

    def words(self, entry: str, found: Mapping[str, Any], keys: Sequence[str], line_of: str = "") -> dict[str, str]:
        """Texts that must be there and must be texts: a number without quotes is refused, not guessed at."""
        for key in keys:
            if not isinstance(found.get(key), str) or not found[key].strip():
                self.refuse(entry, f"{key} is {found.get(key)!r}.", "a text (in quotes where it looks like a number)", line_of)
        return {key: found[key].strip() for key in keys}

    def specification(self, document: object) -> Specification:
        found = self.keys("The specification", document, _TOP)
        words = self.words("The specification", found, _WORDS)
        if words["name"] != self.path.parent.name and self.path.is_file():
            self.refuse(
                "The specification", f"its name is {words['name']!r}.", f"the name of its folder, {self.path.parent.name!r}"
            )
        if self.rules is not None and words["disclosure_rule"] not in self.rules:
            self.refuse(
                "The specification", f"disclosure_rule is {words['disclosure_rule']!r}.", "one of " + ", ".join(self.rules)
            )
        tables = tuple(self.table(entry) for entry in self.several("tables", found.get("tables")))
        names = {table.name: table for table in tables}
        checks = tuple(self.check(entry, names) for entry in self.several("checks", found.get("checks")))
        self.once("check", [check.id for check in checks])
        self.once("table", [table.name for table in tables])
        return Specification(
            **words,
            tables=tables,
            checks=checks,
            period_field=self.period_field(found.get("period_field"), names),
            partial_acceptance=self.truth("The specification", "partial_acceptance", found.get("partial_acceptance", False)),
            burden=self.burden(found.get("burden")),
            document=dict(found),
        )

    def several(self, entry: str, found: object) -> list[Any]:
        if not isinstance(found, list) or not found:
            self.refuse(entry, "there is none.", "a list with at least one entry")
        return found

    def once(self, what: str, names: Sequence[str]) -> None:
        for name in names:
            if names.count(name) > 1:
                self.refuse(f"{what} {name}", "it stands here a second time.", f"each {what} once", name)

    def truth(self, entry: str, key: str, value: object, line_of: str = "") -> bool:
        if not isinstance(value, bool):
            self.refuse(entry, f"{key} is {value!r}.", "true or false", line_of)
        return value

    def burden(self, found: object) -> dict[str, Any]:
        named = self.keys("burden", found, ("hours_per_force", "rests_on", "already_held"))
        if not isinstance(named.get("hours_per_force"), (int, float)):
            self.refuse("burden", f"hours_per_force is {named.get('hours_per_force')!r}.", "a number of hours")
        return {**named, **self.words("burden", named, ("rests_on", "already_held"))}

    def period_field(self, found: object, tables: Mapping[str, Table]) -> str | None:
        if found is None:
            return None
        table, _, name = str(found).partition(".")
        if table not in tables or name not in {f.name for f in tables[table].fields}:
            self.refuse("period_field", f"it is {found!r}.", "table.field of this specification")
        return str(found)

    def table(self, entry: object) -> Table:
        found = self.keys("table", entry, _TABLE)
        words = self.words("table", found, ("name", "title", "description"))
        name = words["name"]
        fields = tuple(self.field(f, name) for f in self.several(f"table {name}", found.get("fields")))
        known = {f.name for f in fields}
        self.once("field", [f.name for f in fields])
        keys = self.texts(f"table {name}", "primary_key", found.get("primary_key", []), name)
        if lost := [key for key in keys if key not in known]:
            self.refuse(f"table {name}", f"its primary key names {', '.join(lost)}.", "fields of the table", name)
        record_words = self.texts(f"table {name}", "record_words", found.get("record_words", ["record", "records"]), name)
        if len(record_words) != 2:
            self.refuse(f"table {name}", f"record_words is {record_words!r}.", "the word for one record and for several", name)
        foreign = self.several(f"foreign_keys of table {name}", found["foreign_keys"]) if found.get("foreign_keys") else []
        return Table(
            **words,
            fields=fields,
            primary_key=keys,
            foreign_keys=tuple(foreign),
            record_words=(record_words[0], record_words[1]),
        )

    def field(self, entry: object, table: str) -> Field:
        found = self.keys(f"field of table {table}", entry, _FIELD)
        name = self.words(f"field of table {table}", found, ("name",))["name"]
        title = f"field {table}.{name}"
        words = self.words(title, found, ("name", "title", "type", "description"), name)
        if not name.replace("_", "a").isalnum() or name.startswith("_"):
            self.refuse(title, f"its name is {name!r}.", "letters, digits and underscores, no underscore in front", name)
        self.choice(title, "type", words["type"], get_args(FieldType), name)
        self.choice(title, "sensitivity", found.get("sensitivity", "public"), get_args(Sensitivity), name)
        if (code_list := found.get("code_list")) is not None:
            self.choice(title, "code_list", code_list, self.lists, name)
        texts = {key: self.texts(title, key, found.get(key, ()), name) for key in ("headings", "missing_values")}
        read_as = self.keys(title, found.get("read_as", {}), found.get("read_as", {}), name)
        self.texts(title, "read_as", [*read_as, *read_as.values()], name)
        self.texts(title, "example, format", [found.get("example", ""), found.get("format", "default")], name)
        constraints = self.keys(f"{title}, constraints", found.get("constraints", {}), CONSTRAINTS, name)
        return Field(
            **words,  # type: ignore[arg-type]
            format=found.get("format", "default"),
            required=self.truth(title, "required", found.get("required", False), name),
            headings=texts["headings"],
            code_list=code_list,
            constraints=constraints,
            missing_values=texts["missing_values"] or ("",),
            read_as=read_as,
            example=found.get("example", ""),
            sensitivity=found.get("sensitivity", "public"),
        )

    def texts(self, entry: str, key: str, found: object, line_of: str) -> tuple[str, ...]:
        if not isinstance(found, (list, tuple)) or not all(isinstance(text, str) for text in found):
            self.refuse(entry, f"{key} is {found!r}.", "texts, in quotes where they look like numbers", line_of)
        return tuple(found)

    def choice(self, entry: str, key: str, value: object, allowed: Collection[str], line_of: str = "") -> None:
        if not isinstance(value, str) or value not in allowed:
            self.refuse(entry, f"{key} is {value!r}.", "one of " + ", ".join(sorted(allowed)), line_of)

    def check(self, entry: object, tables: Mapping[str, Table]) -> Check:
        found = self.keys("check", entry, _CHECK)
        name = self.words("check", found, ("id",))["id"]
        title = f"check {name}"
        if not is_slug(name):
            self.refuse(title, "its id is not a slug.", "small letters, digits and single hyphens", name)
        words = self.words(title, found, ("id", "severity", "tier", "table", "message", "fix", "source"), name)
        self.choice(title, "severity", words["severity"], SEVERITIES, name)
        self.choice(title, "tier", words["tier"], get_args(Tier), name)
        self.choice(title, "table", words["table"], tables, name)
        table = tables[words["table"]]
        known = {f.name for f in table.fields}
        if (column := found.get("column")) is not None:
            self.choice(title, "column", column, known, name)
        self.placeholders(title, words, known, name)
        self.expression(title, "must", found.get("must"), table, tables)
        if found.get("when") is not None:
            self.expression(title, "when", found["when"], table, tables)
        examples = {key: self.examples(title, key, found.get(key), known, name) for key in ("passes", "fails")}
        return Check(**words, column=column, must=found["must"], when=found.get("when"), **examples)  # type: ignore[arg-type]

    def placeholders(self, title: str, words: Mapping[str, str], known: Collection[str], line_of: str) -> None:
        allowed = {*known, "value", "column"}
        for key in ("message", "fix"):
            try:
                used = {name for _, name, _, _ in string.Formatter().parse(words[key]) if name is not None}
            except ValueError as error:
                self.refuse(title, f"{key} has braces that do not match ({error}).", "a literal brace written twice", line_of)
            if lost := used - allowed:
                self.refuse(title, f"{key} holds {', '.join(sorted(lost))} in braces.", "value, column or a field", line_of)

    def expression(self, title: str, key: str, found: Any, table: Table, tables: Mapping[str, Table]) -> None:
        line_of = title.removeprefix("check ")
        try:
            walked = list(steps(found))
        except ValueError as error:
            self.refuse(title, f"{key}: {error}.", "an expression of docs/checks.md", line_of)
        for step in walked:
            self.step(title, key, step, table, tables)

    def step(self, title: str, key: str, step: Step, table: Table, tables: Mapping[str, Table]) -> None:
        name, line_of = step.operator.name, title.removeprefix("check ")
        for field in step.fields():
            self.choice(title, f"{key}: a field of {name}", field, {f.name for f in table.fields}, line_of)
        if "list" in step.arguments:
            self.choice(title, f"{key}: the list of {name}", step.arguments["list"], self.lists, line_of)
        if step.whole_table and (key == "when" or not step.alone):
            self.refuse(title, f"{name} looks at a whole table.", "it alone in must", line_of)
        if name == "exists_in":
            other = step.arguments["table"]
            self.choice(title, f"{key}: the table of {name}", other, tables, line_of)
            self.choice(
                title, f"{key}: the column of {name}", step.arguments["column"], {f.name for f in tables[other].fields}, line_of
            )

    def examples(
        self, title: str, key: str, found: object, known: Collection[str], line_of: str
    ) -> tuple[Mapping[str, Any], ...]:
        if not isinstance(found, list) or not found:
            self.refuse(title, f"it has no example under {key}.", "at least one record", line_of)
        for record in found:
            named = self.keys(f"{title}, {key}", record, {*known, "_period", "_tables", "_benchmark", "_nation"}, line_of)
            for field, value in named.items():
                if not field.startswith("_") and not isinstance(value, str):
                    self.refuse(f"{title}, {key}", f"{field} is {value!r}.", "text as received, in quotes", line_of)
        return tuple(dict(record) for record in found)
