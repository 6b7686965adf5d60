%------------------------------------------------------------------------------
% File     : serial_relation.p
% Domain   : Predicate logic
% Problem  : A serial, symmetric and transitive relation is reflexive
% Status   : Theorem
%------------------------------------------------------------------------------
fof(serial, axiom,
    ! [X] : ? [Y] : r(X,Y) ).

fof(symmetric, axiom,
    ! [X,Y] : ( r(X,Y) => r(Y,X) ) ).

fof(transitive, axiom,
    ! [X,Y,Z] : ( ( r(X,Y) & r(Y,Z) ) => r(X,Z) ) ).

fof(reflexive, conjecture,
    ! [X] : r(X,X) ).
