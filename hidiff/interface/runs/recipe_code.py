"""Code that asks this app's API for a refinement again: in Python with gradio_client, and in a shell with curl.

Both call the endpoint that takes the recipe's prior, with every setting by name. `HERE` stands for the app's address.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import Any

from hidiff.interface.runs.names import stem
from hidiff.interface.runs.recipe import Recipe, Source
from hidiff.pipeline import HiDiff

HERE = "http://127.0.0.1:7860/"  # the panel puts the address there at which the visitor has found the app
SCRIBBLES_SUFFIX = ".scribbles.png"  # of the file that the app gives for what was painted
_UPLOAD, _CALL = "gradio_api/upload", "gradio_api/call"
_FILE = '{"path": "\'"$NAME"\'", "meta": {"_type": "gradio.FileData"}}'


def endpoint_of(recipe: Recipe) -> str:
    """The endpoint that takes the recipe's prior."""
    return "refine" if recipe.own is None else "refine_prior"


def local_path(source: Source) -> str:
    """What to call a picture or a mask on the visitor's own computer."""
    return f"examples/{source.path.name}" if source.example else source.title


def files_of(model: HiDiff, recipe: Recipe) -> dict[str, str]:
    """parameter -> the file to send, as it is called on the visitor's own computer."""
    files = {"image": local_path(recipe.source)}
    if recipe.own is not None:
        files["prior"] = recipe.own.title
    if recipe.scribbles is not None:
        files["scribbles"] = stem(model, recipe) + SCRIBBLES_SUFFIX
    if recipe.source.compared is not None:
        files["reference"] = local_path(recipe.source.compared)
    return files


def arguments_of(recipe: Recipe) -> dict[str, Any]:
    """Every other parameter of the call, by name."""
    settings = asdict(recipe.settings)
    if recipe.own is not None:
        return {"task": recipe.task, **settings, "invert": recipe.own.inverted}
    del settings["confidence"]
    start = {"prior_source": recipe.prior_source, "prior_seed": recipe.prior_seed}
    return {"task": recipe.task, **settings, **start}


def python_code(model: HiDiff, recipe: Recipe) -> str:
    """A script for gradio_client: `mask` is the path of the answer, `report` what is said of it."""
    files = [f"    {name}=handle_file({path!r})," for name, path in files_of(model, recipe).items()]
    rest = [f"    {name}={value!r}," for name, value in arguments_of(recipe).items()]
    return "\n".join(
        [
            "from gradio_client import Client, handle_file",
            "",
            f'client = Client("{HERE}")',
            "mask, report = client.predict(",
            *files,
            *rest,
            f'    api_name="/{endpoint_of(recipe)}",',
            ")",
            "print(mask, report)",
        ]
    )


def curl_code(model: HiDiff, recipe: Recipe) -> str:
    """A script for a shell: uploads the files, calls, prints the reports, and fetches the mask into this folder."""
    lines = [f"url={HERE}"]
    fields = []
    for name, path in files_of(model, recipe).items():
        escaped = path.replace("\\", "\\\\").replace('"', '\\"')
        form = shlex.quote(f'files=@"{escaped}"')
        lines.append(f'{name}=$(curl -sF {form} "${{url}}{_UPLOAD}" | cut -d\'"\' -f2)')
        fields.append(f'"{name}": ' + _FILE.replace("NAME", name))
    fields += [f'"{name}": {json.dumps(value)}' for name, value in arguments_of(recipe).items()]
    endpoint = endpoint_of(recipe)
    lines += [
        f'event=$(curl -s "${{url}}{_CALL}/v2/{endpoint}" -H "Content-Type: application/json" \\',
        f"  -d '{{{', '.join(fields)}}}' | cut -d'\"' -f4)",
        f'answer=$(curl -sN "${{url}}{_CALL}/{endpoint}/$event")',
        "printf '%s\\n' \"$answer\"",
        'curl -sO "$(printf \'%s\' "$answer" | grep -o \'http[^"]*[.]mask[.]png\' | tail -n 1)"',
    ]
    return "\n".join(lines)
