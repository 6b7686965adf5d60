import Std.Data.HashMap

/-!
# Dictionaries

The one file that imports more than the language itself brings along: hash maps from the standard
library, and a small word counter built on them.
-/

namespace Examples.Dictionaries

open Std

theorem look_up_what_was_stored (m : HashMap Nat String) (k : Nat) (v : String) :
    (m.insert k v)[k]? = some v := by sorry

theorem erased_is_gone (m : HashMap Nat String) (k : Nat) :
    (m.erase k).contains k = false := by sorry

/-- Counts one more occurrence of `word`. -/
def note (m : HashMap String Nat) (word : String) : HashMap String Nat :=
  m.insert word (m.getD word 0 + 1)

theorem note_counts (m : HashMap String Nat) (w : String) :
    (note m w).getD w 0 = m.getD w 0 + 1 := by sorry

theorem note_keeps_others (m : HashMap String Nat) (v w : String) (h : v ≠ w) :
    (note m v).getD w 0 = m.getD w 0 := by sorry

end Examples.Dictionaries
