"""The run in reports/sample: `python -m tests.real.sample [OPTION ...]`, options being pytest's; for a quiet machine.

PocketSphinx and OpenAI's Whisper, tiny.en by every runtime that is installed and base by some, on the corpus
quickstart, in one session. What it printed is what the README shows. Results name their host and where weights lie:
the machine calls itself "sample" meanwhile, which takes Linux, and paths are kept from the session's folder on.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

from tests.checkpoints.common import ROOT
from tests.real.models import WAYS, project

# Base is there to be compared with tiny.en, and the ways with each other on that.
SHOWN = {
    "tiny.en": list(WAYS),
    "base": ["transformers", "whisper.cpp-f16", "faster-whisper", "faster-whisper-int8", "transcribe.cpp-q8_0"],
}
PLACE, SAMPLE = ROOT / "reports" / "real", ROOT / "reports" / "sample"
UNDER_ANOTHER_NAME = ["unshare", "--uts", "--map-root-user", "sh", "-c", 'hostname sample && exec "$@"', "sh"]


def main(options: list[str]) -> int:
    """Run the session and keep its results, if it passed; return pytest's exit code."""
    if shutil.which(UNDER_ANOTHER_NAME[0]) is None:
        sys.exit(f"{UNDER_ANOTHER_NAME[0]}, of util-linux, is not there: make the sample on Linux")
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    models = ["pocketsphinx"]
    for name, keys in SHOWN.items():
        models += project(PLACE, name, [key for key in keys if WAYS[key].there])
    settings = f'[pytest]\naddopts = ["-p", "no:cacheprovider"]\nasr_models = {json.dumps(models)}\n'
    (PLACE / "pytest.toml").write_text(settings, "utf-8")
    pytest = [sys.executable, "-m", "pytest", *options]
    code = subprocess.run([*UNDER_ANOTHER_NAME, *pytest], cwd=PLACE, check=False).returncode
    if code == 0:
        for name in ("results.csv", "results.json"):
            written = (PLACE / "reports" / name).read_text("utf-8")
            (SAMPLE / name).write_text(written.replace(f"{PLACE}/", "./"), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
