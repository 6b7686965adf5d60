%------------------------------------------------------------------------------
% File     : iff_associative.p
% Domain   : Propositional logic
% Problem  : Equivalence is associative
% Status   : Theorem
%------------------------------------------------------------------------------
fof(iff_associative, conjecture,
    ( ( p <=> q ) <=> r ) <=> ( p <=> ( q <=> r ) ) ).
