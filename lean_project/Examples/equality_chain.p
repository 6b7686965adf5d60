%------------------------------------------------------------------------------
% File     : equality_chain.p
% Domain   : Equality
% Problem  : A chain of equations, read in both directions
% Status   : Theorem
%------------------------------------------------------------------------------
fof(step_1, axiom,
    a = f(b) ).

fof(step_2, axiom,
    c = b ).

fof(step_3, axiom,
    g(f(c)) = d ).

fof(step_4, axiom,
    ! [X] : ( h(X,g(X)) = e ) ).

fof(end_to_end, conjecture,
    h(a,d) = e ).
