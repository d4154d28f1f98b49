"""What is asked of every page in a browser beyond axe: headings, names, focus, reflow, spacing, charts."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.web.clients import sideways, violations
from tests.web.walking import Page

BASE = "http://localhost:8017"
# Words that say nothing out of their place.
VAGUE = (
    "here",
    "click here",
    "more",
    "read more",
    "open",
    "view",
    "see",
    "show",
    "edit",
    "change",
    "delete",
    "link",
    "go",
    "details",
)

# Everything that can be asked without moving anything. Gives sentences.
_ASKED = """(vague) => {
  const wrong = [];
  const words = (node) =>
    (node.getAttribute('aria-label') || node.textContent || node.value || '').replace(/\\s+/g, ' ').trim();
  const shown = (node) => node.getClientRects().length > 0;
  const heads = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(shown).filter((h) => !h.closest('dialog'));
  if (heads.filter((h) => h.tagName === 'H1').length !== 1) wrong.push('not one h1');
  const main = document.querySelectorAll('main');
  if (main.length !== 1) return [...wrong, 'not one main'];
  let level = 0, begun = false;
  for (const h of heads) {
    const now = Number(h.tagName[1]);
    if (now === 1) begun = true;
    if (begun && now > level + 1 && level) wrong.push('heading ' + now + ' after ' + level + ': ' + words(h));
    if (!words(h)) wrong.push('empty heading');
    level = now;
  }
  const leads = new Map();
  for (const a of main[0].querySelectorAll('a[href]')) {
    const name = words(a);
    if (!name) wrong.push('a link without a name: ' + a.getAttribute('href'));
    if (vague.includes(name.toLowerCase())) wrong.push('a vague link: ' + name);
    const to = leads.get(name);
    if (to !== undefined && to !== a.href) wrong.push('two links called "' + name + '" lead to two places');
    leads.set(name, a.href);
  }
  const does = new Map();
  for (const b of main[0].querySelectorAll('button')) {
    const name = words(b), form = b.form;
    if (!name) wrong.push('a button without a name');
    if (vague.includes(name.toLowerCase())) wrong.push('a vague button: ' + name);
    const what = form ? form.action + '|' + (b.name || '') + '|' + b.value : b.id;
    if (does.has(name) && does.get(name) !== what) wrong.push('two buttons called "' + name + '" do two things');
    does.set(name, what);
  }
  const labels = new Map();
  for (const f of main[0].querySelectorAll('input:not([type=hidden]),select,textarea')) {
    const by = [...(f.labels || [])].map(words).join(' ') || f.getAttribute('aria-label') || '';
    if (!by) wrong.push('a field without a label: ' + f.name);
    const group = f.type === 'radio' || f.type === 'checkbox' ? words(f.closest('fieldset')?.querySelector('legend') || f) : '';
    const key = group + '|' + by;
    if (labels.has(key)) wrong.push('two fields called "' + by + '"');
    labels.set(key, true);
    if (f.getAttribute('aria-describedby')) for (const id of f.getAttribute('aria-describedby').split(' '))
      if (id && !document.getElementById(id)) wrong.push('described by nothing: ' + id);
  }
  if (document.querySelector('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])')) wrong.push('a tab order of its own');
  const ids = [...document.querySelectorAll('[id]')].map((n) => n.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) wrong.push('an id twice: ' + twice[0]);
  for (const a of document.querySelectorAll('a[href^="#"]')) {
    const id = decodeURIComponent(a.getAttribute('href').slice(1));
    if (id && !document.getElementById(id)) wrong.push('a link to nothing on the page: #' + id);
  }
  for (const chart of document.querySelectorAll('main svg')) {
    if (chart.getAttribute('aria-hidden') === 'true') continue;
    if (chart.getAttribute('role') !== 'img' || !(chart.getAttribute('aria-label') || chart.getAttribute('aria-labelledby')))
      wrong.push('a chart without a name');
    if (chart.classList.contains('vkpp-chart') && !main[0].querySelector('table')) wrong.push('a chart without a table');
  }
  const summary = document.querySelector('.govuk-error-summary');
  if (summary) {
    const free = summary.dataset.disableAutoFocus === 'true';  // a page of results that was opened, and no form that was sent
    if (document.activeElement !== summary && !free) wrong.push('the error summary has no focus');
    if (!document.title.startsWith('Error: ')) wrong.push('the title does not say that there is an error: ' + document.title);
  } else if (document.title.startsWith('Error: ')) wrong.push('the title says error and no summary says which');
  if (!/ - VKPP$/.test(document.title) || document.title.startsWith(' ')) wrong.push('the title is ' + document.title);
  return wrong;
}"""

# Each thing that can be focused shows that it is: something of its look changes.
_FOCUS = """() => {
  const wrong = [];
  const look = (node) => { const s = getComputedStyle(node);
    return [s.outlineStyle !== 'none' && s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor,
      s.borderWidth].join('|'); };
  const all = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary,[tabindex="0"]')]
    .filter((n) => n.getClientRects().length && !n.disabled && !n.closest('dialog'));
  if (all[0] && !all[0].classList.contains('govuk-skip-link') && document.querySelector('.govuk-skip-link'))
    wrong.push('the skip link is not first');
  const kinds = new Set();
  for (const node of all) {
    const kind = node.tagName + ' ' + node.className + ' ' + (node.type || '');
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    node.blur();
    const shows = (n) => n.type === 'radio' || n.type === 'checkbox' ? n.nextElementSibling || n : n;
    const part = node.type === 'radio' || node.type === 'checkbox' ? '::before' : null;
    const seen = () => part ? getComputedStyle(shows(node), part).boxShadow + look(node) : look(node);
    const before = seen();
    node.focus();
    if (document.activeElement !== node) { wrong.push('cannot be focused: ' + kind); continue; }
    if (seen() === before) wrong.push('focus does not show: ' + kind);
    node.blur();
  }
  return wrong;
}"""
_SPACED = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } ' +
    'p { margin-bottom: 2em !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }"""
_MOVES = """() => [...document.querySelectorAll('*')].filter((n) => { const s = getComputedStyle(n);
  return s.animationName !== 'none' || s.transitionDuration.split(',').some((d) => parseFloat(d) > 0); })
  .map((n) => 'moves although less motion was asked for: ' + n.tagName + ' ' + n.className).slice(0, 3)"""

# Darkness of each filled thing in a chart against what it lies on: 3 to 1 for what is read as a mark, 4.5 to 1 for words.
_GREYS = """() => {
  const wrong = [];
  const light = (css) => { const m = css.match(/[\\d.]+/g); if (!m || m[3] === '0') return null;
    const [r, g, b] = m.slice(0, 3).map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const far = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  for (const chart of document.querySelectorAll('svg.vkpp-chart')) {
    if (!chart.getClientRects().length) continue;
    const own = getComputedStyle(chart);
    const paper = light(own.backgroundColor);
    if (own.forcedColorAdjust !== 'none' || paper === null) { wrong.push('a chart gives its colours away'); continue; }
    for (const text of chart.querySelectorAll('text')) {
      const ink = light(getComputedStyle(text).fill);
      if (ink !== null && far(ink, paper) < 4.5 && far(ink, 0) < 4.5) wrong.push('faint words: ' + text.textContent);
    }
  }
  return wrong.slice(0, 5);
}"""


class Window:
    """A tab in which answers are shown as the server would have shown them, headers and all, without a server."""

    def __init__(self, browser: Any, **kwargs: Any) -> None:
        self.context = browser.new_context(base_url=BASE, locale="en-GB", **kwargs)
        self.tab = self.context.new_page()
        self.page: Page | None = None
        self.said: list[str] = []
        self.tab.route("**/*", self._answer)
        self.tab.on("console", lambda line: self.said.append(line.text) if line.type == "error" else None)

    def _answer(self, route: Any) -> None:
        from django.conf import settings

        path = urlsplit(route.request.url).path
        static = urlsplit(settings.STATIC_URL).path
        if path.startswith(static):
            file = Path(settings.STATIC_ROOT) / path[len(static) :]
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(status=200, body=file.read_bytes(), content_type=kind)
        elif self.page is not None and route.request.is_navigation_request():
            route.fulfill(status=200, body=self.page.html, headers=_shown(self.page.headers))
        else:
            route.fulfill(status=204)

    def show(self, page: Page, width: int = 1280) -> Any:
        self.page, self.said[:] = page, []
        self.tab.set_viewport_size({"width": width, "height": 900})
        self.tab.goto(page.address)
        return self.tab

    def close(self) -> None:
        self.context.close()


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer; of a page that is taken home none but its kind, for it is opened from a disk."""
    return dict(headers) if "Content-Disposition" not in headers else {"Content-Type": headers["Content-Type"]}


def wrong_with(window: Window, page: Page) -> list[str]:
    """Everything that is wrong with a page, in sentences, at 1280 and 360 px, at 320, and with spaced letters."""
    tab = window.show(page)
    wrong = list(tab.evaluate(_ASKED, list(VAGUE)))
    wrong += [f"axe at 1280: {said}" for said in violations(tab)]
    wrong += tab.evaluate(_FOCUS)
    for width in (360, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        if (over := sideways(tab)) > 0:
            wrong.append(f"{over} px too wide at {width}")
    wrong += [f"axe at 320: {said}" for said in violations(tab)]
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate(_SPACED)
    if (over := sideways(tab)) > 0:
        wrong.append(f"{over} px too wide at 1280 with spaced letters")
    wrong += [f"the browser says: {line}" for line in window.said]
    return wrong
