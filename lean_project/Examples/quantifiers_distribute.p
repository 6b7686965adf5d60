%------------------------------------------------------------------------------
% File     : quantifiers_distribute.p
% Domain   : Predicate logic
% Problem  : What the quantifiers distribute over
% Status   : Theorem
%------------------------------------------------------------------------------
fof(all_over_and_some_over_or, conjecture,
    ( ! [X] : ( p(X) & q(X) ) <=> ( ! [X] : p(X) & ! [X] : q(X) ) )
  & ( ? [X] : ( p(X) | q(X) ) <=> ( ? [X] : p(X) | ? [X] : q(X) ) ) ).
