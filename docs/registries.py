"""Reference pages, made from what the package itself goes by: options, fixtures, hooks, columns, models, entries.

The table of models stands in docs/models.md, where it is read in the repository, too: `python docs/registries.py`
writes it there.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_asrbench.adapter import AdapterInfo
from pytest_asrbench.metrics import registry
from pytest_asrbench.models.entry import ModelEntry
from pytest_asrbench.models.licences import restriction
from pytest_asrbench.models.registry import Registry, adapters
from pytest_asrbench.models.runtimes import infos, stated
from pytest_asrbench.plugin import fixtures, hookspecs
from pytest_asrbench.plugin.options import OPTIONS
from pytest_asrbench.report import results
from pytest_asrbench.tasks import registry as tasks


def options() -> Iterator[str]:
    """Every option: on the command line, in configuration files, what it takes, what it does."""
    yield "# Options by name\n\n[What they mean, with defaults](../options.md).\n"
    rows = (
        (
            f"`{one.switch}{f'={one.metavar}' if one.metavar else ''}`",
            f"`{one.name}`" if one.ini else "–",
            one.help.replace("%%", "%"),
        )
        for one in OPTIONS
    )
    yield from _table(("option", "in a configuration", "meaning"), rows)


def interface() -> Iterator[str]:
    """Fixtures and hooks, by their docstrings."""
    yield "# Fixtures and hooks\n\n[How they are used](../own-tests.md).\n\n## Fixtures by name\n"
    for name in sorted(name for name in vars(fixtures) if name.startswith("asr_")):
        yield f"### `{name}`\n\n{inspect.getdoc(_function(getattr(fixtures, name)))}\n"
    yield "## Hooks by name\n"
    for name in sorted(name for name in vars(hookspecs) if name.startswith("pytest_asrbench_")):
        hook = getattr(hookspecs, name)
        yield f"### `{name}`\n\n```python\ndef {name}{inspect.signature(hook)}: ...\n```\n\n{inspect.getdoc(hook)}\n"


def columns() -> Iterator[str]:
    """The columns of results.csv, in order."""
    yield "# Columns of results.csv\n\n[What they mean](../reports.md#result-files). The first ten stay as they are.\n"
    yield from _table(
        ("number", "column"), ((str(number), f"`{name}`") for number, name in enumerate(results.columns(), 1))
    )


def metrics() -> Iterator[str]:
    """What is counted."""
    yield "# Metrics\n\n[How they are made](../numbers.md), [how to add one](../extending.md#a-metric).\n"
    rows = ((f"`{n}`", one.title, one.unit, one.better, one.meaning) for n, one in registry.installed().items())
    yield from _table(("name", "title", "unit", "better", "what is divided by what"), rows)


def models() -> Iterator[str]:
    """The catalogue."""
    yield "# Models of the catalogue\n\n[How to choose one](../models.md).\n"
    rows = (
        (
            f"`{name}`",
            f"`{one.adapter}`",
            one.parameters,
            one.licence,
            one.description,
        )
        for name, one in sorted(known_models().items())
    )
    yield from _table(("model", "adapter", "parameters", "licence", "description"), rows)


def known_models() -> dict[str, ModelEntry]:
    """The models of the catalogue, pipelines with what is known of their models."""
    registry = Registry()
    return {name: registry.chained(one) for name, one in registry.models.items()}


def entry_points() -> Iterator[str]:
    """What the package adds to its own seams by entry points, which others can use in the same way."""
    yield "# Entry points\n\n[How to add to them](../extending.md).\n"
    found = metadata.distribution("pytest-asrbench").entry_points
    for group in sorted({one.group for one in found if one.group.startswith("pytest_asrbench.")}):
        yield f"## `{group}`\n"
        rows = ((f"`{one.name}`", f"`{one.value}`", _about(one)) for one in found.select(group=group))
        yield from _table(("name", "object", ""), sorted(rows))


def _about(point: metadata.EntryPoint) -> str:
    """What an entry is, in a line; a task is data, and says so itself."""
    if point.group == tasks.GROUP:
        return tasks.installed_task(point).description
    return (inspect.getdoc(point.load()) or "").partition("\n")[0]


HERE = Path(__file__).parent
GENERATED = re.compile(r"(?<=<!-- generated: docs/registries.py -->\n)(?:\|.*?)?(?=<!-- end -->)", re.DOTALL)


def proofs() -> Mapping[str, Any]:
    """What docs/proofs.toml says of adapters and of models."""
    return tomllib.loads((HERE / "proofs.toml").read_text("utf-8"))


def proof(model: ModelEntry, known: Mapping[str, Any]) -> Mapping[str, str]:
    """How it is known that a model runs: its own proof, else that of its adapter; KeyError if there is none."""
    found: Mapping[str, str] = known["models"].get(model.name) or known["adapters"][model.adapter]
    return found


def catalogue() -> Iterator[str]:
    """The table of models, with what each takes and how it is known that it runs."""
    known = proofs()
    names = ("model", "adapter", "parameters", "weights", "longest audio", "languages", "licence", "proof")
    rows = (
        (
            f"`{name}`{' (experimental)' if one.experimental else ''}",
            one.adapter,
            _parameters(one),
            _weights(one),
            _longest(one),
            ", ".join(one.languages) if len(one.languages) == 1 else str(len(one.languages) or "–"),
            one.licence or "–",
            proof(one, known)["kind"],
        )
        for name, one in known_models().items()
    )
    yield from _table(names, rows)


def _parameters(model: ModelEntry) -> str:
    count = model.facts.parameters or 0
    unit, size = ("B", 1e9) if count >= 995_000_000 else ("M", 1e6)
    return f"{count / size:.3g} {unit}" if count else model.parameters or "–"


def _weights(model: ModelEntry) -> str:
    """The size of the file, else of all parameters in the dtype that is recommended on a GPU."""
    sizes = model.facts.memory()
    dtype = next(iter(model.facts.weights), model.facts.dtype.get("cuda", "bfloat16"))
    return f"{sizes[dtype] / 1e9:.2f} GB {dtype}" if sizes else "–"


def _longest(model: ModelEntry) -> str:
    seconds = model.facts.longest_seconds
    if seconds is not None:
        return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"
    listens = model.parts[0].adapter
    info = infos({listens: adapters()[listens]})[listens]
    if not isinstance(info, str) and "batch" not in info.modes:
        return "–"
    return "any" if not isinstance(info, str) and info.max_seconds is None else "not stated"


def systems() -> Iterator[str]:
    """The systems that people ask for by name: how each is run, by which command, what was proved, and what was not."""
    known, models = proofs(), known_models()
    listed = tomllib.loads((HERE / "systems.toml").read_text("utf-8"))["systems"]
    rows = (_system(one, models, known) for one in listed)
    yield from _table(("system", "how it runs", "command", "proof", "not proved"), rows)


UNPROVED = {
    "real": "other weights of the family",
    "tiny": "its own weights",
    "random": "its own weights, and that any words come out right",
    "stand-in": "its own code and weights",
    "none": "everything",
}


def _system(said: Mapping[str, Any], models: Mapping[str, ModelEntry], known: Mapping[str, Any]) -> tuple[str, ...]:
    """A row of what systems.toml says of a system, and of what the catalogue has of it or in its stead."""
    own, instead = ([models[name] for name in said.get(key, ())] for key in ("models", "instead"))
    used = own + instead
    kinds = {one.name: proof(one, known)["kind"] for one in used}
    ways = [_ways(own), said.get("way", ""), f"instead {', '.join(one.name for one in instead)}" if instead else ""]
    commands = [_command(used), said.get("command", "")]
    return (
        said["name"],
        "; ".join(filter(None, ways)),
        "; ".join(f"`{one}`" for one in commands if one) or "–",
        ", ".join(dict.fromkeys(kinds.values())) or "none",
        "; ".join(filter(None, [*_lacking(used, known), said.get("unproved", "")])),
    )


def _lacking(models: list[ModelEntry], known: Mapping[str, Any]) -> list[str]:
    """What is not proved of models, and what their licences forbid."""
    told = {one.name: _unproved(proof(one, known)) for one in models}
    lacking = dict.fromkeys(told.values())
    each = list(lacking) if len(lacking) == 1 else [f"{model}: {text}" for model, text in told.items()]
    return each + list(
        dict.fromkeys(f"{one.licence}: {limit}" for one in models if (limit := restriction(one.licence)))
    )


def _ways(models: list[ModelEntry]) -> str:
    """The runtimes of models, those of a pipeline together, and which of them want an environment of their own."""
    return ", ".join(dict.fromkeys(" and ".join(dict.fromkeys(map(_runtime, one.parts))) for one in models))


def _command(models: list[ModelEntry]) -> str:
    """How all of the models are run at once, and allowed what they have to be allowed."""
    allowed = [f" --asr-trust-remote-code={one.name}@COMMIT" for one in models if _said(one).own_code == "must"]
    return f"pytest --asr-models={','.join(one.name for one in models)}{''.join(allowed)}" if models else ""


def _unproved(said: Mapping[str, str]) -> str:
    note = said.get("note", "")
    return UNPROVED[said["kind"]] + (f" ({note})" if note else "")


def _runtime(model: ModelEntry) -> str:
    info = _said(model)
    return f"{info.runtime} in an environment of its own" if info.apart else info.runtime


def _said(model: ModelEntry) -> AdapterInfo:
    """What a model's adapter says of itself; that of a pipeline, which has none, is empty."""
    info = None if model.chain else stated(adapters()[model.adapter])
    return info or AdapterInfo(model.adapter)


def write_catalogue(page: Path = HERE / "models.md") -> None:
    """Put the tables of models where the page has their places."""
    tables = iter((catalogue, systems))
    page.write_text(GENERATED.sub(lambda _: "\n".join(next(tables)()), page.read_text("utf-8")), "utf-8")


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "options": options,
    "interface": interface,
    "columns": columns,
    "metrics": metrics,
    "models": models,
    "entry_points": entry_points,
}


def write(folder: Path) -> None:
    """Write all pages into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in PAGES.items():
        (folder / f"{name}.md").write_text("\n".join(lines()) + "\n", "utf-8")


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        cells = (" ".join(cell.split()).replace("|", "\\|") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _function(fixture: object) -> object:
    """The function behind a fixture."""
    return inspect.unwrap(fixture) if callable(fixture) else fixture


if __name__ == "__main__":
    write_catalogue()
