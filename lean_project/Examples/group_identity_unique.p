%------------------------------------------------------------------------------
% File     : group_identity_unique.p
% Domain   : Groups
% Problem  : The identity is unique
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/group.ax').

fof(identity_unique, conjecture,
    ! [E] : ( ! [X] : times(E,X) = X => E = one ) ).
