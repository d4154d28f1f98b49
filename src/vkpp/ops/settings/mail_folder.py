"""Mail in development: one file a letter in a folder, named by the letter's own id, so that sending twice leaves one."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z-]+")


class Backend(BaseEmailBackend):
    """Writes each message whole or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        for message in email_messages:
            content = message.message()
            name = _NOT_IN_A_NAME.sub("-", str(content["Message-ID"]).partition("@")[0]).strip("-")
            aside = folder / f".{name}.{os.getpid()}"
            aside.write_bytes(content.as_bytes())
            aside.replace(folder / f"{name}.eml")
        return len(email_messages)
