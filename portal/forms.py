"""The two forms as WTForms: what is read, cleaned and refused. Nothing is checked that a human could mend later."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField

from portal.reasons import Reason
from programme import questions

# Everything below space but tab and line feed, and DEL: no keyboard types them, and terminals and editors obey them.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
TRY = re.compile(r"[0-9a-f]{32}")

# A choice that the page makes for the visitor is no sign that they wanted to say anything.
NOT_CONTENT = frozenset({"answer_by", "municipality", "language"})
CALLS = frozenset({"call", "sms", "code_and_call"})

Answers = dict[str, str | tuple[str, ...]]


def clean(value: str | None) -> str:
    """Return the text with plain line ends, without control characters and outer spaces."""
    return CONTROLS.sub("", (value or "").replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_of(*values: str) -> RadioField:
    """Make a question with one answer; a value that the page does not offer is dropped, not refused."""
    return RadioField(choices=list(values), validate_choice=False)  # type: ignore[arg-type]  # the stubs are of an older WTForms


def some_of(*values: str) -> SelectMultipleField:
    """Make a question with several answers, as above."""
    return SelectMultipleField(choices=list(values), validate_choice=False)  # type: ignore[arg-type]  # as above


def line() -> StringField:
    """Make a question answered in one line."""
    return StringField(filters=[clean])


class SubmissionForm(Form):
    """What both forms ask, under the contract's names; not Flask-WTF's form, since CSRF is checked once for all."""

    message = TextAreaField(filters=[clean])
    answer_by = one_of(*questions.ANSWER_BY)
    contact = line()
    municipality = line()
    when = line()
    avoid = some_of(*questions.AVOID)
    avoid_more = line()
    code_word = line()
    call_name = line()
    language = line()  # free text too: a value that the page does not offer is a language that somebody wrote
    language_other = line()
    try_id = HiddenField(name="try")

    def answers(self) -> Answers:
        """Return what was answered under the contract's names; empty answers are left out."""
        found = {field.short_name: _known(field) for field in self if field.short_name != "try"}
        kept = {name: value for name, value in found.items() if value}
        language = kept.get("language")
        if language and language not in questions.LANGUAGE:
            kept["language_other"] = language
            kept["language"] = "other"
        return kept

    def reason(self) -> Reason | None:
        """Return why the form should go back to the person, or None."""
        answers = self.answers()
        if not answers.keys() - NOT_CONTENT:
            return Reason.EMPTY
        if self.wants_call() and "contact" not in answers:
            return Reason.NUMBER
        return None

    def wants_call(self) -> bool:
        """Tell whether the person asked to be called or sent a text message."""
        return self.answer_by.data in CALLS

    def wants_code(self) -> bool:
        """Tell whether the person asked for a return code."""
        return self.answer_by.data in ("code", "code_and_call")


class MeForm(SubmissionForm):
    """The form for oneself."""

    urgency = one_of(*questions.URGENCY_ME)
    need = some_of(*questions.NEED_ME)
    age = one_of(*questions.AGE_ME)


class OtherForm(SubmissionForm):
    """The form for someone close."""

    urgency = one_of(*questions.URGENCY_OTHER)
    own_safety = some_of(*questions.OWN_SAFETY)
    relation = one_of(*questions.RELATION)
    aware = one_of(*questions.AWARE)
    need = some_of(*questions.NEED_OTHER)
    age = one_of(*questions.AGE_OTHER)


FORMS: Mapping[str, type[SubmissionForm]] = {"me": MeForm, "other": OtherForm}


def read_form(name: str, data: Mapping[str, str | Sequence[str]]) -> SubmissionForm:
    """Bind the form "me" or "other" to data: a MultiDict, or a mapping of texts or lists of texts."""
    many = data if isinstance(data, MultiDict) else MultiDict(data)
    return FORMS[name](formdata=many)


def _known(field: Field) -> str | tuple[str, ...]:
    if isinstance(field, SelectMultipleField):
        return tuple(value for value in _offered(field) if value in (field.data or ()))
    text = field.data or ""
    return text if not isinstance(field, RadioField) or text in _offered(field) else ""


def _offered(field: RadioField | SelectMultipleField) -> list[str]:
    return [str(value) for value in field.choices or ()]  # as `one_of` and `some_of` give them
