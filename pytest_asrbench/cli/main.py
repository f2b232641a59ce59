"""The `pytest-asrbench` command: thin; each subcommand is a file beside this one, imported when it is asked for."""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from pytest_asrbench import __version__
from pytest_asrbench.errors import AsrBenchError
from pytest_asrbench.support.redaction import redact

COMMANDS = {
    "doctor": "what this machine has, what is missing for which model, and what mends it",
    "models": "the catalogue, or everything known of one model",
    "catalog": "what a hub has of speech models, exported with a time stamp, and what of it is new",
    "download": "the weights of one or several models, into huggingface_hub's cache",
    "draft": "transcripts to start from, for recordings that have none",
    "score": "answers that were made elsewhere, scored by pytest like those of any model",
    "report": "one page of one or several runs, or Markdown for a comment",
    "history": "each model's WER and RTF over its saved runs, and where they changed",
}
USAGE_ERROR = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"pytest-asrbench: {message}\n")
        sys.exit(USAGE_ERROR)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 2, with one sentence on stderr, for any error that a user can mend."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a pipe on Windows cannot take every character
            stream.reconfigure(errors="replace")
    parser = _Parser(
        prog="pytest-asrbench", description="Benchmark local speech models; the benchmark itself is run by pytest."
    )
    parser.add_argument("--version", action="version", version=f"pytest-asrbench {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    chosen = next((word for word in given if not word.startswith("-")), None)
    modules = {}
    for name, text in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
        if name == chosen:
            modules[name] = importlib.import_module(f"pytest_asrbench.cli.{name}")
            modules[name].add_arguments(subparser)
    if not given:
        parser.print_help()
        return USAGE_ERROR
    try:
        _check(chosen)
        options = parser.parse_args(given)
        code: int = modules[options.command].run(options)
        sys.stdout.flush()
        return code
    except AsrBenchError as error:
        sys.stderr.write(redact(f"pytest-asrbench: {error}\n"))
        return USAGE_ERROR
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _check(command: str | None) -> None:
    if command is not None and command not in COMMANDS:
        close = difflib.get_close_matches(command, COMMANDS, 1)
        meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(COMMANDS)}"
        raise AsrBenchError(f"unknown command {command!r}; {meant}")


if __name__ == "__main__":
    sys.exit(main())
