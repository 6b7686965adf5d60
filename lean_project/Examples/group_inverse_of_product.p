%------------------------------------------------------------------------------
% File     : group_inverse_of_product.p
% Domain   : Groups
% Problem  : The inverse of a product is the product of the inverses, turned round
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/group.ax').

fof(inverse_of_product, conjecture,
    ! [X,Y] : inverse(times(X,Y)) = times(inverse(Y),inverse(X)) ).
