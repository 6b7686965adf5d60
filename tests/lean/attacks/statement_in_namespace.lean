-- attack: changed name by a namespace; against: false
namespace X
theorem target (n : Nat) : n = n := rfl
end X
