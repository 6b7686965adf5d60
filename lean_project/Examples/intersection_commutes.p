%------------------------------------------------------------------------------
% File     : intersection_commutes.p
% Domain   : Sets
% Problem  : Intersection is commutative
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/sets.ax').

fof(intersection_commutes, conjecture,
    ! [A,B] : intersection(A,B) = intersection(B,A) ).
