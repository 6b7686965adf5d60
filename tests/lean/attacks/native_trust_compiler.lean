-- attack: trustCompiler; against: none
theorem target : True := Lean.trustCompiler
