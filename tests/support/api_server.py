"""The app in this process, for programs that call it over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from hidiff.interface import build, launch_options
from hidiff.pipeline import HiDiff


@contextmanager
def serving(models: Mapping[str, HiDiff], tmp_path_factory: pytest.TempPathFactory, **options: Any) -> Iterator[str]:
    """The address of the app with these models and without examples, ending in a slash."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        for name in ("NO_PROXY", "no_proxy"):
            patch.setenv(name, "127.0.0.1,localhost")
        page = build(models, {}, ())
        launching = {"server_name": "127.0.0.1", "prevent_thread_lock": True, "quiet": True}
        _, url, _ = page.launch(**launching, **launch_options(models), **options)
        try:
            yield url
        finally:
            page.close()
