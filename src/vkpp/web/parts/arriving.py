"""Files streamed to disk while they arrive; on a disk that fills up, what had arrived goes at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler


class ToDisk(TemporaryFileUploadHandler):
    """The library's handler leaves a file that it could not write open, and so on the disk, for as long as it pleases."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        with self._gone_on_trouble():
            super().receive_data_chunk(raw_data, start)

    def file_complete(self, file_size: int) -> Any:
        with self._gone_on_trouble():
            self.file.flush()
            return super().file_complete(file_size)

    @contextmanager
    def _gone_on_trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            with suppress(OSError):  # what is still in memory cannot be written either
                self.file.close()
            raise
