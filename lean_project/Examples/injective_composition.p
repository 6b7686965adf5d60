%------------------------------------------------------------------------------
% File     : injective_composition.p
% Domain   : Functions
% Problem  : If a composition is injective, so is the map applied first
% Status   : Theorem
%------------------------------------------------------------------------------
fof(composition_injective, axiom,
    ! [X,Y] : ( g(f(X)) = g(f(Y)) => X = Y ) ).

fof(first_injective, conjecture,
    ! [X,Y] : ( f(X) = f(Y) => X = Y ) ).
