"""Evenhold in a folder of todo.txt lists (github.com/todotxt/todo.txt): a file is a list, a line a to-do.

Our lines end in `id:` and the UID, which is their address; a line's hash is its revision. Whatever else is in
a file comes back byte for byte. It is replaced in one step, and only if nobody saved since it was read.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import syncer.connector as api
from syncer.connector import Broken, Capability, Collection, Gone, Image, Listing, Seen
from syncer.core.model import Day, Item, Kind, Status, day_of

ARCHIVE = "done.txt"  # where todo.txt apps move what is done, from all lists of the folder
# Byte order mark; done (on a day); priority, day of creation; title; from the first of our tags on, the rest.
LINE = re.compile(r"^(\ufeff?)(x (?:[\d-]{10} )?)?((?:\([A-Z]\) )?(?:[\d-]{10} )?)(.*?)( (?:due|id):.*)")
Ours = dict[str, tuple[list[str], str]]  # by UID: all lines of the file that it is in, and its own


class TodoTxtSettings(api.Settings):
    folder: Path
    settle: float = 0.2  # seconds after a save in which an editor may not be through with it


class TodoTxt(api.Connector):
    name, settings, address, user = "todotxt", TodoTxtSettings, "", "its owner"
    capabilities = frozenset(
        {Capability.TODOS, Capability.CHOSEN_IDS, Capability.REUSED_IDS, Capability.CONDITIONAL_WRITES}
    )

    @classmethod
    def login(cls, settings: api.Settings) -> api.Login:
        return api.Login(word="")

    def __init__(self, settings: TodoTxtSettings, context: api.Context) -> None:
        self._context, self._folder, self._settle = context, settings.folder.expanduser(), settings.settle
        self.address = str(self._folder)

    def collections(self) -> Sequence[Collection]:
        with trouble():
            names = [path.name for path in self._folder.iterdir() if path.suffix == ".txt"]
        return [Collection(name, name.removesuffix(".txt"), frozenset({Kind.TODO})) for name in names]

    def create_collection(self, name: str, kind: Kind) -> Collection:
        with trouble():
            (self._folder / f"{name}.txt").touch()
        return Collection(f"{name}.txt", name, frozenset({Kind.TODO}))

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        found = [shown(uid, line) for uid, (_, line) in self._open(collection)[1].items()]
        same = frozenset(one.ref for one in found if known.get(one.ref) == one.revision)
        seen = tuple(one for one in found if isinstance(one, Seen) and one.ref not in same)
        return Listing(
            api.Scope.COMPLETE, seen, same, broken=tuple(b for b in found if isinstance(b, Broken))
        )

    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        ours = self._open(collection)[1]
        return [shown(ref, ours[ref][1]) if ref in ours else Gone(ref) for ref in refs]

    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        lines = {ref: line for ref, (_, line) in self._open(collection)[1].items() if ref in refs}
        return [Image(ref, shown(ref, line).revision, line) for ref, line in lines.items()]

    def address_of(self, collection: Collection, uid: str) -> str:
        return uid

    def push(self, collection: Collection, operations: Iterable[api.Operation]) -> Iterator[api.Outcome]:
        taken = [one for one in operations if not self._context.stopping()]
        try:
            for _ in range(5):  # all at once, and from the start where somebody saved meanwhile
                files, ours = self._open(collection)
                outcomes = [self._outcome(one, files[0][2], ours) for one in taken]
                if False not in [save(*file) for file in files]:
                    return iter(outcomes)
            raise api.Retry("somebody keeps saving the list", subject=collection.ref)
        except api.ConnectorError as error:
            return iter([api.Failure(one, error) for one in taken])

    def _outcome(self, one: api.Operation, new: list[str], ours: Ours) -> api.Outcome:
        ref, known = getattr(one, "ref", one.uid), getattr(one, "revision", None)
        lines, line = ours.get(ref, (new, ""))
        settled = isinstance(one, api.Create if line else api.Delete)  # it had its effect already
        adds = known is None and isinstance(one, api.Create | api.Restore)
        if not settled and (adds == bool(line) or known not in (None, shown(ref, line).revision)):
            return api.Failure(one, api.Conflict("somebody changed the line", subject=ref))
        blank = f" id:{ref}" + "\r" * new[0].endswith("\r")
        text = line if settled else self._written(one, line or blank)
        if text is None:
            return api.Failure(one, api.Refused("no line can say it", subject=ref, cure="Change its title."))
        if not settled:
            at = lines.index(line) if line else len(lines) - (not lines[-1])
            lines[at : at + bool(line)], ours[ref] = [text] if text else [], (lines, text)
        there = shown(ref, text)
        item = there.item if isinstance(there, Seen) else None
        return api.Ack(one, ref, there.revision if text else None, item, exact=not settled)

    def _written(self, one: api.Operation, line: str) -> str | None:
        """A line as an operation wants it, empty where it is to go; None where no line can say it."""
        if isinstance(one, api.Delete | api.Restore):
            return getattr(one, "raw", "")
        item, fields = one.item, getattr(one, "fields", {"title", "when", "status"})
        mark, done, head, title, tags = LINE.findall(line)[0]
        title = item.title if "title" in fields else title
        if "when" in fields:
            tags = re.sub(r" due:\S+", "", tags)
            tags = f" due:{day_of(item.when, self._context.zone)}{tags}" if item.when else tags
        if "status" in fields:
            day = f"{item.completed.astimezone(self._context.zone).date()} " if item.completed else ""
            done = f"x {day}" if item.status is Status.DONE else ""
        there = shown("", text := f"{mark}{done}{head}{title}{tags}")
        return text if isinstance(there, Seen) and there.item.title == title.strip() != "" else None

    def _open(self, collection: Collection) -> tuple[list[tuple[Path, bytes, list[str]]], Ours]:
        """The list and the archive, and our lines in them; of copies of a line the first counts."""
        with trouble():
            there = {path.name: path for path in self._folder.iterdir()}
            paths = [there[name] for name in dict.fromkeys((collection.ref, ARCHIVE)) if name in there]
            if any(0 <= time.time() - path.stat().st_mtime < self._settle for path in paths):
                time.sleep(self._settle)
            data = [path.read_bytes() for path in paths]
        if collection.ref not in there:
            raise api.CollectionGone("the list is gone", subject=collection.ref, cure="Put it back.")
        texts = [one.decode("utf-8", "surrogateescape").split("\n") for one in data]
        found = [(re.search(r" id:(\S+)", line), lines, line) for lines in texts for line in lines]
        ours = {id[1]: (lines, line) for id, lines, line in found[::-1] if id and self._context.claims(id[1])}
        return list(zip(paths, data, texts, strict=True)), ours


def save(path: Path, read: bytes, lines: list[str]) -> bool:
    """Put the lines in place of what was read, unless somebody else saved meanwhile."""
    data = "\n".join(lines).encode("utf-8", "surrogateescape")
    with trouble():
        real = path.resolve()  # a list may be a link into a folder that is synchronised
        if data == read:
            return True
        new = real.with_name(f".{real.name}.evenhold")
        with new.open("wb", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        os.chown(new, real.stat().st_uid, real.stat().st_gid)  # or its owner would be locked out
        new.chmod(real.stat().st_mode)
        return real.read_bytes() == read and bool(new.replace(real))


@contextmanager
def trouble() -> Iterator[None]:
    """Whatever the file system says may pass: a share that is away, a full disk, a file that is locked."""
    try:
        yield
    except OSError as error:
        where, cure = str(error.filename or "the folder"), "See that it is there, and whose it is."
        raise api.Retry(f"it can't be used: {error.strerror}", subject=where, cure=cure) from None


def shown(ref: str, line: str) -> Seen | Broken:
    """What a line says, if it is UTF-8 and its day is one."""
    revision = hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    try:
        _, done, _, title, _ = LINE.findall(line.encode().decode())[0]
        due = re.search(r" due:(\S+)", line)
        when = Day(date.fromisoformat(due[1])) if due else None
        status = Status.DONE if done else Status.OPEN
        return Seen(ref, revision, Item(ref, Kind.TODO, title, when, status=status))
    except (ValueError, IndexError):
        return Broken(ref, revision, "the line is no UTF-8, or its day is none")
