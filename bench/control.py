"""The control: the same task written as Flask applications usually are, with the same sealing library.

FlaskForm with its own token, the ORM, stacked limits, the page rendered again on every answer. It is measured in the
same run, since machines drift; nothing of it is used elsewhere.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime

from flask import Flask, render_template, request
from flask_limiter import Limiter
from flask_wtf import FlaskForm
from sqlalchemy import DateTime, LargeBinary, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from crypto.opening.ceremony import draw_spare
from crypto.primitives import encrypt, seal_to

RECIPIENTS = draw_spare(8)
CHOICES = [("now", "Ja, nu"), ("soon", "Kanske snart"), ("no", "Nej"), ("unsure", "Vet inte")]
NEEDS = [(name, name) for name in ("safety", "shelter", "debt", "drugs", "work", "family", "talk", "unsure")]
LIMITS = "1000000 per minute; 10000000 per hour"


class Base(DeclarativeBase):
    """The ORM's base."""


class Message(Base):
    """One sealed message."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    received: Mapped[datetime] = mapped_column(DateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class WriteForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no annotations
    """The fields of /me."""

    urgency = RadioField(choices=CHOICES, validators=[Optional()])
    need = SelectMultipleField(choices=NEEDS, validators=[Optional()])
    message = TextAreaField(validators=[Length(max=5000)])
    answer_by = RadioField(choices=[(name, name) for name in ("code", "call", "sms", "code_and_call")])
    contact = StringField(validators=[Length(max=200)])
    municipality = RadioField(choices=[(name, name) for name in ("ekstad", "bjorkby", "granvik", "unknown")])
    when = StringField(validators=[Length(max=200)])
    avoid = StringField(validators=[Length(max=500)])
    code_word = StringField(validators=[Length(max=60)])
    call_name = StringField(validators=[Length(max=60)])
    language = StringField(validators=[Length(max=60)])
    age = RadioField(choices=[("under18", "Under 18"), ("adult", "18"), ("unsaid", "-")], validators=[Optional()])
    try_id = HiddenField()


def application() -> Flask:
    """Return the control app; UTVAG_BENCH_DATABASE names its SQLite file."""
    app = Flask(__name__, template_folder="templates")
    app.secret_key = "control"  # noqa: S105  # the same in both workers; nothing of worth is behind it
    limiter = Limiter(lambda: request.remote_addr or "", app=app, storage_uri="memory://", default_limits=[LIMITS])
    engine = create_engine(f"sqlite:///{os.environ['UTVAG_BENCH_DATABASE']}")
    event.listen(engine, "connect", _durable)
    Base.metadata.create_all(engine)

    @app.route("/me", methods=["GET", "POST"])
    @limiter.limit(LIMITS)
    def me() -> str:
        form = WriteForm()
        if not form.validate_on_submit():
            return render_template("me.html", form=form)
        key = secrets.token_bytes(32)
        slots = b"".join(seal_to(public, key) for public in RECIPIENTS)
        sealed = slots + encrypt(key, repr(form.data).encode(), 8192, slots)
        with Session(engine) as session:
            session.add(Message(received=datetime.now(UTC), sealed=sealed))
            session.commit()
        return render_template("me.html", form=form)

    return app


def _durable(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # sqlite3's connection, untyped in SQLAlchemy's events
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
