%------------------------------------------------------------------------------
% File     : diagonal_set.p
% Domain   : Sets
% Problem  : Where subsets can be carved out of every set, no set contains everything
% Status   : Theorem
%------------------------------------------------------------------------------
fof(carving, axiom,
    ! [A] : ? [B] : ! [X] : ( member(X,B) <=> ( member(X,A) & ~ member(X,X) ) ) ).

fof(no_universe, conjecture,
    ~ ? [U] : ! [X] : member(X,U) ).
