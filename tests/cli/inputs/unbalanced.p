% The conjecture lacks a closing parenthesis.
fof(fact, axiom, p(a)).

fof(unbalanced, conjecture,
    ? [X] : ( p(X) & ( q(X) | ~ q(X) ) ).
