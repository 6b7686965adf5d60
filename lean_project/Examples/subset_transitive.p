%------------------------------------------------------------------------------
% File     : subset_transitive.p
% Domain   : Sets
% Problem  : Inclusion is transitive
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/sets.ax').

fof(subset_transitive, conjecture,
    ! [A,B,C] : ( ( subset(A,B) & subset(B,C) ) => subset(A,C) ) ).
