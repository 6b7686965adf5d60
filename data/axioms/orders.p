% Partial orders with strict order, comparability, bounds, suprema and covers.
%
% Notation
%   leq(X,Y)             X ≤ Y
%   less(X,Y)            X < Y
%   comparable(X,Y)      X is comparable to Y
%   upper_bound(U,X,Y)   U is an upper bound of {X, Y}
%   supremum(U,X,Y)      U is the supremum of {X, Y}
%   covers(X,Y)          X covers Y
%   minimal(X)           X is minimal
%   least                0
%   greatest             1

fof(reflexivity, axiom, ! [X] : leq(X,X)).
fof(antisymmetry, axiom, ! [X,Y] : ((leq(X,Y) & leq(Y,X)) => X = Y)).
fof(transitivity, axiom, ! [X,Y,Z] : ((leq(X,Y) & leq(Y,Z)) => leq(X,Z))).

fof(strict_order, definition, ! [X,Y] : (less(X,Y) <=> (leq(X,Y) & X != Y))).
fof(comparability, definition, ! [X,Y] : (comparable(X,Y) <=> (leq(X,Y) | leq(Y,X)))).
fof(upper_bounds, definition,
    ! [U,X,Y] : (upper_bound(U,X,Y) <=> (leq(X,U) & leq(Y,U)))).
fof(suprema, definition,
    ! [U,X,Y] : (supremum(U,X,Y)
             <=> (upper_bound(U,X,Y) & ! [V] : (upper_bound(V,X,Y) => leq(U,V))))).
fof(covering, definition,
    ! [X,Y] : (covers(X,Y) <=> (less(Y,X) & ~ ? [Z] : (less(Y,Z) & less(Z,X))))).
fof(minimality, definition, ! [X] : (minimal(X) <=> ~ ? [Y] : less(Y,X))).

% What may be assumed beyond that.
fof(totality, hypothesis, ! [X,Y] : (leq(X,Y) | leq(Y,X))).
fof(least_element, hypothesis, ! [X] : leq(least,X)).
fof(greatest_element, hypothesis, ! [X] : leq(X,greatest)).
fof(directedness, hypothesis, ! [X,Y] : ? [U] : upper_bound(U,X,Y)).
fof(discreteness, hypothesis, ! [X,Y] : (leq(X,Y) => X = Y)).
