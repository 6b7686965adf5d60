% Rings, associative, not assumed to have a unit or to be commutative.
%
% Notation
%   add(X,Y)         X + Y
%   neg(X)           -X
%   zero             0
%   mult(X,Y)        X · Y
%   one              1
%   idempotent(X)    X is idempotent
%   nilsquare(X)     X squares to zero
%   commute(X,Y)     X commutes with Y

fof(addition_commutes, axiom, ! [X,Y] : add(X,Y) = add(Y,X)).
fof(addition_associates, axiom, ! [X,Y,Z] : add(add(X,Y),Z) = add(X,add(Y,Z))).
fof(zero_is_neutral, axiom, ! [X] : add(zero,X) = X).
fof(negation, axiom, ! [X] : add(neg(X),X) = zero).
fof(multiplication_associates, axiom,
    ! [X,Y,Z] : mult(mult(X,Y),Z) = mult(X,mult(Y,Z))).
fof(left_distributivity, axiom,
    ! [X,Y,Z] : mult(X,add(Y,Z)) = add(mult(X,Y),mult(X,Z))).
fof(right_distributivity, axiom,
    ! [X,Y,Z] : mult(add(X,Y),Z) = add(mult(X,Z),mult(Y,Z))).

fof(idempotence, definition, ! [X] : (idempotent(X) <=> mult(X,X) = X)).
fof(square_zero, definition, ! [X] : (nilsquare(X) <=> mult(X,X) = zero)).
fof(commuting, definition, ! [X,Y] : (commute(X,Y) <=> mult(X,Y) = mult(Y,X))).

% What may be assumed beyond that.
fof(multiplication_commutes, hypothesis, ! [X,Y] : mult(X,Y) = mult(Y,X)).
fof(unit, hypothesis, ! [X] : (mult(one,X) = X & mult(X,one) = X)).
fof(all_idempotent, hypothesis, ! [X] : mult(X,X) = X).
fof(no_square_zero, hypothesis, ! [X] : (nilsquare(X) => X = zero)).
fof(no_zero_divisors, hypothesis,
    ! [X,Y] : (mult(X,Y) = zero => (X = zero | Y = zero))).
