%------------------------------------------------------------------------------
% File     : boolean_ring.p
% Domain   : Rings
% Problem  : A ring in which every element is its own square is commutative
% Status   : Theorem
%------------------------------------------------------------------------------
fof(plus_associative, axiom,
    ! [X,Y,Z] : plus(plus(X,Y),Z) = plus(X,plus(Y,Z)) ).

fof(plus_commutative, axiom,
    ! [X,Y] : plus(X,Y) = plus(Y,X) ).

fof(plus_zero, axiom,
    ! [X] : plus(X,zero) = X ).

fof(plus_minus, axiom,
    ! [X] : plus(X,minus(X)) = zero ).

fof(times_associative, axiom,
    ! [X,Y,Z] : times(times(X,Y),Z) = times(X,times(Y,Z)) ).

fof(left_distributive, axiom,
    ! [X,Y,Z] : times(X,plus(Y,Z)) = plus(times(X,Y),times(X,Z)) ).

fof(right_distributive, axiom,
    ! [X,Y,Z] : times(plus(X,Y),Z) = plus(times(X,Z),times(Y,Z)) ).

fof(idempotent, axiom,
    ! [X] : times(X,X) = X ).

fof(commutative, conjecture,
    ! [X,Y] : times(X,Y) = times(Y,X) ).
