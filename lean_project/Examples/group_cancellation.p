%------------------------------------------------------------------------------
% File     : group_cancellation.p
% Domain   : Groups
% Problem  : Factors on the left can be cancelled
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/group.ax').

fof(left_cancellation, conjecture,
    ! [X,Y,Z] : ( times(X,Y) = times(X,Z) => Y = Z ) ).
