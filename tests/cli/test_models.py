"""``lemma models``: a newcomer's way to a model of their own."""

from __future__ import annotations

import json
import re
import shlex

from typer.testing import CliRunner

from prover.cli.app import app
from prover.generators.neural.generator import HuggingFaceOptions
from prover.generators.openai.generator import OpenAIOptions
from prover.generators.options import read_options
from prover.generators.spec import GeneratorSpec, parse_spec


def test_every_generator_and_option_is_listed() -> None:
    done = CliRunner().invoke(app, ["models", "--options"])
    assert done.exit_code == 0
    found = json.loads(CliRunner().invoke(app, ["models", "--json"]).stdout)
    assert set(found["options"]) == {"small", "hf:", "openai:"}
    for name in (*found["generators"], *found["options"]["hf:"], *found["options"]["openai:"]):
        assert name in done.stdout


def check(spec: GeneratorSpec) -> None:
    for part in spec.parts or (spec,):
        kinds = {"hf": HuggingFaceOptions, "openai": OpenAIOptions}
        if part.kind in kinds:
            read_options(kinds[part.kind], part.options, part.text)


def test_every_generator_of_the_guide_can_be_asked_for() -> None:
    text = CliRunner().invoke(app, ["models"]).stdout.replace("\\\n", " ")
    specs = [words[words.index("--generator") + 1]
             for line in text.splitlines() if line.startswith("     ") and "--generator" in line
             for words in [shlex.split(line, comments=True)]]
    specs += re.findall(r'"((?:mixture|hf|openai):[^"\n]+)"', text)
    assert len(specs) >= 10
    for spec in specs:
        check(parse_spec(spec.replace("HOST", "localhost").replace("@URL", "@http://localhost")))
