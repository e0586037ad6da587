"""Real CalDAV servers for the canonical run: the collections of one run at one of them, as other apps see it.

Lives here: raw requests past the connector, and edits of the text as an app makes them.
"""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Connector
from tests.bench.login import HOST
from tests.bench.servers import NoFsync, Server, Xandikos
from tests.crash.apps import FOREIGN, Apps, Edit, Missing, Thing, context
from tests.crash.household import Names

SERVERS: Mapping[str, type[Server]] = {"radicale": NoFsync, "xandikos": Xandikos}

DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
EVERYTHING = (
    '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/>'
    '<c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
)
FOREIGN_TEXT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another app//EN
BEGIN:{0}
UID:{1}
DTSTAMP:20261101T080000Z
DTSTART;VALUE=DATE:20261201
SUMMARY:Choir
CATEGORIES:Singing
X-OF-ANOTHER-APP;X-P=1:kept
END:{0}
END:VCALENDAR
"""
COMPARED = ("SUMMARY", "DTSTART", "DUE", "DESCRIPTION", "STATUS", "X-KEPT")
"""Properties whose values must come out the same however the run was cut."""


class DavApps(Apps):
    """Ada's and Ben's collections at a server; on Xandikos both live below its only user."""

    def __init__(self, names: Names, server: Server) -> None:
        super().__init__(names)
        self._server = server
        self._client = http.client.HTTPConnection(HOST, server.port, timeout=30)

    def connect(self, partner: str) -> Connector:
        """One request at a time, so that the boundaries come in the same order every time."""
        settings = CalDAVSettings(url=f"http://{HOST}:{self._server.port}/", user=partner, parallel=1)
        return CalDAV(settings, context(partner, self._server.passwords[partner]))

    def things(self, name: str) -> list[Thing]:
        """One calendar-query for all there is."""
        return [thing for thing, _ in self._all(name)]

    def put_foreign(self, name: str) -> None:
        """An item without our marker, with properties that nobody knows."""
        text = FOREIGN_TEXT.format("VTODO" if name == "List" else "VEVENT", FOREIGN)
        self._put(f"{self._path(name)}choir.ics", text, {"If-None-Match": "*"})

    def edit(self, name: str, uid: str, change: Edit) -> None:
        """Change the text as an app does, and leave a property of the app's own."""
        thing, text = self._find(name, uid)
        self._put(thing.ref, changed(text, change), {"If-Match": thing.mark})

    def delete(self, name: str, uid: str) -> None:
        """DELETE of the resource."""
        status, text = self._ask("DELETE", self._find(name, uid)[0].ref)
        assert status in (200, 204), (status, text)

    def clear(self) -> None:
        """Remove the collections of this run, so that the next one's discovery is as short."""
        for name in ("Diary", "List", "Planner"):
            self._ask("DELETE", self._path(name))
        self._client.close()

    def _all(self, name: str) -> Iterator[tuple[Thing, str]]:
        status, text = self._ask("REPORT", self._path(name), EVERYTHING, {"Depth": "1"})
        assert status == 207, (status, text)
        return things_in(text)

    def _find(self, name: str, uid: str) -> tuple[Thing, str]:
        for thing, text in self._all(name):
            if thing.uid == uid:
                return thing, text
        raise Missing(f"{name} {uid}")

    def _path(self, name: str) -> str:
        user = "ben" if name == "Planner" else "ada"
        home = "/user/calendars/" if isinstance(self._server, Xandikos) else f"/{user}/"
        return f"{home}{self.names(name).lower().replace(' ', '-')}/"

    def _put(self, ref: str, text: str, headers: Mapping[str, str]) -> None:
        body = text.replace("\r\n", "\n").replace("\n", "\r\n")
        status, said = self._ask(
            "PUT", ref, body, {"Content-Type": "text/calendar; charset=utf-8", **headers}
        )
        assert status in (200, 201, 204), (status, said)

    def _ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        user = path.split("/")[1] if path.split("/")[1] in self._server.passwords else "ada"
        login = base64.b64encode(f"{user}:{self._server.passwords[user]}".encode()).decode()
        sent = {"Authorization": f"Basic {login}", "Content-Type": "application/xml", **(headers or {})}
        try:
            self._client.request(method, path, body.encode(), sent)
            answer = self._client.getresponse()
        except (http.client.HTTPException, OSError):  # an idle connection that the server closed
            self._client.close()
            self._client.request(method, path, body.encode(), sent)
            answer = self._client.getresponse()
        return answer.status, answer.read().decode()


def things_in(multistatus: str) -> Iterator[tuple[Thing, str]]:
    """What a calendar-query was answered, each with its whole text."""
    for response in ElementTree.fromstring(multistatus).iter(f"{DAV}response"):
        ref = str(response.findtext(f"{DAV}href"))
        body = next(response.iter(f"{CAL}calendar-data")).text or ""
        mark = next(response.iter(f"{DAV}getetag")).text or ""
        yield Thing(ref, value(body, "UID"), _fields(body), mark), body


def unfolded(text: str) -> str:
    """RFC 5545 section 3.1 undone, with plain line ends."""
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n")


def value(text: str, name: str) -> str:
    """The value of the item's first property of that name, "" where it has none."""
    return _values(text).get(name, "")


def changed(text: str, change: Edit) -> str:
    """The text after an app's edit."""
    todo = "BEGIN:VTODO" in text
    lines: dict[str, str] = {"X-KEPT": "by another app"}
    if change.notes is not None:
        lines["DESCRIPTION"] = change.notes
    if change.title is not None:
        lines["SUMMARY"] = change.title
    if change.day is not None:
        lines["DUE;VALUE=DATE"] = change.day.replace("-", "")
    if change.tick and todo:
        lines |= {"STATUS": "COMPLETED", "COMPLETED": "20261123T090500Z"}
    elif change.tick:
        lines["SUMMARY"] = f"x {lines.get('SUMMARY') or value(text, 'SUMMARY')}"
    plain = unfolded(text)
    for name in lines:
        plain = re.sub(rf"^{name.partition(';')[0]}[;:].*\n", "", plain, flags=re.MULTILINE)
    end = "END:VTODO" if todo else "END:VEVENT"
    return plain.replace(end, "".join(f"{key}:{said}\n" for key, said in lines.items()) + end)


def _values(text: str) -> dict[str, str]:
    inside = re.sub(r"BEGIN:(VTIMEZONE|VALARM)\n.*?END:\1\n", "", unfolded(text), flags=re.DOTALL)
    lines = re.findall(r"^([A-Z-]+)(?:;[^:\n]*)?:(.*)$", inside, flags=re.MULTILINE)
    return dict(reversed(lines))


def _fields(text: str) -> dict[str, str]:
    values = _values(text)
    found = {name: values.get(name, "") for name in COMPARED}
    return found | {"VALARM": str(text.count("BEGIN:VALARM"))}
