"""Faults of events: whatever an event raises reaches its visitor as a sentence and the log as a line."""

from __future__ import annotations

import errno
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import gradio as gr
from gradio.exceptions import Error

from hidiff.errors import HiDiffError
from hidiff.interface.server.gate import told_fault
from hidiff.interface.texts import text

_FULL = (errno.ENOSPC, errno.EDQUOT)
_log = logging.getLogger(__name__)


def plainly(page: gr.Blocks) -> None:
    """From now on, for every event of a page: what was sent and cannot be understood fills no log, and what is shown
    holds neither a path of the server's nor what was sent."""
    page.process_api = _plain(page.process_api)  # type: ignore[method-assign, assignment]


def _plain(process: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @wraps(process)
    async def processed(*given: Any, **named: Any) -> Any:
        try:
            return await process(*given, **named)
        except (Error, StopAsyncIteration) as error:
            if isinstance(error, Error) and error.print_exception:
                _say(error, named)
                raise gr.Error(text("error.call"), print_exception=False) from error
            raise
        except HiDiffError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _say(error, named)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise gr.Error(text("server.no_space"), print_exception=False) from error
            raise gr.Error(text("error.call"), print_exception=False) from error

    return processed


def _say(error: Exception, named: dict[str, Any]) -> None:
    event = getattr(named.get("block_fn"), "api_name", None) or "an event of the page"
    _log.warning("%s failed: %s", event, told_fault(error))
    _log.debug("%s", error, exc_info=True)
