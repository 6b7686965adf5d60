"""Pelletier's problems that are first-order and within reach, in TPTP.

F. J. Pelletier, "Seventy-five problems for testing automatic theorem provers", Journal of
Automated Reasoning 2, 1986 (with its errata).
"""

PELLETIER = {
    18: """
fof(c, conjecture, ?[Y]: ![X]: (f(Y) => f(X))).
""",
    19: """
fof(c, conjecture, ?[X]: ![Y,Z]: ((p(Y) => q(Z)) => (p(X) => q(X)))).
""",
    20: """
fof(c, conjecture, ![X,Y]: ?[Z]: ![W]: ((p(X) & q(Y)) => (r(Z) & s(W))) => ?[X1,Y1]: ((p(X1) &
    q(Y1)) => ?[Z1]: r(Z1))).
""",
    21: """
fof(a, axiom, ?[X]: (p => f(X))).
fof(b, axiom, ?[X]: (f(X) => p)).
fof(c, conjecture, ?[X]: (p <=> f(X))).
""",
    22: """
fof(c, conjecture, (![X]: (p <=> f(X))) => (p <=> ![X]: f(X))).
""",
    23: """
fof(c, conjecture, (![X]: (p | f(X))) <=> (p | ![X]: f(X))).
""",
    24: """
fof(a, axiom, ~?[X]: (s(X) & q(X))).
fof(b, axiom, ![X]: (p(X) => (q(X) | r(X)))).
fof(d, axiom, ~?[X]: p(X) => ?[Y]: q(Y)).
fof(e, axiom, ![X]: ((q(X) | r(X)) => s(X))).
fof(c, conjecture, ?[X]: (p(X) & r(X))).
""",
    25: """
fof(a, axiom, ?[X]: p(X)).
fof(b, axiom, ![X]: (f(X) => (~g(X) & r(X)))).
fof(d, axiom, ![X]: (p(X) => (g(X) & f(X)))).
fof(e, axiom, ![X]: (p(X) => q(X)) | ?[Y]: (p(Y) & r(Y))).
fof(c, conjecture, ?[X]: (q(X) & p(X))).
""",
    26: """
fof(a, axiom, (?[X]: p(X)) <=> (?[X]: q(X))).
fof(b, axiom, ![X,Y]: ((p(X) & q(Y)) => (r(X) <=> s(Y)))).
fof(c, conjecture, (![X]: (p(X) => r(X))) <=> (![X]: (q(X) => s(X)))).
""",
    27: """
fof(a, axiom, ?[X]: (f(X) & ~g(X))).
fof(b, axiom, ![X]: (f(X) => h(X))).
fof(d, axiom, ![X]: ((j(X) & i(X)) => f(X))).
fof(e, axiom, (?[X]: (h(X) & ~g(X))) => (![X1]: (i(X1) => ~h(X1)))).
fof(c, conjecture, ![X]: (j(X) => ~i(X))).
""",
    28: """
fof(a, axiom, ![X]: (p(X) => ![Y]: q(Y))).
fof(b, axiom, (![X]: (q(X) | r(X))) => (?[X]: (q(X) & s(X)))).
fof(d, axiom, (?[X]: s(X)) => (![X]: (f(X) => g(X)))).
fof(c, conjecture, ![X]: ((p(X) & f(X)) => g(X))).
""",
    29: """
fof(a, axiom, (?[X]: f(X)) & (?[X]: g(X))).
fof(c, conjecture, ((![X]: (f(X) => h(X))) & (![X]: (g(X) => j(X)))) <=> (![X,Y]: ((f(X) &
    g(Y)) => (h(X) & j(Y))))).
""",
    30: """
fof(a, axiom, ![X]: ((f(X) | g(X)) => ~h(X))).
fof(b, axiom, ![X]: ((g(X) => ~i(X)) => (f(X) & h(X)))).
fof(c, conjecture, ![X]: i(X)).
""",
    31: """
fof(a, axiom, ~?[X]: (f(X) & (g(X) | h(X)))).
fof(b, axiom, ?[X]: (i(X) & f(X))).
fof(d, axiom, ![X]: (~h(X) => j(X))).
fof(c, conjecture, ?[X]: (i(X) & j(X))).
""",
    32: """
fof(a, axiom, ![X]: ((f(X) & (g(X) | h(X))) => i(X))).
fof(b, axiom, ![X]: ((i(X) & h(X)) => j(X))).
fof(d, axiom, ![X]: (k(X) => h(X))).
fof(c, conjecture, ![X]: ((f(X) & k(X)) => j(X))).
""",
    33: """
fof(c, conjecture, (![X]: ((p(a) & (p(X) => p(b))) => p(c))) <=> (![X]: ((~p(a) | (p(X) |
    p(c))) & (~p(a) | (~p(b) | p(c)))))).
""",
    34: """
fof(c, conjecture, ((?[X]: ![Y]: (p(X) <=> p(Y))) <=> ((?[X]: q(X)) <=> (![Y]: q(Y)))) <=>
    ((?[X]: ![Y]: (q(X) <=> q(Y))) <=> ((?[X]: p(X)) <=> (![Y]: p(Y))))).
""",
    35: """
fof(c, conjecture, ?[X,Y]: (p(X,Y) => ![Z,W]: p(Z,W))).
""",
    36: """
fof(a, axiom, ![X]: ?[Y]: f(X,Y)).
fof(b, axiom, ![X]: ?[Y]: g(X,Y)).
fof(d, axiom, ![X,Y]: ((f(X,Y) | g(X,Y)) => ![Z]: ((f(Y,Z) | g(Y,Z)) => h(X,Z)))).
fof(c, conjecture, ![X]: ?[Y]: h(X,Y)).
""",
    37: """
fof(a, axiom, ![Z]: ?[W]: ![X]: ?[Y]: ((p(X,Z) => p(Y,W)) & p(Y,Z) & (p(Y,W) => ?[U]: q(U,W)))).
fof(b, axiom, ![X,Z]: (~p(X,Z) => ?[Y]: q(Y,Z))).
fof(d, axiom, (?[X,Y]: q(X,Y)) => (![X]: r(X,X))).
fof(c, conjecture, ![X]: ?[Y]: r(X,Y)).
""",
    38: """
fof(c, conjecture, (![X]: ((p(a) & (p(X) => ?[Y]: (p(Y) & r(X,Y)))) => ?[Z,W]: (p(Z) & r(X,W)
    & r(W,Z)))) <=> (![X]: ((~p(a) | p(X) | ?[Z,W]: (p(Z) & r(X,W) & r(W,Z))) & (~p(a) |
    ~?[Y]: (p(Y) & r(X,Y)) | ?[Z,W]: (p(Z) & r(X,W) & r(W,Z)))))).
""",
    39: """
fof(c, conjecture, ~?[X]: ![Y]: (f(Y,X) <=> ~f(Y,Y))).
""",
    40: """
fof(c, conjecture, (?[Y]: ![X]: (f(X,Y) <=> f(X,X))) => ~![X]: ?[Y]: ![Z]: (f(Z,Y) <=>
    ~f(Z,X))).
""",
    41: """
fof(a, axiom, ![Z]: ?[Y]: ![X]: (f(X,Y) <=> (f(X,Z) & ~f(X,X)))).
fof(c, conjecture, ~?[Z]: ![X]: f(X,Z)).
""",
    42: """
fof(c, conjecture, ~?[Y]: ![X]: (f(X,Y) <=> ~?[Z]: (f(X,Z) & f(Z,X)))).
""",
    43: """
fof(a, axiom, ![X,Y]: (q(X,Y) <=> ![Z]: (f(Z,X) <=> f(Z,Y)))).
fof(c, conjecture, ![X,Y]: (q(X,Y) <=> q(Y,X))).
""",
    44: """
fof(a, axiom, ![X]: (f(X) => (?[Y]: (g(Y) & h(X,Y)) & ?[Y1]: (g(Y1) & ~h(X,Y1))))).
fof(b, axiom, ?[X]: (j(X) & ![Y]: (g(Y) => h(X,Y)))).
fof(c, conjecture, ?[X]: (j(X) & ~f(X))).
""",
    45: """
fof(a, axiom, ![X]: ((f(X) & ![Y]: ((g(Y) & h(X,Y)) => j(X,Y))) => ![Y1]: ((g(Y1) & h(X,Y1))
    => k(Y1)))).
fof(b, axiom, ~?[Y]: (l(Y) & k(Y))).
fof(d, axiom, ?[X]: (f(X) & ![Y]: (h(X,Y) => l(Y)) & ![Y1]: ((g(Y1) & h(X,Y1)) => j(X,Y1)))).
fof(c, conjecture, ?[X]: (f(X) & ~?[Y]: (g(Y) & h(X,Y)))).
""",
    46: """
fof(a, axiom, ![X]: ((f(X) & ![Y]: ((f(Y) & h(Y,X)) => g(Y))) => g(X))).
fof(b, axiom, (?[X]: (f(X) & ~g(X))) => (?[X]: (f(X) & ~g(X) & ![Y]: ((f(Y) & ~g(Y)) =>
    j(X,Y))))).
fof(d, axiom, ![X,Y]: ((f(X) & f(Y) & h(X,Y)) => ~j(Y,X))).
fof(c, conjecture, ![X]: (f(X) => g(X))).
""",
    48: """
fof(a, axiom, a=b | c=d).
fof(b, axiom, a=c | b=d).
fof(c, conjecture, a=d | b=c).
""",
    49: """
fof(a, axiom, ?[X,Y]: ![Z]: (Z=X | Z=Y)).
fof(b, axiom, p(a) & p(b)).
fof(d, axiom, a!=b).
fof(c, conjecture, ![X]: p(X)).
""",
    50: """
fof(c, conjecture, (![X]: (f(a,X) | ![Y]: f(X,Y))) => ?[X]: ![Y]: f(X,Y)).
""",
    51: """
fof(a, axiom, ?[Z,W]: ![X,Y]: (f(X,Y) <=> (X=Z & Y=W))).
fof(c, conjecture, ?[Z]: ![X]: ((?[W]: ![Y]: (f(X,Y) <=> Y=W)) <=> X=Z)).
""",
    52: """
fof(a, axiom, ?[Z,W]: ![X,Y]: (f(X,Y) <=> (X=Z & Y=W))).
fof(c, conjecture, ?[W]: ![Y]: ((?[Z]: ![X]: (f(X,Y) <=> X=Z)) <=> Y=W)).
""",
    54: """
fof(a, axiom, ![Y]: ?[Z]: ![X]: (f(X,Z) <=> X=Y)).
fof(c, conjecture, ~?[W]: ![X]: (f(X,W) <=> ![U]: (f(X,U) => ?[Y]: (f(Y,U) & ~?[Z]: (f(Z,U) &
    f(Z,Y)))))).
""",
    55: """
fof(a1, axiom, ?[X]: (lives(X) & killed(X,agatha))).
fof(a2, axiom, lives(agatha) & lives(butler) & lives(charles)).
fof(a3, axiom, ![X]: (lives(X) => (X=agatha | X=butler | X=charles))).
fof(a4, axiom, ![X,Y]: (killed(X,Y) => hates(X,Y))).
fof(a5, axiom, ![X,Y]: (killed(X,Y) => ~richer(X,Y))).
fof(a6, axiom, ![X]: (hates(agatha,X) => ~hates(charles,X))).
fof(a7, axiom, ![X]: (X!=butler => hates(agatha,X))).
fof(a8, axiom, ![X]: (~richer(X,agatha) => hates(butler,X))).
fof(a9, axiom, ![X]: (hates(agatha,X) => hates(butler,X))).
fof(a10, axiom, ![X]: ?[Y]: ~hates(X,Y)).
fof(a11, axiom, agatha!=butler).
fof(c, conjecture, killed(agatha,agatha)).
""",
    56: """
fof(c, conjecture, (![X]: ((?[Y]: (f(Y) & X=g(Y))) => f(X))) <=> (![X]: (f(X) => f(g(X))))).
""",
    57: """
fof(a, axiom, f(h(a,b),h(b,c))).
fof(b, axiom, f(h(b,c),h(a,c))).
fof(d, axiom, ![X,Y,Z]: ((f(X,Y) & f(Y,Z)) => f(X,Z))).
fof(c, conjecture, f(h(a,b),h(a,c))).
""",
    58: """
fof(a, axiom, ![X,Y]: f(X)=g(Y)).
fof(c, conjecture, ![X,Y]: f(f(X))=f(g(Y))).
""",
    59: """
fof(a, axiom, ![X]: (f(X) <=> ~f(g(X)))).
fof(c, conjecture, ?[X]: (f(X) & ~f(g(X)))).
""",
    60: """
fof(c, conjecture, ![X]: (f(X,g(X)) <=> ?[Y]: ((![Z]: (f(Z,Y) => f(Z,g(X)))) & f(X,Y)))).
""",
    61: """
fof(a, axiom, ![X,Y,Z]: h(X,h(Y,Z))=h(h(X,Y),Z)).
fof(c, conjecture, ![X,Y,Z,W]: h(X,h(Y,h(Z,W)))=h(h(h(X,Y),Z),W)).
""",
}
