"""Real CalDAV servers for the canonical run: the collections of one run at one of them, as other apps see it.

Lives here: servers and raw requests past the connector. What is asked and written is in `texts`.
"""

from __future__ import annotations

import base64
import http.client
from collections.abc import Iterator, Mapping

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Connector
from tests.bench.login import HOST
from tests.bench.servers import NoFsync, Server, Xandikos
from tests.crash.apps import FOREIGN, Apps, Edit, Missing, Thing, context
from tests.crash.household import Names
from tests.crash.texts import EVERYTHING, FOREIGN_TEXT, changed, things_in

SERVERS: Mapping[str, type[Server]] = {"radicale": NoFsync, "xandikos": Xandikos}


class DavApps(Apps):
    """Ada's and Ben's collections at a server; on Xandikos both live below its only user."""

    def __init__(self, names: Names, server: Server) -> None:
        super().__init__(names)
        self._server = server
        self._client = http.client.HTTPConnection(HOST, server.port, timeout=30)

    def connect(self, account: str) -> Connector:
        """One request at a time, so that the boundaries come in the same order every time."""
        settings = CalDAVSettings(url=f"http://{HOST}:{self._server.port}/", user=account, parallel=1)
        return CalDAV(settings, context(account, self._server.passwords[account]))

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
