"""``lemma models``: which generators there are, and how to come from the small one to your own."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from prover.cli.errors import clear_errors
from prover.generators.options import describe
from prover.generators.spec import KINDS

_GUIDE = """\
From a small model to a prover of your own
==========================================

1. What comes with Lemma. Nothing to download, no GPU:

     lemma prove FILE --generator small
     lemma prove FILE --generator mixture:small+symbolic

   A mixture tries what its parts propose in turns and gives the larger share to what
   works on the theorem. A model that fails never ends a search: Lemma says so once and
   goes on with the symbolic rules (--strict-generator makes it an error instead).

2. A model from Hugging Face, in this process. A folder or a name; bf16, fp16 or fp32 and
   the device are measured, goals are asked about in batches:

     lemma prove FILE --generator "hf:kaiyuy/leandojo-lean4-tacgen-byt5-small"
     lemma prove FILE --generator "hf:./my-model?n=32&decode=beam"

   Encoder-decoder models are shown ReProver's format (<a>premise</a> and the state),
   decoder-only ones BFS-Prover's ({state}:::). Another prompt, such as LLMStep's:

     ... --generator "hf:./my-model?template=[GOAL]{state}[PROOFSTEP]"

   or put the template into prompt_template.txt in the model's folder.
   A model fits if it has less than about 0.5 (bf16) or 0.25 (fp32) billion parameters for
   each GB of memory. What was trained on Mathlib wants a Lean with Mathlib: --project.

3. A 7B prover behind a server. Any OpenAI-compatible one will do; with vLLM on a machine
   with a GPU of 24 GB:

     vllm serve ByteDance-Seed/BFS-Prover-V2-7B --port 8000
     lemma prove FILE --project MATHLIB_PROJECT --workers 8 --budget seconds=600,tokens=500000 \\
       --generator "openai:ByteDance-Seed/BFS-Prover-V2-7B@http://HOST:8000/v1?api=completions&n=16"

   api=completions sends the bare prompt, which is what step provers are trained on; api=chat
   asks an assistant in words. A key is read from OPENAI_API_KEY, or from the variable that
   key=NAME names, and never shown. With price_in=, price_out= and max_dollars= (dollars a
   million tokens, dollars in all) Lemma keeps the account. Put the server and the rules
   together: "mixture:symbolic+openai:MODEL@URL?api=completions".

4. A prover of your own. Collect what searches find, train on it, measure, repeat:

     lemma prove FILES --generator mixture:small+symbolic --trace out/trace.jsonl
     lemma generate trace --from out/trace.jsonl --out out/steps.jsonl
     lemma train generator --help      # from scratch, any Hugging Face model, or LoRA on a 7B
     lemma improve --help              # the whole round: search, collect, filter, train, evaluate
     lemma prove FILES --generator "hf:out/my-generator"
     lemma eval core-library --out out/before --generator symbolic
     lemma eval core-library --out out/after  --generator "mixture:symbolic+hf:out/my-generator"
     lemma compare out/before out/after

   A LoRA adapter is used as it is: "hf:BASE_MODEL?adapter=out/adapter", or merged and served.

5. Which to choose: measure. --json reports tactic_calls, tokens and seconds for each theorem;
   lemma compare says whether a difference may be chance.
"""


def models(
    options: Annotated[bool, typer.Option(
        "--options", help="Also every option behind the ?.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """The tactic generators of --generator, and the way from the small model to a 7B prover."""
    with clear_errors():
        known = _options()
        if as_json:
            print(json.dumps({"generators": KINDS, "options": {
                name: dict(found) for name, found in known.items()}}, ensure_ascii=False))
            return
        console = Console(highlight=False)
        console.print(_table("--generator", KINDS.items()))
        if options:
            for name, found in known.items():
                console.print(_table(f"{name}…?", found))
        else:
            console.print("\nOptions follow a ?, joined by & (write the whole in quotes); "
                          "`lemma models --options` lists them.\n")
        print(_GUIDE, end="")


def _options() -> dict[str, list[tuple[str, str]]]:
    from prover.generators.neural.generator import HuggingFaceOptions
    from prover.generators.openai.generator import OpenAIOptions
    from prover.generators.small.generator import SmallOptions

    return {"small": describe(SmallOptions), "hf:": describe(HuggingFaceOptions),
            "openai:": describe(OpenAIOptions)}


def _table(title: str, rows: Any) -> Table:
    table = Table(title, "meaning", box=None, pad_edge=False)
    for name, meaning in rows:
        table.add_row(name, meaning)
    return table
