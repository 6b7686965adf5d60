%------------------------------------------------------------------------------
% File     : strict_order.p
% Domain   : Orders
% Problem  : An irreflexive and transitive relation is asymmetric
% Status   : Theorem
%------------------------------------------------------------------------------
fof(irreflexive, axiom,
    ! [X] : ~ less(X,X) ).

fof(transitive, axiom,
    ! [X,Y,Z] : ( ( less(X,Y) & less(Y,Z) ) => less(X,Z) ) ).

fof(asymmetric, conjecture,
    ! [X,Y] : ~ ( less(X,Y) & less(Y,X) ) ).
