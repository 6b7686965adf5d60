% Axioms alone: nothing to prove.
fof(reflexive, axiom, ! [X] : r(X,X)).
fof(linked, axiom, r(a,b)).
