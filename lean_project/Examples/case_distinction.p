%------------------------------------------------------------------------------
% File     : case_distinction.p
% Domain   : Propositional logic
% Problem  : An exclusive choice, two consequences, and one of them excluded
% Status   : Theorem
%------------------------------------------------------------------------------
fof(choice, axiom,
    rain <~> sun ).

fof(rain_makes_wet, axiom,
    rain => wet ).

fof(sun_makes_merry, axiom,
    sun => ( merry & ~ wet ) ).

fof(wet_exactly_in_rain, conjecture,
    ( wet <=> rain ) & ( ~ wet => merry ) ).
