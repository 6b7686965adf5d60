%------------------------------------------------------------------------------
% File     : extensionality.p
% Domain   : Sets
% Problem  : Sets with the same members are equal
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/sets.ax').

fof(extensionality, conjecture,
    ! [A,B] : ( ! [X] : ( member(X,A) <=> member(X,B) ) => A = B ) ).
