"""A walk as people walk: from the home page by links and buttons, in every role; what each address answered is kept.

Nothing that a walk sends stays: forms go in a transaction that is taken back. A page stands in the plan once for every feature
(a tag with its classes, a kind of field, a status) that its address had not shown before, so that a list is not read 44 times.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

MOST, EVERY = 8, 9  # of one kind of address a role opens the first few and every ninth of the others
_LEAVE = ("account_logout",)  # a walk that signs itself out ends there; the page itself is opened


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    nonsense: dict[str, str] = field(default_factory=dict)  # the last choice of every list, and words that nothing holds


class Read(HTMLParser):
    """The links, forms and features of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.features: set[str] = set()
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        # What only counts (the third row, the fourth) is no feature.
        self.features.add(" ".join([tag, said.get("type", ""), said.get("role", ""), *sorted(said.get("class", "").split())]))
        getattr(self, f"_{tag}", lambda _: None)(said)

    def _a(self, said: Mapping[str, str]) -> None:
        if said.get("href"):
            self.links.append(said["href"])

    def _form(self, said: Mapping[str, str]) -> None:
        self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower()))

    def _input(self, said: Mapping[str, str]) -> None:
        if not self.forms or not said.get("name"):
            return
        hidden = said.get("type") == "hidden"
        self.forms[-1].fields[said["name"]] = said.get("value", "") if hidden else ""
        self.forms[-1].nonsense[said["name"]] = said.get("value", "") if hidden else "zzzz-nothing"

    def _button(self, said: Mapping[str, str]) -> None:
        if self.forms and said.get("name"):
            self.forms[-1].fields[said["name"]] = said.get("value", "")

    def _textarea(self, said: Mapping[str, str]) -> None:
        if self.forms and said.get("name"):
            self.forms[-1].fields[said["name"]] = ""

    def _select(self, said: Mapping[str, str]) -> None:
        self.select = said.get("name", "")

    def _option(self, said: Mapping[str, str]) -> None:
        if self.forms and self.select:
            self.forms[-1].nonsense[self.select] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


@dataclass(frozen=True)
class Page:
    """A page as it was answered: by which address, for whom, how it was come by, and its bytes."""

    name: str
    address: str
    who: str
    status: int
    how: str  # "opened", "sent empty", ...
    html: str
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.name} ({self.address}) for {self.who}, {self.how}, {self.status}"


@dataclass
class Walk:
    """What was found so far: pages to look at, and what answered without a page."""

    pages: list[Page] = field(default_factory=list)
    answered: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    faults: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)  # links of a page that lead its reader to a refusal
    _shown: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def keep(self, who: str, address: str, how: str, answer: Any, name: str = "") -> Read | None:
        """Note an answer; its links where it is a page."""
        name = name or name_of(address)
        kind = str(answer.headers.get("Content-Type", ""))
        if answer.status_code >= 500 and name != "fault":
            self.faults.append(f"{name} ({address}) for {who}, {how}: {answer.status_code}")
        if answer.status_code in (204, 301, 302) or not kind.startswith("text/html"):
            self.answered[name].add(f"{answer.status_code} {kind.partition(';')[0]}")
            getattr(answer, "close", lambda: None)()
            return None
        html = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()
        answer.close()
        read = Read(html)
        title = re.search(r"<title>\s*(Error: )?", html)
        features = read.features | {f"status {answer.status_code}", f"title {title[1] if title else ''}"}
        if not features <= self._shown[name]:
            self._shown[name] |= features
            self.pages.append(Page(name, address, who, answer.status_code, how, html, dict(answer.headers)))
        return read

    def names(self) -> set[str]:
        """Addresses that somebody got an answer of: a page, a file, the way onwards, or what a button may not do and why."""
        known = {page.name for page in self.pages if page.status < 400 or (page.how != "opened" and page.status != 404)}
        return known | set(self.answered)


def name_of(address: str) -> str:
    try:
        return str(resolve(urlsplit(address).path).view_name)
    except Resolver404:
        return ""


def _kind(address: str) -> str:
    """Addresses of one kind: the same page of other records, with the word of the act where there is one."""
    parts = urlsplit(address)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "x", parts.path)
    path = re.sub(r"[A-Z]{2,}-?[\d-]+", "r", path)
    return path + "?" + ",".join(sorted(re.findall(r"(\w+)=", parts.query)))


def walk(found: Walk, who: str, client: Any, starts: tuple[str, ...] = ("/",)) -> None:
    """Everything that this client can reach by links and forms from the starts."""
    queue, seen, opened = deque((start, "") for start in starts), set(starts), defaultdict(int)
    sent: defaultdict[str, int] = defaultdict(int)
    while queue:
        address, page = queue.popleft()
        answer = client.get(address)
        if page and answer.status_code >= 400:
            found.dead.append(f"{page} links {who} to {address}, which answers {answer.status_code}")
        read = found.keep(who, address, "opened", answer)
        for link, linked in _onwards(address, read, found, who, client, sent):
            if link not in seen:
                seen.add(link)
                opened[_kind(link)] += 1
                if opened[_kind(link)] <= MOST or opened[_kind(link)] % EVERY == 0:
                    queue.append((link, address if linked else ""))


def _onwards(address: str, read: Read | None, found: Walk, who: str, client: Any, sent: Any) -> Iterator[tuple[str, bool]]:
    """Where the page leads, and whether by a link: the address of a form may show nothing when it is opened.

    Its forms are sent as well: empty, as a slip of the hand; and with choices that find nothing.
    """
    if read is None:
        return
    to = [(link, True) for link in read.links] + [(form.action or address, form.method == "get") for form in read.forms]
    for link, linked in to:
        there = urljoin(address, link)
        parts = urlsplit(there)
        if parts.scheme in ("", "http", "https") and not parts.netloc and parts.path.startswith("/"):
            yield parts._replace(fragment="").geturl(), linked
    for form in read.forms:
        there = urljoin(address, form.action or address)
        if name_of(there) in _LEAVE or sent[form.method + _kind(there)] >= 3:
            continue
        sent[form.method + _kind(there)] += 1
        if form.method == "post":
            _slip(found, who, client, there, form)
        else:
            found.keep(who, there, "with what finds nothing", client.get(there, form.nonsense))


def _slip(found: Walk, who: str, client: Any, address: str, form: Form) -> None:
    from django.db import transaction

    for how, said in (("sent empty", form.fields), ("sent with nonsense", form.fields | form.nonsense)):
        with transaction.atomic():
            found.keep(who, address, how, client.post(address, said))
            transaction.set_rollback(True)
