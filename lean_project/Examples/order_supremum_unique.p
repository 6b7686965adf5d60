%------------------------------------------------------------------------------
% File     : order_supremum_unique.p
% Domain   : Orders
% Problem  : Two elements have at most one supremum
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/partial_order.ax').

fof(supremum, axiom,
    ! [S,X,Y] :
      ( supremum(S,X,Y)
    <=> ( leq(X,S)
        & leq(Y,S)
        & ! [U] : ( ( leq(X,U) & leq(Y,U) ) => leq(S,U) ) ) ) ).

fof(supremum_unique, conjecture,
    ! [S,T,X,Y] : ( ( supremum(S,X,Y) & supremum(T,X,Y) ) => S = T ) ).
