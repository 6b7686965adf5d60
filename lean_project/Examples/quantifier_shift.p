%------------------------------------------------------------------------------
% File     : quantifier_shift.p
% Domain   : Predicate logic
% Problem  : A constant alternative may leave the scope of a quantifier
% Status   : Theorem
%------------------------------------------------------------------------------
fof(shift, conjecture,
    ! [X] : ( p(X) | c ) <=> ( ! [X] : p(X) | c ) ).
