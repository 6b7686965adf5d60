%------------------------------------------------------------------------------
% File     : barber.p
% Domain   : Predicate logic
% Problem  : There is no such barber
% English  : Nobody shaves exactly those who do not shave themselves.
% Status   : Theorem
%------------------------------------------------------------------------------
fof(no_barber, conjecture,
    ~ ? [B] : ! [X] : ( shaves(B,X) <=> ~ shaves(X,X) ) ).
