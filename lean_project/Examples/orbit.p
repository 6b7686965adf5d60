%------------------------------------------------------------------------------
% File     : orbit.p
% Domain   : Equality
% Problem  : Two periods without a common divisor leave a fixed point
% Status   : Theorem
%------------------------------------------------------------------------------
fof(period_three, axiom,
    f(f(f(a))) = a ).

fof(period_five, axiom,
    f(f(f(f(f(a))))) = a ).

fof(fixed_point, conjecture,
    f(a) = a ).
