%------------------------------------------------------------------------------
% File     : lattice_monotone.p
% Domain   : Lattices
% Problem  : Join is monotone in both arguments
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/partial_order.ax').
include('Axioms/lattice.ax').

fof(join_monotone, conjecture,
    ! [X1,X2,Y1,Y2] :
      ( ( leq(X1,X2) & leq(Y1,Y2) )
     => leq(join(X1,Y1),join(X2,Y2)) ) ).
