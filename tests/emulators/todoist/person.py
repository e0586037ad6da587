"""What a person does in Todoist's own app, past every request: the other end of the emulator.

Each thing runs the command that the app would send, so that one set of rules holds for both.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from tests.emulators.todoist import commands, dues, items
from tests.emulators.todoist.account import Account, Record


class Person:
    """The person whose account it is. Ids are those of the API."""

    def __init__(self, account: Account, lock: threading.RLock) -> None:
        self.account = account
        self._lock = lock

    # --- what stands there ---

    def sees(self, id: str) -> Record:
        """An item as it stands there, done ones too."""
        with self._lock:
            return dict(items.standing(self.account, id))

    def list(self, project: str) -> Sequence[Record]:
        """The items of a project that were not deleted, done ones too."""
        with self._lock:
            found = self.account.items.values()
            return [dict(one) for one in found if one["project_id"] == project and not one["is_deleted"]]

    def section_names(self, project: str) -> Sequence[str]:
        """The sections of a project, in their order."""
        with self._lock:
            found = self.account.sections.values()
            return [one["name"] for one in found if one["project_id"] == project and not one["is_deleted"]]

    # --- items ---

    def add(self, project: str, content: str, **values: Any) -> str:
        """Add an item; its id."""
        return self._run("item_add", project_id=project, content=content, **values)

    def tick(self, id: str) -> None:
        """Tick an item; a recurring one moves on to its next date."""
        self._run("item_close", id=id)

    def complete_for_good(self, id: str) -> None:
        """Complete a recurring item for good."""
        self._run("item_complete", id=id)

    def untick(self, id: str) -> None:
        """Take a tick back."""
        self._run("item_uncomplete", id=id)

    def undo(self, id: str) -> None:
        """Take back the last completion of a recurring item: it is due again when it was."""
        with self._lock:
            item = items.standing(self.account, id)
            last = [
                one
                for one in self.account.activities
                if (one["object_id"], one["event_type"]) == (id, "completed")
            ][-1]
            was = last["extra_data"]
            name = "completed_due_date" if item["due"]["timezone"] else "completed_due_date_local"
            date = was[name] if was["has_time"] else was[name][:10]
            self.account.log("uncompleted", item)
            self.account.touch("items", item, due={**item["due"], "date": date})

    def edit(self, id: str, **values: Any) -> None:
        """Change what is named: content, description, priority, labels, duration, due."""
        self._run("item_update", id=id, **values)

    def drag(self, id: str, date: str) -> None:
        """Move an item to another date, as the app does: a recurrence stays."""
        standing = items.standing(self.account, id)["due"]
        recurring = standing is not None and standing["is_recurring"]
        kept = {name: standing[name] for name in ("string", "lang", "is_recurring")} if recurring else {}
        self._run("item_update", id=id, due={**kept, "date": date})

    def repeat(self, id: str, text: str, lang: str = "en") -> None:
        """Make an item recurring from the date that it has ("every week")."""
        due = items.standing(self.account, id)["due"]
        date = due["date"] if due is not None else dues.first(text, self.account.today())
        zone = {"timezone": due["timezone"]} if due is not None and due["timezone"] else {}
        self._run("item_update", id=id, due={"string": text, "lang": lang, "date": date, **zone})

    def move(self, id: str, *, project: str | None = None, section: str | None = None) -> None:
        """Drag an item to another project, or to a section."""
        place = {"project_id": project} if project is not None else {"section_id": section}
        self._run("item_move", id=id, **place)

    def delete(self, id: str) -> None:
        """Delete an item."""
        self._run("item_delete", id=id)

    def duplicate(self, id: str) -> str:
        """Duplicate an item, description and all; the copy's id."""
        names = ("project_id", "section_id", "content", "description", "priority", "labels", "due")
        with self._lock:
            return str(self.account.add_item({name: self.sees(id)[name] for name in names})["id"])

    # --- projects and sections ---

    def make_project(self, name: str) -> str:
        """A new project; its id."""
        return self._run("project_add", name=name)

    def delete_project(self, id: str) -> None:
        """Delete a project and all in it."""
        self._run("project_delete", id=id)

    def archive_project(self, id: str) -> None:
        """Put a project away."""
        self._run("project_archive", id=id)

    def make_section(self, project: str, name: str) -> str:
        """A new section; its id."""
        return self._run("section_add", project_id=project, name=name)

    def rename_section(self, id: str, name: str) -> None:
        """Call a section something else."""
        self._run("section_update", id=id, name=name)

    def delete_section(self, id: str) -> None:
        """Delete a section and the items in it."""
        self._run("section_delete", id=id)

    # --- the account ---

    def forget_sync_tokens(self) -> None:
        """What was given out so far is no longer known (an account that was migrated, or long unused)."""
        with self._lock:
            self.account.sync_tokens.clear()

    def _run(self, kind: str, **args: Any) -> str:
        with self._lock:
            return str(commands.COMMANDS[kind].run(self.account, args)["id"])
