%------------------------------------------------------------------------------
% File     : lattice_absorption.p
% Domain   : Lattices
% Problem  : Join absorbs meet
% Status   : Theorem
%------------------------------------------------------------------------------
include('Axioms/partial_order.ax').
include('Axioms/lattice.ax').

fof(absorption, conjecture,
    ! [X,Y] : join(X,meet(X,Y)) = X ).
