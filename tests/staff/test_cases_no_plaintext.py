"""After a day of casework nothing that anybody typed stands readable in any file, and the outside tells no kinds."""

from __future__ import annotations

from pathlib import Path

from staff.cases.words import FORMS
from tests.canaries import canary, files, search
from tests.staff.casework import Room
from tests.staff.conftest import Stores
from tests.staff.world import World

MORE: dict[str, dict[str, str | list[str]]] = {
    "card": {"start": "8", "end": "12", "days": ["0"]},
    "question": {"about": "1"},
    "contact": {"how": "call", "result": "reached"},
}


class Day:
    """A day of casework in which every text is a canary."""

    def __init__(self, world: World) -> None:
        self.typed: list[str] = []
        self.anna, self.bjorn = Room(world, world.owner), Room(world, world.colleague)
        self.world = world

    def word(self) -> str:
        """Type something that was never typed before."""
        self.typed.append(canary(len(self.typed)))
        return self.typed[-1]

    def fill(self, name: str) -> dict[str, str | list[str]]:
        """Fill in every field of a form: texts with canaries, the rest with what fits."""
        filled: dict[str, str | list[str]] = {}
        for field in FORMS[name]():
            look = (field.render_kw or {}).get("type")
            if look in ("text", "textarea"):
                filled[field.short_name] = self.word()
            elif look == "date":
                filled[field.short_name] = "2026-12-01"
            elif look == "datetime-local":
                filled[field.short_name] = "2026-12-01T10:00"
        return filled

    def live(self) -> None:
        """Open, fill in every form, save it as a draft, be refused, ask, answer, protect, close."""
        row = self.world.send(message=self.word(), contact=self.word(), answer_by="call")
        case = self.anna.open(working=self.word(), request=row, text=self.word())
        for name in FORMS:
            if name in ("move", "close", "reopen", "answer", "protect"):
                continue
            self.anna.send(f"{case}/draft", form=name, **self.fill(name))
            self.anna.save(case, name, **{**self.fill(name), **MORE.get(name, {})})
        self.anna.save(case, "task", title=self.word(), due=self.word())
        question = self.anna.state(case).open_questions[0]
        self.bjorn.save(case, "answer", question=question.id, text=self.word())
        task = self.anna.state(case).open_tasks[0]
        self.anna.do(case, "drop", task=task.id, line=self.word())
        mother = self.world.send(form="other", message=self.word())
        self.anna.get(f"/inbox/{mother}")
        self.anna.send("/cases/add", request=mother, case=case[-32:])
        self.anna.save(case, "safety", review_on="2026-12-01", note=self.word(), drawn=mother)
        self.anna.save(case, "safety", note=self.word(), drawn="no", drawn_why=self.word())
        self.anna.save(case, "move", to="3", reason=self.word())
        self.anna.save(case, "protect", named=["Anna Ek"], reason=self.word())
        self.anna.save(case, "close", outcome="other_support", where=self.word(), reason=self.word())
        self.anna.follow("/cases/new", how="call", text=self.word())


def test_nothing_typed_in_casework_is_readable(world: World, stores: Stores, tmp_path: Path) -> None:
    """Every field of every form, drafts, refusals, names and reasons: none in any file of the casebook."""
    day = Day(world)
    day.live()
    places = files(tmp_path) | stores.kept()
    assert any(where.endswith("casebook.sqlite") or "/base/" in where for where in places)
    assert len(day.typed) > 80
    assert search(places, day.typed) == []
    if not stores.server:  # whose own catalogues have such words
        assert search(places, ["attempt", "assessment", '"opened"', "task_done"]) == []
