"""The Lean environment: theorem files in, proof states and tactics, kernel-checked verdicts out.

The whole of it in a few lines::

    from prover.environments.lean import LeanPool, fill_file, load_lean_file, load_records

    with LeanPool(workers=2) as pool:                 # nothing is started before it is needed
        loaded = load_lean_file(path, pool=pool)      # LoadedFile(file, theorems, problems)
        for theorem in loaded.theorems:               # LeanTheorem, a prover.contracts.Theorem
            with pool.environment(theorem) as env:    # an idle worker, an Environment[LeanTheorem]
                state = env.open(theorem)             # goals of all holes
                roots = env.split(state)              # one state for each hole, in source order
                after = env.apply(roots[0], "simp")   # ProofState | TacticFailure
            verdict = pool.checker.check(theorem, ProofScript(("simp",)))   # fresh process
        fill_file(path, [(theorem, script)])          # `--write`: only these `sorry`s, atomically

* ``load_lean_file(path, *, pool, reprove=False) -> LoadedFile``; ``load_records`` does the same
  for miniF2F-style ``.jsonl`` files. What cannot be used at all (missing, binary, unknown import)
  raises `prover.contracts.InputError`; what is wrong with single theorems is in
  ``LoadedFile.problems`` (`FileProblem`: file, line, column, message, theorem name if known), and
  the other theorems still go.
* `LeanPool.environment` blocks until a worker is idle. It may be called from many threads; the
  environment handed out belongs to its thread until the ``with`` ends. One worker takes about
  1 GB and 3 s to start.
* `LeanPool.checker` is one `LeanChecker` for the whole pool, thread-safe, in processes of its own.
* `assemble` gives the source text with a script put in the place of the holes.

``LEMMA_LEAN=embedded|native|auto`` chooses the server (see `prover.environments.lean.backend`).
"""
