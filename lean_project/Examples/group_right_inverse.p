%------------------------------------------------------------------------------
% File     : group_right_inverse.p
% Domain   : Groups
% Problem  : A left inverse is a right inverse
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/group.ax').

fof(right_inverse, conjecture,
    ! [X] : times(X,inverse(X)) = one ).
