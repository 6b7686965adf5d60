% Groups, written multiplicatively, with conjugation, commutators and the centre.
%
% The axioms are the minimal ones, a left identity and left inverses: that these are two-sided is
% for the saturation to find.
%
% Notation
%   mult(X,Y)        X · Y
%   inv(X)           X⁻¹
%   one              1
%   conjugate(X,Y)   X ^ Y
%   commutator(X,Y)  [X, Y]
%   central(X)       X is central

fof(associativity, axiom, ! [X,Y,Z] : mult(mult(X,Y),Z) = mult(X,mult(Y,Z))).
fof(left_identity, axiom, ! [X] : mult(one,X) = X).
fof(left_inverse, axiom, ! [X] : mult(inv(X),X) = one).

fof(conjugation, definition, ! [X,Y] : conjugate(X,Y) = mult(inv(Y),mult(X,Y))).
fof(commutation, definition,
    ! [X,Y] : commutator(X,Y) = mult(inv(X),mult(inv(Y),mult(X,Y)))).
fof(centre, definition, ! [X] : (central(X) <=> ! [Y] : mult(X,Y) = mult(Y,X))).

% What may be assumed beyond that.
fof(commutativity, hypothesis, ! [X,Y] : mult(X,Y) = mult(Y,X)).
fof(exponent_two, hypothesis, ! [X] : mult(X,X) = one).
fof(exponent_three, hypothesis, ! [X] : mult(X,mult(X,X)) = one).
fof(central_commutators, hypothesis, ! [X,Y] : central(commutator(X,Y))).
