%------------------------------------------------------------------------------
% File     : one_heart_for_all.p
% Domain   : Predicate logic
% Problem  : From one for all to each its own
% Status   : Theorem
%------------------------------------------------------------------------------
fof(somebody_is_loved_by_everyone, axiom,
    ? [Y] : ! [X] : loves(X,Y) ).

fof(everyone_loves_somebody, conjecture,
    ! [X] : ? [Y] : loves(X,Y) ).
