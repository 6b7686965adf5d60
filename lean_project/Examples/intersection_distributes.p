%------------------------------------------------------------------------------
% File     : intersection_distributes.p
% Domain   : Sets
% Problem  : Intersection distributes over union, member by member
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/sets.ax').

fof(intersection_distributes, conjecture,
    ! [A,B,C,X] :
      ( member(X,intersection(A,union(B,C)))
    <=> member(X,union(intersection(A,B),intersection(A,C))) ) ).
