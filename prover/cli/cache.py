"""``lemma cache``: what the proof cache holds, and how to empty it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from prover.cli.errors import clear_errors
from prover.contracts import LemmaError
from prover.proof_cache import CacheInfo, ProofCache

cache = typer.Typer(
    no_args_is_help=True, help="The proof cache: what searches have learnt for later ones.")

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@cache.command()
def info(as_json: _Json = False) -> None:
    """Say where the cache is and what it holds."""
    with clear_errors(), ProofCache() as proofs:
        _show(_info(proofs), as_json)


@cache.command()
def clear(as_json: _Json = False) -> None:
    """Forget everything that was learnt."""
    with clear_errors(), ProofCache() as proofs:
        proofs.clear()
        _show(_info(proofs), as_json)


def _info(proofs: ProofCache) -> CacheInfo:
    found = proofs.info()
    if proofs.trouble:
        raise LemmaError(proofs.trouble, remedy=f"remove {proofs.path}")
    return found


def _show(found: CacheInfo, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"path": str(found.path), "proofs": found.proofs,
                          "goals_with_failures": found.goals_with_failures,
                          "bytes": found.bytes}, ensure_ascii=False))
        return
    print(f"{found.path}: {found.proofs} proofs, failures of tactics on "
          f"{found.goals_with_failures} goals, {found.bytes / 2**20:.1f} MiB")
