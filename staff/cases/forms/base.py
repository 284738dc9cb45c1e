"""What every form of a case has in common: how it is read, what is refused, how it becomes the fields of an entry.

Nothing is checked that a colleague could mend later: days, lengths, and that something was written at all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, cast  # Any: what a class without stubs makes

from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are of an older WTForms
from wtforms.validators import StopValidation

from staff.cases.values import read_day, read_time, write_items

# Everything below space but tab and line feed, and DEL: no keyboard types them, and printers obey them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
SURROGATES = re.compile(r"[\ud800-\udfff]")
LONGEST = 8_000  # characters of one text
IN_ALL = 30_000  # bytes of everything in one form
LINE = 300
Typed = dict[str, str]
Choices = Sequence[tuple[str, str]]


def clean(value: str | None) -> str:
    """Return the text with plain line ends, without control characters, halves of characters and outer spaces."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return SURROGATES.sub("\ufffd", CONTROLS.sub("", text)).strip()


def one_line(value: str | None) -> str:
    """Return the text as one line."""
    return " ".join(clean(value).split())


def refuse(check: Callable[[str], bool], reason: str) -> Callable[[Form, Field], None]:
    """Make a validator that lets empty values pass and says `reason`, a key of the words for refusals."""

    def validate(_form: Form, field: Field) -> None:
        if field.data and not check(field.data):
            raise StopValidation(reason)

    return validate


def shorter(limit: int) -> Callable[[Form, Field], None]:
    """Refuse what is longer than so many characters."""
    return refuse(lambda text: len(text) <= limit, "long")


def needed(_form: Form, field: Field) -> None:
    """Refuse an empty value."""
    if not field.data:
        raise StopValidation("needed")


def line(label: str, hint: str = "", limit: int = LINE, *, must: bool = False) -> StringField:
    """Make a field of one line."""
    checks = [*([needed] if must else []), shorter(limit)]
    return StringField(label, checks, [one_line], hint, render_kw={"maxlength": limit, "type": "text"})


def words(label: str, hint: str = "", rows: int = 4, *, must: bool = False) -> TextAreaField:
    """Make a field for longer text."""
    checks = [*([needed] if must else []), shorter(LONGEST)]
    look = {"maxlength": LONGEST, "rows": rows, "type": "textarea"}
    return TextAreaField(label, checks, [clean], hint, render_kw=look)


def day(label: str, hint: str = "", *, must: bool = False) -> StringField:
    """Make a field for a day, kept as 2026-12-01; what is no day is refused, and kept for mending."""
    checks = [*([needed] if must else []), refuse(lambda text: read_day(text) is not None, "day")]
    return StringField(label, checks, [one_line], hint, render_kw={"maxlength": 20, "type": "date"})


def moment(label: str, hint: str = "") -> StringField:
    """Make a field for a day and a time in Swedish time, kept as 2026-12-01T09:30."""
    check = refuse(lambda text: read_time(text) is not None, "moment")
    return StringField(label, [check], [one_line], hint, render_kw={"maxlength": 25, "type": "datetime-local"})


def one_of(label: str, choices: Choices, hint: str = "", *, must: bool = False, look: str = "radio") -> RadioField:
    """Make a question with one answer; a value that the page does not offer is dropped."""
    return RadioField(
        label,
        [needed] if must else [],
        filters=[_Known(choices)],
        description=hint,
        choices=offered(choices),
        validate_choice=False,
        render_kw={"type": look},
    )


def offered(choices: Choices) -> list[Any]:
    """Give choices as WTForms wants them."""
    return [SelectChoice(code, text) for code, text in choices]


def pick(label: str, choices: Choices, hint: str = "", *, must: bool = False) -> RadioField:
    """Make a question with one answer out of a list that folds away."""
    return one_of(label, choices, hint, must=must, look="select")


def hidden(limit: int = 40) -> StringField:
    """Make a field that the page fills in."""
    return StringField("", [shorter(limit)], [one_line], render_kw={"type": "hidden"})


def some_of(label: str, choices: Choices, hint: str = "") -> SelectMultipleField:
    """Make a question with several answers, as above."""
    return SelectMultipleField(
        label, description=hint, choices=offered(choices), validate_choice=False, render_kw={"type": "checkbox"}
    )


class _Known:
    """Drop a value that is none of the choices."""

    def __init__(self, choices: Choices) -> None:
        self._codes = {code for code, _ in choices}

    def __call__(self, value: str | None) -> str:
        return value if value in self._codes else ""


class EntryForm(Form):
    """What somebody fills in about a case, under the names that the entry's fields get.

    `form_name` stands in addresses and drafts, `entry_kind` is that of the entry. Not Flask-WTF's form: CSRF is
    checked once for all.
    """

    form_name: ClassVar[str] = ""
    entry_kind: ClassVar[str] = "form"
    heading: ClassVar[str] = ""
    guide: ClassVar[str] = ""
    stage: ClassVar[int] = 0
    button: ClassVar[str] = "Spara"
    bare: ClassVar[bool] = False  # may be saved with nothing filled in

    @classmethod
    def read(cls, data: Mapping[str, str | Sequence[str]]) -> "EntryForm":
        """Bind the form to what was posted, or to what a version or a draft holds."""
        many = data if isinstance(data, MultiDict) else MultiDict(data)
        return cls(formdata=many)

    @classmethod
    def of_entry(cls, fields: Mapping[str, str]) -> "EntryForm":
        """Bind the form to an entry's fields, where several values stand one a line."""
        blank = cls()
        several = {field.short_name for field in blank if isinstance(field, SelectMultipleField)}
        return cls.read({key: text.split("\n") if key in several else text for key, text in fields.items()})

    def typed(self) -> Typed:
        """Return what was filled in, as an entry's fields; empty answers are left out."""
        return {field.short_name: text for field in self if (text := _text(field))}

    def faults(self) -> list[tuple[str, str]]:
        """List what must be mended, as (field's name, reason); "" names the form as a whole."""
        self.validate()
        found = [(field.short_name, str(field.errors[0])) for field in self if field.errors]
        typed = self.typed()
        if not found and not typed and not self.bare:
            found.append(("", "empty"))
        if not found and sum(len(text.encode()) for text in typed.values()) > IN_ALL:
            found.append(("", "long"))
        return found


def _text(field: Field) -> str:
    if isinstance(field, SelectMultipleField):
        known = [one.value for one in cast("list[Any]", field.choices)]
        return write_items(code for code in known if code in (field.data or ()))
    return field.data or ""
