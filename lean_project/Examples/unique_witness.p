%------------------------------------------------------------------------------
% File     : unique_witness.p
% Domain   : Predicate logic
% Problem  : Two ways to say that there is exactly one
% Status   : Theorem
%------------------------------------------------------------------------------
fof(exactly_one, conjecture,
    ? [X] : ! [Y] : ( p(Y) <=> Y = X )
<=> ( ? [X] : p(X) & ! [X,Y] : ( ( p(X) & p(Y) ) => X = Y ) ) ).
