%------------------------------------------------------------------------------
% File     : group_exponent_two.p
% Domain   : Groups
% Problem  : A group in which every square is the identity is commutative
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/group.ax').

fof(exponent_two, axiom,
    ! [X] : times(X,X) = one ).

fof(commutative, conjecture,
    ! [X,Y] : times(X,Y) = times(Y,X) ).
