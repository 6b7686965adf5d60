% Sets under the Boolean operations, by their members. Members are themselves sets.
%
% There is no operation here that makes a set from an element (a singleton, a power set), so that
% there are finite models, and a false statement has a counterexample that can be looked at.
%
% Notation
%   member(X,A)        X ∈ A
%   subset(A,B)        A ⊆ B
%   union(A,B)         A ∪ B
%   intersection(A,B)  A ∩ B
%   difference(A,B)    A \ B
%   empty              ∅
%   disjoint(A,B)      A is disjoint from B
%   transitive(A)      A is transitive

fof(extensionality, axiom,
    ! [A,B] : (! [X] : (member(X,A) <=> member(X,B)) => A = B)).
fof(empty_set, axiom, ! [X] : ~ member(X,empty)).
fof(unions, axiom,
    ! [X,A,B] : (member(X,union(A,B)) <=> (member(X,A) | member(X,B)))).
fof(intersections, axiom,
    ! [X,A,B] : (member(X,intersection(A,B)) <=> (member(X,A) & member(X,B)))).
fof(differences, axiom,
    ! [X,A,B] : (member(X,difference(A,B)) <=> (member(X,A) & ~ member(X,B)))).

fof(inclusion, definition,
    ! [A,B] : (subset(A,B) <=> ! [X] : (member(X,A) => member(X,B)))).
fof(disjointness, definition, ! [A,B] : (disjoint(A,B) <=> intersection(A,B) = empty)).
fof(transitivity, definition,
    ! [A] : (transitive(A) <=> ! [X] : (member(X,A) => subset(X,A)))).

% What may be assumed beyond that.
fof(foundation, hypothesis,
    ! [A] : (A != empty => ? [X] : (member(X,A) & disjoint(X,A)))).
fof(all_transitive, hypothesis, ! [A] : transitive(A)).
fof(irreflexivity, hypothesis, ! [X] : ~ member(X,X)).
