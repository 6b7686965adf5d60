/-!
# Binary trees

A type of our own. Its recursive functions (`size`, `height`, `mirror`, `toList`) are each a few
lines long, and every theorem about them follows the shape of the tree: one case for the empty
tree, one for a node, where both subtrees may be assumed to behave.
-/

namespace Examples

/-- A binary tree with a value at every node. -/
inductive Tree (α : Type) where
  | leaf : Tree α
  | node (left : Tree α) (value : α) (right : Tree α) : Tree α

namespace Tree

variable {α β : Type}

/-- The number of nodes. -/
@[simp] def size : Tree α → Nat
  | leaf => 0
  | node l _ r => size l + 1 + size r

/-- The number of nodes on the longest way down. -/
@[simp] def height : Tree α → Nat
  | leaf => 0
  | node l _ r => max (height l) (height r) + 1

/-- The tree as seen in a mirror. -/
@[simp] def mirror : Tree α → Tree α
  | leaf => leaf
  | node l x r => node (mirror r) x (mirror l)

/-- The values from left to right. -/
@[simp] def toList : Tree α → List α
  | leaf => []
  | node l x r => toList l ++ x :: toList r

def map (f : α → β) : Tree α → Tree β
  | leaf => leaf
  | node l x r => node (map f l) (f x) (map f r)

theorem size_eq_zero (t : Tree α) : t.size = 0 ↔ t = leaf := by sorry

theorem mirror_mirror (t : Tree α) : t.mirror.mirror = t := by sorry

theorem size_mirror (t : Tree α) : t.mirror.size = t.size := by sorry

theorem height_mirror (t : Tree α) : t.mirror.height = t.height := by sorry

/-- Mirror images differ only if the trees do. -/
theorem mirror_injective (s t : Tree α) (h : s.mirror = t.mirror) : s = t := by sorry

theorem length_toList (t : Tree α) : t.toList.length = t.size := by sorry

theorem toList_mirror (t : Tree α) : t.mirror.toList = t.toList.reverse := by sorry

theorem toList_map (f : α → β) (t : Tree α) : (t.map f).toList = t.toList.map f := by sorry

theorem map_mirror (f : α → β) (t : Tree α) : t.mirror.map f = (t.map f).mirror := by sorry

theorem height_le_size (t : Tree α) : t.height ≤ t.size := by sorry

/-- A tree of height `h` has room for fewer than `2 ^ h` nodes. -/
theorem size_lt_two_pow_height (t : Tree α) : t.size < 2 ^ t.height := by
  induction t with
  | leaf => sorry
  | node l x r ihl ihr =>
    have left_fits : 2 ^ l.height ≤ 2 ^ max l.height r.height := by sorry
    have right_fits : 2 ^ r.height ≤ 2 ^ max l.height r.height := by sorry
    simp only [size, height, Nat.pow_succ]
    sorry

/-- The values from left to right again, without `++`: `rest` is what follows them. -/
def onto (rest : List α) : Tree α → List α
  | leaf => rest
  | node l x r => onto (x :: onto rest r) l

theorem onto_eq (rest : List α) (t : Tree α) : onto rest t = t.toList ++ rest := by sorry

end Tree

end Examples
