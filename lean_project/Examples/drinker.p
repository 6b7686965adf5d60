%------------------------------------------------------------------------------
% File     : drinker.p
% Domain   : Predicate logic
% Problem  : The drinker's paradox
% English  : In every pub there is somebody such that, if that one drinks, everybody does.
% Status   : Theorem
%------------------------------------------------------------------------------
fof(drinker, conjecture,
    ? [X] : ( drinks(X) => ! [Y] : drinks(Y) ) ).
