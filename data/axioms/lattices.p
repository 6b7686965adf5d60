% Lattices as algebras, with the order that they carry.
%
% Notation
%   meet(X,Y)        X ⊓ Y
%   join(X,Y)        X ⊔ Y
%   below(X,Y)       X ≤ Y
%   bottom           0
%   top              1
%   complement(X)    X′
%   disjoint(X,Y)    X is disjoint from Y

fof(meet_commutes, axiom, ! [X,Y] : meet(X,Y) = meet(Y,X)).
fof(join_commutes, axiom, ! [X,Y] : join(X,Y) = join(Y,X)).
fof(meet_associates, axiom, ! [X,Y,Z] : meet(meet(X,Y),Z) = meet(X,meet(Y,Z))).
fof(join_associates, axiom, ! [X,Y,Z] : join(join(X,Y),Z) = join(X,join(Y,Z))).
fof(meet_absorbs, axiom, ! [X,Y] : meet(X,join(X,Y)) = X).
fof(join_absorbs, axiom, ! [X,Y] : join(X,meet(X,Y)) = X).

fof(order, definition, ! [X,Y] : (below(X,Y) <=> meet(X,Y) = X)).
fof(disjointness, definition, ! [X,Y] : (disjoint(X,Y) <=> meet(X,Y) = bottom)).

% What may be assumed beyond that.
fof(least_element, hypothesis, ! [X] : below(bottom,X)).
fof(greatest_element, hypothesis, ! [X] : below(X,top)).
fof(distributivity, hypothesis,
    ! [X,Y,Z] : meet(X,join(Y,Z)) = join(meet(X,Y),meet(X,Z))).
fof(modularity, hypothesis,
    ! [X,Y,Z] : (below(X,Z) => join(X,meet(Y,Z)) = meet(join(X,Y),Z))).
fof(complements, hypothesis,
    ! [X] : (meet(X,complement(X)) = bottom & join(X,complement(X)) = top)).
