%------------------------------------------------------------------------------
% File     : difference_empty.p
% Domain   : Sets
% Problem  : Inclusion, told by a difference
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/sets.ax').

fof(difference_empty, conjecture,
    ! [A,B] : ( difference(A,B) = empty <=> subset(A,B) ) ).
