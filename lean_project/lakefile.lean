import Lake
open Lake DSL

/-!
The Lean side of Lemma: the example theorems, and Pantograph's `repl`, through which Lemma talks to
a native Lean. `README.md` beside this file says how to build and use it.
-/

package «lemma-examples»

-- The server. Its release has to be the one for the Lean in `lean-toolchain`.
require pantograph from git
  "https://github.com/leanprover/Pantograph.git" @ "v0.3.14"

-- Mathlib only on demand, with `-Kmathlib=on`, since it takes gigabytes. It comes last, so that
-- its choice of shared dependencies counts.
meta if get_config? mathlib = some "on" then
require mathlib from git
  "https://github.com/leanprover-community/mathlib4.git" @ "v4.28.0"

@[default_target]
lean_lib Examples
