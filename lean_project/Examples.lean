import Examples.BoolOption
import Examples.Dictionaries
import Examples.Functions
import Examples.Integers
import Examples.Library
import Examples.Lists
import Examples.Logic
import Examples.Naturals
import Examples.Predicate
import Examples.Trees

/-!
The example theorems. Each file states theorems and leaves their proofs to Lemma, which fills
them in with `lemma prove --write`.
-/
